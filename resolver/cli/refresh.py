"""`resolver refresh`: update the identifiers of a table from the source databases."""

from __future__ import annotations

from itertools import count
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated

import typer

from ..repair.columns import choose_columns
from ..repair.refresh import REPORT_COLUMNS, IdentifierRefresh
from ..repair.report import Findings
from ..repair.table import name_copy
from . import table_options as tables
from .console import ExitCode, handle_errors, make_console, say
from .repair import describe_table, examine, open_repaired, progress, report_columns, report_files, show_rest
from .stages import open_resolver

if TYPE_CHECKING:
    from rich.console import Console

    from ..repair.refresh import StaleCell

_SHOWN = 20


def refresh(
    file: tables.File,
    column: tables.Columns = None,
    output: tables.CopyTo = None,
    report: Annotated[
        Path | None, typer.Option(help="Write every cell that is not current to this .tsv or .json file.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", min=0.1, help="Stop after this many seconds; open checks are reported as not_checked."
        ),
    ] = None,
    delimiter: tables.Delimiter = None,
    sheet: tables.Sheet = None,
    encoding: tables.Encoding = None,
    on_bad_row: tables.OnBadRow = "stop",
    header: tables.Header = None,
    dry_run: tables.DryRun = False,
    force: tables.Force = False,
) -> None:
    """Update the identifiers of a table from the source databases.

    Write a copy in which identifiers with exactly one successor are replaced.
    Requires network access.
    """
    from ..app.live import SyncLiveChecks, open_live_checks

    with handle_errors():
        target, report = output or name_copy(file, "refreshed"), None if dry_run else report
        reading = tables.read_layout(delimiter, sheet, encoding, on_bad_row, header=header)
        table = open_repaired(file, target, report, reading, dry_run=dry_run, force=force)
        resolver = open_resolver()
        choice = choose_columns(table, resolver, column or ())
        report_columns(table, choice)
        checks = SyncLiveChecks(open_live_checks())
        try:
            with progress() as draw:
                refreshing = IdentifierRefresh(choice.taken, resolver, lambda some: checks.check_tracked(some, timeout))
                refreshing.query(table.batches(lambda rows: draw("reading, then checking", rows)))
                findings = Findings(REPORT_COLUMNS, describe_table(table, choice, resolver), "cells")
                batches = table.batches(lambda rows: draw("comparing", rows))
                left = count(_SHOWN, -1)
                stale = refreshing.examine(batches)
                shown = examine(stale, lambda cell: cell.freshness.is_stale and next(left) > 0, report, findings)
                is_written = not dry_run and bool(output or refreshing.statuses["refreshed"])
                notes = (
                    table.write_copy(target, refreshing.refresh, lambda rows: draw("writing", rows))
                    if is_written
                    else []
                )
        finally:
            checks.close()
        _show(make_console(), refreshing, shown)
        _report_end(refreshing, dry_run=dry_run)
        report_files(notes, target if is_written else None, report)
    if code := _exit_code(refreshing):
        raise typer.Exit(code)


def _show(console: Console, refreshing: IdentifierRefresh, shown: list[StaleCell]) -> None:
    from rich.table import Table
    from rich.text import Text

    from .check import describe_why

    if not shown:
        return
    table = Table("line", "column", "cell", "verdict", "use now", "why", box=None, header_style="bold")
    for cell in shown:
        finding, refreshed = cell.freshness.finding, cell.freshness.refreshed
        if finding is None:
            continue
        use_now = Text(refreshed, "green") if refreshed is not None else Text(" or ".join(finding.successors), "yellow")
        why = "; ".join(filter(None, (cell.freshness.left_because, describe_why(finding))))
        table.add_row(
            str(cell.line), Text(cell.column), Text(cell.text), finding.verdict.value, use_now, Text(why)
        )  # fmt: skip
    console.print(table)
    show_rest(console, refreshing.statuses["refreshed"] + refreshing.statuses["left"] - len(shown))


def _report_end(refreshing: IdentifierRefresh, *, dry_run: bool) -> None:
    counts = ", ".join(f"{count:,} {verdict.value}" for verdict, count in refreshing.counts.most_common() if count)
    say(f"cells: {counts or 'none'}")
    verb = "can be refreshed" if dry_run else "refreshed"
    statuses = refreshing.statuses
    say(f"{statuses['refreshed']:,} cells {verb}, {statuses['left']:,} need a decision")
    if statuses["failed"]:
        say(f"{statuses['failed']:,} cells could not be checked: a source database failed or gave an unexpected reply")


def _exit_code(refreshing: IdentifierRefresh) -> ExitCode:
    """Return 1 if cells need a decision or are unknown, 4 if a source database failed, else 0."""
    if refreshing.statuses["left"] or refreshing.statuses["unknown"]:
        return ExitCode.NOT_ALL_RESOLVED
    return ExitCode.BAD_SOURCE if refreshing.statuses["failed"] else ExitCode.OK
