"""Options of the commands that read a table. Their help comes from `resolver.convert.options`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..convert.formats.layout import read_delimiter
from ..convert.options import TABLE_OPTIONS, read_policy
from ..convert.plan import Reading

HELP = {option.name: f"{option.help[0].upper()}{option.help[1:]}." for option in TABLE_OPTIONS}

File = Annotated[Path, typer.Argument(help="A CSV, TSV, XLSX, Parquet or NDJSON file; can be compressed (.gz, .zst).")]
CopyTo = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Write the copy to this file, even if no cell changes (default: next to FILE)."
    ),
]
Columns = Annotated[list[str] | None, typer.Option("--column", help=HELP["column"])]
Delimiter = Annotated[str | None, typer.Option(help=HELP["delimiter"])]
Sheet = Annotated[str | None, typer.Option(help=HELP["sheet"])]
Encoding = Annotated[str | None, typer.Option(help=HELP["encoding"])]
OnBadRow = Annotated[str, typer.Option("--on-bad-row", help=HELP["on_bad_row"])]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The first line is data, not a header.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]


def read_layout(
    delimiter: str | None, sheet: str | None, encoding: str | None, on_bad_row: str, *, no_header: bool
) -> Reading:
    """Return how to read a table, by the options of a command."""
    return Reading(
        delimiter=read_delimiter(delimiter),
        sheet=sheet,
        encoding=encoding,
        keep_bad_rows=read_policy(on_bad_row),
        has_header=not no_header,
    )
