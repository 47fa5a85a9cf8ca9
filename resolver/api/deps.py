"""What routes are given."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from ..resolve.resolver import Resolver


async def get_resolver(request: Request) -> Resolver:
    """Return the resolver that the app was made with."""
    resolver: Resolver = request.app.state.resolver
    return resolver


TheResolver = Annotated[Resolver, Depends(get_resolver)]
