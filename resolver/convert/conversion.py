"""Open the conversion of a table in a stream, whatever its format.

conversion = open_conversion(stream, "genes.csv", make_plan("ensembl"), tools, Reading())
conversion.prepared      what the columns contain, and what will be added
conversion.preview()     the first rows with their new cells
conversion.run(out)      the whole table, once; returns the counts
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from ..errors import BadOption, InputError, UnreadableTable
from ..resolve.options import OnMany
from .engine import Conversion
from .formats import BY_NAME, FORMATS, Format
from .formats.csv import TextSink, choose_own_sink
from .formats.text_stream import CountingReader
from .formats.text_table import TextSource
from .header_row import HeaderRowConversion
from .sheets import describe_sheets

if TYPE_CHECKING:
    from .engine import Tools
    from .formats.archive import Member
    from .formats.base import Sink, Source
    from .plan import Plan, Reading

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BEGIN = 8  # bytes by which a format is recognized
_TEXT = BY_NAME["csv"]  # whose module reads all text


def open_conversion(
    stream: BinaryIO, name: str, plan: Plan, tools: Tools, reading: Reading, *, to_format: str | None = None
) -> Conversion:
    """Return the conversion of the table in `stream`; its first bytes determine its format, `name` is for messages.

    `to_format` is the name of one of `FORMATS`, None for that of the table itself. Raises UnreadableTable for what is
    no table, MissingColumn and BadOption for what cannot be done with it.
    """
    source, own = open_source(stream, name, reading)
    sink, written = choose_sink(source, own, to_format)
    if sink.copies_in_place and plan.options.on_many is OnMany.EXPLODE:
        raise BadOption(
            "the rows of a workbook cannot become several in place",
            hint="Write another format, such as CSV, or leave several genes in one cell (list).",
        )
    known = source.layout.known if isinstance(source, TextSource) and sink is TextSink else None
    if known is not None and known.limit and not (plan.in_place or reading.header_row):
        source.notes.append(f"readers of {known.name} expect {known.limit}; without new columns: --in-place")
    try:
        kind = HeaderRowConversion if reading.header_row else Conversion
        return kind(source, sink, plan, tools, reading, written)
    except InputError as error:
        if reading.sheet is None and (found := describe_sheets(source, plan, tools.resolver, reading)) is not None:
            raise BadOption(f"{found.what}: {error}", hint=found.hint) from error
        raise


def open_source(stream: BinaryIO, name: str, reading: Reading, *, is_member: bool = False) -> tuple[Source, Format]:
    """Return the table in a stream, and its format, which its first bytes determine; `is_member`: of a zip file.

    Raises UnreadableTable for what is no table, BadOption for an option that does not fit it.
    """
    stream, begin = _look_at(stream)
    kind = "xls" if begin.startswith(_OLD_OFFICE) else ""
    if begin.startswith(_ZIP):
        from .formats.archive import Member, open_archive

        stream = stream if stream.seekable() else io.BytesIO(stream.read())  # a zip file is read from its end
        found = open_archive(stream, name)
        if isinstance(found, Member):
            if is_member:
                raise UnreadableTable("is a zip file in a zip file", path=name, hint="Unpack it, and give the table.")
            return _open_member(found, reading)
        kind = found
        stream.seek(0)
    if kind:
        own = BY_NAME["xlsx"]
    else:
        own = next((one for one in FORMATS if one.magic and begin.startswith(one.magic)), _TEXT)
    if own is not _TEXT and reading.delimiter is not None:
        raise BadOption(f"{name} has no delimiter", hint="Omit --delimiter: it is not a text file.")
    if own.name != "xlsx" and reading.sheet is not None:
        raise BadOption(f"{name} has no sheets", hint="Omit --sheet: it is not a workbook.")
    module = own.load()
    return module.open_source(stream, name, reading, kind) if kind else module.open_source(stream, name, reading), own


def _open_member(member: Member, reading: Reading) -> tuple[Source, Format]:
    """Return the table in a zip file, and its format."""
    import zipfile

    try:
        source, own = open_source(member.stream, member.name, reading, is_member=True)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableTable(f"cannot be read to its end: {error}", path=member.name, hint="Copy it again.") from error
    source.notes.append("read from a zip file, which the output is not")
    return source, own


def choose_sink(source: Source, own: Format, to_format: str | None) -> tuple[type[Sink], str]:
    """Return the class that writes the table, and the name of its format."""
    if to_format is None and own is _TEXT:
        return choose_own_sink(source)
    if to_format is not None and to_format not in BY_NAME:
        raise BadOption(f"unknown format {to_format!r}", hint=f"Choose one of {', '.join(BY_NAME)}.")
    chosen = own if to_format is None else BY_NAME[to_format]
    sink: type[Sink] = chosen.load_sink()
    return sink.choose(source), chosen.name


def _look_at(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """Return a stream from its beginning on, and its first bytes."""
    if stream.seekable():
        begin = stream.read(_BEGIN)
        stream.seek(-len(begin), io.SEEK_CUR)
        return stream, begin
    buffered = io.BufferedReader(CountingReader(stream), 1 << 20)
    return cast("BinaryIO", buffered), buffered.peek(_BEGIN)[:_BEGIN]
