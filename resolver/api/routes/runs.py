"""`/stale/runs`, `/stale/report` and `/metrics`: what nightly runs did, as data, as a page, and for a monitor."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from ...errors import BadOption, LedgerUnreachable
from ...nightly.report import build_report, describe_run, render_metrics
from ..errors import PROBLEM_JSON
from ..schemas import ProblemShape
from ..stale_schemas import RunShape

if TYPE_CHECKING:
    from ...store.ledger_reader import LedgerReader

OpenLedger = Callable[[], AbstractContextManager["LedgerReader"]]

router = APIRouter(tags=["stale"])

PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: {"model": ProblemShape, "description": "input that cannot be read", "content": {PROBLEM_JSON: {}}},
    503: {
        "model": ProblemShape,
        "description": "there is no ledger yet, or it cannot be read",
        "content": {PROBLEM_JSON: {}},
    },
}


@router.get("/stale/runs", summary="List the nightly runs", response_model=list[RunShape], responses=PROBLEMS)
async def list_runs(request: Request, number: int = 30) -> Response:
    """Return the last runs, newest first, each with what it did at each source."""
    if not 1 <= number <= 1_000:
        raise BadOption(f"number is {number}", hint="Ask for 1 to 1000 runs.")

    def read(reader: LedgerReader) -> list[dict[str, Any]]:
        releases = reader.list_releases()
        return [describe_run(run, releases) for run in reader.list_runs(number)]

    runs = await run_in_threadpool(read_ledger, request.app.state.open_ledger, read)
    return Response(orjson.dumps(runs), media_type="application/json")


@router.get(
    "/stale/report",
    summary="The report of the nightly runs as a page",
    response_class=HTMLResponse,
    responses=PROBLEMS,
)
async def show_report(request: Request) -> Response:
    """Return one page: news of the last run, marks over time, coverage, health and age of the sources.

    It has no script, and loads nothing.
    """
    from ..report_page import render_page

    report = await run_in_threadpool(read_ledger, request.app.state.open_ledger, _report)
    return HTMLResponse(render_page(report, service=".."), headers={"cache-control": "no-cache"})


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def show_metrics(request: Request) -> Response:
    """Return figures of the last nightly run, of coverage and marks, as Prometheus reads them."""
    try:
        report = await run_in_threadpool(read_ledger, request.app.state.open_ledger, _report)
    except LedgerUnreachable:
        report = None
    return PlainTextResponse(render_metrics(report), media_type="text/plain; version=0.0.4; charset=utf-8")


def read_ledger(open_ledger: OpenLedger, read: Callable[[LedgerReader], Any]) -> Any:  # noqa: ANN401  (what `read` returns)
    """Return what `read` returns of the ledger."""
    with open_ledger() as reader:
        return read(reader)


def _report(reader: LedgerReader) -> Any:  # noqa: ANN401
    return build_report(reader, now=datetime.now(UTC).timestamp())
