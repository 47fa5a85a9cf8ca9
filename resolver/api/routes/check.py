"""`/check`: what the source databases report today about a list of identifiers; a long list becomes a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from ...app.live import summarize
from ..check_work import KIND, write_queries
from ..conversions import conversions_of
from ..deps import get_live_checks
from ..errors import PROBLEM_JSON
from ..job_answers import JOB_ID, NO_FILE, UNKNOWN_JOB, answer_job, cancel_job, find_here, get_job, show_job
from ..queries import option_parameters, options_of
from ..query_lists import describe_body, read_queries
from ..result_files import ResultFile
from ..schemas.base import ProblemShape
from ..schemas.jobs import CheckJobShape
from ..schemas.looking import CheckedListShape
from ..threads import run_long

if TYPE_CHECKING:
    from ...resolve.options import Options, Query
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["live"])

# One call of each source database covers this many, and a person can wait for it.
MAX_AT_ONCE = 200
_JOBS = "/check/jobs"
_OPTIONS = ("from", "species")


@router.post(
    "/check",
    summary="Check identifiers at the source databases",
    response_model=None,
    responses={
        200: {"model": CheckedListShape, "description": "the verdicts that are known by the deadline, in order"},
        202: {
            "model": CheckJobShape,
            "description": f"the job that checks a list of over {MAX_AT_ONCE}; its address is in `Location` too",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "the address of the job"}},
        },
        403: {
            "model": ProblemShape,
            "description": "live checks are switched off",
            "content": {PROBLEM_JSON: {}},
        },
        413: {"model": ProblemShape, "description": "too many identifiers", "content": {PROBLEM_JSON: {}}},
        429: {"model": ProblemShape, "description": "too many jobs are waiting", "content": {PROBLEM_JSON: {}}},
        503: {"model": ProblemShape, "description": "the service cannot keep jobs", "content": {PROBLEM_JSON: {}}},
        422: {"model": ProblemShape, "description": "a body or option that cannot be read"},
    },
    openapi_extra={
        "parameters": option_parameters(*_OPTIONS),
        "requestBody": describe_body(["P13232", "ENSG00000104432.14", {"id": "146660", "from": "omim"}]),
    },
)
async def check_list(request: Request) -> Response:
    """Return the verdict of the source database on each identifier, with evidence and what to use now.

    A list of up to 200 is answered within the deadline of the service (`RESOLVER_LIVE_TIMEOUT_S`). Identifiers without
    a verdict by then are `not_checked`; send them again, since verdicts are kept. A longer list becomes a job without
    that deadline.
    """
    checks = get_live_checks(request)
    options = options_of(request, only=_OPTIONS)
    queries, _ = await read_queries(request, options)
    if len(queries) > MAX_AT_ONCE:
        return await _submit(request, queries, options)
    resolver: Resolver = request.app.state.find_resolver()
    answers = await run_long(list, resolver.resolve_many(queries, options))
    checked = await checks.check_answers(answers, checks.timeout_s)
    release = {"id": resolver.release.id, "title": resolver.release.title}
    shown = {"checked": [one.to_dict() for one in checked], "verdicts": summarize(checked), "release": release}
    return Response(orjson.dumps(shown), media_type="application/json", headers={"cache-control": "no-store"})


async def _submit(request: Request, queries: list[str | Query], options: Options) -> Response:
    conversions = conversions_of(request)
    specified = {name: value for name, value in options.describe().items() if name in _OPTIONS and value is not None}

    def save() -> Response:
        store, limits = conversions.jobs.store, conversions.jobs.limits
        upload = store.begin_upload()
        try:
            upload.write(write_queries(queries, options))
            payload = {"options": specified, "name": "list"}
            job = store.submit(upload, KIND, payload, waiting=limits.jobs_waiting, max_s=limits.max_s)
        finally:
            upload.drop()  # changes nothing after it was submitted
        conversions.jobs.runner.start()
        conversions.jobs.runner.wake()
        return answer_job(conversions, job, 202, find_here(request, _JOBS))

    return await run_long(save)


@router.get(
    f"{_JOBS}/{{id}}",
    summary="Show how far the check of a list is",
    response_model=None,
    responses={200: {"model": CheckJobShape, "description": "the job"}, **UNKNOWN_JOB},
    openapi_extra={"parameters": JOB_ID},
)
async def show(request: Request) -> Response:
    """Return the state of a job and its progress; at the end how many identifiers have each verdict."""
    return await show_job(request, KIND, _JOBS)


@router.delete(
    f"{_JOBS}/{{id}}",
    summary="Cancel or remove the check of a list",
    response_model=None,
    responses={
        200: {"model": CheckJobShape, "description": "the job, now cancelled"},
        204: {"description": "the job was over and is removed with its result"},
        **UNKNOWN_JOB,
    },
    openapi_extra={"parameters": JOB_ID},
)
async def cancel(request: Request) -> Response:
    """Cancel a job that is not over; remove one that is."""
    return await cancel_job(request, KIND, _JOBS)


@router.get(
    f"{_JOBS}/{{id}}/result",
    summary="Get the verdicts on a list",
    response_model=None,
    responses={
        200: {
            "description": "a JSON object a line for each query, in order, as in `checked` of `POST /check`",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        },
        **NO_FILE,
    },
    openapi_extra={"parameters": JOB_ID},
)
async def download(request: Request) -> Response:
    """Return the verdicts of a job that is done."""
    conversions = conversions_of(request)
    job = await run_in_threadpool(get_job, conversions, request, KIND)
    path = conversions.jobs.store.find_file(job, "result")
    return ResultFile(path, headers={"cache-control": "no-store"}, media_type="application/x-ndjson")
