"""`/{prefix}:{accession}` for browsers: a redirect to the page of the gene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...api.routes.curies import redirect

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def follow_curie(request: Request) -> Response:
    """Lead to the page of the gene; of a retired identifier, to that of its successor, with a notice."""
    return redirect(request, "/gene/")
