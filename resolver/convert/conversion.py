"""The one way to convert a table, whatever its format: look at it, tell what will be done, do it.

conversion = open_conversion(stream, "genes.csv", make_plan("ensembl"), tools, Reading())
conversion.prepared      what the columns hold, and what will be added
conversion.preview()     the first rows with their new cells
conversion.run(out)      the whole table, once; returns what it came to
"""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from ..errors import BadOption, InputError, UnreadableTable
from .table import new_file
from .text_convert import TextConversion
from .text_source import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .plan import Plan
    from .summary import Summary
    from .text_convert import Prepared, Progress, Reading, Tools

FORMATS = ("csv", "tsv")
_FORMAT_OF = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "text"}
_PACKED = (".gz", ".zst")
_DELIMITERS = {"csv": ",", "tsv": "\t"}


class Conversion(Protocol):
    """A conversion that is ready to run."""

    prepared: Prepared

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows with their new cells; the table is not converted."""
        ...

    def run(self, out: BinaryIO, on_progress: Callable[[Progress], None] | None = None) -> Summary:
        """Write the converted table, once, and return what it came to."""
        ...


def open_conversion(
    stream: BinaryIO, name: str, plan: Plan, tools: Tools, reading: Reading, *, to_format: str | None = None
) -> Conversion:
    """Return the conversion of the table in `stream`; its format is told by its first bytes, `name` is for messages.

    `to_format` is one of `FORMATS`, None for that of the table itself. Raises UnreadableTable for what is no table,
    MissingColumn and BadOption for what cannot be done with it.
    """
    source = TextSource(stream, name, encoding=reading.encoding)
    return TextConversion(source, plan, tools, reading, write_delimiter=_DELIMITERS.get(to_format or ""))


def format_of(name: str) -> str | None:
    """Return the format that a file name asks for, None where it does not tell: `genes.tsv.gz` is `tsv`."""
    path = PurePath(name.lower())
    if path.suffix in _PACKED:
        path = path.with_suffix("")
    return _FORMAT_OF.get(path.suffix)


@contextmanager
def open_table_file(path: Path) -> Iterator[BinaryIO]:
    """Open a table for reading; raises UnreadableTable where that cannot be done."""
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
    """Open a new file, packed as its name says, that takes the name of `target` when the block ends well.

    Whatever ends it else, a kill too, leaves what was under that name as it was. Raises BadOption where it is `source`,
    InputError where it cannot be written, be it for a full disk.
    """
    if source is not None and target.exists() and source.exists() and target.samefile(source):
        raise BadOption(f"{target} is the table itself", hint="The original is kept: choose another name with -o.")
    if target.is_dir():
        raise BadOption(f"{target} is a folder", hint="Name a file in it.")
    try:
        with new_file(target) as draft, draft.open("wb") as raw, packed(raw, target.name) as out:
            yield out
    except OSError as error:  # what is wrong with the table that is read was told as such where it arose
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="Nothing was left under that name. Make room, or choose another folder.",
        ) from error


@contextmanager
def packed(raw: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Give a stream that writes to `raw`, packed by gzip or zstd where the name says so."""
    if name.lower().endswith(".gz"):
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as out:
            yield cast("BinaryIO", out)
    elif name.lower().endswith(".zst"):
        import zstandard

        with zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as writer:
            yield cast("BinaryIO", writer)
    else:
        yield raw
