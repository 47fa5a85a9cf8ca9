"""Export of a release: written beside its target, it takes the target's name when it is complete."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from ..convert.files import new_file
from ..errors import BadOption, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from ..resolve.resolver import Resolver
    from .tables import OnTable


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
    from .sssom import write_sssom
    from .tables import check_folder, write_tables

    is_folder = to_format is ExportFormat.PARQUET
    if target.exists() and not overwrite:
        raise BadOption(f"{target} exists already", hint="Choose another name, or overwrite it with --force.")
    if target.exists() and target.is_dir() != is_folder:
        what = "a file; Parquet is written as a folder" if is_folder else "a folder; name a file"
        raise BadOption(f"{target} is {what}", hint="Choose another name.")
    if target.is_dir():
        check_folder(target)
    try:
        with new_file(target, is_folder=is_folder) as draft:
            if to_format is ExportFormat.SSSOM:
                return write_sssom(resolver.release, draft, on_table)
            return write_tables(resolver, to_format.value, draft, on_table)
    except OSError as error:
        raise InputError(
            f"cannot write {target}: {error.strerror or error}",
            hint="Nothing was left under that name. Free some disk space, or choose another folder.",
        ) from error
