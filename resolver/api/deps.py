"""What routes are given."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from ..resolve.resolver import Resolver


async def get_resolver(request: Request) -> Resolver:
    """Return a resolver on the release that is live now; a request keeps the one that it began with."""
    resolver: Resolver = request.app.state.find_resolver()
    return resolver


TheResolver = Annotated[Resolver, Depends(get_resolver)]
