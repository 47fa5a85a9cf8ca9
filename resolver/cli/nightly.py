"""`resolver nightly`: run the staleness check, and report its results."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from ..app.stores import open_current_release
from ..errors import InputError, ResolverError
from ..nightly.schedule import find_next_run, get_zone, parse_wall_time
from . import nightly_marks
from .console import ExitCode, handle_errors, make_console, say
from .stages import showing_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from ..nightly.job import RunResult
    from ..nightly.model import Progress
    from ..nightly.report import Report

app = typer.Typer(
    help="Find and review identifiers that have become stale at their source databases.", no_args_is_help=True
)

MaxMinutes = Annotated[
    float | None, typer.Option(help="Stop after this many minutes; the next run continues.", min=0.01)
]
Sources = Annotated[
    list[str] | None, typer.Option("--source", help="Query only this source, such as uniprot; can be repeated.")
]
_LOOK_S = 30.0
nightly_marks.add_commands(app)


@app.command("run", epilog="Example: resolver nightly run --max-minutes 90")
def run(max_minutes: MaxMinutes = None, source: Sources = None) -> None:
    """Query the source databases about every identifier of the current release, and mark the stale ones.

    An interrupted run is resumed by the next one.
    """
    with handle_errors():
        result = _run_once(max_minutes, source)
    if result.troubles:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


@app.command("serve", epilog="Example: resolver nightly serve --at 02:30 --zone Europe/Berlin")
def serve(
    at: Annotated[str, typer.Option(help="Time of day at which a run starts, such as 02:30.")],
    zone: Annotated[
        str | None, typer.Option(help="Time zone of --at, such as Europe/Berlin (default: that of this machine).")
    ] = None,
    max_minutes: MaxMinutes = None,
    source: Sources = None,
) -> None:
    """Start a run every day at the same time, until interrupted.

    A failed run is reported and does not stop the schedule.
    """
    with handle_errors():
        time_of_day, place = parse_wall_time(at), get_zone(zone)
    ended = threading.Event()
    with _stop_on_signal(ended.set):
        due = find_next_run(datetime.now(UTC), time_of_day, place)
        while not ended.is_set():
            say(f"the next run starts at {due.astimezone(place):%Y-%m-%d %H:%M %Z}")
            # Short waits, since the clock may be set and the machine may sleep.
            while datetime.now(UTC) < due and not ended.wait(min(_LOOK_S, _seconds_until(due))):
                pass
            if ended.is_set():
                break
            try:
                _run_once(max_minutes, source, ended=ended)
            except ResolverError as error:
                say(f"error: {error}")
                if error.hint:
                    say(f"  {error.hint}")
            due = find_next_run(max(due, datetime.now(UTC)), time_of_day, place)
    say("stopped")


def _seconds_until(moment: datetime) -> float:
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


@app.command("report", epilog="Example: resolver nightly report --html report.html")
def report(
    as_json: Annotated[bool, typer.Option("--json", help="Write the report as one JSON object.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report with charts to this HTML file.")] = None,
    prometheus: Annotated[
        Path | None, typer.Option(help="Write metrics for the textfile collector of Prometheus to this file.")
    ] = None,
    runs: Annotated[int, typer.Option(help="Number of runs to report.", min=1, max=1_000)] = 30,
) -> None:
    """Report the last runs, how many identifiers were checked, and how many are marked stale."""
    from ..app.nightly import make_report

    with handle_errors():
        made = make_report(number=runs)
        if html is not None:
            from ..api.report_page import render_page
            from ..app.settings import read_settings

            _write(html, render_page(made, service=read_settings().public_url))
        if prometheus is not None:
            from ..nightly.metrics import render_metrics

            _write(prometheus, render_metrics(made))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(made.to_dict(), option=orjson.OPT_INDENT_2) + b"\n")
    elif html is None and prometheus is None:
        _print_report(made)


@app.command("status", epilog="Example: resolver nightly status")
def status() -> None:
    """Report whether a run is active, and how the last one ended."""
    from ..app.nightly import make_report

    with handle_errors():
        made = make_report(number=1)
    if not made.runs:
        say("no nightly run yet")
        return
    last = made.runs[0]
    is_active = last["state"] == "running" and made.holder is not None
    state = "running" if is_active else "interrupted; the next run resumes it" if last["state"] == "running" else ""
    typer.echo(
        f"run {last['id']}  {state or last['state']}  started {last['started_at']}  release {last['release_id']}"
    )
    for part in last["sources"]:
        done = part["checked"] + part["not_checked"]
        typer.echo(
            f"  {part['source']:<10} {part['state']:<14} {done:>7,} of {part['planned']:>7,}  {part['stale']:,} stale"
        )
    if last["troubles"]:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _write(path: Path, text: str) -> None:
    """Replace a file atomically: readers see the old or the new one."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}", hint="Use another file.") from error
    say(f"wrote {path}")


# --- A run ----------------------------------------------------------------------------------------------------------


def _run_once(
    max_minutes: float | None, sources: list[str] | None, *, ended: threading.Event | None = None
) -> RunResult:
    from ..app.nightly import build_terms, notify_webhook, run_nightly
    from ..app.settings import read_settings

    settings = read_settings()
    build_terms(
        settings, max_minutes, tuple(sources) if sources else None
    )  # bad input is reported before a first start
    stops: list[Callable[[], None]] = []

    def stop() -> None:
        say("stopping; recorded results are kept")
        if ended is not None:
            ended.set()
        for end in stops:
            end()

    with showing_stages() as on_stage:
        open_current_release(on_stage=on_stage)
    with _shown_progress() as on_progress, _stop_on_signal(stop):
        result = run_nightly(
            settings,
            max_minutes=max_minutes,
            sources=tuple(sources) if sources else None,
            on_progress=on_progress,
            on_start=stops.append,
        )
    for name, ending in result.endings.items():
        say(f"  {name:<10} {ending.state}{f': {ending.reason}' if ending.reason else ''}")
    dropped = f", {result.dropped:,} dropped since the release has the change" if result.dropped else ""
    say(f"run {result.run_id} {result.state}: {result.marked:,} marked, {result.lifted:,} lifted{dropped}")
    if notify_webhook(settings, result):
        say("the webhook accepted the report")
    return result


@contextmanager
def _stop_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT while the block runs. Outside the main thread, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda *_: stop())
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


@contextmanager
def _shown_progress() -> Iterator[Callable[[Progress], None]]:
    """Return a callback that shows progress: a bar for each source on a terminal, else a line every 30 seconds."""
    console = make_console(stderr=True)
    if not console.is_terminal:
        yield _report_now_and_then()
        return
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bars(*columns, TimeElapsedColumn(), console=console) as bars:
        tasks: dict[str, Any] = {}

        def show(progress: Progress) -> None:
            if progress.source not in tasks:
                tasks[progress.source] = bars.add_task(progress.source, total=max(progress.planned, 1), note="")
            if progress.planned:
                note = progress.note or f"{progress.stale:,} stale"
                bars.update(tasks[progress.source], completed=progress.done, total=progress.planned, note=note)
            else:
                bars.update(tasks[progress.source], note=progress.state.value)

        yield show


def _report_now_and_then() -> Callable[[Progress], None]:
    reported_at: dict[str, float] = {}

    def report_progress(progress: Progress) -> None:
        now = time.monotonic()
        if progress.planned and now - reported_at.get(progress.source, -1e9) >= _LOOK_S:
            reported_at[progress.source] = now
            note = f"  {progress.note}" if progress.note else ""
            say(f"{progress.source}: {progress.done:,} of {progress.planned:,}, {progress.stale:,} stale{note}")

    return report_progress


# --- The report -----------------------------------------------------------------------------------------------------


def _print_report(made: Report) -> None:
    console = make_console()
    table = Table("source", "identifiers", "checked in 30 days", "marked", "verdicts", box=None, pad_edge=False)
    for one in made.coverage:
        counts = made.stale.get(one.source, {})
        listed = ", ".join(f"{count:,} {verdict.replace('_', ' ')}" for verdict, count in counts.items())
        share = f"{one.checked:,} ({one.share:.0%})" if one.tracked else f"{one.checked:,}"
        table.add_row(one.source, f"{one.tracked:,}", share, f"{sum(counts.values()):,}", listed)
    console.print(table)
    for age in made.releases:
        console.print(age.describe())
    _print_news(console, made)
    for run in made.runs[:7]:
        troubles = f"  problems: {', '.join(run['troubles'])}" if run["troubles"] else ""
        took = "" if run["seconds"] is None else f"  {run['seconds']:,} s"
        marked, lifted = (sum(part[name] for part in run["sources"]) for name in ("marked", "lifted"))
        console.print(
            f"run {run['id']}  {run['started_at']}  {run['state']}{took}  "
            f"{marked:,} marked, {lifted:,} lifted{troubles}"
        )


def _print_news(console: Console, made: Report) -> None:
    if made.news.run_id is not None:
        counts = ", ".join(f"{count:,} {event}" for event, count in made.news.counts.items())
        console.print(f"changes in run {made.news.run_id}: {counts}; resolver nightly stale lists the marks")
    if made.held_back.counts:
        held_back = ", ".join(f"{count:,} of {source}" for source, count in made.held_back.counts.items())
        console.print(f"not marked until another run confirms them: {held_back}", style="yellow")
