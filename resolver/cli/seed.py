"""`resolver seed`: build, compare and publish releases."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from ..app.environment import find_data_dir
from .console import handle_errors, make_console, say
from .info import make_count_table
from .stages import showing_stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seed.cli import FilePlan

app = typer.Typer(
    help="Build, compare and publish releases, the local databases that answer queries. Without a command: all steps.",
    epilog="Example: resolver seed --from downloads",
    invoke_without_command=True,
)

From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", help="Read source files from this folder and its subfolders, without network access; can be repeated."
    ),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept", help="Publish even if the release has over 2% fewer genes or identifiers than the current one."
    ),
]
WithoutFailed = Annotated[
    bool,
    typer.Option(
        "--without-failed",
        help="Continue if files cannot be fetched; copies of earlier fetches are used.",
    ),
]
ReleaseId = Annotated[str, typer.Argument(help="A release id, a unique prefix of one, or `current`.")]


Compared = Annotated[
    str,
    typer.Argument(
        help="A release id or a unique prefix of one, `current`, `embedded`, or the path of a packed release."
    ),
]


@app.callback()
def seed(
    context: typer.Context, from_: From = None, accept: Accept = False, without_failed: WithoutFailed = False
) -> None:
    """Plan, fetch, build, verify and publish a release of the whole genome."""
    if context.invoked_subcommand is not None:
        if from_ or accept or without_failed:
            raise typer.BadParameter(f"Write the options of {context.invoked_subcommand} after it.")
        return
    if from_ and without_failed:
        raise typer.BadParameter("--without-failed has no effect with --from, which fetches nothing. Omit it.")
    from seed import cli as pipeline

    with handle_errors():
        data_dir = _data_dir()
        folders = _folders(data_dir, from_)
        plans = _plan(data_dir, folders, query=not from_)
        if not from_:
            pipeline.check_reachable(data_dir, plans)
        _show_plan(plans)
        if not from_:
            _fetch(data_dir, plans, without_failed=without_failed)
        with showing_stages() as on_stage:
            built = pipeline.build_genome_release(data_dir, folders, on_stage)
        current = pipeline.publish_checked(data_dir, built, accept)
        say(f"current release: {current.id} in {current.folder}")
        if not from_:
            _remove_superseded(data_dir)


@app.command(epilog="Example: resolver seed plan --from downloads")
def plan(from_: From = None) -> None:
    """Show which source files a build would use, their sizes, dates and licenses, and what each missing one adds."""
    with handle_errors():
        data_dir = _data_dir()
        _show_plan(_plan(data_dir, _folders(data_dir, from_), query=not from_))


@app.command(epilog="Example: resolver seed fetch")
def fetch() -> None:
    """Fetch the source files that are missing or have changed. Interrupted downloads are resumed."""
    with handle_errors():
        data_dir = _data_dir()
        _fetch(data_dir, _plan(data_dir, _folders(data_dir, None), query=True))


@app.command(epilog="Example: resolver seed build --from downloads")
def build(from_: From = None) -> None:
    """Build and verify a release of the whole genome, without publishing it.

    An interrupted build is resumed by the next one.
    """
    from seed import cli as pipeline

    with handle_errors():
        data_dir = _data_dir()
        folders = _folders(data_dir, from_)
        for each in pipeline.plan_build(folders):
            if each.path is None:
                say(f"  {each.file.patterns[0]} is missing; it would add {each.file.adds}")
        with showing_stages() as on_stage:
            release = pipeline.build_genome_release(data_dir, folders, on_stage)
    say(f"built {release.id} in {release.folder}. To publish it: resolver seed publish {release.id}")


@app.command(epilog="Example: resolver seed verify")
def verify(release: ReleaseId = "current") -> None:
    """Check the files and the structure of a release, and its answers to queries with known results."""
    from seed import cli as pipeline

    with handle_errors():
        found = pipeline.get_release(_data_dir(), release)
        pipeline.verify_again(found)
    say(f"{found.id} is valid")


@app.command(epilog="Example: resolver seed publish genome-1a2b3c")
def publish(release: ReleaseId, accept: Accept = False) -> None:
    """Make a release the current one. Running services switch to it within a second."""
    from seed import cli as pipeline

    with handle_errors():
        data_dir = _data_dir()
        current = pipeline.publish_checked(data_dir, pipeline.get_release(data_dir, release), accept)
        say(f"current release: {current.id}")
        _remove_superseded(data_dir)


@app.command(epilog="Example: resolver seed rollback")
def rollback() -> None:
    """Return to the release that was current before; a second call returns to the one before that."""
    from seed import cli as pipeline

    with handle_errors():
        current = pipeline.roll_back(_data_dir())
    say(f"current release: {current.id}")


@app.command(epilog="Example: resolver seed pack current genome.tar")
def pack(release: ReleaseId, file: Annotated[Path, typer.Argument(help="The tar file to write.")]) -> None:
    """Pack a release into one file, for a machine without network access."""
    from seed import cli as pipeline

    with handle_errors():
        packed = pipeline.pack_release(pipeline.get_release(_data_dir(), release), file)
    say(f"{packed}: {packed.stat().st_size / 1e6:,.1f} MB. On the other machine: resolver seed unpack {packed.name}")


@app.command(epilog="Example: resolver seed unpack genome.tar")
def unpack(
    packed: Annotated[
        Path | None,
        typer.Argument(
            help="A file of `resolver seed pack`, or a folder of a release. Default: the embedded genome.",
            show_default=False,
        ),
    ] = None,
    accept: Accept = False,
) -> None:
    """Write and verify the database of a packed release, and make it the current one.

    It also repairs a damaged release: name its folder.
    """
    from seed import cli as pipeline

    with handle_errors():
        with showing_stages() as on_stage:
            release = pipeline.unpack_release(_data_dir(), packed, on_stage)
        current = pipeline.publish_checked(_data_dir(), release, accept)
    say(f"current release: {current.id} in {current.folder}")


@app.command("compile", epilog="Example: resolver seed compile --from downloads --to seed/genome")
def compile_packed(
    from_: From,
    to: Annotated[Path, typer.Option(help="Folder to write; the packed release in it is replaced.")],
) -> None:
    """Write the packed release of source files into a folder, such as the embedded genome.

    The same files give the same bytes.
    """
    from seed import cli as pipeline

    with handle_errors():
        pipeline.check_folders(from_ or ())
        with showing_stages() as on_stage:
            packed = pipeline.compile_genome(from_ or [], to, on_stage)
    size = sum(file["bytes"] for file in packed.manifest["files"].values())
    say(f"{packed.id} in {to}: {size / 1e6:,.1f} MB")


@app.command(epilog="Example: resolver seed diff embedded current")
def diff(
    old: Compared,
    new: Compared = "current",
    as_json: Annotated[bool, typer.Option("--json", help="Write every change as JSON.")] = False,
) -> None:
    """Count the genes, identifiers, names and retirements that were added, removed or moved between two releases."""
    from seed import cli as pipeline

    with handle_errors():
        changes = pipeline.compare_named(_data_dir(), old, new, examples=None if as_json else 3)
    if as_json:
        described = [pipeline.describe_change(change) for change in changes]
        sys.stdout.write(orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
        return
    table = _table("change", "number", "sources", "examples")
    for change in changes:
        sources = "\n".join(f"{key} {number:,}" for key, number in list(change.by_source.items())[:5])
        examples = "\n".join(_describe_example(row) for row in change.examples)
        table.add_row(change.kind, f"{change.number:,}", sources, examples)
    make_console().print(table)


def _describe_example(row: tuple[str, str, str]) -> str:
    what, before, after = row
    return f"{what} {before} → {after}" if before and after else f"{what} {before or after}".strip()


@app.command(epilog="Example: resolver seed conflicts --tsv")
def conflicts(
    release: ReleaseId = "current",
    as_tsv: Annotated[bool, typer.Option("--tsv", help="Write all of them, tab-separated.")] = False,
) -> None:
    """List identifiers that sources assign to several genes, with the sources of each assignment."""
    from seed import cli as pipeline

    with handle_errors():
        claims = pipeline.list_conflicts(pipeline.get_release(_data_dir(), release))
    columns = ("identifier", "gene", "symbol", "assignment rank", "sources")
    rows = [(c.identifier, c.gene, c.symbol, str(c.assignment_rank), " ".join(c.sources)) for c in claims]
    if as_tsv:
        sys.stdout.writelines("\t".join(row) + "\n" for row in (columns, *rows))
        return
    table = _table(*columns)
    table.columns[0].no_wrap = True
    for row in rows[:40]:
        table.add_row(*row)
    make_console().print(table)
    say(f"{len({row[0] for row in rows}):,} identifiers with {len(rows):,} assignments; --tsv lists all")


@app.command("list", epilog="Example: resolver seed list --counts")
def list_releases(
    counts: Annotated[
        bool,
        typer.Option(
            "--counts", help="Also count the identifiers of the current release by namespace, level and species."
        ),
    ] = False,
) -> None:
    """List the releases on this machine, and mark the current one."""
    from seed import cli as pipeline

    folder = _data_dir()
    with handle_errors():
        releases, current = pipeline.list_published(folder)
    if not releases:
        say(f"No release in {folder}. To publish the embedded one: resolver seed unpack")
        return
    console = make_console()
    table = _table("", "release", "content", "genes", "built at")
    for column in table.columns[:2]:
        column.no_wrap = True  # so that an id can be copied
    for release in releases:
        genes = ", ".join(f"{number:,} {name}" for name, number in release.manifest["counts"]["genes"].items())
        mark = "current" if release.id == current else ""
        table.add_row(mark, release.id, release.title, genes, release.manifest["built_at"])
    console.print(table)
    if counts:
        for release in releases:
            if release.id == current:
                console.print(make_count_table(release.manifest["counts"]["identifiers"]))


def _data_dir() -> Path:
    return find_data_dir()


def _folders(data_dir: Path, from_: Sequence[Path] | None) -> list[Path]:
    from seed import cli as pipeline

    pipeline.check_folders(from_ or ())
    return list(from_ or [pipeline.upstream_folder(data_dir)])


def _table(*columns: str) -> Any:  # noqa: ANN401  (rich has no short type for it)
    return Table(*columns, box=None, header_style="bold")


def _plan(data_dir: Path, folders: Sequence[Path], *, query: bool) -> list[FilePlan]:
    from seed import cli as pipeline

    release_id, released = pipeline.find_released_dates(data_dir)
    if query:
        say(f"querying the sources for sizes and dates, to compare with {release_id}")
    return pipeline.plan_build(folders, query=query, released=released)


def _show_plan(plans: Sequence[FilePlan]) -> None:
    """Show the size, date and place of each file, and what each missing one would add."""
    from seed import cli as pipeline

    width = max(len(_name_of(each)) for each in plans)
    heading = ""
    for each in plans:
        if heading != (heading := f"{each.file.source}: {each.file.license}"):
            say(heading)
        size = f"{each.size / 1e6:,.1f} MB" if each.size is not None else "?"
        say(f" {_name_of(each):{width}} {size:>10}  {each.date:10}  {_where(each)}")
        if each.is_newer:
            say(f"     newer: the release has that of {each.released}")
        if each.path is None:
            say(textwrap.fill(f"adds {each.file.adds}", 78, initial_indent="     ", subsequent_indent="     "))
    for reason in dict.fromkeys(str(each.problem) for each in plans if each.problem):
        say(reason)
    cost = pipeline.estimate_build(plans)
    here = sum(each.path is not None for each in plans)
    say(f"{here} of {len(plans)} files are available; {cost.fetched_bytes / 1e6:,.1f} MB to fetch")
    newer, new = sum(each.is_newer for each in plans), sum(each.released is None for each in plans)
    say(f"{newer} are newer than those of the current release, {new} were not used for it")
    say(f"the build takes about {cost.disk_bytes / 1e9:,.1f} GB of disk and {cost.build_s / 60:,.1f} minutes")
    if cost.unknown:
        say(f"not included: {cost.unknown} files of unknown size")


def _name_of(plan: FilePlan) -> str:
    return plan.path.name.removesuffix(".gz") if plan.path else plan.file.patterns[0]


def _where(plan: FilePlan) -> str:
    if plan.path is not None:
        return "older file" if plan.is_stand_in else "available"
    if plan.problem is not None:
        return "no reply"
    return "to fetch" if plan.url else "missing"


def _fetch(data_dir: Path, plans: Sequence[FilePlan], *, without_failed: bool = False) -> None:
    from seed import cli as pipeline

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=make_console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def draw(progress: Any) -> None:  # noqa: ANN401  (the type of the pipeline is not imported here)
            if progress.key not in tasks:
                tasks[progress.key] = bars.add_task(progress.key, total=None)
            state = progress.state if not progress.message else f"{progress.state}: {progress.message}"
            bars.update(
                tasks[progress.key],
                description=f"{progress.key} {state}"[:60],
                completed=progress.got_bytes,
                total=progress.total_bytes,
            )

        fetched, gaps = pipeline.fetch_upstream(data_dir, draw, plans=plans)
    new = [file for file in fetched if not file.unchanged]
    say(f"{len(new)} files fetched, {len(fetched) - len(new)} unchanged")
    if not without_failed:
        pipeline.refuse_gaps(gaps)
    if gaps:
        say("continuing without these files:")
        for line in pipeline.describe_gaps(gaps):
            say(line)


def _remove_superseded(data_dir: Path) -> None:
    from seed import cli as pipeline

    number, freed = pipeline.remove_superseded(data_dir)
    if number:
        files = "1 source file" if number == 1 else f"{number} source files"
        say(f"removed {files} that newer ones replace: {freed / 1e6:,.1f} MB freed")
