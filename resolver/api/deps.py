"""The dependencies of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from ..errors import LiveOff
from ..resolve.resolver import Resolver

if TYPE_CHECKING:
    from ..app.live import LiveChecks


async def get_resolver(request: Request) -> Resolver:
    """Return a resolver on the current release; a request keeps it to its end."""
    resolver: Resolver = request.app.state.find_resolver()
    return resolver


TheResolver = Annotated[Resolver, Depends(get_resolver)]


def get_live_checks(request: Request) -> LiveChecks:
    """Return the live checks; raises LiveOff if the service does not have them."""
    checks: LiveChecks | None = request.app.state.live
    if checks is None:
        raise LiveOff(
            "live checks are switched off in this service",
            hint="The operator can enable them with RESOLVER_LIVE=true. On a terminal, use `resolver check`.",
        )
    return checks
