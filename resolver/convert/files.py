"""Files of tables: opened with our errors, created whole or not at all, compressed as their suffix says."""

from __future__ import annotations

import gzip
import os
import shutil
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, cast

import zstandard

from ..errors import BadOption, InputError, UnreadableTable
from .formats import BY_NAME, BY_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPRESSED = (".gz", ".zst")
# The nearest suffix that is written, for formats and compressions of other programs.
_NEAREST = {
    ".xls": ".xlsx", ".xlsb": ".xlsx", ".ods": ".xlsx", ".json": ".ndjson", ".feather": ".parquet",
    ".arrow": ".parquet", ".orc": ".parquet", ".zip": ".gz", ".bz2": ".gz", ".xz": ".gz", ".7z": ".gz",
}  # fmt: skip


def format_of(name: str) -> str | None:
    """Return the format of a file name, None where it names none: `genes.tsv.gz` is `tsv`."""
    found = BY_SUFFIX.get(_suffix_of(name))
    return None if found is None else found.name


def target_format(target: str, source: str) -> str | None:
    """Return the format in which a table is written to a file of this name; None for that of the table itself.

    A name without a suffix, and one with the suffix of `source` (`.gmt`, `.maf`, `.txt` with any delimiter), keep the
    table's own format. Raises BadOption for any other suffix that no format has, naming the nearest one.
    """
    found, suffix = format_of(target), _suffix_of(target)
    if suffix == ".txt" == _suffix_of(source):
        return None
    if found is not None or not suffix or (suffix == _suffix_of(source) and suffix not in _NEAREST):
        return found
    import difflib

    near = _NEAREST.get(suffix) or next(iter(difflib.get_close_matches(suffix, BY_SUFFIX, 1)), None)
    path = PurePath(target)
    path = path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path
    meant = f"{path.name}.csv" if near is None else path.with_suffix(near).name
    raise BadOption(
        f"{PurePath(target).name}: cannot write the format {suffix[:20]!r}",
        hint=f"Use {meant}, for example. Formats: {', '.join(BY_NAME)}; text also {', '.join(_COMPRESSED)}.",
    )


def _suffix_of(name: str) -> str:
    path = PurePath(name.lower())
    return path.with_suffix("").suffix if path.suffix in _COMPRESSED else path.suffix


def check_target(target: Path, source: Path | None, *, force: bool, how: str) -> None:
    """Raise BadOption where a file would replace the table itself, or another file without `force`.

    `how` is what the interface calls `force` in the hint.
    """
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise BadOption(f"{target} is the table itself", hint="The original is kept: choose another name.")
    if target.exists() and not force:
        raise BadOption(f"{target} exists already", hint=f"Choose another name, or overwrite it with {how}.")


@contextmanager
def open_table_file(path: Path) -> Iterator[BinaryIO]:
    """Open a table for reading; raises UnreadableTable where that is impossible."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnreadableTable(
            f"cannot be read: {error.strerror or error}", path=str(path), hint="Give the path of a table file."
        ) from error
    with stream:
        yield stream


@contextmanager
def create_table_file(target: Path, source: Path | None = None) -> Iterator[BinaryIO]:
    """Create a file, compressed as its suffix says, that replaces `target` when the block ends without an error.

    After an error, or a kill, what was under that name is unchanged. Raises BadOption where it is `source`,
    InputError where it cannot be written, a full disk included.
    """
    check_target(target, source, force=True, how="")
    if target.is_dir():
        raise BadOption(f"{target} is a folder", hint="Name a file in it.")
    try:
        # Not truncated: a file system would write all of it to the disk at once when it is closed.
        with new_file(target) as draft, draft.open("r+b") as raw, compress(raw, target.name) as out:
            yield out
    except OSError as error:  # errors of the table that is read are ours where they arise
        raise InputError(
            f"{target} cannot be written to its end: {error.strerror or error}",
            hint="Free some disk space, or choose another folder; no incomplete file was left.",
        ) from error


@contextmanager
def new_file(target: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """Return a path to write to, which replaces `target` when the block ends without an error, and else is removed.

    With `is_folder` it is an empty folder, else an empty file.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _remove(draft)  # of a process that was killed, and had the same number
        draft.mkdir() if is_folder else draft.touch(exist_ok=False)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}", hint="Choose a folder that can be written to."
        ) from error
    try:
        yield draft
        if is_folder:
            _remove(target)
        draft.replace(target)
    finally:
        _remove(draft)


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def compress(raw: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Return a stream that writes to `raw`, compressed by gzip or zstd as the suffix of the name says."""
    if name.lower().endswith(".gz"):
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as out:
            yield cast("BinaryIO", out)
    elif name.lower().endswith(".zst"):
        with zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as writer:
            yield cast("BinaryIO", writer)
    else:
        yield raw
