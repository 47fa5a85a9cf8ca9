"""Report nightly runs as plain data: for a terminal, a page, a monitor, or another program."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ..store.ledger_tables import EventKind
from .marks import describe_held_back, describe_moment, describe_news
from .model import TROUBLES
from .source_ages import SourceAge, find_age_at_run, list_ages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..store.ledger_reader import LedgerReader

COVERED_DAYS = 30
SHOWN_NEWS = 100
_DAY_S = 86_400


class Coverage(NamedTuple):
    """The coverage of a source: its tracked identifiers, and those with a recent verdict."""

    source: str
    tracked: int
    checked: int

    @property
    def share(self) -> float:
        """The share that has a verdict of the last thirty days."""
        return self.checked / self.tracked if self.tracked else 0.0


class News(NamedTuple):
    """What the last run changed: how many marks it `set`, `changed` and `lifted`, and the first hundred of each."""

    run_id: int | None
    counts: dict[str, int]
    marks: dict[str, list[dict[str, Any]]]


class HeldBack(NamedTuple):
    """Verdicts that await confirmation: how many, by source, and the first hundred."""

    counts: dict[str, int]
    verdicts: list[dict[str, Any]]


class Report(NamedTuple):
    """The last runs (newest first), coverage and marks by source; `stale` is by source and verdict.

    `news` is of the newest run, `releases` has the age of each source's release.
    """

    made_at: str
    runs: list[dict[str, Any]]
    coverage: list[Coverage]
    stale: dict[str, dict[str, int]]
    holder: str | None
    news: News
    held_back: HeldBack
    releases: list[SourceAge]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain objects."""
        covered = [{**one._asdict(), "share": round(one.share, 4)} for one in self.coverage]
        lists = {"news": self.news._asdict(), "held_back": self.held_back._asdict()}
        return {**self._asdict(), "coverage": covered, **lists, "releases": [one._asdict() for one in self.releases]}


def build_report(reader: LedgerReader, *, now: float, number: int = 30) -> Report:
    """Return the report of the last runs at a moment in seconds since 1970."""
    releases = reader.list_releases()
    runs = describe_runs(reader, number)
    tracked: dict[str, int] = {}
    for run in runs:
        for part in run["sources"]:
            tracked.setdefault(part["source"], part["tracked"])
    checked = reader.count_checked(int(now) - COVERED_DAYS * _DAY_S)
    coverage = [
        Coverage(source, tracked.get(source, 0), checked.get(source, (0, 0))[0])
        for source in sorted({*tracked, *checked})
    ]
    stale: dict[str, dict[str, int]] = {}
    for (source, verdict), count in sorted(reader.count_marks().items()):
        stale.setdefault(source, {})[verdict] = count
    lease = reader.find_lease()
    holder = lease["holder"] if lease is not None and lease["expires_at"] > now else None
    return Report(
        describe_moment(int(now)) or "",
        runs,
        coverage,
        stale,
        holder,
        read_news(reader, runs[0]["id"] if runs else None),
        HeldBack(
            reader.count_held_back(), [describe_held_back(row) for row in islice(reader.list_held_back(), SHOWN_NEWS)]
        ),
        list_ages(releases, now=int(now)),
    )


def read_news(reader: LedgerReader, run_id: int | None, *, limit: int = SHOWN_NEWS) -> News:
    """Return what a run changed; empty lists without a run."""
    kinds = (EventKind.SET, EventKind.CHANGED, EventKind.LIFTED)
    counted = {} if run_id is None else reader.count_news(run_id)
    marks = {
        kind.value: [describe_news(row) for row in reader.list_news(run_id=run_id, event=kind, limit=limit)]
        if counted.get(kind.value)
        else []
        for kind in kinds
    }
    return News(run_id, {kind.value: counted.get(kind.value, 0) for kind in kinds}, marks)


def describe_runs(reader: LedgerReader, number: int) -> list[dict[str, Any]]:
    """Return the last runs as plain objects, newest first."""
    releases = reader.list_releases()
    return [describe_run(run, releases) for run in reader.list_runs(number)]


def describe_run(run: dict[str, Any], releases: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a run for display: moments as ISO 8601, how long it took, and the sources with an error.

    `releases` are those of `LedgerReader.list_releases`, for the age of each source's release when the run began.
    """
    shown = _with_moments(run)
    shown["seconds"] = None if run["ended_at"] is None else run["ended_at"] - run["started_at"]
    shown["sources"] = [
        _with_moments({k: v for k, v in part.items() if k != "run_id"})
        | {"release_age_days": find_age_at_run(part, releases)}
        for part in run["sources"]
    ]
    shown["troubles"] = [part["source"] for part in run["sources"] if part["state"] in TROUBLES]
    return shown


def _with_moments(row: dict[str, Any]) -> dict[str, Any]:
    return {name: describe_moment(value) if name.endswith("_at") else value for name, value in row.items()}


# --- For a monitor ------------------------------------------------------------------------------------------------


def render_metrics(report: Report | None) -> str:
    """Return the report as Prometheus text (version 0.0.4); without a ledger, only that there is none."""
    lines = _metric("ledger", "1 if the ledger exists and can be read, else 0.", [({}, 0 if report is None else 1)])
    if report is None:
        return "\n".join(lines) + "\n"
    ended = next((run for run in report.runs if run["ended_at"] is not None), None)
    if ended is not None:
        at = datetime.fromisoformat(ended["ended_at"]).timestamp()
        lines += _metric(
            "run_ended_timestamp_seconds", "End of the last completed run, in seconds since 1970.", [({}, int(at))]
        )
        lines += _metric("run_seconds", "Duration of that run in seconds.", [({}, ended["seconds"])])
        for name, help_text in (
            ("checked", "Identifiers with a verdict in that run."),
            ("not_checked", "Identifiers that could not be checked in that run."),
            ("calls", "Requests of that run to the source database."),
        ):
            lines += _metric(f"run_{name}", help_text, [({"source": p["source"]}, p[name]) for p in ended["sources"]])
        healthy = [({"source": p["source"]}, int(p["source"] not in ended["troubles"])) for p in ended["sources"]]
        lines += _metric("source_healthy", "1 if the source run had no error in that run, else 0.", healthy)
    stale = [
        ({"source": source, "verdict": verdict}, count)
        for source, counts in report.stale.items()
        for verdict, count in counts.items()
    ]
    lines += _metric("stale", "Identifiers that are marked as stale.", stale)
    held_back = [({"source": source}, count) for source, count in sorted(report.held_back.counts.items())]
    lines += _metric("held_back", "Verdicts that await confirmation by another run.", held_back)
    ages = [({"source": one.source, "release": one.release}, one.age_days) for one in report.releases]
    lines += _metric("source_release_age_days", "Days since the newest release of the source database.", ages)
    lines += _metric(
        "tracked", "Identifiers of the release that the source database covers.", _by_source(report, "tracked")
    )
    lines += _metric(
        "checked_30d", "Tracked identifiers with a verdict in the last 30 days.", _by_source(report, "checked")
    )
    return "\n".join(lines) + "\n"


def _by_source(report: Report, name: str) -> list[tuple[dict[str, str], int]]:
    return [({"source": one.source}, getattr(one, name)) for one in report.coverage]


def _metric(name: str, help_text: str, samples: list[tuple[dict[str, str], int]]) -> list[str]:
    full = f"gene_xref_nightly_{name}"
    lines = [f"# HELP {full} {help_text}", f"# TYPE {full} gauge"]
    for labels, value in samples:
        listed = ",".join(f'{label}="{_escape(text)}"' for label, text in labels.items())
        lines.append(f"{full}{{{listed}}} {value}" if listed else f"{full} {value}")
    return lines


def _escape(text: str) -> str:
    """Return a label's value as the exposition format has it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
