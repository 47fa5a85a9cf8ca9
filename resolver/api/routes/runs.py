"""`/stale/runs` and `/stale/report`: the results of nightly runs as data, and as a page."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from ...app.stores import open_or_empty, read_ledger
from ...errors import BadOption
from ...nightly.report import Report, build_report, describe_runs
from ..errors import PROBLEM_JSON
from ..report_page import render_page
from ..schemas.base import ProblemShape
from ..schemas.marks import RunShape
from ..threads import run_long

if TYPE_CHECKING:
    from ...app.stores import OpenLedger

router = APIRouter(tags=["stale"])

PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: {"model": ProblemShape, "description": "input that cannot be read", "content": {PROBLEM_JSON: {}}},
    503: {
        "model": ProblemShape,
        "description": "the ledger cannot be read",
        "content": {PROBLEM_JSON: {}},
    },
}

# Described here, and checked below, where the message says more.
Number = Annotated[int, Query(description="how many runs", json_schema_extra={"minimum": 1, "maximum": 1_000})]


@router.get("/stale/runs", summary="List the nightly runs", response_model=list[RunShape], responses=PROBLEMS)
async def list_runs(request: Request, number: Number = 30) -> Response:
    """Return the last runs, newest first, each with what it did at each source."""
    if not 1 <= number <= 1_000:
        raise BadOption(f"number is {number}", hint="Request 1 to 1000 runs.")
    runs = await run_in_threadpool(
        read_ledger,
        partial(open_or_empty, request.app.state.open_ledger),
        lambda reader: orjson.dumps(describe_runs(reader, number)),
    )
    return Response(runs, media_type="application/json")


@router.get(
    "/stale/report",
    summary="Show the report of nightly runs as a page",
    response_class=HTMLResponse,
    responses=PROBLEMS,
)
async def show_report(request: Request) -> Response:
    """Return one page: news of the last run, marks over time, coverage, state and age of the sources.

    It has no script and loads nothing.
    """
    report = await _read_report(partial(open_or_empty, request.app.state.open_ledger))
    page = await run_long(render_page, report, service="..")
    return HTMLResponse(page, headers={"cache-control": "no-cache"})


async def _read_report(open_ledger: OpenLedger) -> Report:
    now = datetime.now(UTC).timestamp()
    return await run_in_threadpool(read_ledger, open_ledger, lambda reader: build_report(reader, now=now))
