"""`resolver convert`: a table in, the same table with the columns that were asked for out."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from ..app.resolver import LocalResolver
from ..app.stores import open_marks
from ..convert.conversion import open_conversion
from ..convert.engine import Tools
from ..convert.files import check_target, create_table_file, open_table_file, target_format
from ..convert.formats.layout import read_delimiter
from ..convert.plan import Reading, describe_marks, make_plan
from ..convert.report.html import render_report
from ..convert.report.receipt import build_conversion_receipt, write_receipt
from ..convert.spark.paths import PathsConversion
from ..convert.spark.session import open_session
from ..errors import BadOption
from ..resolve.options import read_options
from . import options  # noqa: TC001  (Typer reads the annotations)
from .console import ExitCode, make_console, say, told_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..convert.engine import Conversion
    from ..convert.engine import Progress as Far
    from ..convert.profile import Prepared
    from ..convert.report.summary import ColumnCounts, Summary
    from ..resolve.resolver import Resolver

_SHOWN_COLUMNS = 6
_SHOWN_CELL = 40
_SHOWN_MISSES = 5


def convert(
    file: Annotated[
        str,
        typer.Argument(
            help="A table: CSV, TSV, Parquet, XLSX or NDJSON; text may be packed by gzip or zstd; - for stdin."
        ),
    ],
    to: Annotated[
        str | None, typer.Option("--to", help="The columns to add, separated by commas: ensembl,uniprot,symbol.")
    ] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write here; else to stdout.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="The column of identifiers, by name or as #2; may be given several times."),
    ] = None,
    namespace: options.From = None,
    species: options.Species = None,
    to_species: options.ToSpecies = None,
    on_many: options.OnMany = "list",
    consensus: options.Consensus = "any",
    separator: Annotated[str, typer.Option(help="What joins several identifiers in one cell.")] = ";",
    best: Annotated[bool, typer.Option("--best", help="Give the best identifier of each gene alone.")] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="Add what the nightly job marked: verdict, what to use now.")
    ] = False,
    missing: Annotated[
        str | None, typer.Option(help="Texts that stand for an empty cell, separated by commas: NA,-.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="What parts several identifiers in one cell; else found.")] = None,
    on_bad_row: Annotated[
        str, typer.Option(help="A row of another width than the header: stop, or keep it and tell its line.")
    ] = "stop",
    delimiter: Annotated[
        str | None, typer.Option(help="What stands between cells: one character, or tab. Else it is found.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook; else the first.")] = None,
    encoding: Annotated[str | None, typer.Option(help="How the text is encoded, such as cp1252; else found.")] = None,
    no_header: Annotated[bool, typer.Option("--no-header", help="The first line is data, as in a plain list.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write a report with pictures here: one HTML file.")] = None,
    receipt: Annotated[
        Path | None, typer.Option(help="Write a receipt here, as JSON: release, parameters, counts.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="local, or spark: the table is a path or pattern that Spark reads, -o a folder.")
    ] = "local",
    release_at: Annotated[
        str | None,
        typer.Option(
            help="With Spark: where its machines find the release, packed or as a folder. Else it is sent to them."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what the columns hold and the first rows.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")] = False,
) -> None:
    """Convert a table row for row: every cell stays, and behind it stand the identifiers that were asked for."""
    with told_errors(), ExitStack() as stack:
        stated = {"from": namespace, "species": species, "to_species": to_species}
        asked = read_options(stated | {"on_many": on_many, "consensus": consensus})
        plan = make_plan(to, asked, separator=separator, best=best, stale=stale, missing=missing)
        if on_bad_row not in {"stop", "keep"}:
            raise BadOption(f"--on-bad-row: {on_bad_row!r} is neither stop nor keep", hint="Choose one of them.")
        if engine not in {"local", "spark"}:
            raise BadOption(f"--engine: {engine!r} is neither local nor spark", hint="Choose one of them.")
        on_spark = engine == "spark"
        if release_at is not None and not on_spark:
            raise BadOption("--release-at is for --engine spark", hint="Leave it out: the release is on this machine.")
        to_format = target_format(output, file) if output and output != "-" else None
        _check_targets(file, (None if on_spark else output, report, receipt), force=force or dry_run)
        reading = Reading(
            tuple(column or ()),
            read_delimiter(delimiter),
            has_header=not no_header,
            keep_bad_rows=on_bad_row == "keep",
            split=split,
            sheet=sheet,
            encoding=encoding,
        )
        resolver = LocalResolver(on_stage=say)
        marks = open_marks() if stale else resolver.marks
        tools = Tools(resolver, describe_marks(marks, separator))
        name = "stdin" if file == "-" else file
        conversion: Conversion | PathsConversion
        if on_spark:
            if output is None and not dry_run:
                raise BadOption("Spark writes a folder", hint="Name it with -o.")
            conversion = PathsConversion(open_session(), [file], plan, tools, reading, release_at=release_at)
        else:
            stream = stack.enter_context(_open_input(file))
            conversion = open_conversion(stream, name, plan, tools, reading, to_format=to_format)
        _tell_plan(conversion.prepared, all_columns=dry_run)
        if dry_run:
            _show_preview(conversion)
            return
        started, begun = datetime.now(UTC), time.monotonic()
        if isinstance(conversion, PathsConversion):
            summary = conversion.write(str(output), to_format, overwrite=force)
        else:
            summary = _run(conversion, file, output)
        seconds = time.monotonic() - begun
        _tell_summary(summary, seconds, output)
        if not stale:
            _suggest_stale(summary, len(marks))
        _write_beside(conversion, summary, tools.resolver, _Told(name, started, seconds, report, receipt))
    if any(counts.is_alarming for counts in summary.columns):
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


@contextmanager
def _open_input(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        if sys.stdin.isatty():
            raise typer.BadParameter("send the table to stdin, or name a file in place of -")
        yield sys.stdin.buffer
    else:
        with open_table_file(Path(file)) as stream:
            yield stream


def _check_targets(file: str, targets: Iterable[str | Path | None], *, force: bool) -> None:
    """Say before the work, and not after it, that something is in the way."""
    paths = [Path(target) for target in targets if target is not None and str(target) != "-"]
    for path in paths:
        check_target(path, None if file == "-" else Path(file), force=force, how="--force")
    if len({path.absolute() for path in paths}) < len(paths):
        raise BadOption("two outputs have one name", hint="Give the table, the report and the receipt different names.")


class _Told(NamedTuple):
    """What a report and a receipt tell besides the summary, and where they go."""

    name: str
    started: datetime
    seconds: float
    report: Path | None
    receipt: Path | None


def _write_beside(conversion: Conversion | PathsConversion, summary: Summary, resolver: Resolver, told: _Told) -> None:
    prepared = conversion.prepared
    if told.report is not None:
        page = render_report(summary, prepared, resolver, name=told.name, started=told.started, seconds=told.seconds)
        with create_table_file(told.report) as out:
            out.write(page.encode())
        say(f"report: {told.report}")
    if told.receipt is not None:
        write_receipt(told.receipt, build_conversion_receipt(resolver.reader, prepared, summary, name=told.name))
        say(f"receipt: {told.receipt}")


def _run(conversion: Conversion, file: str, output: str | None) -> Summary:
    source = None if file == "-" else Path(file)
    with _progress(source) as draw:
        if output is None or output == "-":
            summary = conversion.run(sys.stdout.buffer, draw)
            sys.stdout.flush()
            return summary
        with create_table_file(Path(output), source) as out:
            return conversion.run(out, draw)


@contextmanager
def _progress(source: Path | None) -> Iterator[Callable[[Far], None] | None]:
    """Draw how far it is, where a person sits before it: share, rows a second, time left."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    size = source.stat().st_size if source is not None and source.is_file() else None
    columns = (
        SpinnerColumn(),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} rows, {task.fields[rate]} rows/s"),
        TimeRemainingColumn(),
    )
    started = time.monotonic()
    with Progress(*columns, console=make_console(stderr=True), transient=True) as bars:
        task = bars.add_task("converting", total=size, rows="0", rate="–")

        def draw(progress: Far) -> None:
            rate = progress.rows / max(1e-6, time.monotonic() - started)
            bars.update(task, completed=progress.bytes_read, rows=f"{progress.rows:,}", rate=f"{rate:,.0f}")

        yield draw


def _tell_plan(prepared: Prepared, *, all_columns: bool) -> None:
    for note in prepared.notes:
        say(f"note: {note}")
    taken = {rule.position for rule in prepared.plan.columns}
    for profile in prepared.profiles:
        if all_columns or profile.rule.position in taken:
            mark = "*" if profile.rule.position in taken else " "
            say(f"{mark} {profile.describe()}" if all_columns else f"column {profile.describe()}")
    others = [profile for profile in prepared.profiles if profile.rule.position not in taken and profile.found >= 0.5]
    if others and not all_columns:
        named = ", ".join(profile.rule.name for profile in others[:_SHOWN_COLUMNS])
        say(f"these name genes too: {named}; choose with --column")
    for rule in prepared.plan.columns:
        if rule.numbers is not None:
            say(f"bare numbers of {rule.name} are {rule.numbers.why}")
        if rule.lists is not None:
            say(f"cells of {rule.name} that hold several identifiers are parted")


def _show_preview(conversion: Conversion | PathsConversion) -> None:
    from rich.table import Table
    from rich.text import Text

    prepared = conversion.prepared
    names = (*prepared.header, *prepared.added)
    table = Table(box=None, header_style="bold", show_edge=False, pad_edge=False)
    known = len(prepared.header)
    taken = {rule.position for rule in prepared.plan.columns}
    shown = [number for number in range(len(names)) if number >= known or number in taken or number < _SHOWN_COLUMNS]
    for number in shown:
        table.add_column(names[number], style="" if number < known else "cyan", overflow="fold")
    for row in conversion.preview():
        cells = [*row, *[""] * (len(names) - len(row))]
        table.add_row(*(Text(_shorten(cells[number])) for number in shown))
    make_console().print(table)
    say("nothing was written: leave --dry-run out to convert the table")


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CELL else text[: _SHOWN_CELL - 1] + "…"


def _tell_summary(summary: Summary, seconds: float, output: str | None) -> None:
    rate = summary.rows / max(1e-9, seconds)
    written = f" as {summary.written:,}" if summary.written != summary.rows else ""
    say(f"{summary.rows:,} rows{written} in {seconds:.1f} s ({rate:,.0f} rows/s)")
    for counts in summary.columns:
        total = max(1, counts.outcomes.total())
        shares = ", ".join(
            f"{number:,} {outcome} ({100 * number / total:.1f} %)" for outcome, number in counts.outcomes.most_common()
        )
        say(f"{counts.name}: {shares or 'no rows'}")
        for line in _list_details(counts):
            say(f"  {line}")
    if summary.bad_rows:
        lines = ", ".join(str(line) for line, _ in summary.bad_lines[:10])
        say(f"{summary.bad_rows:,} rows have another width than the header; they were kept. Lines {lines}")
    if output and output != "-":
        say(f"written: {output}")
    for counts in summary.columns:
        if counts.is_alarming:
            _warn_of_few(counts)


def _suggest_stale(summary: Summary, marks: int) -> None:
    """Say what `--stale` would add: so many rows, or where they were not counted that there are marks."""
    rows = sum(counts.stale for counts in summary.columns)
    if summary.is_stale_counted and rows:
        say(f"rows with an identifier that is marked stale: {rows:,}; add --stale to see them")
    elif marks and not summary.is_stale_counted:
        say(f"the ledger has {marks:,} marks of stale identifiers; add --stale to see those of this table")


def _list_details(counts: ColumnCounts) -> Iterator[str]:
    if counts.reasons:
        yield "reasons: " + ", ".join(f"{number:,} {reason}" for reason, number in counts.reasons.most_common(6))
    if counts.several:
        yield f"{counts.several:,} rows lead to several genes: all are listed, unless --on-many says otherwise"
    if counts.empty:
        yield f"{counts.empty:,} cells are empty"
    misses = [f"{text[:_SHOWN_CELL]!r} ({reason or outcome}, {number:,})" for (text, outcome, reason), number in
              counts.list_misses(_SHOWN_MISSES)]  # fmt: skip
    if misses:
        yield f"most frequent misses: {', '.join(misses)}"


def _warn_of_few(counts: ColumnCounts) -> None:
    from rich.panel import Panel

    text = (
        f"Only {100 * counts.share_found:.0f} % of the filled cells of {counts.name} lead to genes.\n"
        "Is it the right column (--column), namespace (--from) and species (--species)? "
        "See what the cells hold: --dry-run"
    )
    make_console(stderr=True).print(Panel(text, title="WARNING", style="bold red", expand=False))
