"""`/static`: the style, the scripts and the icon of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from ..rendering import base_of, load_assets, serve_asset

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def show_asset(request: Request) -> Response:
    """Return a static file; its address contains the hash of its content."""
    asset = serve_asset(request)
    if asset is None:
        raise HTTPException(404)
    return asset


async def show_icon(request: Request) -> Response:
    """Lead browsers that look for the icon at its old address to the file."""
    return RedirectResponse(base_of(request.scope) + load_assets()["favicon.svg"].path, 301)
