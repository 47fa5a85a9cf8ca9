"""`/stale` for browsers: marks with filters, trends, the state of the sources, and a check of one's own list."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ...api.report_page import SHOWN_RUNS, SIGNS, draw_marks, list_health
from ...api.threads import run_long
from ...app.stores import open_or_empty, read_ledger
from ...errors import BadOption, LedgerUnreachable
from ...genes.verdicts import STALE
from ...identifiers.species import SPECIES
from ...nightly.curation import describe_history
from ...nightly.marks import FILTERS, REVIEWS, describe_mark, read_filters
from ...nightly.report import Report, build_report
from ..rendering import make_response, quote_segment
from ..shown import describe_release_briefly, page_address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...resolve.resolver import Resolver

_A_PAGE = 100
# Events of a mark whose names alone say too little.
_EVENTS = {"set": "marked", "changed": "new verdict", "lifted": "current again", "dropped": "followed by the release"}
_NAMESPACES = ("ncbigene", "ensembl", "hgnc", "mgi", "uniprot", "refseq", "omim", "ccds", "vega")


async def show_stale(request: Request) -> Response:
    """Show the marks that match the filters, a page at a time."""
    return await run_long(_render, request)


def _render(request: Request) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    query = dict(request.query_params)
    page = _read_page(query.pop("page", "1"))
    specified = {name: value for name, value in query.items() if value}  # a form sends empty fields too
    for name in specified:
        if name not in FILTERS:
            raise BadOption(f"there is no filter {name[:80]!r}", hint=f"Filters are {', '.join(FILTERS)}.")
    filters = read_filters(specified)
    begin, end = (page - 1) * _A_PAGE, page * _A_PAGE + 1
    now = datetime.now(UTC).timestamp()
    shown: _Shown | None = None
    with suppress(LedgerUnreachable):  # there was no nightly run yet, which the page says
        shown = _Shown(
            *read_ledger(
                request.app.state.open_ledger,
                lambda reader: (
                    build_report(reader, now=now),
                    [describe_mark(row) for row in islice(reader.list_stale(**filters), begin, end)],
                ),
            )
        )
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "shown": shown,
        "specified": specified,
        "page": page,
        "filter_query": urlencode(specified),
        "namespaces": _NAMESPACES,
        "species": [species.name for species in SPECIES.values()],
        "verdicts": sorted(STALE),
        "reviews": REVIEWS,
        "signs": SIGNS,
        "is_live": request.app.state.live is not None,
        "canonical": page_address(request, "/stale"),
    }
    return make_response(request.scope, "stale.html.j2", context)


async def show_mark(request: Request) -> Response:
    """Show the mark of an identifier and its history."""
    return await run_long(_render_mark, request)


def _render_mark(request: Request) -> Response:
    curie = request.path_params["curie"]
    shown = read_ledger(
        partial(open_or_empty, request.app.state.open_ledger), lambda reader: describe_history(reader, curie)
    )
    context: dict[str, Any] = {
        "release": describe_release_briefly(request.app.state.find_resolver()),
        "shown": shown,
        "events": _EVENTS,
        "canonical": page_address(request, f"/stale/{quote_segment(shown['curie'])}"),
    }
    return make_response(request.scope, "mark.html.j2", context)


def _read_page(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise BadOption(f"page is {text[:80]!r}", hint="Pages are numbered from 1.")
    return int(text)


class _Shown:
    """What the page shows of the ledger."""

    def __init__(self, report: Report, marks: list[dict[str, Any]]) -> None:
        self.report = report
        self.marks = marks[:_A_PAGE]
        self.has_more = len(marks) > _A_PAGE
        self.total = sum(sum(counts.values()) for counts in self.report.stale.values())
        runs = list(reversed(self.report.runs))
        sources = [one.source for one in self.report.coverage]
        self.charts = [
            (kind, draw_marks(runs, sources, width, height))
            for kind, width, height in (("wide", 760, 280), ("narrow", 356, 260))
            if runs
        ]
        self.health = list_health(runs[-SHOWN_RUNS:], sources)
        self.runs = [run["started_at"][5:10] for run in runs[-SHOWN_RUNS:]]
        self.ages = {one.source: one for one in self.report.releases}
