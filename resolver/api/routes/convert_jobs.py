"""`/convert/jobs`: conversions that are too long to wait for; they outlive the client and a restart of the service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response
from starlette.requests import ClientDisconnect

from ...convert.options import read_table_options
from ...errors import BadOption, UnknownJob
from ...jobs.conversion import KIND, REPORT
from ..conversions import conversion_parameters, make_payload, office_of, request_body, result_headers, reword
from ..errors import PROBLEM_JSON
from ..job_schemas import JobShape
from ..schemas import ProblemShape
from ..uploads import check_length, read_stated, save_body
from .convert import REFUSALS

if TYPE_CHECKING:
    from ...jobs.model import Job
    from ..conversions import Office

router = APIRouter(tags=["convert"], prefix="/convert/jobs")

_MAX_KEY = 255
_ID: list[dict[str, Any]] = [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "description": "the id of the job"}
]
_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": _MAX_KEY},
    "description": "a text of your own; what is sent again with it leads to the same job",
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemShape, "description": "there is no such job", "content": {PROBLEM_JSON: {}}}
}
_NO_RESULT: dict[int | str, dict[str, Any]] = {
    **_UNKNOWN,
    409: {"model": ProblemShape, "description": "the job has none, or none yet", "content": {PROBLEM_JSON: {}}},
}


@router.post(
    "",
    summary="Convert a large table as a job",
    status_code=202,
    response_model=None,
    responses={
        202: {
            "model": JobShape,
            "description": "the job that will do it; its address is in `Location` too",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "where the job is asked for"}},
        },
        **REFUSALS,
    },
    openapi_extra={
        "parameters": [*conversion_parameters("dry_run"), _KEY],
        "requestBody": request_body("dry_run"),
    },
)
async def submit(request: Request) -> Response:
    """Take a table as `POST /convert` does, and return the job that converts it.

    A job survives restarts of the service, comes to one end, and is removed some time after.
    """
    office = office_of(request)
    store, limits = office.jobs.store, office.jobs.limits
    query = request.query_params.multi_items()
    _check(read_stated(query))
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _MAX_KEY:
        raise BadOption("Idempotency-Key is empty or too long", hint=f"Take a text of up to {_MAX_KEY} characters.")
    check_length(request, limits.max_bytes)
    upload = await run_in_threadpool(store.begin_upload)
    try:
        if key is None:  # with a key, what was sent tells whether the job is there already
            await run_in_threadpool(store.check_room, limits.jobs_waiting)
        form = await save_body(request, upload.write, limits.max_bytes)
        stated = read_stated([*query, *form.fields])
        _check(stated)
        payload = make_payload(office, stated, form.name or "table") | {"report": True}
        job, _ = await run_in_threadpool(
            lambda: store.submit(upload, KIND, payload, form.name or "table", waiting=limits.jobs_waiting, key=key)
        )
    except ClientDisconnect:
        return Response(status_code=499)  # which nobody reads
    finally:
        await run_in_threadpool(upload.drop)  # nothing is there where it was submitted
    office.jobs.runner.start()
    office.jobs.runner.wake()
    return _answer(office, job, 202)


@router.get(
    "/{id}",
    summary="Tell how far a job is",
    response_model=None,
    responses={200: {"model": JobShape, "description": "the job"}, **_UNKNOWN},
    openapi_extra={"parameters": _ID},
)
async def show(request: Request) -> Response:
    """Return the state of a job and its progress; at the end what it came to, or why it failed."""
    office = office_of(request)
    return _answer(office, await run_in_threadpool(_get, office, request), 200)


@router.delete(
    "/{id}",
    summary="Cancel or remove a job",
    response_model=None,
    responses={
        200: {"model": JobShape, "description": "the job, which is cancelled now"},
        204: {"description": "the job was over, and is removed with its result"},
        **_UNKNOWN,
    },
    openapi_extra={"parameters": _ID},
)
async def cancel(request: Request) -> Response:
    """Cancel a job that is not over; remove one that is."""
    office = office_of(request)
    job = await run_in_threadpool(lambda: office.jobs.store.cancel(_get(office, request).id))
    return Response(status_code=204) if job is None else _answer(office, job, 200)


@router.get(
    "/{id}/result",
    summary="Get the table that a job made",
    response_model=None,
    responses={
        200: {"description": "the converted table", "content": {"text/csv": {"schema": {"type": "string"}}}},
        206: {"description": "the part of it that `Range` asks for"},
        **_NO_RESULT,
    },
    openapi_extra={"parameters": _ID},
)
async def download(request: Request) -> Response:
    """Return the converted table of a job that is done; `Range` asks for a part of it."""
    office = office_of(request)
    job = await run_in_threadpool(_get, office, request)
    path = office.jobs.store.find_file(job, "result")
    headers = result_headers(job.prepared, job.summary)
    return FileResponse(path, headers=headers, media_type=job.prepared["media_type"])


@router.get(
    "/{id}/report",
    summary="Show the report of a job",
    response_model=None,
    responses={200: {"description": "one page of HTML", "content": {"text/html": {}}}, **_NO_RESULT},
    openapi_extra={"parameters": _ID},
)
async def report(request: Request) -> Response:
    """Return the report of a job that is done: outcomes, namespaces and misses on one page."""
    office = office_of(request)
    job = await run_in_threadpool(_get, office, request)
    path = office.jobs.store.find_file(job, REPORT)
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    }
    return FileResponse(path, headers=headers, media_type="text/html")


def _check(stated: dict[str, str]) -> None:
    if read_table_options(stated).is_dry:
        raise BadOption(
            "a job does what is asked, and nothing dry", hint="Send the table to POST /convert?dry_run=true."
        )


def _get(office: Office, request: Request) -> Job:
    job = office.jobs.store.get(request.path_params["id"])
    if job.kind != KIND:
        raise UnknownJob("this job is no conversion", hint="Ask where it was submitted.")
    return job


def _answer(office: Office, job: Job, status: int) -> Response:
    headers = {"cache-control": "no-store"}
    if status == 202:
        headers["location"] = f"/convert/jobs/{job.id}"
    if not job.is_over:
        headers["retry-after"] = "1"
    return Response(orjson.dumps(describe_job(office, job)), status, headers, "application/json")


def describe_job(office: Office, job: Job) -> dict[str, Any]:
    """Return a job as the API shows it."""
    store, here = office.jobs.store, f"/convert/jobs/{job.id}"
    ends = None if job.finished_at is None else job.finished_at + office.jobs.limits.keep_s
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "name": job.name,
        "options": job.payload["options"],
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
        "expires_at": _time(ends),
        "attempt": job.attempt,
        "progress": _progress(job),
        "release": job.prepared.get("release"),
        "notes": reword(job.prepared).get("notes", []),
        "summary": None if job.summary is None else reword(job.summary),
        "error": None if job.error is None else reword(job.error),
        "links": {
            "self": here,
            "result": f"{here}/result" if store.has_file(job, "result") else None,
            "report": f"{here}/report" if store.has_file(job, REPORT) else None,
        },
    }


def _progress(job: Job) -> dict[str, Any]:
    """Return how far it is; what was never told, or cannot be known, is null."""
    rows, read = job.progress.get("rows", 0), job.progress.get("bytes", 0)
    if job.summary is not None:
        rows, read = job.summary["rows"], job.input_bytes
    ended = job.finished_at or job.progress.get("at")
    seconds = None if job.started_at is None or ended is None else max(ended - job.started_at, 1e-3)
    share = min(1.0, read / job.input_bytes) if job.input_bytes else 1.0
    rate = rows / seconds if seconds and rows else None
    left = seconds * (1 - share) / share if seconds and share > 0 and not job.is_over else None
    return {
        "rows": rows,
        "bytes": read,
        "total_bytes": job.input_bytes,
        "percent": 100.0 if job.summary is not None else min(99.0, round(100 * share, 1)),
        "rows_per_s": None if rate is None else round(rate),
        "seconds_left": None if left is None else round(left, 1),
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
