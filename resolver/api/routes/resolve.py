"""`/resolve`: one query, or many, and their answers."""

from __future__ import annotations

import csv
import io
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from ...errors import BadOption
from ...resolve.encode import encode_answer, encode_members
from ...resolve.options import OnMany, Query
from ...resolve.rows import list_columns, list_rows
from ...resolve.sssom import MEDIA_TYPE, render_sssom
from ..caching import find_unchanged, release_headers
from ..deps import get_live_checks
from ..errors import PROBLEM_JSON, answer_problem, status_of
from ..layers.acceptance import choose_type
from ..links import link_answer
from ..queries import describe_parameter, option_parameters, options_of
from ..query_lists import describe_body, read_queries
from ..schemas.answers import AnswerProblemShape, AnswerShape, ManyAnswersShape, TrimmedAnswerShape
from ..schemas.base import ProblemShape
from ..threads import iterate_long, run_long

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...resolve.answer import Answer
    from ...resolve.many import Answers
    from ...resolve.options import Options
    from ...resolve.resolver import Resolver
    from ..access.metrics import Metrics

router = APIRouter(tags=["resolve"])
PATH = "/resolve/{identifier:path}"

# Examples of every interface; the API's documentation shows them with real answers.
EXAMPLES = ("P13232", "IL-7", "ENSMUSG00000040329.5", "omim:146660", "146660", "TP53", "homologene:680")
JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
TSV = "text/tab-separated-values"
# What is sent at once: enough to be fast, little enough to begin soon and to be written in a moment. Short answers take
# no longer than going to a thread and back for each few of them.
_AT_ONCE = 500
_BYTES_AT_ONCE = 1 << 18

IDENTIFIER_PARAMETER: dict[str, Any] = {
    "name": "identifier",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "An identifier of any namespace, bare, as a CURIE or as its page's address; or a symbol or name",
    "examples": {example: {"value": example} for example in EXAMPLES},
}
LIVE_PARAMETER = describe_parameter(
    "live",
    {"type": "boolean", "default": False},
    "query the source databases whether the identifier is current, if live checks are enabled",
)
FORMAT_PARAMETER = describe_parameter(
    "format",
    {"type": "string", "enum": ["json", "sssom"]},
    "sssom: an SSSOM set of the genes' xrefs and orthologs (default: by the Accept header, else JSON)",
)
_LIVE = frozenset({"live"})
SSSOM = "sssom"
_SSSOM_PROFILE = "profile=sssom"
_OF_FORMAT = frozenset({"format"})
MISSES: dict[int | str, dict[str, Any]] = {
    404: {
        "model": AnswerProblemShape,
        "description": "not found, with the reason and a hint",
        "content": {PROBLEM_JSON: {}},
    },
    422: {
        "model": AnswerProblemShape,
        "description": "unrecognized, with the reason and a hint; or an option that cannot be read",
        "content": {PROBLEM_JSON: {}},
    },
}


# The parameters are read from the request itself, and shown from the table of options: validation of each by FastAPI
# takes longer than the answer does. For the same reason `resolver.api.app` puts this function first, as a
# route of Starlette's; the route here documents it (docs/adr/0004-read-path.md).
@router.get(
    PATH,
    summary="Resolve an identifier, symbol or name",
    response_model=None,
    responses={
        200: {
            "model": AnswerShape | TrimmedAnswerShape,
            "description": "resolved, ambiguous or retired; with `fields` a trimmed answer",
            "content": {TSV: {"schema": {"type": "string"}}},
            "headers": {"Link": {"schema": {"type": "string"}, "description": "canonical address and other formats"}},
        },
        304: {"description": "the release is still the one of the ETag that was sent"},
        403: {
            "model": ProblemShape,
            "description": "live=true, but live checks are switched off",
            "content": {PROBLEM_JSON: {}},
        },
        409: {"model": ProblemShape, "description": "several genes, with on_many=error", "content": {PROBLEM_JSON: {}}},
        **MISSES,
    },
    openapi_extra={"parameters": [IDENTIFIER_PARAMETER, *option_parameters(), LIVE_PARAMETER, FORMAT_PARAMETER]},
)
async def resolve_identifier(request: Request) -> Response:
    """Return the gene that a query matches, with its identifiers in all other namespaces and its ortholog.

    A query that matches genes of both species returns both. If several genes match, the response lists all of them
    instead of picking one, and the outcome is `ambiguous`.
    """
    resolver: Resolver = request.app.state.find_resolver()
    query: bytes = request.scope["query_string"]
    if b"live=" in query:
        return await _resolve_live(request, resolver)
    if b"format=" in query or _SSSOM_PROFILE in request.headers.get("accept", ""):
        return _resolve_in_format(request, resolver)
    answer = resolver.resolve(request.path_params["identifier"], options_of(request))
    request.app.state.metrics.count_answer(answer.outcome)
    if status_of(answer.outcome) != 200:
        return answer_problem(answer, request.url.path)
    if request.app.state.count is not None:
        request.app.state.count(answer)
    stamp = answer.known_marks.stamp
    unchanged = find_unchanged(request, resolver.release.id, stamp=stamp)
    if unchanged is not None:
        return unchanged
    headers = release_headers(resolver.release.id, stamp) | {"link": link_answer(request, answer)}
    return Response(encode_answer(answer), media_type="application/json", headers=headers)


def _resolve_in_format(request: Request, resolver: Resolver) -> Response:
    """Return the answer in the format of the query string or of `Accept`."""
    is_named = _SSSOM_PROFILE in request.headers.get("accept", "")
    wanted = _read_format(request, ("json", SSSOM)) or (SSSOM if is_named else JSON)
    answer = resolver.resolve(request.path_params["identifier"], options_of(request, _LIVE | _OF_FORMAT))
    request.app.state.metrics.count_answer(answer.outcome)
    if status_of(answer.outcome) != 200:
        return answer_problem(answer, request.url.path)
    headers = {"x-release": resolver.release.id, "cache-control": "no-cache", "link": link_answer(request, answer)}
    if wanted == SSSOM:
        return Response("".join(render_sssom(resolver, [answer])), media_type=MEDIA_TYPE, headers=headers)
    return Response(encode_answer(answer), media_type=JSON, headers=headers)


def _read_format(request: Request, known: tuple[str, ...]) -> str | None:
    wanted = request.query_params.get("format") or None
    if wanted is not None and wanted not in known:
        raise BadOption(f"there is no format {wanted[:80]!r}", hint=f"Formats are {', '.join(known)}.")
    return wanted


async def _resolve_live(request: Request, resolver: Resolver) -> Response:
    """Return the answer with what the source databases report about it by the deadline."""
    value = request.query_params.get("live", "").lower() or "false"
    if value not in {"true", "false", "1", "0"}:
        raise BadOption(f"live is {value[:40]!r}", hint="Set live=true or live=false.")
    if value not in {"true", "1"} and b"format=" in request.scope["query_string"]:
        return _resolve_in_format(request, resolver)
    answer = resolver.resolve(request.path_params["identifier"], options_of(request, _LIVE | _OF_FORMAT))
    request.app.state.metrics.count_answer(answer.outcome)
    live = b""
    if value in {"true", "1"}:
        checks = get_live_checks(request)
        if _read_format(request, ("json", SSSOM)) == SSSOM:
            raise BadOption("an SSSOM set has no results of live checks", hint="Leave out format or live.")
        (checked,) = await checks.check_answers([answer], checks.timeout_s)
        live = b'"live":%b' % orjson.dumps(checked.to_dict()["findings"])
    if status_of(answer.outcome) != 200:
        return answer_problem(answer, request.url.path, b",%b" % live if live else b"")
    members = b",".join(filter(None, (encode_members(answer), live)))  # fields may leave none
    headers = {"x-release": resolver.release.id, "cache-control": "no-store"}
    return Response(b"{%b}" % members, media_type="application/json", headers=headers)


@router.post(
    "/resolve",
    summary="Resolve many at once",
    response_model=None,
    responses={
        200: {
            "model": ManyAnswersShape,
            "description": "an answer for each query, in order, and counts by outcome at the end",
            "content": {kind: {"schema": {"type": "string"}} for kind in (NDJSON, CSV, TSV)},
        },
        409: {"model": ProblemShape, "description": "a query matches several genes, with on_many=error"},
        413: {"model": ProblemShape, "description": "too many queries"},
        422: {"model": ProblemShape, "description": "a body or option that cannot be read"},
    },
    openapi_extra={
        "parameters": [*option_parameters(), FORMAT_PARAMETER],
        "requestBody": describe_body(["P13232", "IL-7", {"id": "146660", "from": "omim"}]),
    },
)
async def resolve_many(request: Request) -> Response:
    """Return an answer for each of up to 100,000 queries: the same that each would have alone, in order.

    Bare numbers get the namespace of the list's other numbers, if these decide it, and the answers report that. Lines
    in, lines out: NDJSON (or `Accept: application/x-ndjson`) has an answer a line and the summary in the last one.
    `Accept: text/csv` or `text/tab-separated-values` returns a table with a row for each gene.
    """
    options = options_of(request, _OF_FORMAT)
    wanted = _read_format(request, ("json", SSSOM))
    queries, is_lines = await read_queries(request, options)
    resolver: Resolver = request.app.state.find_resolver()
    if options.on_many is OnMany.ERROR or any(
        isinstance(query, Query) and query.options.on_many is OnMany.ERROR for query in queries
    ):
        # The first query with several genes is raised before anything is sent.
        await run_long(lambda: deque(resolver.resolve_many(queries, options), maxlen=0))
    answers = await run_long(resolver.resolve_many, queries, options)
    offered = (NDJSON, JSON, CSV, TSV) if is_lines else (JSON, NDJSON, CSV, TSV)
    accept = request.headers.get("accept") or "*/*"
    chosen = JSON if wanted == "json" else choose_type(accept, offered)
    if wanted == SSSOM or (wanted is None and _SSSOM_PROFILE in accept):
        chosen = SSSOM
    count = request.app.state.count
    metrics: Metrics = request.app.state.metrics
    parts = _sssom(answers, count, resolver) if chosen == SSSOM else _RENDER[chosen](answers, count, options)
    return StreamingResponse(
        iterate_long(_counted(parts, answers, metrics)),
        media_type=MEDIA_TYPE if chosen == SSSOM else chosen,
        headers={"x-release": resolver.release.id, "vary": "accept"},
    )


def _counted(parts: Iterator[bytes], answers: Answers, metrics: Metrics) -> Iterator[bytes]:
    """Yield the parts, and count the answers by outcome, also if the client disconnects before the end."""
    try:
        yield from parts
    finally:
        for outcome, number in answers.outcomes.items():
            metrics.count_answer(outcome, number)


def _encoded(answers: Answers, count: Callable[[Answer], None] | None) -> Iterator[list[bytes]]:
    """Yield the encoded answers in parts."""
    part: list[bytes] = []
    size = 0
    for answer in answers:
        if count is not None:
            count(answer)
        part.append(encode_answer(answer))
        size += len(part[-1])
        if len(part) == _AT_ONCE or size >= _BYTES_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _lines(answers: Answers, count: Callable[[Answer], None] | None, _options: Options) -> Iterator[bytes]:
    for part in _encoded(answers, count):
        yield b"".join([line + b"\n" for line in part])
    yield orjson.dumps({"summary": answers.summarize()}) + b"\n"


def _object(answers: Answers, count: Callable[[Answer], None] | None, _options: Options) -> Iterator[bytes]:
    separator = b'{"answers":['
    for part in _encoded(answers, count):
        yield separator + b",\n".join(part)
        separator = b",\n"
    opening = b"" if separator == b",\n" else separator
    yield opening + b'],"summary":%b}\n' % orjson.dumps(answers.summarize())


def _table(
    answers: Answers, count: Callable[[Answer], None] | None, options: Options, *, delimiter: str
) -> Iterator[bytes]:
    """Yield a row for each gene of each answer, after the names of the columns."""
    rows: list[list[str]] = [list_columns(options.to)]
    for number, answer in enumerate(answers, start=1):
        if count is not None:
            count(answer)
        rows += list_rows(answer, options.to)
        if number % _AT_ONCE == 0:
            yield _write_rows(rows, delimiter)
            rows = []
    if rows:
        yield _write_rows(rows, delimiter)


def _write_rows(rows: list[list[str]], delimiter: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _sssom(answers: Answers, count: Callable[[Answer], None] | None, resolver: Resolver) -> Iterator[bytes]:
    for part in render_sssom(resolver, answers if count is None else _each(answers, count)):
        yield part.encode()


def _each(answers: Answers, count: Callable[[Answer], None]) -> Iterator[Answer]:
    for answer in answers:
        count(answer)
        yield answer


_RENDER: dict[str, Callable[..., Iterator[bytes]]] = {
    JSON: _object,
    NDJSON: _lines,
    CSV: partial(_table, delimiter=","),
    TSV: partial(_table, delimiter="\t"),
}
