"""What routes are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from ..errors import LiveOff
from ..resolve.resolver import Resolver

if TYPE_CHECKING:
    from ..app.live import LiveChecks


async def get_resolver(request: Request) -> Resolver:
    """Return a resolver on the release that is live now; a request keeps the one that it began with."""
    resolver: Resolver = request.app.state.find_resolver()
    return resolver


TheResolver = Annotated[Resolver, Depends(get_resolver)]


def get_live_checks(request: Request) -> LiveChecks:
    """Return what asks the upstreams; raises LiveOff where the service does not."""
    checks: LiveChecks | None = request.app.state.live
    if checks is None:
        raise LiveOff(
            "this service does not ask the upstreams",
            hint="Whoever runs it can switch that on with RESOLVER_LIVE=true; on a terminal there is `resolver check`.",
        )
    return checks
