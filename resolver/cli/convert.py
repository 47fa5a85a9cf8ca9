"""`resolver convert`: add identifiers of other namespaces to a table."""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from ..app.stores import open_marks
from ..convert.annotated.files import AnnotatedConversion, is_annotated
from ..convert.conversion import open_conversion
from ..convert.engine import Conversion, Tools
from ..convert.files import check_target, create_table_file, open_table_file, target_format
from ..convert.headers import describe_column
from ..convert.merging import check_collisions, read_collisions
from ..convert.options import read_corrections
from ..convert.plan import describe_marks, make_plan
from ..convert.report.advice import advise, describe_warning
from ..convert.report.html import render_report
from ..convert.report.lines import list_details, list_lines, shorten
from ..convert.report.misses import is_miss_table, render_misses
from ..convert.report.receipt import build_conversion_receipt, write_receipt
from ..convert.spark.paths import PathsConversion, open_session
from ..errors import BadOption
from ..resolve.options import LIST_DEFAULT, read_options
from . import options
from . import table_options as tables
from .console import ExitCode, handle_errors, make_console, say
from .stages import open_resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..convert.engine import Progress as Far
    from ..convert.profile import Prepared
    from ..convert.report.summary import ColumnCounts, Summary
    from ..resolve.resolver import Resolver

    Show = Callable[[str], None]

_SHOWN_COLUMNS = 6


def convert(
    file: Annotated[
        str,
        typer.Argument(
            help="A CSV, TSV, XLSX, XLS, ODS, Parquet or NDJSON file, or one in a zip file, or AnnData; - reads stdin."
        ),
    ],
    to: tables.To = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Write to this file, in the format of its suffix (default: stdout)."),
    ] = None,
    column: tables.Columns = None,
    namespace: options.From = None,
    species: options.Species = None,
    to_species: options.ToSpecies = None,
    orthologs: options.Orthologs = "all",
    on_many: options.OnMany = "list",
    policy: options.Policy = "tiers",
    consensus: options.Consensus = "any",
    separator: Annotated[str, typer.Option(help=tables.HELP["separator"])] = ";",
    best: Annotated[bool, typer.Option("--best", help=tables.HELP["best"])] = False,
    stale: Annotated[bool, typer.Option("--stale", help=tables.HELP["stale"])] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help=tables.HELP["in_place"])] = False,
    missing: Annotated[str | None, typer.Option(help=tables.HELP["missing"])] = None,
    correct: Annotated[list[str] | None, typer.Option("--correct", help=tables.HELP["correct"])] = None,
    split: Annotated[str | None, typer.Option(help=tables.HELP["split"])] = None,
    on_bad_row: tables.OnBadRow = "stop",
    delimiter: tables.Delimiter = None,
    sheet: tables.Sheet = None,
    encoding: tables.Encoding = None,
    header: tables.Header = None,
    header_row: Annotated[bool, typer.Option("--header-row", help=tables.HELP["header_row"])] = False,
    collisions: Annotated[
        str | None,
        typer.Option(
            help="For AnnData and MuData, what to do with features of one gene: report (the default), keep the first, "
            "number them (unique), or sum their counts."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a report: a page with charts (.html), or a table of the misses (.tsv or .csv)."),
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option(help="Write a receipt to this JSON file: release, source versions, parameters, counts."),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="local, or spark: Spark reads FILE as a path or pattern, and writes a folder.")
    ] = "local",
    release_at: Annotated[
        str | None,
        typer.Option(
            help="Path of the release on the machines of a Spark cluster (default: the release is sent to them)."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Describe the columns and show the first converted rows; write nothing.")
    ] = False,
    force: tables.Force = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Write no notes, progress and summary, only errors and warnings.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the summary to stdout as JSON; the table must go to a file (-o).")
    ] = False,
) -> None:
    """Add identifiers of other namespaces to a table; every row and cell is kept.

    The column of identifiers is detected. The added columns outcome, reason,
    matched_as, retired_from and also report how each row was resolved.
    """
    show = _say_nothing if quiet else say
    with handle_errors(), ExitStack() as stack:
        _check_json(output, as_json=as_json, dry_run=dry_run)
        given = {"from": namespace, "species": species, "to_species": to_species}
        given |= {"orthologs": orthologs, "on_many": on_many, "policy": policy, "consensus": consensus}
        wanted = read_options(given, LIST_DEFAULT)
        plan = make_plan(
            to, wanted, separator=separator, best=best, stale=stale, missing=missing, in_place=in_place,
            correct=read_corrections(correct or ()),
        )  # fmt: skip
        if engine not in {"local", "spark"}:
            raise BadOption(
                f"--engine: {engine!r} is neither local nor spark", hint="Use --engine local or --engine spark."
            )
        on_spark = engine == "spark"
        if release_at is not None and not on_spark:
            raise BadOption("--release-at requires --engine spark", hint="Omit it: the release is on this machine.")
        is_names = not on_spark and is_annotated(file, output, is_dry=dry_run)
        if not is_names:
            check_collisions(collisions)
        if report is not None:
            is_miss_table(report)
        to_format = target_format(output, file) if output and output != "-" else None
        _check_targets(file, (None if on_spark else output, report, receipt), force=force or dry_run)
        layout = tables.read_layout(delimiter, sheet, encoding, on_bad_row, header=header)
        reading = replace(layout, columns=tuple(column or ()), split=split, header_row=header_row)
        resolver = open_resolver()
        marks = open_marks() if stale else resolver.marks
        tools = Tools(resolver, describe_marks(marks, separator))
        name = "stdin" if file == "-" else file
        conversion: Conversion | PathsConversion | AnnotatedConversion
        if on_spark:
            if output is None and not dry_run:
                raise BadOption("Spark requires an output folder", hint="Name it with -o.")
            conversion = PathsConversion(open_session(), [file], plan, tools, reading, release_at=release_at)
        elif is_names:
            conversion = AnnotatedConversion(Path(file), plan, tools, reading, read_collisions(collisions))
        else:
            stream = stack.enter_context(_open_input(file))
            conversion = open_conversion(stream, name, plan, tools, reading, to_format=to_format)
        _report_plan(conversion.prepared, show, all_columns=dry_run)
        if dry_run:
            _show_preview(conversion, show)
            return
        reported = len(conversion.prepared.notes)
        started, begun = datetime.now(UTC), time.monotonic()
        if isinstance(conversion, Conversion):
            summary = _run(conversion, file, output, quiet=quiet)
        else:
            summary = conversion.write(str(output), to_format, overwrite=force)
        seconds = time.monotonic() - begun
        for note in summary.notes[reported:]:  # what was found while the table was read
            show(f"note: {note}")
        _report_summary(summary, seconds, output, show)
        if not stale:
            _suggest_stale(summary, show)
        for counts in summary.columns:
            if (advice := advise(counts, tools.resolver.release)) is not None:
                _warn_of_misses(counts, advice)
        _write_beside(conversion, summary, tools.resolver, _Record(name, started, seconds, report, receipt), show)
        if as_json:
            _write_json(summary, seconds, str(output), tools.resolver)
    if any(counts.is_alarming for counts in summary.columns):
        raise typer.Exit(ExitCode.NOT_ALL_RESOLVED)


@contextmanager
def _open_input(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        if sys.stdin.isatty():
            raise typer.BadParameter("Nothing on stdin. Send the table to stdin, or name a file instead of -.")
        yield sys.stdin.buffer
    else:
        with open_table_file(Path(file)) as stream:
            yield stream


def _check_json(output: str | None, *, as_json: bool, dry_run: bool) -> None:
    """Raise BadOption where the summary as JSON has no place of its own."""
    if as_json and dry_run:
        raise BadOption("--json is the summary, and a dry run has none", hint="Omit --json or --dry-run.")
    if as_json and output in {None, "-"}:
        raise BadOption(
            "--json writes the summary to stdout, where the table would go too",
            hint="Write the table to a file: -o converted.csv.",
        )


def _check_targets(file: str, targets: Iterable[str | Path | None], *, force: bool) -> None:
    """Raise InputError before any work if an output file cannot be written."""
    paths = [Path(target) for target in targets if target is not None and str(target) != "-"]
    for path in paths:
        check_target(path, None if file == "-" else Path(file), force=force, how="--force")
    if len({path.absolute() for path in paths}) < len(paths):
        raise BadOption(
            "Two outputs have the same name", hint="Use different names for the table, the report and the receipt."
        )


class _Record(NamedTuple):
    """Name and times of a conversion, and the paths of its report and receipt."""

    name: str
    started: datetime
    seconds: float
    report: Path | None
    receipt: Path | None


def _write_beside(
    conversion: Conversion | PathsConversion | AnnotatedConversion,
    summary: Summary,
    resolver: Resolver,
    record: _Record,
    show: Show,
) -> None:
    prepared = conversion.prepared
    if record.report is not None:
        if is_miss_table(record.report):
            content = render_misses(record.report, summary, prepared, resolver)
        else:
            content = render_report(
                summary, prepared, resolver, name=record.name, started=record.started, seconds=record.seconds
            ).encode()
        with create_table_file(record.report) as out:
            out.write(content)
        if any(counts.is_cut for counts in summary.columns):
            show("note: the report has the most frequent misses only; the table has the outcome of every row")
        show(f"report: {record.report}")
    if record.receipt is not None:
        write_receipt(record.receipt, build_conversion_receipt(resolver.reader, prepared, summary, name=record.name))
        show(f"receipt: {record.receipt}")


def _run(conversion: Conversion, file: str, output: str | None, *, quiet: bool) -> Summary:
    source = None if file == "-" else Path(file)
    with _progress(source, quiet=quiet) as draw:
        if output is None or output == "-":
            summary = conversion.run(sys.stdout.buffer, draw)
            sys.stdout.flush()
            return summary
        with create_table_file(Path(output), source) as out:
            return conversion.run(out, draw)


@contextmanager
def _progress(source: Path | None, *, quiet: bool = False) -> Iterator[Callable[[Far], None] | None]:
    """Show the progress on a terminal: share, rows a second, time left. The bar stays, at 100% once all is written."""
    if quiet or not sys.stderr.isatty():
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
    with Progress(*columns, console=make_console(stderr=True)) as bars:
        task = bars.add_task("converting", total=size, rows="0", rate="–")

        def draw(progress: Far) -> None:
            rate = progress.rows / max(1e-6, time.monotonic() - started)
            bars.update(task, completed=progress.bytes_read, rows=f"{progress.rows:,}", rate=f"{rate:,.0f}")

        yield draw
        whole = size or 1  # the bytes that were read are not all of a packed file
        bars.update(task, total=whole, completed=whole)


def _report_plan(prepared: Prepared, show: Show, *, all_columns: bool) -> None:
    for note in prepared.notes:
        show(f"note: {note}")
    rules = [one for rule in prepared.plan.columns for one in rule.all]
    taken = {rule.position for rule in rules}
    for profile in prepared.profiles:
        if all_columns or profile.rule.position in taken:
            mark = "*" if profile.rule.position in taken else " "
            show(f"{mark} {profile.describe()}" if all_columns else describe_column(profile.describe()))
    for rule in prepared.plan.columns:
        if rule.others:
            then = ", then ".join(other.name for other in rule.others)
            show(f"rows are read by {rule.name}, then {then}: the first that is found counts")
    others = [profile for profile in prepared.profiles if profile.rule.position not in taken and profile.names_genes]
    if others and not all_columns:
        named = ", ".join(profile.rule.name for profile in others[:_SHOWN_COLUMNS])
        show(f"Other columns also look like gene identifiers: {named}. Select one with --column.")
    for rule in rules:
        if rule.numbers is not None:
            show(f"{rule.numbers.of} of {rule.name} are {rule.numbers.why}")
        if rule.lists is not None:
            show(f"cells of {rule.name} with several identifiers are split")


def _show_preview(conversion: Conversion | PathsConversion | AnnotatedConversion, show: Show) -> None:
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
        table.add_row(*(Text(shorten(cells[number])) for number in shown))
    make_console().print(table)
    show("Nothing was written. To convert the table, omit --dry-run.")


def _report_summary(summary: Summary, seconds: float, output: str | None, show: Show) -> None:
    for line in list_lines(summary, seconds, output if output != "-" else None):
        show(line)
    for line in list_details(summary):
        show(line)
    if summary.bad_rows:
        lines = ", ".join(str(line) for line, _ in summary.bad_lines[:10])
        rows, places = ("1 row has", "line") if summary.bad_rows == 1 else (f"{summary.bad_rows:,} rows have", "lines")
        what = "missing cells are filled up, surplus ones are in the last cell"
        show(f"{rows} fewer or more cells than the header ({what}): {places} {lines}")


def _write_json(summary: Summary, seconds: float, output: str, resolver: Resolver) -> None:
    """Write the summary to stdout as one line of JSON."""
    release = resolver.release
    shown = {"output": output, "seconds": round(seconds, 3), "release": {"id": release.id, "title": release.title}}
    shown |= summary.describe() | {"warning": describe_warning(summary, release)}
    sys.stdout.write(json.dumps(shown) + "\n")  # escaped, since cells may contain what no terminal shows
    sys.stdout.flush()


def _suggest_stale(summary: Summary, show: Show) -> None:
    """Report how many rows have an identifier that is marked stale; Spark does not count them."""
    rows = sum(counts.stale for counts in summary.columns)
    if rows:
        show(f"{rows:,} rows have an identifier that is marked stale. To see them, add --stale.")


def _say_nothing(text: str) -> None:
    del text


def _warn_of_misses(counts: ColumnCounts, advice: str) -> None:
    from rich.panel import Panel

    text = f"{100 * counts.share_found:.0f}% of the filled cells of {counts.name} match genes.\n{advice}"
    if counts.is_alarming:
        text += "\nOptions: --column, --from, --species; --dry-run shows what the columns contain."
    style = "bold red" if counts.is_alarming else "yellow"
    make_console(stderr=True).print(Panel(text, title="WARNING", style=style, expand=False))
