"""Report nightly runs as plain data: for a terminal, a page, a monitor, or another program."""

from __future__ import annotations

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
            if part["tracked"]:  # a run that was cut short may not have counted them
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
