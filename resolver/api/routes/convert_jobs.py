"""`/convert/jobs`: conversions as jobs, which outlive the client and a restart of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from ...convert.options import read_table_options
from ...errors import BadOption
from ...jobs.conversion import KIND, RECEIPT, REPORT
from ..bodies import announced_length, check_length, read_charset
from ..conversions import (
    conversion_parameters,
    conversions_of,
    make_payload,
    request_body,
    result_headers,
    table_content,
)
from ..job_answers import JOB_ID, NO_FILE, UNKNOWN_JOB, answer_job, cancel_job, find_here, get_job, show_job
from ..result_files import ResultFile
from ..schemas.jobs import JobShape
from ..uploads import TABLE_HINT, is_form, join_options, save_body
from .convert import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...jobs.budget import StorageBudget
    from ...jobs.model import Limits
    from ...jobs.store import Upload

_HERE = "/convert/jobs"
router = APIRouter(tags=["convert"], prefix=_HERE)

_MAX_KEY = 255
_CHECK_EVERY = 16 << 20
_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": _MAX_KEY},
    "description": "a key of your own: a request that is sent again with it returns the same job",
}
_MAX_MINUTES: dict[str, Any] = {
    "name": "max_minutes",
    "in": "query",
    "required": False,
    "schema": {"type": "number", "exclusiveMinimum": 0},
    "description": "After how many minutes the job is ended, up to the limit of the service, which is the default.",
}


@router.post(
    "",
    summary="Convert a large table as a job",
    status_code=202,
    response_model=None,
    responses={
        202: {
            "model": JobShape,
            "description": "the job that converts it; its address is in `Location` too",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "the address of the job"}},
        },
        **REFUSALS,
    },
    openapi_extra={
        "parameters": [*conversion_parameters("dry_run"), _MAX_MINUTES, _KEY],
        "requestBody": request_body(),
    },
)
async def submit(request: Request) -> Response:
    """Accept a table as `POST /convert` does, and return the job that converts it.

    A job survives restarts of the service, ends once, and is removed some time later.
    """
    conversions = conversions_of(request)
    store, limits = conversions.jobs.store, conversions.jobs.limits
    query = request.query_params.multi_items()
    _read_time_limit(join_options(query), limits)
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _MAX_KEY:
        raise BadOption("Idempotency-Key is empty or too long", hint=f"Use up to {_MAX_KEY} characters.")
    check_length(request, limits.max_bytes, TABLE_HINT)
    charset = None if is_form(request) else read_charset(request)
    release = await run_in_threadpool(store.budget.reserve, announced_length(request))
    try:
        upload = await run_in_threadpool(store.begin_upload)
    except BaseException:
        release()
        raise
    try:
        if key is None:  # a job with this key may exist already
            await run_in_threadpool(store.check_capacity, limits.jobs_waiting)
        form = await save_body(request, _within(store.budget, upload, release), limits.max_bytes)
        specified = join_options([*query, *form.fields])
        if charset is not None:
            specified.setdefault("encoding", charset)
        max_s = _read_time_limit(specified, limits)
        payload = make_payload(conversions, specified, form.name or "table") | {"report": True}
        job = await run_in_threadpool(
            lambda: store.submit(upload, KIND, payload, waiting=limits.jobs_waiting, max_s=max_s, key=key)
        )
    except ClientDisconnect:
        return Response(status_code=499)  # which nobody reads
    finally:
        release()
        await run_in_threadpool(upload.drop)  # changes nothing after it was submitted
    conversions.jobs.runner.start()
    conversions.jobs.runner.wake()
    return answer_job(conversions, job, 202, find_here(request, _HERE))


@router.get(
    "/{id}",
    summary="Show how far a job is",
    response_model=None,
    responses={200: {"model": JobShape, "description": "the job"}, **UNKNOWN_JOB},
    openapi_extra={"parameters": JOB_ID},
)
async def show(request: Request) -> Response:
    """Return the state of a job and its progress; at its end the summary, or why it failed."""
    return await show_job(request, KIND, _HERE)


@router.delete(
    "/{id}",
    summary="Cancel or remove a job",
    response_model=None,
    responses={
        200: {"model": JobShape, "description": "the job, now cancelled"},
        204: {"description": "the job was over and is removed with its result"},
        **UNKNOWN_JOB,
    },
    openapi_extra={"parameters": JOB_ID},
)
async def cancel(request: Request) -> Response:
    """Cancel a job that is not over; remove one that is."""
    return await cancel_job(request, KIND, _HERE)


@router.get(
    "/{id}/result",
    summary="Get the converted table of a job",
    response_model=None,
    responses={
        200: {"description": "the converted table", "content": table_content()},
        **NO_FILE,
    },
    openapi_extra={"parameters": JOB_ID},
)
async def download(request: Request) -> Response:
    """Return the converted table of a job that is done; `Range` requests a part of it."""
    conversions = conversions_of(request)
    job = await run_in_threadpool(get_job, conversions, request, KIND)
    path = conversions.jobs.store.find_file(job, "result")
    headers = result_headers(job.prepared, job.summary)
    return ResultFile(path, headers=headers, media_type=job.prepared["media_type"])


@router.get(
    "/{id}/report",
    summary="Show the report of a job",
    response_model=None,
    responses={200: {"description": "one page of HTML", "content": {"text/html": {}}}, **NO_FILE},
    openapi_extra={"parameters": JOB_ID},
)
async def report(request: Request) -> Response:
    """Return the report of a job that is done: outcomes, namespaces and misses on one page."""
    conversions = conversions_of(request)
    job = await run_in_threadpool(get_job, conversions, request, KIND)
    path = conversions.jobs.store.find_file(job, REPORT)
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    }
    return ResultFile(path, headers=headers, media_type="text/html")


@router.get(
    "/{id}/receipt",
    summary="Get the receipt of a job",
    response_model=None,
    responses={200: {"description": "program, release, sources, options, counts, and a sentence for methods",
                     "content": {"application/json": {}}}, **NO_FILE},
    openapi_extra={"parameters": JOB_ID},
)  # fmt: skip
async def receipt(request: Request) -> Response:
    """Return the receipt of a job that is done: what was converted, with which release, sources and options."""
    conversions = conversions_of(request)
    job = await run_in_threadpool(get_job, conversions, request, KIND)
    path = conversions.jobs.store.find_file(job, RECEIPT)
    return ResultFile(path, headers={"cache-control": "no-store"}, media_type="application/json")


def _within(budget: StorageBudget, upload: Upload, release: Callable[[], None]) -> Callable[[bytes], None]:
    """Return a function that writes to an upload within the limit of all jobs together."""
    checked = 0

    def write(data: bytes) -> None:
        nonlocal checked
        release()  # what is written is measured as a file
        upload.write(data)
        if upload.size - checked >= _CHECK_EVERY:
            checked = upload.size
            budget.check()

    return write


def _read_time_limit(specified: dict[str, str], limits: Limits) -> float:
    """Take `max_minutes` out of the options and return the seconds that the job may take; raises BadOption."""
    minutes = specified.pop("max_minutes", None)
    if read_table_options(specified).is_dry:
        raise BadOption("a job cannot be a dry run", hint="Send the table to POST /convert?dry_run=true.")
    if minutes is None:
        return limits.max_s
    try:
        max_s = float(minutes) * 60
    except ValueError:
        max_s = 0.0
    if not 0 < max_s <= limits.max_s:
        raise BadOption(
            f"max_minutes is {minutes[:80]!r}", hint=f"Set it to a number above 0, up to {limits.max_s / 60:g}."
        )
    return max_s
