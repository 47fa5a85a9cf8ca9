"""`resolver export`: write the current release as tables for a data warehouse, or as an SSSOM set."""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003  (Typer reads the annotations)
from typing import Annotated

import typer

from ..errors import BadOption
from ..export.release import ExportFormat, export_release
from .console import handle_errors, say
from .stages import open_resolver


def export(
    parquet: Annotated[Path | None, typer.Option(help="Write one Parquet file for each table to this folder.")] = None,
    duckdb: Annotated[
        Path | None, typer.Option(help="Write the tables to this DuckDB file; requires the extra duckdb.")
    ] = None,
    sqlite: Annotated[Path | None, typer.Option(help="Write the tables, with indexes, to this SQLite file.")] = None,
    sssom: Annotated[
        Path | None, typer.Option(help="Write xrefs and orthologs as an SSSOM set to this TSV file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Write the current release as tables for a data warehouse, or as an SSSOM mapping set.

    One call can write several formats.
    """
    with handle_errors():
        wanted = {
            to_format: target
            for to_format, target in zip(ExportFormat, (parquet, duckdb, sqlite, sssom), strict=True)
            if target is not None
        }
        if not wanted:
            raise BadOption(
                "No output is specified", hint="Choose a format and a path: resolver export --parquet FOLDER"
            )
        resolver = open_resolver()
        for to_format, target in wanted.items():
            started = time.monotonic()
            export_release(
                resolver,
                to_format,
                target,
                overwrite=force,
                on_table=lambda name, rows: say(f"  {name}: {rows:,} rows"),
            )
            say(f"wrote {resolver.release.id} to {target} in {time.monotonic() - started:.1f} s")
