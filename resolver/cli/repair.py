"""`resolver repair`: repair gene identifiers of a table that a spreadsheet damaged."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ..convert.headers import describe_column
from ..repair.columns import choose_columns
from ..repair.report import Findings, check_report_path, open_report
from ..repair.spreadsheet import REPORT_COLUMNS, SpreadsheetRepair
from ..repair.table import RepairedTable, check_targets, name_copy
from ..resolve.options import read_options
from . import options
from . import table_options as tables
from .console import ExitCode, handle_errors, make_console, say
from .stages import open_resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

    from ..convert.plan import Reading
    from ..repair.columns import Choice
    from ..repair.refresh import StaleCell
    from ..repair.spreadsheet import DamagedCell
    from ..resolve.resolver import Resolver

    Draw = Callable[[str, int], None]

Cell = TypeVar("Cell", "DamagedCell", "StaleCell")
# Cells shown of each kind of damage; more of those that need a decision.
_SHOWN_CERTAIN = 3
_SHOWN_TO_DECIDE = 10
_SHOWN_COLUMNS = 5


def repair(
    file: tables.File,
    column: tables.Columns = None,
    species: Annotated[
        str | None,
        typer.Option(
            "--species",
            help="Species of all genes of the table, human or mouse; excludes candidates of other species.",
            autocompletion=options.complete_one(options.SPECIES_NAMES),
        ),
    ] = None,
    decisions: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CELL=NAME",
            help="Decide what damaged cells were: all with a text (1-Mar=MARCH1), or the one at a place, as listed "
            "(A7=MARCH1, 'line 7=MARCH1'). Repeatable.",
        ),
    ] = None,
    output: tables.CopyTo = None,
    report: Annotated[Path | None, typer.Option(help="Write every damaged cell to this .tsv or .json file.")] = None,
    delimiter: tables.Delimiter = None,
    sheet: tables.Sheet = None,
    encoding: tables.Encoding = None,
    on_bad_row: tables.OnBadRow = "stop",
    header: tables.Header = None,
    dry_run: tables.DryRun = False,
    force: tables.Force = False,
) -> None:
    """Repair gene identifiers that a spreadsheet turned into dates, rounded numbers or decimals.

    Write a copy of the table. A cell is repaired only if a single identifier
    can have become it. Other damaged cells are reported with their candidates,
    to be decided with --set.
    """
    with handle_errors():
        taxon = read_options({"species": species}).species
        target, report = output or name_copy(file, "repaired"), None if dry_run else report
        reading = tables.read_layout(delimiter, sheet, encoding, on_bad_row, header=header)
        table = open_repaired(file, target, report, reading, dry_run=dry_run, force=force)
        resolver = open_resolver()
        choice = choose_columns(table, resolver, column or ())
        report_columns(table, choice)
        repairing = SpreadsheetRepair(choice.taken, resolver, taxon, decisions or ())
        head = describe_table(table, choice, resolver)
        findings = Findings(REPORT_COLUMNS, head, "findings", repairing.describe_counts)

        def is_shown(cell: DamagedCell) -> bool:
            is_certain = cell.diagnosis.repaired is not None
            limit = _SHOWN_CERTAIN if is_certain else _SHOWN_TO_DECIDE
            return repairing.counts[cell.diagnosis.kind, is_certain] <= limit

        with progress() as draw:
            batches = table.batches(lambda rows: draw("reading", rows))
            shown = examine(repairing.examine(batches), is_shown, report, findings)
            is_written = not dry_run and bool(output or repairing.certain)
            notes = table.write_copy(target, repairing.repair, lambda rows: draw("writing", rows)) if is_written else []
        _show(make_console(), repairing, shown)
        _report_end(repairing, shown, resolver, dry_run=dry_run)
        report_files(notes, target if is_written else None, report)
    if repairing.to_decide:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


def open_repaired(
    file: Path, target: Path, report: Path | None, reading: Reading, *, dry_run: bool, force: bool
) -> RepairedTable:
    """Open the table of a command. Raise InputError first if one of its files cannot be written."""
    if report is not None:
        check_report_path(report)
    if not dry_run:
        check_targets(file, target, report, force=force, how="--force")
    return RepairedTable(file, reading)


def report_columns(table: RepairedTable, choice: Choice) -> None:
    """Report which columns are examined and which are not, and why."""
    for note in table.notes:
        say(f"note: {note}")
    for taken in choice.taken:
        say(f"{describe_column(taken.name)}: {taken.why}")
    for left in choice.left[:_SHOWN_COLUMNS]:
        name = describe_column(left.name)
        say(f"{name}: not examined: {left.why}. If it contains gene identifiers, select it with --column.")
    if len(choice.left) > _SHOWN_COLUMNS:
        say(f"{len(choice.left) - _SHOWN_COLUMNS:,} more columns are not examined")


def describe_table(table: RepairedTable, choice: Choice, resolver: Resolver) -> dict[str, object]:
    """Return the first members of a JSON report."""
    return {
        "file": str(table.path),
        "release": {"id": resolver.release.id, "title": resolver.release.title},
        "columns": [{"name": taken.name, "why": taken.why} for taken in choice.taken],
        "left_alone": [left._asdict() for left in choice.left],
    }


def examine(
    cells: Iterable[Cell], is_shown: Callable[[Cell], bool], report: Path | None, findings: Findings
) -> list[Cell]:
    """Return the cells to show, and write the report on all."""
    shown = []
    with nullcontext(None) if report is None else open_report(report, findings) as add:
        for cell in cells:
            if is_shown(cell):
                shown.append(cell)
            if add is not None:
                for row in cell.describe():
                    add(row)
    return shown


@contextmanager
def progress() -> Iterator[Draw]:
    """Show the progress on a terminal."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = make_console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("reading", total=None)
        yield lambda what, rows: bars.update(task, description=f"{what}: {rows:,} rows")


def _show(console: Console, repairing: SpreadsheetRepair, shown: list[DamagedCell]) -> None:
    from rich.table import Table
    from rich.text import Text

    counts = repairing.counts
    if not counts:
        return
    kinds = Table("damage", "repaired", "to decide", box=None, header_style="bold")
    for kind in dict.fromkeys(kind for kind, _ in counts):
        kinds.add_row(kind, f"{counts[kind, True]:,}", f"{counts[kind, False]:,}")
    console.print(kinds)
    console.print()
    cells = Table("place", "column", "cell", "was", box=None, header_style="bold")
    for cell in shown:
        diagnosis = cell.diagnosis
        candidates = " or ".join(map(str, diagnosis.candidates))
        was = Text(diagnosis.repaired, "green") if diagnosis.repaired else Text(candidates or "unknown", "yellow")
        text = cell.text if cell.shown is None else f"{cell.text} ({cell.shown})"
        cells.add_row(Text(cell.place), Text(cell.column), Text(text), was)
    console.print(cells)
    show_rest(console, counts.total() - len(shown))


def show_rest(console: Console, cells: int) -> None:
    """Show how many cells are not shown."""
    from rich.text import Text

    if cells > 0:
        console.print(Text(f"and {cells:,} more; --report lists all", "dim"))


def _report_end(repairing: SpreadsheetRepair, shown: list[DamagedCell], resolver: Resolver, *, dry_run: bool) -> None:
    if not repairing.counts:
        say("no damaged cells")
        return
    verb = "can be repaired" if dry_run else "repaired"
    say(f"{repairing.certain:,} cells {verb}, {repairing.to_decide:,} need a decision")
    open_ones = [cell for cell in shown if cell.diagnosis.repaired is None]
    if open_ones:
        one = next((cell for cell in open_ones if cell.diagnosis.candidates), open_ones[0])
        name = one.diagnosis.candidates[0].text if one.diagnosis.candidates else "NAME"
        text = one.shown or one.text
        say(f'decide them with --set: --set "{text}={name}" for all such cells, --set "{one.place}={name}" for one')
    if any(is_certain and kind in {"date", "scientific"} for kind, is_certain in repairing.counts):
        title = resolver.release.title
        say(f"note: the candidates are the names in {title}; a newer release may have more")


def report_files(notes: list[str], copy: Path | None, report: Path | None) -> None:
    """Report which files were written."""
    for note in notes:
        say(f"note: {note}")
    for what, path in (("copy", copy), ("report", report)):
        if path is not None:
            say(f"{what}: {path}")
