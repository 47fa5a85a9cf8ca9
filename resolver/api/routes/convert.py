"""`/convert`: returns a table with the requested columns added."""

from __future__ import annotations

import tempfile
from io import BufferedIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from ...convert.options import read_table_options
from ...jobs.conversion import KIND
from ..bodies import check_length, read_charset, read_chunks
from ..conversions import (
    SMALL_BYTES,
    conversion_parameters,
    conversions_of,
    convert_small,
    is_small,
    make_payload,
    read_accept,
    request_body,
    result_headers,
    reword,
    table_content,
)
from ..errors import PROBLEM_JSON, error_problem
from ..schemas.base import ProblemShape
from ..schemas.jobs import DryRunShape
from ..table_runs import TableResponse, TableRun
from ..uploads import TABLE_HINT, is_form, join_options, name_of_body, save_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...resolve.resolver import Resolver
    from ..conversions import Small

router = APIRouter(tags=["convert"])

# To write these loads libraries that would stay loaded in the service.
_WORKBOOK = "xlsx"
_BY_ENGINES = {"parquet", _WORKBOOK}
_SPOOL_AT_ONCE = 1 << 20
_DRY_MEMBERS = ("release", "header", "added", "notes", "profile", "plan", "preview")


def _problem(description: str) -> dict[str, Any]:
    return {"model": ProblemShape, "description": description, "content": {PROBLEM_JSON: {}}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    408: _problem("the body stopped arriving"),
    413: _problem("the table is too large, or unpacks to too much"),
    422: _problem("no table, a missing column, or an option that cannot be read"),
    429: _problem("too many conversions run; `Retry-After` is when to send it again"),
    507: _problem("the disk of the service is full"),
}
_HEADERS = {
    "X-Release": {"schema": {"type": "string"}, "description": "the release of the answer"},
    "Content-Disposition": {"schema": {"type": "string"}, "description": "a file name for the table"},
    "X-Resolver-Summary": {
        "schema": {"type": "string"},
        "description": "the summary as JSON, if the table is complete before it is sent",
    },
    "X-Resolver-Warning": {"schema": {"type": "string"}, "description": "set if few rows match genes"},
}


@router.post(
    "/convert",
    summary="Convert a table",
    response_model=None,
    responses={
        200: {
            "model": DryRunShape,
            "description": "the table with its new columns; with `dry_run` a description of the conversion",
            "content": table_content(),
            "headers": _HEADERS,
        },
        409: _problem("a cell matches several genes, with on_many=error"),
        **REFUSALS,
    },
    openapi_extra={"parameters": conversion_parameters(), "requestBody": request_body()},
)
async def convert(request: Request) -> Response:
    """Return the table of the body, row for row, with the requested identifiers added to each row.

    The table is the body itself, or the one file of a form, whose fields are options too. It is sent while it is
    converted; if the conversion fails after that, the connection is aborted. Send very large tables as a job.
    """
    conversions = conversions_of(request)
    query = request.query_params.multi_items()
    read_table_options(join_options(query))  # refused before the body arrives
    check_length(request, conversions.jobs.limits.max_bytes, TABLE_HINT)
    release = _nothing if _claims_to_be_short(request) else conversions.concurrency.acquire()
    try:
        sent = await _take(request, query, conversions.jobs.limits.max_bytes)
        if (accepted := read_accept(request)) is not None:
            sent.specified.setdefault("format", accepted)
        options = read_table_options(sent.specified)
        payload = make_payload(conversions, sent.specified, sent.name)
        if sent.source is None and options.to_format not in _BY_ENGINES:
            resolver: Resolver = request.app.state.find_resolver()
            small = await run_in_threadpool(convert_small, resolver, payload, sent.data)
            if small.summary is not None:
                conversions.on_summary(small.summary)
            return _answer_small(small, request.url.path, is_dry=options.is_dry)
        release_slot = conversions.concurrency.acquire() if release is _nothing else release
        release = release_slot  # until the run does it
        source = _once(sent.data) if sent.source is None else sent.source
        if options.to_format == _WORKBOOK and not isinstance(source, BufferedIOBase):
            source = await _spool(cast("AsyncIterator[bytes]", source))
        run = TableRun(conversions.jobs.starter, KIND, payload, request.receive, release_slot)
        run.on_summary = conversions.on_summary
        release = _nothing
        return await _run(run, source, request.url.path, is_dry=options.is_dry)
    except ClientDisconnect:
        return Response(status_code=499)  # which nobody reads
    finally:
        release()


class _Sent(NamedTuple):
    """A request: the options with those of a form, and the table; `source` is None if `data` is all of it."""

    specified: dict[str, str]
    name: str
    data: bytes
    source: BinaryIO | AsyncIterator[bytes] | None


def _nothing() -> None:
    pass


def _claims_to_be_short(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isdigit() and int(length) <= SMALL_BYTES


async def _take(request: Request, query: list[tuple[str, str]], limit: int) -> _Sent:
    """Read a small body as a whole, a form into a file without a name, and else the beginning of the body."""
    if is_form(request):
        # The options may follow the file: nothing can begin before the end.
        spool = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  (closed by whoever uses it)
        try:
            form = await save_body(request, spool.write, limit)
            size = spool.tell()
            spool.seek(0)
            data = spool.read() if size <= SMALL_BYTES else b""
            spool.seek(0)
            specified = join_options([*query, *form.fields])
        except BaseException:
            spool.close()
            raise
        if size <= SMALL_BYTES and is_small(data):
            spool.close()
            return _Sent(specified, form.name or "table", data, None)
        return _Sent(specified, form.name or "table", b"", spool)
    chunks = read_chunks(request, limit, TABLE_HINT)
    specified, name, data = join_options(query), name_of_body(request), b""
    if (charset := read_charset(request)) is not None:
        specified.setdefault("encoding", charset)
    async for chunk in chunks:
        data += chunk
        if len(data) > SMALL_BYTES:
            return _Sent(specified, name, b"", _chain(data, chunks))
    return _Sent(specified, name, data, None if is_small(data) else _chain(data, chunks))


async def _spool(chunks: AsyncIterator[bytes]) -> BinaryIO:
    """Return a file of the whole body: its rows are counted before the work, since a workbook takes not so many."""
    spool = cast("BinaryIO", await run_in_threadpool(tempfile.TemporaryFile))
    waiting, size = [], 0
    try:
        async for chunk in chunks:
            waiting.append(chunk)
            size += len(chunk)
            if size >= _SPOOL_AT_ONCE:
                await run_in_threadpool(spool.write, b"".join(waiting))
                waiting, size = [], 0
        await run_in_threadpool(spool.write, b"".join(waiting))
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return spool


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _chain(data: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield data
    async for chunk in chunks:
        yield chunk


async def _run(run: TableRun, source: BinaryIO | AsyncIterator[bytes], path: str, *, is_dry: bool) -> Response:
    """Return the response to a table that a process converts, as soon as its head is known."""
    try:
        await run.start(source)
        await run.wait_for_head()
        if run.error is not None or run.prepared is None or is_dry:
            response = _problem_of(run.error, path) if run.error is not None else _answer_dry(run.prepared or {})
            await run.close()
            return response
    except BaseException:
        await run.close()
        raise
    finally:
        if isinstance(source, BufferedIOBase):
            source.close()  # the process has it
    prepared = reword(run.prepared)
    return TableResponse(run, result_headers(prepared, run.summary), prepared["media_type"])


def _answer_small(small: Small, path: str, *, is_dry: bool) -> Response:
    if small.error is not None:
        return _problem_of(small.error, path)
    if is_dry:
        return _answer_dry(small.prepared)
    headers = result_headers(small.prepared, small.summary)
    return Response(small.table, 200, headers, small.prepared["media_type"])


def _answer_dry(prepared: dict[str, Any]) -> Response:
    described = reword(prepared)
    headers = {"x-release": prepared["release"]["id"], "cache-control": "no-store"}
    body = orjson.dumps({name: described[name] for name in _DRY_MEMBERS})
    return Response(body, 200, headers, "application/json")


def _problem_of(error: dict[str, Any], path: str) -> Response:
    return error_problem(reword(error), path)
