"""Exports a release: an export is written beside its target and takes its name when it is complete."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from typing import TYPE_CHECKING

from ..convert.files import new_file
from ..errors import BadOption, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import polars as pl

    from ..resolve.resolver import Resolver
    from ..store.warehouse_tables import Table

    # Receives the name of each table that was read, and its number of rows.
    OnTable = Callable[[str, int], None]


class ExportFormat(StrEnum):
    """The formats of an export: a folder of Parquet files, or one file of the others."""

    PARQUET = "parquet"
    DUCKDB = "duckdb"
    SQLITE = "sqlite"
    SSSOM = "sssom"


def export_release(
    resolver: Resolver,
    to_format: ExportFormat,
    target: Path,
    *,
    overwrite: bool = False,
    on_table: OnTable | None = None,
) -> dict[str, int]:
    """Write the release of `resolver` to `target`, and return how many rows each table has.

    An interrupted export leaves nothing under that name. Raises BadOption where `target` exists (without `overwrite`)
    or is of another kind, InputError where it cannot be written.
    """
    if target.exists() and not overwrite:
        raise BadOption(f"{target} exists already", hint="Choose another name, or overwrite it with --force.")
    if target.exists() and target.is_dir() != (to_format is ExportFormat.PARQUET):
        what = "a file; Parquet is written as a folder" if target.is_file() else "a folder; name a file"
        raise BadOption(f"{target} is {what}", hint="Choose another name.")
    if target.is_dir():
        _check_ours(target)
    try:
        if to_format is ExportFormat.PARQUET:
            return _write_folder(resolver, target, on_table)
        return _write_file(resolver, to_format, target, on_table)
    except OSError as error:
        raise InputError(
            f"cannot write {target}: {error.strerror or error}",
            hint="Nothing was left under that name. Make room, or choose another folder.",
        ) from error


def _check_ours(folder: Path) -> None:
    """Refuse to replace a folder that contains anything but an export."""
    from ..store.warehouse_tables import TABLES

    ours = {f"{table.name}.parquet" for table in TABLES}
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if foreign:
        raise BadOption(
            f"{folder} contains a file that is not of an export: {foreign[0]}", hint="Choose another folder."
        )


def _write_folder(resolver: Resolver, target: Path, on_table: OnTable | None) -> dict[str, int]:
    from ..store.warehouse_files import write_parquet

    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    draft.mkdir()
    try:
        counts = write_parquet(lambda table: _read(resolver, table, on_table), draft)
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return counts


def _write_file(resolver: Resolver, to_format: ExportFormat, target: Path, on_table: OnTable | None) -> dict[str, int]:
    from ..store.warehouse_files import write_duckdb, write_sqlite
    from .sssom import write_sssom

    with new_file(target) as draft:
        if to_format is ExportFormat.SSSOM:
            return write_sssom(resolver.release, draft, on_table)
        if to_format is ExportFormat.SQLITE:
            return write_sqlite(lambda table: _read(resolver, table, on_table), draft)
        draft.unlink()  # DuckDB refuses an empty file as damaged
        return write_duckdb(lambda table: _read(resolver, table, on_table), draft)


def _read(resolver: Resolver, table: Table, on_table: OnTable | None) -> Iterator[pl.DataFrame]:
    from .tables import read_exported

    rows = 0
    for part in read_exported(resolver, table):
        rows += part.height
        yield part
    if on_table is not None:
        on_table(table.name, rows)
