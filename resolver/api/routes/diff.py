"""`/diff`: compare the answers of two releases to the same queries."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from ...app.resolver import open_pair
from ...errors import BadOption
from ...resolve.compare import Comparisons, check_queries, describe_comparison
from ...resolve.options import Query
from ..caching import find_unchanged, pair_headers
from ..errors import PROBLEM_JSON
from ..queries import describe_parameter, option_parameters, options_of
from ..query_lists import describe_body, read_queries
from ..schemas.base import ProblemShape
from ..schemas.looking import DiffShape
from ..threads import iterate_long, run_long
from .resolve import NDJSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...resolve.resolver import Resolver

router = APIRouter(tags=["look around"])

_OWN = frozenset({"from", "to", "ids"})
_AT_ONCE = 200


_TEXT = {"type": "string"}
_IDS = describe_parameter(
    "ids",
    {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": r"^[^,]*[^,\s][^,]*$"}},
    "the queries, separated by commas",
    required=True,
)
_RELEASES = [
    describe_parameter("from", _TEXT, "the older release: its id, or `current`; default: the one built before `to`"),
    describe_parameter("to", _TEXT, "the newer release; default: the current one"),
    *option_parameters("species"),
]
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": DiffShape, "description": "a comparison for each query, in order, and counts"},
    404: {"model": ProblemShape, "description": "no such release is published here", "content": {PROBLEM_JSON: {}}},
    422: {"model": ProblemShape, "description": "nothing to compare, or bad input", "content": {PROBLEM_JSON: {}}},
}


@router.get(
    "/diff",
    summary="Compare what two releases answer",
    response_model=None,
    responses={**_RESPONSES, 304: {"description": "the releases are still those of the ETag that was sent"}},
    openapi_extra={"parameters": [_IDS, *_RELEASES]},
)
async def compare_few(request: Request) -> Response:
    """Return for each of the `ids` whether its answer differs between two published releases, and in what."""
    options = options_of(request, _OWN, ("species",))
    joined = ",".join(request.query_params.getlist("ids"))
    queries = [Query(text.strip(), options) for text in joined.split(",") if text.strip()]
    if not queries:
        raise BadOption("ids is empty", hint="Specify what to compare, such as ids=P13232,IL7; or send a list by POST.")
    old, new = await run_long(_open_releases, request)
    unchanged = find_unchanged(request, new.release.id, old.release.id)
    if unchanged is not None:
        return unchanged
    body = await run_long(lambda: b"".join(_object(Comparisons(old, new, queries))))
    return Response(body, media_type="application/json", headers=pair_headers(old.release.id, new.release.id))


@router.post(
    "/diff",
    summary="Compare what two releases answer to many queries",
    response_model=None,
    responses={**_RESPONSES, 413: {"model": ProblemShape, "description": "too many queries"}},
    openapi_extra={
        "parameters": _RELEASES,
        "requestBody": describe_body(["P13232", {"id": "146660", "from": "omim"}], "from", "species"),
    },
)
async def compare_many(request: Request) -> Response:
    """Return the comparison of each query of the body, as `POST /resolve` reads it; lines in, lines out."""
    options = options_of(request, _OWN - {"ids"}, ("species",))
    queries, is_lines = await read_queries(request, options)
    await run_long(check_queries, queries)
    old, new = await run_long(_open_releases, request)
    comparisons = await run_long(Comparisons, old, new, queries, options)
    is_lines = is_lines or NDJSON in request.headers.get("accept", "")
    return StreamingResponse(
        iterate_long(_lines(comparisons) if is_lines else _object(comparisons)),
        media_type=NDJSON if is_lines else "application/json",
        headers={"x-release": f"{old.release.id}..{new.release.id}"},
    )


def _open_releases(request: Request) -> tuple[Resolver, Resolver]:
    named = [request.query_params.getlist(name) for name in ("from", "to")]
    if any(len(names) > 1 for names in named):
        raise BadOption("a release is specified twice", hint="Specify from and to once.")
    old, new = (names[0] if names and names[0] else None for names in named)
    return open_pair(request.app.state.find_resolver(), old, new)


def _object(comparisons: Comparisons) -> Iterator[bytes]:
    separator = b'{"comparisons":['
    for part in _encoded(comparisons):
        yield separator + b",\n".join(part)
        separator = b",\n"
    opening = b"" if separator == b",\n" else separator
    yield opening + b'],"summary":%b}\n' % orjson.dumps(comparisons.summarize())


def _lines(comparisons: Comparisons) -> Iterator[bytes]:
    for part in _encoded(comparisons):
        yield b"".join([line + b"\n" for line in part])
    yield orjson.dumps({"summary": comparisons.summarize()}) + b"\n"


def _encoded(comparisons: Comparisons) -> Iterator[list[bytes]]:
    listed = iter(comparisons)
    while part := [orjson.dumps(describe_comparison(one)) for one in islice(listed, _AT_ONCE)]:
        yield part
