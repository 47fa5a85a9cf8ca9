"""Options of the commands that read a table. Their help comes from `resolver.convert.options`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..convert.layouts.delimiters import read_delimiter
from ..convert.options import TABLE_OPTIONS, read_policy
from ..convert.plan import Reading
from ..convert.targets import DEFAULT_TARGETS, list_target_names
from .options import complete_list

HELP = {option.name: f"{option.help[0].upper()}{option.help[1:]}." for option in TABLE_OPTIONS}

File = Annotated[Path, typer.Argument(help="A CSV, TSV, XLSX, XLS, ODS, Parquet or NDJSON file, or one in a zip file.")]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        help=f"{HELP['to'][:-1]} (default: {DEFAULT_TARGETS}).",
        autocompletion=complete_list(list_target_names()),
    ),
]
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
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether the first row is a header (default: detected).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]


def read_layout(
    delimiter: str | None, sheet: str | None, encoding: str | None, on_bad_row: str, *, header: bool | None
) -> Reading:
    """Return how to read a table, by the options of a command."""
    return Reading(
        delimiter=read_delimiter(delimiter),
        sheet=sheet,
        encoding=encoding,
        keep_bad_rows=read_policy(on_bad_row),
        has_header=header,
    )
