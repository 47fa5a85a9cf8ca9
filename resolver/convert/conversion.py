"""The one way to convert a table, whatever its format: look at it, tell what will be done, do it.

conversion = open_conversion(stream, "genes.csv", make_plan("ensembl"), tools, Reading())
conversion.prepared      what the columns hold, and what will be added
conversion.preview()     the first rows with their new cells
conversion.run(out)      the whole table, once; returns what it came to
"""

from __future__ import annotations

import difflib
import gzip
import io
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from ..errors import BadOption, InputError, UnreadableTable
from ..resolve.options import OnMany
from .ndjson_io import NdjsonSink, NdjsonSource, is_ndjson
from .sinks import TextSink
from .spool import SpooledFile
from .table import new_file
from .table_convert import TableConversion, TextToTable
from .text_convert import TextConversion
from .text_source import GZIP, OLD_OFFICE, PARQUET, ZIP, ZSTD, TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .chunks import TableSource
    from .plan import Plan
    from .summary import Summary
    from .table_convert import MakeSink
    from .text_convert import Prepared, Progress, Reading, Tools

FORMATS = ("csv", "tsv", "parquet", "xlsx", "ndjson")
_FORMAT_OF = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "text", ".parquet": "parquet", ".pq": "parquet",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".ndjson": "ndjson", ".jsonl": "ndjson",
}  # fmt: skip
_PACKED = (".gz", ".zst")
# The nearest suffix that is written, for suffixes of other programs' formats and packings.
_NEAREST = {
    ".xls": ".xlsx", ".xlsb": ".xlsx", ".ods": ".xlsx", ".json": ".ndjson", ".feather": ".parquet",
    ".arrow": ".parquet", ".orc": ".parquet", ".zip": ".gz", ".bz2": ".gz", ".xz": ".gz", ".7z": ".gz",
}  # fmt: skip
_DELIMITERS = {"csv": ",", "tsv": "\t", "text": "\t"}
_MANY = 1 << 20  # rows, which no workbook takes
_BEGIN = 8  # bytes by which a format is told


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
    stream, begin = _look_at(stream)
    if begin.startswith(OLD_OFFICE):
        raise UnreadableTable(
            "is an XLS workbook, or one with a password", path=name,
            hint="Open it in the spreadsheet program and save it as XLSX without a password.",
        )  # fmt: skip
    if begin.startswith((ZIP, PARQUET)) and reading.delimiter is not None:
        raise BadOption(f"{name} has no delimiter", hint="Leave --delimiter out: it is no text.")
    if not begin.startswith(ZIP) and reading.sheet is not None:
        raise BadOption(f"{name} has no sheets", hint="Leave --sheet out: it is no workbook.")
    if begin.startswith(ZIP):
        return _from_workbook(stream, name, plan, tools, reading, to_format or "xlsx")
    if begin.startswith(PARQUET):
        return _from_parquet(stream, name, plan, tools, reading, to_format or "parquet")
    is_too_long = to_format == "xlsx" and _has_too_many_lines(stream)
    source = TextSource(stream, name, encoding=reading.encoding)
    if reading.delimiter is None and is_ndjson(source.head, name):
        objects = NdjsonSource(source, keep_bad=reading.keep_bad_rows)
        return _convert(objects, to_format or "ndjson", plan, tools, reading)
    if to_format in {"parquet", "xlsx", "ndjson"}:
        conversion = TextToTable(source, _sink_of(to_format), plan, tools, reading)
        _check_size(to_format, conversion, _MANY if is_too_long else None)
        return conversion
    delimiter = None if to_format in {None, "text"} else _DELIMITERS.get(str(to_format))
    return TextConversion(source, plan, tools, reading, write_delimiter=delimiter)


def _from_workbook(
    stream: BinaryIO, name: str, plan: Plan, tools: Tools, reading: Reading, to_format: str
) -> Conversion:
    from .workbook_io import WorkbookCopySink, WorkbookSource

    source = WorkbookSource(
        stream.read(), name, sheet=reading.sheet, has_header=reading.has_header, keep_bad=reading.keep_bad_rows
    )
    if to_format != "xlsx":
        return _convert(source, to_format, plan, tools, reading)
    if plan.options.on_many is OnMany.EXPLODE:
        raise BadOption(
            "the rows of a workbook cannot become several in place",
            hint="Write another format, such as CSV, or leave several genes in one cell (list).",
        )
    return _convert(source, to_format, plan, tools, reading, partial(WorkbookCopySink, source=source))


def _from_parquet(
    stream: BinaryIO, name: str, plan: Plan, tools: Tools, reading: Reading, to_format: str
) -> Conversion:
    from .parquet_io import ParquetSink, ParquetSource

    source = ParquetSource(SpooledFile(stream), name)
    make_sink = partial(ParquetSink, metadata=source.metadata) if to_format == "parquet" else None
    return _convert(source, to_format, plan, tools, reading, make_sink)


def _convert(
    source: TableSource, to_format: str, plan: Plan, tools: Tools, reading: Reading, make_sink: MakeSink | None = None
) -> Conversion:
    conversion = TableConversion(source, make_sink or _sink_of(to_format), plan, tools, reading)
    conversion.written = to_format
    _check_size(to_format, conversion, source.rows)
    return conversion


def _check_size(to_format: str, conversion: Conversion, rows: int | None) -> None:
    """Raise InputError where a workbook cannot take the table, as far as that can be told before the work."""
    if to_format == "xlsx":
        from .workbook_io import MOST_ROWS, check_columns, too_many_rows

        check_columns(len(conversion.prepared.header) + len(conversion.prepared.added))
        if rows is not None and rows >= MOST_ROWS:
            raise too_many_rows(rows)


def _sink_of(to_format: str) -> MakeSink:
    """Return what makes the writer of a format; its libraries are loaded when it is asked for."""
    if to_format == "parquet":
        from .parquet_io import ParquetSink

        return ParquetSink
    if to_format == "xlsx":
        from .workbook_io import WorkbookSink

        return WorkbookSink
    if to_format == "ndjson":
        return NdjsonSink
    if to_format not in _DELIMITERS:
        raise BadOption(f"there is no format {to_format!r}", hint=f"Choose one of {', '.join(FORMATS)}.")
    return partial(TextSink, delimiter=_DELIMITERS[to_format])


def _look_at(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return a stream from its beginning on, and its first bytes."""
    begin = stream.read(_BEGIN)
    while len(begin) < _BEGIN and (more := stream.read(_BEGIN - len(begin))):
        begin += more
    if stream.seekable():
        stream.seek(-len(begin), io.SEEK_CUR)
        return stream, begin
    return cast("BinaryIO", io.BufferedReader(_Begun(begin, stream), 1 << 20)), begin


class _Begun(io.RawIOBase):
    """A stream of which some bytes were read already."""

    def __init__(self, begin: bytes, rest: BinaryIO) -> None:
        self._begin, self._rest = begin, rest

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into the buffer and return the number of bytes."""
        data = self._begin[: len(buffer)] or self._rest.read(len(buffer))
        self._begin = self._begin[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _has_too_many_lines(stream: BinaryIO) -> bool:
    """Tell whether a text has more rows than a workbook takes; False where that is not sure before it is read."""
    from .workbook_io import MOST_ROWS

    if not stream.seekable():
        return False
    place, lines = stream.tell(), 0
    try:
        while piece := stream.read(1 << 20):
            if b'"' in piece or b"\0" in piece or piece.startswith((GZIP, ZSTD)):
                return False
            lines += piece.count(b"\n")
            if lines > MOST_ROWS:
                return True
    finally:
        stream.seek(place)
    return False


def format_of(name: str) -> str | None:
    """Return the format that a file name asks for, None where it does not tell: `genes.tsv.gz` is `tsv`."""
    path = PurePath(name.lower())
    if path.suffix in _PACKED:
        path = path.with_suffix("")
    return _FORMAT_OF.get(path.suffix)


def target_format(target: str, source: str) -> str | None:
    """Return the format in which a table is written to a file of this name; None for that of the table itself.

    A name without a suffix, and one with the suffix of `source` (`.maf`, say), keep the table's own format. Raises
    BadOption for any other suffix that is none of a format, naming the nearest one.
    """
    found, path = format_of(target), PurePath(target)
    if path.suffix.lower() in _PACKED:
        path = path.with_suffix("")
    suffix = path.suffix.lower()
    own = PurePath(source.lower())
    own_suffix = own.with_suffix("").suffix if own.suffix in _PACKED else own.suffix
    if found is not None or not suffix or (suffix == own_suffix and suffix not in _NEAREST):
        return found
    near = _NEAREST.get(suffix) or next(iter(difflib.get_close_matches(suffix, _FORMAT_OF, 1)), None)
    meant = f"{path.name}.csv" if near is None else path.with_suffix(near).name
    raise BadOption(
        f"{PurePath(target).name}: there is no format {suffix[:20]!r} to write",
        hint=f"Name it {meant}, say. Formats: {', '.join(FORMATS)}; text may be packed ({', '.join(_PACKED)}).",
    )


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
    check_target(target, source, force=True, how="")
    if target.is_dir():
        raise BadOption(f"{target} is a folder", hint="Name a file in it.")
    try:
        # Not truncated, which it need not be: a file system would hurry to write all of it out at its end.
        with new_file(target) as draft, draft.open("r+b") as raw, packed(raw, target.name) as out:
            yield out
    except OSError as error:  # what is wrong with the table that is read was told as such where it arose
        raise InputError(
            f"{target} cannot be written to its end: {error.strerror or error}",
            hint="Make room on the disk, or choose another folder; nothing was left under that name.",
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
