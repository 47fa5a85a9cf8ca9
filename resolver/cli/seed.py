"""`resolver seed …`: opens the workshop's door."""

from __future__ import annotations

from typing import Annotated

import typer

from .console import make_console, say, told_errors

app = typer.Typer(help="Build, publish and list releases.", no_args_is_help=True)


@app.command("starter")
def starter() -> None:
    """Build the embedded starter release and make it the live one."""
    from seed.cli import seed_starter

    from ..wiring import find_data_dir

    with told_errors():
        release = seed_starter(find_data_dir(), say)
    say(f"live: {release.id} in {release.folder}")


@app.command("list")
def list_releases(
    counts: Annotated[bool, typer.Option("--counts", help="Count identifiers by namespace and species.")] = False,
) -> None:
    """List the releases on this machine; the live one is marked."""
    from rich.table import Table

    from seed.cli import list_published

    from ..wiring import find_data_dir

    folder = find_data_dir()
    with told_errors():
        releases, current = list_published(folder)
    if not releases:
        say(f"no release in {folder}; publish the embedded one: resolver seed starter")
        return
    console = make_console()
    table = Table("", "release", "what it is", "genes", "built at", box=None, header_style="bold")
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


def _count_table(counts: dict[str, dict[str, int]]) -> object:
    from rich.table import Table

    table = Table("namespace", "level", "human", "mouse", box=None, header_style="bold")
    for row, numbers in counts.items():
        prefix, _, level = row.partition(" ")
        table.add_row(prefix, level, *(f"{numbers.get(name, 0):,}" for name in ("human", "mouse")))
    return table
