"""Metrics of nightly runs for Prometheus."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from .model import CUT_SHORT, TROUBLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from prometheus_client.core import Metric

    from .report import Report


def render_metrics(report: Report | None) -> str:
    """Return the report as Prometheus text (version 0.0.4); without a ledger, only that there is none."""
    registry = CollectorRegistry()
    registry.register(_Collected(report))
    return generate_latest(registry).decode()


class _Collected:
    def __init__(self, report: Report | None) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        return collect_report(self._report)

    def describe(self) -> Iterable[Metric]:
        return ()


def collect_report(report: Report | None) -> Iterator[Metric]:
    """Yield the figures of the last run that ended, of coverage and marks; without a report, that there is none."""
    yield _gauge("ledger", "1 if the ledger exists and can be read, else 0.", [({}, 0 if report is None else 1)])
    if report is None:
        return
    ended = next((run for run in report.runs if run["ended_at"] is not None), None)
    if ended is not None:
        at = datetime.fromisoformat(ended["ended_at"]).timestamp()
        yield _gauge(
            "run_ended_timestamp_seconds", "End of the last completed run, in seconds since 1970.", [({}, int(at))]
        )
        yield _gauge("run_seconds", "Duration of that run in seconds.", [({}, ended["seconds"])])
        for name, help_text in (
            ("checked", "Identifiers with a verdict in that run."),
            ("not_checked", "Identifiers that could not be checked in that run."),
            ("calls", "Requests of that run to the source database."),
        ):
            yield _gauge(f"run_{name}", help_text, [({"source": p["source"]}, p[name]) for p in ended["sources"]])
        healthy = [({"source": p["source"]}, int(_is_healthy(p))) for p in ended["sources"]]
        yield _gauge("source_healthy", "1 if that run had no error of the source, and any reply, else 0.", healthy)
    stale = [
        ({"source": source, "verdict": verdict}, count)
        for source, counts in report.stale.items()
        for verdict, count in counts.items()
    ]
    yield _gauge("stale", "Identifiers that are marked as stale.", stale)
    held_back = [({"source": source}, count) for source, count in sorted(report.held_back.counts.items())]
    yield _gauge("held_back", "Verdicts that await confirmation by another run.", held_back)
    ages = [({"source": one.source, "release": one.release}, one.age_days) for one in report.releases]
    yield _gauge("source_release_age_days", "Days since the newest release of the source database.", ages)
    for name, attribute, help_text in (
        ("tracked", "tracked", "Identifiers of the release that the source database covers."),
        ("checked_30d", "checked", "Tracked identifiers with a verdict in the last 30 days."),
    ):
        yield _gauge(name, help_text, [({"source": one.source}, getattr(one, attribute)) for one in report.coverage])


def _is_healthy(part: Mapping[str, Any]) -> bool:
    """Return whether a source run had no error; one that was cut short proves nothing without a verdict."""
    return part["state"] not in TROUBLES and (part["state"] not in CUT_SHORT or bool(part["checked"]))


def _gauge(name: str, help_text: str, samples: Sequence[tuple[dict[str, str], float]]) -> GaugeMetricFamily:
    labels = list(samples[0][0]) if samples else []
    family = GaugeMetricFamily(f"gene_xref_nightly_{name}", help_text, labels=labels)
    for values, value in samples:
        family.add_metric(list(values.values()), value)
    return family
