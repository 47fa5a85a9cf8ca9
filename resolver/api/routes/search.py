"""`/search`: find genes by a prefix, for a search box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ...errors import BadOption
from ...resolve.search import DEFAULT_LIMIT, MAX_LIMIT, describe_found, search
from ..caching import find_unchanged, release_headers
from ..errors import PROBLEM_JSON
from ..queries import describe_parameter, option_parameters, options_of
from ..schemas.base import ProblemShape
from ..schemas.looking import SearchShape

if TYPE_CHECKING:
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])

_OWN = frozenset({"q", "limit"})
_PARAMETERS: list[dict[str, Any]] = [
    describe_parameter(
        "q",
        {"type": "string", "pattern": r"\S"},
        "the beginning of a symbol or name, or an identifier",
        required=True,
        example="il7",
    ),
    describe_parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "how many genes to list at most",
    ),
]


@router.get(
    "/search",
    summary="Find genes by the beginning of a symbol or name",
    response_model=None,
    responses={
        200: {"model": SearchShape, "description": "the first genes; empty if none matches"},
        304: {"description": "the release is still the one of the ETag that was sent"},
        422: {"model": ProblemShape, "description": "the query is empty", "content": {PROBLEM_JSON: {}}},
    },
    openapi_extra={"parameters": [*_PARAMETERS, *option_parameters("species")]},
)
async def search_genes(request: Request) -> Response:
    """Return genes that have an approved symbol, previous symbol, alias or name that begins with `q`, in this order.

    Each gene is listed once. An identifier of any namespace, typed in full, comes first.
    """
    resolver: Resolver = request.app.state.find_resolver()
    unchanged = find_unchanged(request, resolver.release.id)
    if unchanged is not None:
        return unchanged
    options = options_of(request, _OWN, ("species",))
    found = search(resolver.reader, request.query_params.get("q", ""), taxon=options.species, limit=_limit_of(request))
    body = orjson.dumps(describe_found(found, resolver.reader))
    return Response(body, media_type="application/json", headers=release_headers(resolver.release.id))


def _limit_of(request: Request) -> int:
    value = request.query_params.get("limit") or str(DEFAULT_LIMIT)
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadOption(f"limit: {value[:20]!r} is not a number", hint=f"Specify a number from 1 to {MAX_LIMIT}.")
    return int(value)
