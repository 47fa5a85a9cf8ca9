"""`resolver freshen`: a list of identifiers as its upstreams have it today."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from ..app.resolver import LocalResolver
from ..convert.columns import choose_columns
from ..convert.freshen import Freshener
from ..convert.freshen_report import open_freshen_report
from ..convert.tables_io import freshened_path, open_table
from ..genes.verdicts import STALE, Obstacle
from .check import describe_why
from .console import ExitCode, make_console, say, told_errors
from .doctor import check_targets, progress, tell_columns, tell_files

if TYPE_CHECKING:
    from rich.console import Console

    from ..convert.freshen import StaleCell
    from ..resolve.resolver import Resolver

_SHOWN = 20


def freshen(
    file: Annotated[Path, typer.Argument(help="A CSV, TSV or XLSX file; text may be packed by gzip.")],
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="A column of identifiers; may be given several times. Else they are found."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the copy here, even if there is nothing to mend.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write every cell that is not current here, as TSV or JSON by the suffix.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.1, help="Seconds after which what is open is not checked.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="What stands between cells: one character, or tab. Else it is found.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook; else the first.")] = None,
    no_header: Annotated[bool, typer.Option("--no-header", help="The first line is data, as in a plain list.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Ask the upstreams about a list of identifiers, and write a copy with those of today."""
    from ..app.live import SyncLiveChecks, open_live_checks

    with told_errors():
        target, report = output or freshened_path(file), None if dry_run else report
        if not dry_run:
            check_targets(file, target, report, force=force)
        table = open_table(file, delimiter=delimiter, sheet=sheet, has_header=not no_header)
        resolver = LocalResolver(on_stage=say)
        choice = choose_columns(table, resolver, column or ())
        tell_columns(table, choice)
        asking = SyncLiveChecks(open_live_checks())
        try:
            with progress() as draw:
                freshener = Freshener(table, choice.taken, resolver, lambda held: asking.check_held(held, timeout))
                freshener.ask(lambda rows: draw("reading, then asking the upstreams", rows))
                seen = _examine(freshener, resolver, report)
                is_written = not dry_run and bool(output or seen.mended)
                if is_written:
                    freshener.write_copy(target, lambda rows: draw("writing", rows))
        finally:
            asking.close()
        _show(make_console(), seen)
        _tell_end(freshener, seen, dry_run=dry_run)
        tell_files(target if is_written else None, report)
    if code := _exit_code(seen):
        raise typer.Exit(code)


class _Seen:
    """What was found: counts of cells, and the first that are stale."""

    def __init__(self) -> None:
        self.mended = self.left = self.failed = self.unknown = 0
        self.first: list[StaleCell] = []

    def add(self, cell: StaleCell) -> None:
        finding = cell.freshness.finding
        if cell.freshness.mended is not None:
            self.mended += 1
        elif finding is not None and finding.verdict in STALE:
            self.left += 1
        elif finding is None or finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM:
            self.unknown += 1
        elif finding.obstacle not in {Obstacle.ARCHIVED, Obstacle.NO_LIVE_SOURCE, Obstacle.NO_KEY}:
            self.failed += 1
        is_stale = finding is not None and finding.verdict in STALE
        if len(self.first) < _SHOWN and is_stale:
            self.first.append(cell)


def _examine(freshener: Freshener, resolver: Resolver, report: Path | None) -> _Seen:
    release = {"id": resolver.release.id, "title": resolver.release.title}
    columns = [{"name": column.name, "why": column.why} for column in freshener.columns.values()]
    head = {"file": str(freshener.table.path), "release": release, "columns": columns}
    seen = _Seen()
    with nullcontext(None) if report is None else open_freshen_report(report, head) as written:
        for cell in freshener.examine():
            seen.add(cell)
            if written is not None:
                written.add(cell)
    return seen


def _show(console: Console, seen: _Seen) -> None:
    if not seen.first:
        return
    table = Table("line", "column", "stands there", "verdict", "use now", "why", box=None, header_style="bold")
    for cell in seen.first:
        finding, mended = cell.freshness.finding, cell.freshness.mended
        if finding is None:
            continue
        use_now = Text(mended, "green") if mended is not None else Text(" or ".join(finding.successors), "yellow")
        why = "; ".join(filter(None, (cell.freshness.left_because, describe_why(finding))))
        table.add_row(
            str(cell.line), Text(cell.column), Text(cell.text), finding.verdict.value, use_now, Text(why)
        )  # fmt: skip
    console.print(table)
    stale = seen.mended + seen.left
    if stale > len(seen.first):
        console.print(Text(f"and {stale - len(seen.first):,} more: see --report", "dim"))


def _tell_end(freshener: Freshener, seen: _Seen, *, dry_run: bool) -> None:
    counts = ", ".join(f"{count:,} {verdict.value}" for verdict, count in freshener.counts.most_common() if count)
    say(f"cells: {counts or 'none'}")
    say(
        f"{seen.mended:,} cells {'can be' if dry_run else ''} mended, {seen.left:,} left for a person".replace(
            "  ", " "
        )
    )
    if seen.failed:
        say(f"{seen.failed:,} cells could not be checked, since an upstream did not answer or was not understood")


def _exit_code(seen: _Seen) -> ExitCode:
    """Return 1 where something is left for a person or unknown; else 4 where an upstream is at fault; else 0."""
    if seen.left or seen.unknown:
        return ExitCode.NOT_ALL_RESOLVED
    return ExitCode.BAD_SOURCE if seen.failed else ExitCode.OK
