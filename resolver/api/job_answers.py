"""Jobs of any kind as REST responses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from ..errors import UnknownJob
from ..jobs.conversion import RECEIPT, REPORT
from .conversions import conversions_of, reword
from .errors import PROBLEM_JSON
from .schemas.base import ProblemShape

if TYPE_CHECKING:
    from fastapi import Request

    from ..jobs.model import Job
    from .conversions import ConversionService

JOB_ID: list[dict[str, Any]] = [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "description": "the id of the job"}
]
UNKNOWN_JOB: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemShape, "description": "there is no such job", "content": {PROBLEM_JSON: {}}}
}
NO_FILE: dict[int | str, dict[str, Any]] = {
    **UNKNOWN_JOB,
    206: {"description": "the part of it that `Range` requests"},
    400: {"model": ProblemShape, "description": "the header Range cannot be read"},
    409: {"model": ProblemShape, "description": "the job has no such file, or not yet"},
    416: {"model": ProblemShape, "description": "the file does not have the part that Range requests"},
}


def get_job(conversions: ConversionService, request: Request, kind: str) -> Job:
    """Return the job that the path names; raises UnknownJob for one of another kind too."""
    job = conversions.jobs.store.get(request.path_params["id"])
    if job.kind != kind:
        raise UnknownJob("this job is of another kind", hint="Request it under the path where it was submitted.")
    return job


async def show_job(request: Request, kind: str, here: str) -> Response:
    """Return the job that the path names, as it is now."""
    conversions = conversions_of(request)
    return answer_job(
        conversions, await run_in_threadpool(get_job, conversions, request, kind), 200, find_here(request, here)
    )


async def cancel_job(request: Request, kind: str, here: str) -> Response:
    """Cancel the job that the path names, or remove it with its files if it is over."""
    conversions = conversions_of(request)
    job = await run_in_threadpool(lambda: conversions.jobs.store.cancel(get_job(conversions, request, kind).id))
    return Response(status_code=204) if job is None else answer_job(conversions, job, 200, find_here(request, here))


def find_here(request: Request, path: str) -> str:
    """Return a path of the service as a client sees it, below the root path."""
    return f"{request.scope.get('root_path', '')}{path}"


def answer_job(conversions: ConversionService, job: Job, status: int, here: str) -> Response:
    """Return a job as a response; `here` is the address under which jobs of its kind are found."""
    headers = {"cache-control": "no-store"}
    if status == 202:
        headers["location"] = f"{here}/{job.id}"
    if not job.is_over:
        headers["retry-after"] = "1"
    return Response(orjson.dumps(describe_job(conversions, job, here)), status, headers, "application/json")


def describe_job(conversions: ConversionService, job: Job, here: str) -> dict[str, Any]:
    """Return a job as the API shows it."""
    store, here = conversions.jobs.store, f"{here}/{job.id}"
    ends = None if job.finished_at is None else job.finished_at + conversions.jobs.limits.keep_s
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
            "receipt": f"{here}/receipt" if store.has_file(job, RECEIPT) else None,
        },
    }


def _progress(job: Job) -> dict[str, Any]:
    """Return how far a job is; what is not known is null."""
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
