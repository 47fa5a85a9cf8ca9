"""`/stale` and `/metrics`: what nightly runs marked, what they did, and figures for a monitor."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from ...errors import BadOption, LedgerUnreachable
from ...genes.verdicts import STALE
from ...identifiers.species import SPECIES, get_taxon
from ...nightly.report import build_report, describe_mark, describe_run, render_metrics
from ...resolve.options import get_namespaces
from ..errors import PROBLEM_JSON
from ..schemas import ProblemShape
from ..stale_schemas import RunShape, StaleShape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ...store.ledger_reader import LedgerReader

    Open = Callable[[], AbstractContextManager[LedgerReader]]

router = APIRouter(tags=["stale"])

_AT_ONCE = 500
_NDJSON, _CSV = "application/x-ndjson", "text/csv; charset=utf-8"
_FORMATS = {"json": "application/json", "ndjson": _NDJSON, "csv": _CSV}
_COLUMNS = ("curie", "version", "verdict", "successors", "since", "seen_at", "source", "genes", "species",
            "upstream_release", "url", "fields", "note")  # fmt: skip
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: {"model": ProblemShape, "description": "a filter that cannot be read", "content": {PROBLEM_JSON: {}}},
    503: {
        "model": ProblemShape,
        "description": "there is no ledger yet, or it cannot be read",
        "content": {PROBLEM_JSON: {}},
    },
}


def _parameter(name: str, does: str, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": does, "schema": {"type": "string"} | schema}


_FILTERS = [
    _parameter("namespace", "identifiers of this namespace only, such as uniprot"),
    _parameter("species", "identifiers of genes of this species only: human, mouse, 9606 or 10090"),
    _parameter("verdict", "this verdict only", enum=sorted(STALE)),
    _parameter("since", "what was first found stale at this moment or later: 2026-11-25, or with a time"),
    _parameter("format", "json, ndjson or csv; without it as the Accept header says", enum=list(_FORMATS)),
]


@router.get(
    "/stale",
    summary="List what is stale by now",
    response_model=None,
    responses={
        200: {
            "model": list[StaleShape],
            "description": "the marked identifiers, oldest mark first",
            "content": {_NDJSON: {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}},
        },
        **_PROBLEMS,
    },
    openapi_extra={"parameters": _FILTERS},
)
async def list_stale(request: Request) -> Response:
    """Return the identifiers of the release that an upstream says something else of today, with its evidence.

    The list is sent as it is read, however long it is.
    """
    wanted, kind = _read_filters(request)
    rows = _list(request.app.state.open_ledger, wanted)
    first = await run_in_threadpool(lambda: list(islice(rows, _AT_ONCE)))  # what cannot be read is told before
    return StreamingResponse(_RENDER[kind](first, rows), media_type=_FORMATS[kind])


@router.get(
    "/stale/runs",
    summary="List the nightly runs",
    response_model=list[RunShape],
    responses=_PROBLEMS,
)
async def list_runs(request: Request, number: int = 30) -> Response:
    """Return the last runs, newest first, each with what it did at each source."""
    if not 1 <= number <= 1_000:
        raise BadOption(f"number is {number}", hint="Ask for 1 to 1000 runs.")
    runs = await run_in_threadpool(_read, request.app.state.open_ledger, lambda reader: reader.list_runs(number))
    return Response(orjson.dumps([describe_run(run) for run in runs]), media_type="application/json")


@router.get("/stale/report", summary="The report of the nights as a page", response_class=HTMLResponse)
async def show_report(request: Request) -> Response:
    """Return one page with pictures: marks over time, coverage, health of the sources. It loads nothing else."""
    from ..report_page import render_page

    report = await run_in_threadpool(_read, request.app.state.open_ledger, _report)
    return HTMLResponse(render_page(report), headers={"cache-control": "no-cache"})


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def show_metrics(request: Request) -> Response:
    """Return figures of the last night, of coverage and marks, as Prometheus reads them."""
    try:
        report = await run_in_threadpool(_read, request.app.state.open_ledger, _report)
    except LedgerUnreachable:
        report = None
    return PlainTextResponse(render_metrics(report), media_type="text/plain; version=0.0.4; charset=utf-8")


def _read(open_ledger: Open, ask: Callable[[LedgerReader], Any]) -> Any:  # noqa: ANN401  (what `ask` returns)
    with open_ledger() as reader:
        return ask(reader)


def _report(reader: LedgerReader) -> Any:  # noqa: ANN401
    return build_report(reader, now=datetime.now(UTC).timestamp())


def _list(open_ledger: Open, wanted: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with open_ledger() as reader:
        for mark in reader.list_stale(**wanted):
            yield describe_mark(mark)


# --- Filters ------------------------------------------------------------------------------------------------------


def _read_filters(request: Request) -> tuple[dict[str, Any], str]:
    query = request.query_params
    known = [parameter["name"] for parameter in _FILTERS]
    for name in query:
        if name not in known:
            raise BadOption(f"there is no filter {name!r}", hint=f"Filters are {', '.join(known)}.")
    verdict = query.get("verdict")
    if verdict is not None and verdict not in set(STALE):
        raise BadOption(f"there is no verdict {verdict!r} of stale", hint=f"Ask for {', '.join(sorted(STALE))}.")
    wanted = {
        "prefixes": get_namespaces(query["namespace"]) if query.get("namespace") else None,
        "taxon": get_taxon(query["species"]) if query.get("species") else None,
        "verdict": verdict,
        "since": _moment(query["since"]) if query.get("since") else None,
    }
    return wanted, _format(query.get("format"), request.headers.get("accept", ""))


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadOption(f"since: {text[:40]!r} is no moment", hint="Write 2026-11-25 or 2026-11-25T02:30Z.") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _format(stated: str | None, accept: str) -> str:
    if stated is not None:
        if stated not in _FORMATS:
            raise BadOption(f"there is no format {stated!r}", hint="Ask for json, ndjson or csv.")
        return stated
    return "csv" if "text/csv" in accept else "ndjson" if "ndjson" in accept else "json"


# --- Formats ------------------------------------------------------------------------------------------------------


def _parts(first: list[dict[str, Any]], rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part = first
    while part:
        yield part
        part = list(islice(rows, _AT_ONCE))


def _as_json(first: list[dict[str, Any]], rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    separator = b"["
    for part in _parts(first, rows):
        yield separator + b",\n".join([orjson.dumps(mark) for mark in part])
        separator = b",\n"
    yield b"[]\n" if separator == b"[" else b"]\n"


def _as_lines(first: list[dict[str, Any]], rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for part in _parts(first, rows):
        yield b"".join([orjson.dumps(mark) + b"\n" for mark in part])


def _as_csv(first: list[dict[str, Any]], rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield f"{','.join(_COLUMNS)}\n".encode()
    for part in _parts(first, rows):
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows(_cells(mark) for mark in part)
        yield written.getvalue().encode()


_RENDER = {"json": _as_json, "ndjson": _as_lines, "csv": _as_csv}


def _cells(mark: dict[str, Any]) -> list[Any]:
    evidence = mark["evidence"] or {"url": "", "fields": {}}
    told = mark | {
        "successors": " ".join(mark["successors"]),
        "genes": " ".join(mark["genes"]),
        "species": "" if mark["taxon"] is None else SPECIES[mark["taxon"]].name,
        "url": evidence["url"],
        "fields": "; ".join(f"{name}: {value}" for name, value in evidence["fields"].items()),
    }
    return [told[column] for column in _COLUMNS]
