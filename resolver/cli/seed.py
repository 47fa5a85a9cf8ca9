"""`resolver seed …`: build, compare and publish releases."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from ..app.environment import find_data_dir
from .console import make_console, say, told_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seed.cli import FilePlan

app = typer.Typer(
    help="Build, compare and publish releases. Without a command: from plan to publish.", invoke_without_command=True
)

From = Annotated[
    list[Path] | None,
    typer.Option("--from", help="Take upstream files from this folder and its subfolders, not from the network."),
]
Accept = Annotated[bool, typer.Option("--accept", help="Publish also what holds over 2 % less than the live release.")]
WithoutFailed = Annotated[
    bool,
    typer.Option(
        "--without-failed",
        help="Go on without files that could not be fetched; of those that were fetched before, that copy is used.",
    ),
]
ReleaseId = Annotated[str, typer.Argument(help="A release id, the beginning of one, or `current`.")]


@app.callback()
def seed(
    context: typer.Context, from_: From = None, accept: Accept = False, without_failed: WithoutFailed = False
) -> None:
    """Make a release of the whole genome: plan, fetch what is not here, build, verify, publish."""
    if context.invoked_subcommand is not None:
        if from_ or accept or without_failed:
            raise typer.BadParameter(f"options of {context.invoked_subcommand} stand after it")
        return
    if from_ and without_failed:
        raise typer.BadParameter("with --from nothing is fetched: what is missing is left out anyway")
    from seed import cli as pipeline

    with told_errors():
        data_dir = _data_dir()
        folders = _folders(data_dir, from_)
        plans = _plan(folders, ask=not from_)
        if not from_:
            pipeline.check_reachable(data_dir, plans)
        _show_plan(plans)
        if not from_:
            _fetch(data_dir, plans, without_failed=without_failed)
        built = pipeline.build_genome_release(data_dir, folders, _stage_teller())
        live = pipeline.publish_checked(data_dir, built, accept)
        say(f"live: {live.id} in {live.folder}")
        if not from_:
            _remove_superseded(data_dir)


@app.command()
def starter(
    accept: Annotated[
        bool, typer.Option("--accept", help="Also in place of a live release of the whole genome.")
    ] = False,
) -> None:
    """Build the embedded starter release and make it the live one."""
    from seed import cli as pipeline

    with told_errors():
        release = pipeline.publish_starter(_data_dir(), accept, _stage_teller())
    say(f"live: {release.id} in {release.folder}")


@app.command()
def plan(from_: From = None) -> None:
    """Show which upstream files a build would use: sizes, dates, licenses, and what is lacking without the others."""
    with told_errors():
        _show_plan(_plan(_folders(_data_dir(), from_), ask=not from_))


@app.command()
def fetch() -> None:
    """Fetch upstream files that are not here or have changed; what was cut off goes on where it stopped."""
    with told_errors():
        data_dir = _data_dir()
        _fetch(data_dir, _plan(_folders(data_dir, None), ask=True))


@app.command()
def build(from_: From = None) -> None:
    """Build a release of the whole genome and verify it; it is not live yet. A rerun goes on where the last stopped."""
    from seed import cli as pipeline

    with told_errors():
        data_dir = _data_dir()
        folders = _folders(data_dir, from_)
        for each in pipeline.plan_build(folders):
            if each.path is None:
                say(f"  {each.file.patterns[0]} is missing; it would add {each.file.adds}")
        release = pipeline.build_genome_release(data_dir, folders, _stage_teller())
    say(f"built: {release.id} in {release.folder}; make it live: resolver seed publish {release.id}")


@app.command()
def verify(release: ReleaseId = "current") -> None:
    """Check a release: its files, its structure, and questions to which the answer is known."""
    from seed import cli as pipeline

    with told_errors():
        found = pipeline.get_release(_data_dir(), release)
        pipeline.verify_again(found)
    say(f"{found.id} is fit to serve")


@app.command()
def publish(release: ReleaseId, accept: Accept = False) -> None:
    """Make a release the live one; running services take it within a second."""
    from seed import cli as pipeline

    with told_errors():
        data_dir = _data_dir()
        live = pipeline.publish_checked(data_dir, pipeline.get_release(data_dir, release), accept)
        say(f"live: {live.id}")
        _remove_superseded(data_dir)


@app.command()
def rollback() -> None:
    """Go back to the release that was live before; again, to the one before that."""
    from seed import cli as pipeline

    with told_errors():
        live = pipeline.roll_back(_data_dir())
    say(f"live: {live.id}")


@app.command()
def pack(release: ReleaseId, file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write a release as one file, for a machine without internet."""
    from seed import cli as pipeline

    with told_errors():
        packed = pipeline.pack_release(pipeline.get_release(_data_dir(), release), file)
    say(f"{packed}: {packed.stat().st_size / 1e6:,.1f} MB; there: resolver seed unpack {packed.name}")


@app.command()
def unpack(file: Annotated[Path, typer.Argument(help="A packed release.")], accept: Accept = False) -> None:
    """Bring in a packed release and make it the live one."""
    from seed import cli as pipeline

    with told_errors():
        live = pipeline.publish_checked(_data_dir(), pipeline.unpack_release(_data_dir(), file), accept)
    say(f"live: {live.id}")


@app.command()
def diff(
    old: ReleaseId,
    new: ReleaseId = "current",
    as_json: Annotated[bool, typer.Option("--json", help="Every change, as JSON.")] = False,
) -> None:
    """Show what was added, removed, renamed and moved between two releases."""
    from seed import cli as pipeline

    with told_errors():
        before, after = (pipeline.get_release(_data_dir(), name) for name in (old, new))
        changes = pipeline.compare_releases(before, after, examples=None if as_json else 3)
    if as_json:
        json.dump([pipeline.describe_change(change) for change in changes], sys.stdout, indent=1)
        sys.stdout.write("\n")
        return
    table = _table("change", "number", "such as")
    for change in changes:
        examples = "; ".join(_describe_example(row) for row in change.examples)
        table.add_row(change.kind, f"{change.number:,}", examples)
    make_console().print(table)


def _describe_example(row: tuple[str, str, str]) -> str:
    what, before, after = row
    return f"{what} {before} → {after}" if before and after else f"{what} {before or after}".strip()


@app.command()
def conflicts(
    release: ReleaseId = "current",
    as_tsv: Annotated[bool, typer.Option("--tsv", help="All of them, tab-separated.")] = False,
) -> None:
    """List identifiers that sources place on more than one gene, with who says so."""
    from seed import cli as pipeline

    with told_errors():
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
    say(f"{len({row[0] for row in rows}):,} identifiers with {len(rows):,} claims; all of them: --tsv")


@app.command("list")
def list_releases(
    counts: Annotated[bool, typer.Option("--counts", help="Count identifiers by namespace and species.")] = False,
) -> None:
    """List the releases on this machine; the live one is marked."""
    from seed import cli as pipeline

    folder = _data_dir()
    with told_errors():
        releases, current = pipeline.list_published(folder)
    if not releases:
        say(f"no release in {folder}; publish the embedded one: resolver seed starter")
        return
    console = make_console()
    table = _table("", "release", "what it is", "genes", "built at")
    for column in table.columns[:2]:
        column.no_wrap = True  # an id is there to be copied
    for release in releases:
        genes = ", ".join(f"{number:,} {name}" for name, number in release.manifest["counts"]["genes"].items())
        mark = "live" if release.id == current else ""
        table.add_row(mark, release.id, release.title, genes, release.manifest["built_at"])
    console.print(table)
    if counts:
        for release in releases:
            if release.id == current:
                console.print(_count_table(release.manifest["counts"]["identifiers"]))


def _data_dir() -> Path:
    return find_data_dir()


def _folders(data_dir: Path, from_: Sequence[Path] | None) -> list[Path]:
    from seed import cli as pipeline

    pipeline.check_folders(from_ or ())
    return list(from_ or [pipeline.upstream_folder(data_dir)])


def _stage_teller() -> Callable[[str], None]:
    begun = time.monotonic()
    return lambda stage: say(f"{time.monotonic() - begun:6.1f} s  {stage}")


def _table(*columns: str) -> Any:  # noqa: ANN401  (rich is imported where it is used)
    return Table(*columns, box=None, header_style="bold")


def _count_table(counts: dict[str, dict[str, int]]) -> object:
    table = _table("namespace", "level", "human", "mouse")
    for row, numbers in counts.items():
        prefix, _, level = row.partition(" ")
        table.add_row(prefix, level, *(f"{numbers.get(name, 0):,}" for name in ("human", "mouse")))
    return table


def _plan(folders: Sequence[Path], *, ask: bool) -> list[FilePlan]:
    from seed import cli as pipeline

    if ask:
        say("asking the upstreams what they have")
    return pipeline.plan_build(folders, query=ask)


def _show_plan(plans: Sequence[FilePlan]) -> None:
    """Tell of each file how large, how old and where it is, and of those that are not here what they would add."""
    from seed import cli as pipeline

    width = max(len(_name_of(each)) for each in plans)
    heading = ""
    for each in plans:
        if heading != (heading := f"{each.file.source}: {each.file.license}"):
            say(heading)
        size = f"{each.size / 1e6:,.1f} MB" if each.size is not None else "?"
        say(f" {_name_of(each):{width}} {size:>10}  {each.date:10}  {_where(each)}")
        if each.path is None:
            say(textwrap.fill(f"adds {each.file.adds}", 78, initial_indent="     ", subsequent_indent="     "))
    for reason in dict.fromkeys(str(each.problem) for each in plans if each.problem):
        say(reason)
    cost = pipeline.estimate_build(plans)
    here = sum(each.path is not None for each in plans)
    say(f"{here} of {len(plans)} files are here; {cost.fetched_bytes / 1e6:,.1f} MB to fetch")
    say(f"about {cost.disk_bytes / 1e9:,.1f} GB of disk and {cost.build_s / 60:,.1f} minutes to build")
    if cost.unknown:
        say(f"not counted: {cost.unknown} files of which the size is not known")


def _name_of(plan: FilePlan) -> str:
    return plan.path.name.removesuffix(".gz") if plan.path else plan.file.patterns[0]


def _where(plan: FilePlan) -> str:
    if plan.path is not None:
        return "stand-in" if plan.is_stand_in else "here"
    if plan.problem is not None:
        return "no answer"
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

        def draw(progress: Any) -> None:  # noqa: ANN401  (the pipeline's type is not imported here)
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
        say("going on without what could not be fetched:")
        for line in pipeline.describe_gaps(gaps):
            say(line)


def _remove_superseded(data_dir: Path) -> None:
    from seed import cli as pipeline

    number, freed = pipeline.remove_superseded(data_dir)
    if number:
        files = "1 upstream file" if number == 1 else f"{number} upstream files"
        say(f"removed {files} that newer ones have replaced: {freed / 1e6:,.1f} MB freed")
