"""`/history`: what became of an identifier or symbol, and what was merged into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...resolve.past import describe_past, look_back
from ..caching import find_unchanged, release_headers
from ..errors import answer_problem
from ..queries import option_parameters, options_of
from ..schemas.looking import PastShape
from .resolve import IDENTIFIER_PARAMETER, MISSES

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])


@router.get(
    "/history/{identifier:path}",
    summary="Get the history of an identifier or symbol",
    response_model=None,
    responses={
        200: {"model": PastShape, "description": "current or retired, with its history"},
        304: {"description": "the release is still the one of the ETag that was sent"},
        **MISSES,
    },
    openapi_extra={"parameters": [IDENTIFIER_PARAMETER, *option_parameters("from")]},
)
async def get_history(request: Request) -> Response:
    """Return whether an identifier or symbol is current, what became of it, and what was merged into it.

    A query with several interpretations has a record for each one that the release contains.
    """
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    past = look_back(resolver.resolve(request.path_params["identifier"], options_of(request, only=("from",))))
    if not past.records:
        return answer_problem(past.answer, request.url.path)
    body = orjson.dumps(describe_past(past))
    return Response(body, media_type="application/json", headers=release_headers(resolver.release.id))
