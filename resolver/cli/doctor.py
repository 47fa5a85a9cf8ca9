"""`resolver doctor`: mends what spreadsheets did to the gene identifiers of a table."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Drawn
from rich.text import Text

from ..app.resolver import LocalResolver
from ..convert.columns import choose_columns
from ..convert.doctor import Doctor
from ..convert.findings_report import check_report_path, describe_candidate, open_report
from ..convert.tables_io import mended_path, open_table
from ..errors import BadOption
from ..resolve.options import read_options
from .console import ExitCode, make_console, say, told_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from ..convert.columns import Choice
    from ..convert.doctor import Finding
    from ..convert.table import Table
    from ..resolve.resolver import Resolver

    Draw = Callable[[str, int], None]

# Of each kind: all of a column may be damaged, and what is to be decided must not be lost among it.
_SHOWN_MENDED = 3
_SHOWN_TO_DECIDE = 10
_SHOWN_COLUMNS = 5


def doctor(
    file: Annotated[Path, typer.Argument(help="A CSV, TSV or XLSX file; text may be packed by gzip.")],
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="A column that names genes; may be given several times. Else they are found."),
    ] = None,
    species: Annotated[
        str | None, typer.Option("--species", help="The species of all genes of the file; it can settle a doubt.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the copy here, even if there is nothing to mend.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write every finding here, as TSV or JSON by the suffix.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="What stands between cells: one character, or tab. Else it is found.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook; else the first.")] = None,
    no_header: Annotated[bool, typer.Option("--no-header", help="The first line is data, as in a plain list.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Mend what spreadsheets did to gene identifiers: dates, rounded numbers, decimals, thousands."""
    with told_errors():
        taxon = read_options({"species": species}).species
        target, report = output or mended_path(file), None if dry_run else report
        if not dry_run:
            check_targets(file, target, report, force=force)
        table = open_table(file, delimiter=delimiter, sheet=sheet, has_header=not no_header)
        resolver = LocalResolver(on_stage=say)
        choice = choose_columns(table, resolver, column or ())
        tell_columns(table, choice)
        examined = Doctor(table, choice.taken, resolver, taxon)
        with progress() as draw:
            seen = _examine(examined, _report_head(table, choice, resolver), report, draw)
            is_written = not dry_run and bool(output or seen.certain)
            if is_written:
                examined.write_copy(target, lambda rows: draw("writing", rows))
        _show(make_console(), seen)
        _tell_end(seen, resolver, dry_run=dry_run)
        tell_files(target if is_written else None, report)
    if seen.to_decide:
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


class _Seen:
    """What was found so far: counts by kind, and the first findings."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, bool]] = Counter()
        self.first: list[Finding] = []

    def add(self, finding: Finding) -> None:
        is_certain = finding.diagnosis.repaired is not None
        self.counts[finding.diagnosis.kind, is_certain] += 1
        if self.counts[finding.diagnosis.kind, is_certain] <= (_SHOWN_MENDED if is_certain else _SHOWN_TO_DECIDE):
            self.first.append(finding)

    @property
    def certain(self) -> int:
        return sum(count for (_, is_certain), count in self.counts.items() if is_certain)

    @property
    def to_decide(self) -> int:
        return self.counts.total() - self.certain


def check_targets(file: Path, target: Path, report: Path | None, *, force: bool) -> None:
    """Say before the work, and not after it, that something is in the way."""
    if report is not None:
        check_report_path(report)
        if report.resolve() == target.resolve():
            raise BadOption("the copy and the report are to be one file", hint="Give them different names.")
    for path in filter(None, (target, report)):
        if path.resolve() == file.resolve():
            raise BadOption(f"{path} is the table itself", hint="The original is kept: choose another name.")
        if path.is_dir() or (path.exists() and not force):
            hint = "Choose another name with -o or --report, or overwrite it with --force."
            raise BadOption(f"{path} exists already", hint=hint)


def tell_columns(table: Table, choice: Choice) -> None:
    """Say which columns are taken and which are left alone, and why."""
    for note in table.notes:
        say(f"note: {note}")
    for taken in choice.taken:
        say(f"column {taken.name}: {taken.why}")
    for left in choice.left[:_SHOWN_COLUMNS]:
        say(f"left alone: column {left.name}: {left.why}; if it names genes: --column")
    if len(choice.left) > _SHOWN_COLUMNS:
        say(f"left alone: {len(choice.left) - _SHOWN_COLUMNS:,} more columns of this kind")


def _report_head(table: Table, choice: Choice, resolver: Resolver) -> dict[str, object]:
    return {
        "file": str(table.path),
        "release": {"id": resolver.release.id, "title": resolver.release.title},
        "columns": [{"name": taken.name, "why": taken.why} for taken in choice.taken],
        "left_alone": [left._asdict() for left in choice.left],
    }


def _examine(examined: Doctor, head: dict[str, object], report: Path | None, draw: Draw) -> _Seen:
    seen = _Seen()
    with nullcontext(None) if report is None else open_report(report, head) as written:
        for finding in examined.examine(lambda rows: draw("reading", rows)):
            seen.add(finding)
            if written is not None:
                written.add(finding)
    return seen


@contextmanager
def progress() -> Iterator[Draw]:
    """Draw what is being done, where a person sits before it."""
    console = make_console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("reading", total=None)
        yield lambda what, rows: bars.update(task, description=f"{what}: {rows:,} rows")


def _show(console: Console, seen: _Seen) -> None:
    if not seen.counts:
        return
    kinds = Drawn("damage", "mended", "to decide", box=None, header_style="bold")
    for kind in dict.fromkeys(kind for kind, _ in seen.counts):
        kinds.add_row(kind, f"{seen.counts[kind, True]:,}", f"{seen.counts[kind, False]:,}")
    console.print(kinds)
    console.print()
    cells = Drawn("line", "column", "stands there", "was", box=None, header_style="bold")
    for finding in seen.first:
        diagnosis = finding.diagnosis
        candidates = " or ".join(describe_candidate(candidate) for candidate in diagnosis.candidates)
        was = (
            Text(diagnosis.repaired, "green") if diagnosis.repaired else Text(candidates or "cannot be told", "yellow")
        )
        cells.add_row(str(finding.line), Text(finding.column), Text(finding.text), was)
    console.print(cells)
    if seen.counts.total() > len(seen.first):
        console.print(Text(f"and {seen.counts.total() - len(seen.first):,} more: see --report", "dim"))


def _tell_end(seen: _Seen, resolver: Resolver, *, dry_run: bool) -> None:
    if not seen.counts:
        say("nothing is damaged")
        return
    verb = "can be mended" if dry_run else "mended"
    say(f"{seen.certain:,} cells {verb} for certain, {seen.to_decide:,} left for a person to decide")
    if any(is_certain and kind in {"date", "scientific"} for kind, is_certain in seen.counts):
        say(f"certain is a name where no other in {resolver.release.title} fits; a larger release may hold more")


def tell_files(copy: Path | None, report: Path | None) -> None:
    """Say which files were written."""
    for what, path in (("copy", copy), ("report", report)):
        if path is not None:
            say(f"{what}: {path}")
