"""`resolver info`: what the current release contains, and how old its sources are."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from .console import handle_errors, make_console, say
from .look import write_json
from .stages import open_resolver


def info(
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, as the REST API returns it.")] = False,
) -> None:
    """Show what the current release contains, and the dates and licenses of its sources."""
    with handle_errors():
        shown = open_resolver().about()
    if as_json:
        write_json(shown)
        return
    console = make_console()
    genes = ", ".join(f"{number:,} {species}" for species, number in shown["genes"].items())
    console.print(f"[bold]{shown['release']['id']}[/]  {shown['release']['title']}: {genes} genes")
    console.print(make_count_table(shown["identifiers"]))
    console.print()
    table = _table("source", "file", "date", "license")
    for source in shown["sources"]:
        table.add_row(source["source"], source["file"], source["upstream_date"] or "unknown", source["license"])
    console.print(table)
    say(f"Its source files are of {shown['oldest']} to {shown['newest']}. To build a newer release: {shown['update']}")


def make_count_table(counts: dict[str, dict[str, int]]) -> Table:
    """Return the numbers of identifiers by namespace, level and species as a table."""
    table = _table("namespace", "level", "human", "mouse")
    for column in table.columns[2:]:
        column.justify = "right"
    for row, numbers in counts.items():
        prefix, _, level = row.partition(" ")
        table.add_row(prefix, level, *(f"{numbers.get(name, 0):,}" for name in ("human", "mouse")))
    return table


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, header_style="bold")
