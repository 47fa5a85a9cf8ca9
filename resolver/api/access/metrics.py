"""Metrics of the service for Prometheus, added up over its processes.

With `serve --workers` each process writes its counters to files of the folder `PROMETHEUS_MULTIPROC_DIR`, and any of
them answers for all. The state of release, jobs and ledger is read when metrics are requested.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from ...errors import ResolverError
from ...nightly.metrics import collect_report
from ...version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from ...nightly.report import Report
    from ...resolve.resolver import Resolver

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LIVE_FILE = re.compile(r"gauge_live\w*_(\d+)\.db")


class JobCounts(NamedTuple):
    """The jobs of this machine by state, and the bytes of their files; no limit if it is None."""

    states: Mapping[str, int]
    stored_bytes: int
    limit_bytes: int | None


class Metrics:
    """The metrics of one process. All methods but `render` and `sample` return in microseconds."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.in_flight = 0
        self._series: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        self._requests = Counter(
            "gene_xref_http_requests", "Requests by route and status.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "gene_xref_http_request_seconds",
            "Seconds from a request to the end of its response.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._answers = Counter("gene_xref_answers", "Answers to queries.", ("outcome",), registry=registry)
        self._outcomes: dict[str, Any] = {}
        self._conversions = Counter("gene_xref_conversions", "Tables that were converted.", registry=registry)
        self._rows = Counter(
            "gene_xref_conversion_rows", "Rows of converted tables by outcome.", ("outcome",), registry=registry
        )
        self._refused = Counter(
            "gene_xref_refused_requests", "Requests without a valid key, or over a limit.", ("code",), registry=registry
        )
        self._dropped = Counter(
            "gene_xref_log_lines_dropped", "Lines of the access log that were not written in time.", registry=registry
        )
        gauge = partial(Gauge, registry=registry, multiprocess_mode="livesum")
        self._workers = gauge("gene_xref_workers", "Processes that answer requests.")
        self._in_flight = gauge("gene_xref_requests_in_flight", "Requests that are being answered.")
        self._handles = gauge("gene_xref_open_handles", "Open files and connections of all processes.")
        self._threads = gauge("gene_xref_threads", "Threads of all processes.")
        self._memory = gauge("gene_xref_resident_bytes", "Memory of all processes, shared pages of each.")
        self._tables = gauge("gene_xref_table_runs", "Tables that are being converted for waiting clients.")
        self._busy = gauge("gene_xref_busy_threads", "Threads of the pools that do work for requests.")
        self._connections = gauge("gene_xref_ledger_connections", "Open connections to the ledger for jobs and keys.")
        self._lag = Gauge(
            "gene_xref_event_loop_lag_seconds",
            "By how much the event loop was last late, in the process with most.",
            multiprocess_mode="livemax",
            registry=registry,
        )

    # --- Events ---------------------------------------------------------------------------------------------------

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that is over."""
        series = self._series.get((method, route, status))
        if series is None:
            named = method if method in _METHODS else "OTHER"
            series = self._requests.labels(named, route, str(status)), self._seconds.labels(named, route)
            if len(self._series) < 10_000:
                self._series[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)

    def count_answer(self, outcome: str, number: int = 1) -> None:
        """Count answers of an outcome."""
        child = self._outcomes.get(outcome)
        if child is None:
            child = self._outcomes[outcome] = self._answers.labels(outcome)
        child.inc(number)

    def count_conversion(self, summary: Mapping[str, Any]) -> None:
        """Count a converted table by its summary, of several columns the first; other work has no columns."""
        if "columns" not in summary:
            return
        self._conversions.inc()
        for column in summary["columns"][:1]:
            for outcome, number in column["outcomes"].items():
                self._rows.labels(outcome or "empty").inc(number)

    def count_refusal(self, code: str) -> None:
        """Count a request that was not let in."""
        self._refused.labels(code).inc()

    def count_dropped_lines(self, number: int) -> None:
        """Count lines of the access log that were dropped."""
        self._dropped.inc(number)

    def sample(
        self, *, table_runs: int = 0, busy_threads: int = 0, ledger_connections: int = 0, lag_s: float = 0.0
    ) -> None:
        """Record the state of this process; takes a millisecond."""
        self._busy.set(busy_threads)
        self._connections.set(ledger_connections)
        self._workers.set(1)
        self._in_flight.set(self.in_flight)
        self._threads.set(threading.active_count())
        self._tables.set(table_runs)
        self._lag.set(lag_s)
        with suppress(OSError):
            self._handles.set(len(os.listdir("/proc/self/fd")))  # noqa: PTH208  (entries vanish while they are read)
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            self._memory.set(pages * os.sysconf("SC_PAGE_SIZE"))

    # --- Rendering ------------------------------------------------------------------------------------------------

    def render(self, resolver: Resolver | None, report: Report | None, read_jobs: Callable[[], JobCounts]) -> bytes:
        """Return all metrics in the text format of Prometheus; reads files and databases."""
        folder = os.environ.get(MULTIPROCESS)
        registry = CollectorRegistry()
        if folder:
            _forget_ended(Path(folder))
            MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        state = CollectorRegistry()
        state.register(_State(resolver, report, read_jobs))
        return generate_latest(registry if folder else self.registry) + generate_latest(state)


class _State:
    """What is read when metrics are requested."""

    def __init__(self, resolver: Resolver | None, report: Report | None, read_jobs: Callable[[], JobCounts]) -> None:
        self._resolver = resolver
        self._report = report
        self._read_jobs = read_jobs

    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily("gene_xref_build_info", "The version of the program.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        if self._resolver is not None:
            yield from _collect_release(self._resolver)
        with suppress(ResolverError, OSError):  # `gene_xref_nightly_ledger` reports it
            yield from _collect_jobs(self._read_jobs())
        yield from collect_report(self._report)

    def describe(self) -> Iterable[Metric]:
        return ()


def _collect_release(resolver: Resolver) -> Iterator[Metric]:
    release = resolver.release
    info = GaugeMetricFamily("gene_xref_release_info", "The current release.", labels=["id", "title"])
    info.add_metric([release.id, release.title], 1)
    yield info
    built = _timestamp(release.manifest.get("built_at"))
    if built is not None:
        yield GaugeMetricFamily(
            "gene_xref_release_built_timestamp_seconds", "When the release was built, in seconds since 1970.", built
        )
    files = GaugeMetricFamily(
        "gene_xref_source_file_timestamp_seconds",
        "When a source file of the release was published, in seconds since 1970.",
        labels=["source", "file"],
    )
    for row in resolver.reader.list_sources():
        published = _timestamp(row.get("upstream_date"))
        if published is not None:
            files.add_metric([str(row["source"]), str(row["file"])], published)
    yield files


def _collect_jobs(counts: JobCounts) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("gene_xref_jobs", "Jobs by state.", labels=["state"])
    for state, number in counts.states.items():
        jobs.add_metric([state], number)
    yield jobs
    yield GaugeMetricFamily("gene_xref_jobs_stored_bytes", "Bytes of the files of jobs.", counts.stored_bytes)
    if counts.limit_bytes is not None:
        yield GaugeMetricFamily("gene_xref_jobs_limit_bytes", "The limit of these bytes.", counts.limit_bytes)


def _timestamp(text: object) -> float | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _forget_ended(folder: Path) -> None:
    """Remove the gauges of processes that have ended; their counters stay."""
    for path in folder.glob("gauge_live*.db"):
        found = _LIVE_FILE.fullmatch(path.name)
        if found and not Path(f"/proc/{found[1]}").exists() and Path("/proc/self").exists():
            mark_process_dead(int(found[1]), str(folder))  # type: ignore[no-untyped-call]
