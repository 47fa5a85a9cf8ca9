"""`/stale`: the marked identifiers, their feed, the history of a mark, and its review."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from starlette.convertors import StringConvertor, register_url_convertor

from ...app.stores import open_or_empty, read_ledger
from ...errors import BadOption
from ...genes.verdicts import STALE
from ...nightly.curation import Action, describe_history
from ...nightly.feed import ATOM, is_unchanged, read_feed
from ...nightly.mark_formats import FORMATS, get_format
from ...nightly.marks import FILTERS, REVIEWS, describe_mark, read_filters
from ...resolve.options import NAMESPACE_SCHEMA, SPECIES_SCHEMA
from ..errors import PROBLEM_JSON
from ..loopback import require_loopback
from ..queries import describe_parameter
from ..schemas.base import ProblemShape
from ..schemas.marks import MarkHistoryShape, ReviewRequest, StaleShape
from .runs import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...app.stores import OpenLedger

router = APIRouter(tags=["stale"])


class _IdentifierConvertor(StringConvertor):
    """A part of a path that is no page beside it."""

    regex = "(?!(?:feed|report|runs)$)[^/]+"


register_url_convertor("mark", _IdentifierConvertor())
MARK_PATH = "/stale/{curie:mark}"

_TEXT = {"schema": {"type": "string"}}
_MAX_REVIEW = 64 * 1024


def _problem(description: str) -> dict[str, Any]:
    return {"model": ProblemShape, "description": description, "content": {PROBLEM_JSON: {}}}


def _choice(words: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


_MOMENT: dict[str, Any] = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
_PARAMETERS = [
    describe_parameter("namespace", NAMESPACE_SCHEMA, "identifiers of this namespace only, such as uniprot"),
    describe_parameter("species", SPECIES_SCHEMA, "identifiers of genes of this species only, such as human or 9606"),
    describe_parameter("verdict", _choice(sorted(STALE)), "this verdict only"),
    describe_parameter("since", _MOMENT, "marks set at this moment or later: 2026-11-25, or with a time"),
    describe_parameter("review", _choice(REVIEWS), "by review state; default: shown, all but the dismissed marks"),
    describe_parameter("format", _choice(FORMATS), "default: by the Accept header"),
]


@router.get(
    "/stale",
    summary="List the stale identifiers",
    response_model=None,
    responses={
        200: {
            "model": list[StaleShape],
            "description": "the marked identifiers, oldest mark first",
            "content": {"application/x-ndjson": _TEXT, "text/csv": _TEXT, "text/tab-separated-values": _TEXT},
        },
        **PROBLEMS,
    },
    openapi_extra={"parameters": _PARAMETERS},
)
async def list_stale(request: Request) -> Response:
    """Return the identifiers of the release that a source database reports otherwise today, with its evidence.

    The list is streamed, whatever its length. It is empty before the first nightly run.
    """
    query = request.query_params
    for name in query:
        if name not in {*FILTERS, "format"}:
            raise BadOption(f"there is no filter {name!r}", hint=f"Filters are {', '.join((*FILTERS, 'format'))}.")
    wanted = read_filters(query)
    chosen = get_format(query.get("format") or _accepted(request.headers.get("accept", "")))
    open_ledger: OpenLedger = request.app.state.open_ledger

    def read() -> Iterator[dict[str, Any]]:
        with open_or_empty(open_ledger) as reader:
            yield from map(describe_mark, reader.list_stale(**wanted))

    parts = chosen.render(read)
    # Read the first part now: an error is a problem as long as nothing was sent.
    first = await run_in_threadpool(next, parts, b"")
    return StreamingResponse(chain([first], parts), media_type=chosen.media_type)


def _accepted(accept: str) -> str:
    """Return the first known format of an Accept header, or JSON."""
    for kind in accept.lower().split(","):
        media_type = kind.partition(";")[0].strip()
        for name, known in FORMATS.items():
            if media_type == known.media_type.partition(";")[0]:
                return "sssom" if "profile=sssom" in kind else name
    return "json"


@router.get(
    "/stale/feed",
    summary="Get the news of marks as an Atom feed",
    response_class=Response,
    responses={
        200: {"description": "an Atom feed (RFC 4287)", "content": {ATOM: _TEXT}},
        304: {"description": "there is no news since then"},
        **PROBLEMS,
    },
)
async def show_feed(request: Request) -> Response:
    """Return what runs of the last 30 days did to marks, newest first, at most 500: set, changed, lifted, held back."""
    base = str(request.base_url).rstrip("/")
    now = int(datetime.now(UTC).timestamp())
    feed = await run_in_threadpool(
        read_ledger,
        partial(open_or_empty, request.app.state.open_ledger),
        lambda reader: read_feed(reader, base, now=now),
    )
    headers = {"etag": feed.etag, "last-modified": feed.last_modified, "cache-control": "no-cache"}
    if is_unchanged(feed, request.headers):
        return Response(status_code=304, headers=headers)
    return Response(feed.body, media_type=f"{ATOM}; charset=utf-8", headers=headers)


_HISTORY: dict[int | str, dict[str, Any]] = {
    200: {"description": "the mark, and its history"},
    404: _problem("the identifier was never marked"),
    **PROBLEMS,
}


@router.get(MARK_PATH, summary="Show a mark and its history", response_model=MarkHistoryShape,
            responses=_HISTORY)  # fmt: skip
async def show_mark(request: Request, curie: str) -> Response:
    """Return the mark of an identifier, in any spelling, and what happened to it, oldest event first."""
    shown = await run_in_threadpool(
        read_ledger,
        partial(open_or_empty, request.app.state.open_ledger),
        lambda reader: describe_history(reader, curie),
    )
    return _json(shown)


@router.post(
    MARK_PATH,
    summary="Acknowledge, dismiss, reopen or comment on a mark",
    response_model=MarkHistoryShape,
    responses={
        **_HISTORY,
        400: _problem("the body is not UTF-8"),
        403: _problem("the request comes from another machine, or through a proxy"),
        413: _problem("the body is too large"),
    },
    dependencies=[Depends(require_loopback)],
    max_body_size=_MAX_REVIEW,
)
async def review_mark(request: Request, curie: str, decided: ReviewRequest) -> Response:
    """Record what a curator decided about a mark; accepted only from the machine of the service.

    A dismissed mark is not shown until the source database reports something else.
    """
    (shown,) = await run_in_threadpool(
        request.app.state.review, [curie], Action(decided.action), reason=decided.reason, by=decided.by
    )
    return _json(shown)


def _json(shown: dict[str, Any]) -> Response:
    return Response(orjson.dumps(shown), media_type="application/json")
