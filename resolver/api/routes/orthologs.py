"""`/orthologs`: a gene and its orthologs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...resolve.pairs import describe_pairs, find_pairs
from ..caching import find_unchanged, release_headers
from ..errors import answer_problem
from ..queries import option_parameters, options_of
from ..schemas.looking import OrthologsShape
from .resolve import IDENTIFIER_PARAMETER, MISSES

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])


@router.get(
    "/orthologs/{identifier:path}",
    summary="List orthologs with their support",
    response_model=None,
    responses={
        200: {"model": OrthologsShape, "description": "the genes, each with its orthologs in the other species"},
        304: {"description": "the release is still the one of the ETag that was sent"},
        **MISSES,
    },
    openapi_extra={"parameters": [IDENTIFIER_PARAMETER, *option_parameters("species", "from")]},
)
async def list_orthologs(request: Request) -> Response:
    """Return the genes that a query matches, their orthologs, and the archived HomoloGene groups of both.

    `species` is that of the gene, not of the ortholog. If none of the genes has an ortholog, the result is a miss.
    """
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    pairs = find_pairs(
        resolver.resolve(request.path_params["identifier"], options_of(request, only=("species", "from")))
    )
    if not pairs.pairs:
        return answer_problem(pairs.answer, request.url.path)
    body = orjson.dumps(describe_pairs(pairs))
    return Response(body, media_type="application/json", headers=release_headers(resolver.release.id))
