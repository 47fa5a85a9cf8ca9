"""`resolver nightly`: runs that ask the upstreams what has gone stale, and what they found."""

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

from ..errors import InputError, ResolverError
from ..nightly.schedule import find_next_run, get_zone, parse_wall_time
from . import nightly_marks
from .console import ExitCode, make_console, say, told_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from ..nightly.job import RunResult
    from ..nightly.model import Progress
    from ..nightly.report import Report

app = typer.Typer(
    help="Find and report identifiers that have gone stale at their source databases.", no_args_is_help=True
)

MaxMinutes = Annotated[float | None, typer.Option(help="End after so many minutes; the next run continues.", min=0.01)]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Query this source only. Repeat it for several.")]
_LOOK_S = 30.0
nightly_marks.add_commands(app)


@app.command("run")
def run(max_minutes: MaxMinutes = None, source: Sources = None) -> None:
    """Query all source databases about the identifiers of the current release, and mark the stale ones."""
    with told_errors():
        result = _run_once(max_minutes, source)
    if result.troubles:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


@app.command("serve")
def serve(
    at: Annotated[str, typer.Option(help="The time of day at which a run begins, such as 02:30.")],
    zone: Annotated[str | None, typer.Option(help="The time zone of --at; the machine's own without it.")] = None,
    max_minutes: MaxMinutes = None,
    source: Sources = None,
) -> None:
    """Stay, and run every day at a time of day. A run that fails is reported, and the next one runs all the same."""
    with told_errors():
        time_of_day, place = parse_wall_time(at), get_zone(zone)
    ended = threading.Event()
    with _ends_on_signal(ended.set):
        due = find_next_run(datetime.now(UTC), time_of_day, place)
        while not ended.is_set():
            say(f"the next run begins at {due.astimezone(place):%Y-%m-%d %H:%M %Z}")
            # Short waits, and a look at the clock after each: it may jump, and the machine may sleep.
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


@app.command("report")
def report(
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page with pictures into this file.")] = None,
    prometheus: Annotated[
        Path | None, typer.Option(help="Write figures for Prometheus' textfile collector into this file.")
    ] = None,
    runs: Annotated[int, typer.Option(help="How many runs to look back.", min=1, max=1_000)] = 30,
) -> None:
    """Show what the last runs did, how much is known, and how many identifiers are marked."""
    from ..app.nightly import make_report

    with told_errors():
        made = make_report(number=runs)
        if html is not None:
            from ..api.report_page import render_page
            from ..app.settings import read_settings

            _write(html, render_page(made, service=read_settings().public_url))
        if prometheus is not None:
            from ..nightly.report import render_metrics

            _write(prometheus, render_metrics(made))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(made.to_dict(), option=orjson.OPT_INDENT_2) + b"\n")
    elif html is None and prometheus is None:
        _print_report(made)


@app.command("status")
def status() -> None:
    """Show whether a run is in progress, and how the last one ended."""
    from ..app.nightly import make_report

    with told_errors():
        made = make_report(number=1)
    if not made.runs:
        say("no nightly run yet")
        return
    last = made.runs[0]
    is_at_work = last["state"] == "running" and made.holder is not None
    state = "running" if is_at_work else "interrupted; the next run resumes it" if last["state"] == "running" else ""
    typer.echo(f"run {last['id']}  {state or last['state']}  began {last['started_at']}  release {last['release_id']}")
    for part in last["sources"]:
        done = part["checked"] + part["not_checked"]
        typer.echo(
            f"  {part['source']:<10} {part['state']:<14} {done:>7,} of {part['planned']:>7,}  {part['stale']:,} stale"
        )
    if last["troubles"]:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def _write(path: Path, text: str) -> None:
    """Write a file at once: who reads it meanwhile reads the one before."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}", hint="Name another file.") from error
    say(f"written: {path}")


# --- A run ----------------------------------------------------------------------------------------------------------


def _run_once(
    max_minutes: float | None, sources: list[str] | None, *, ended: threading.Event | None = None
) -> RunResult:
    from ..app.nightly import notify_webhook, run_nightly
    from ..app.settings import read_settings

    settings = read_settings()
    stops: list[Callable[[], None]] = []

    def stop() -> None:
        say("stopping: what is recorded is kept")
        if ended is not None:
            ended.set()
        for end in stops:
            end()

    with _shown_progress() as on_progress, _ends_on_signal(stop):
        result = run_nightly(
            settings,
            max_minutes=max_minutes,
            sources=tuple(sources) if sources else None,
            on_stage=say,
            on_progress=on_progress,
            on_start=stops.append,
        )
    for name, ending in result.endings.items():
        say(f"  {name:<10} {ending.state}{f': {ending.reason}' if ending.reason else ''}")
    dropped = f", {result.dropped:,} dropped that the release follows" if result.dropped else ""
    say(f"run {result.run_id} {result.state}: {result.marked:,} marked, {result.lifted:,} lifted{dropped}")
    if notify_webhook(settings, result):
        say("the webhook accepted the report")
    return result


@contextmanager
def _ends_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT while the block runs; where signals are not ours to take, leave them."""
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
    """Give what shows progress: a line for each source that moves on a terminal, else a line now and then."""
    console = make_console(stderr=True)
    if not console.is_terminal:
        yield _tell_now_and_then()
        return
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bars(*columns, TimeElapsedColumn(), console=console) as bars:
        tasks: dict[str, Any] = {}

        def show(told: Progress) -> None:
            if told.source not in tasks:
                tasks[told.source] = bars.add_task(told.source, total=max(told.planned, 1), note="")
            if told.planned:
                note = told.note or f"{told.stale:,} stale"
                bars.update(tasks[told.source], completed=told.done, total=told.planned, note=note)
            else:
                bars.update(tasks[told.source], note=told.state.value)

        yield show


def _tell_now_and_then() -> Callable[[Progress], None]:
    told_at: dict[str, float] = {}

    def tell(told: Progress) -> None:
        now = time.monotonic()
        if told.planned and now - told_at.get(told.source, -1e9) >= _LOOK_S:
            told_at[told.source] = now
            note = f"  {told.note}" if told.note else ""
            say(f"{told.source}: {told.done:,} of {told.planned:,}, {told.stale:,} stale{note}")

    return tell


# --- The report -----------------------------------------------------------------------------------------------------


def _print_report(made: Report) -> None:
    console = make_console()
    table = Table("source", "held", "checked in 30 days", "marked", "of these", box=None, pad_edge=False)
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
        troubles = f"  trouble: {', '.join(run['troubles'])}" if run["troubles"] else ""
        took = "" if run["seconds"] is None else f"  {run['seconds']:,} s"
        marked, lifted = (sum(part[name] for part in run["sources"]) for name in ("marked", "lifted"))
        console.print(
            f"run {run['id']}  {run['started_at']}  {run['state']}{took}  "
            f"{marked:,} marked, {lifted:,} lifted{troubles}"
        )


def _print_news(console: Console, made: Report) -> None:
    if made.news.run_id is not None:
        counts = ", ".join(f"{count:,} {event}" for event, count in made.news.counts.items())
        console.print(f"news of run {made.news.run_id}: {counts} (resolver nightly stale)")
    if made.held_back.counts:
        held_back = ", ".join(f"{count:,} of {source}" for source, count in made.held_back.counts.items())
        console.print(f"held back until another run confirms them: {held_back}", style="yellow")
