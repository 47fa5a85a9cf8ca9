"""A release for other systems: written whole beside its place, and then put there at once."""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from typing import TYPE_CHECKING

from ..errors import BadOption, InputError
from .table import new_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..store.release import Release

    # Told of each table that is done, with how many rows it has.
    OnTable = Callable[[str, int], None]


class ExportFormat(StrEnum):
    """What a release can be written as: a folder of Parquet files, or one file of the others."""

    PARQUET = "parquet"
    DUCKDB = "duckdb"
    SQLITE = "sqlite"
    SSSOM = "sssom"


def export_release(
    release: Release,
    to_format: ExportFormat,
    target: Path,
    *,
    overwrite: bool = False,
    on_table: OnTable | None = None,
) -> dict[str, int]:
    """Write the release to `target` and return how many rows each table has.

    What stands there is replaced, with `overwrite`, when the new is whole; else BadOption is raised. An export that is
    killed leaves nothing under that name. Raises InputError where it cannot be written, be it for a full disk.
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
            return _write_folder(release, target, on_table)
        return _write_file(release, to_format, target, on_table)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="Nothing was left under that name. Make room, or choose another folder.",
        ) from error


def _check_ours(folder: Path) -> None:
    """Refuse to replace a folder that holds anything but an export."""
    from ..store.warehouse_tables import TABLES

    ours = {f"{table.name}.parquet" for table in TABLES}
    strange = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if strange:
        raise BadOption(f"{folder} holds what is not of an export: {strange[0]}", hint="Choose another folder.")


def _write_folder(release: Release, target: Path, on_table: OnTable | None) -> dict[str, int]:
    from ..store.warehouse_files import write_parquet_tables

    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    draft.mkdir()
    try:
        counts = write_parquet_tables(release, draft, on_table)
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return counts


def _write_file(release: Release, to_format: ExportFormat, target: Path, on_table: OnTable | None) -> dict[str, int]:
    from ..store.warehouse_files import write_duckdb, write_sqlite
    from .sssom import write_sssom

    with new_file(target) as draft:
        if to_format is ExportFormat.SSSOM:
            return write_sssom(release, draft, on_table)
        if to_format is ExportFormat.SQLITE:
            return write_sqlite(release, draft, on_table)
        draft.unlink()  # DuckDB takes an empty file for a damaged one
        return write_duckdb(release, draft, on_table)
