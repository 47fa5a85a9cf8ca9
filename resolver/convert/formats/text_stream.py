"""The bytes of a text table as they come, from a file, a pipe or a request: unpacked, as UTF-8, in whole lines.

Memory is that of a few blocks, whatever the size of the table.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, NoReturn, cast

import zstandard

from ...errors import BadOption, UnreadableTable
from .csv_rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP, ZSTD, ZIP, PARQUET, OLD_OFFICE = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
_HEAD = 1 << 20
_HEAD_LINES = 20  # of which the head has at least so many, if lines are long
# A line of this length is no row of a table, and a quote that is open for so long was never closed.
LONGEST = 64 << 20
BLOCK = 4 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Block(NamedTuple):
    """Whole lines as UTF-8, and the number of the first of them; 1 is the first of the file."""

    data: bytes
    line: int


class Counted(io.RawIOBase):
    """Passes a stream on and counts what was read of it, so that progress can be told also where it is packed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into the buffer and return the number of bytes."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class TextStream:
    """A text that can be read once; `name` is what messages call it.

    `head` is the text at its beginning, about a megabyte, without a byte order mark; `is_whole` tells that this is all.
    `packing` is gzip, zstd or empty; `encoding` that of the file; `bom` whether it began with a byte order mark.
    """

    def __init__(self, stream: BinaryIO, name: str, *, encoding: str | None = None) -> None:
        self.name = name
        self._counted = Counted(stream)
        raw = io.BufferedReader(self._counted, 1 << 20)
        begin = raw.peek(4)[:4]
        self.packing = "gzip" if begin.startswith(GZIP) else "zstd" if begin == ZSTD else ""
        self._raw = _unpack(raw, self.packing)
        self._head = self._read(_HEAD)
        self._check_kind()
        self.is_whole = len(self._head) < _HEAD
        self._read_long_head()
        self.encoding, self.bom = self._find_encoding(encoding)
        self.head = self._decode_head()

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file were read so far, packed as they are."""
        return self._counted.count

    def _read(self, size: int) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        parts, missing = [], size
        try:
            while missing:
                part = self._raw.read(missing)
                if not part:
                    break
                parts.append(part)
                missing -= len(part)
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise UnreadableTable(
                f"cannot be read to its end: {error}", path=self.name, hint="Is it complete? Unpack or copy it again."
            ) from error
        return b"".join(parts)

    def _read_long_head(self) -> None:
        """Read on where the lines are so long that the head holds few of them."""
        parts, size, lines = [self._head], len(self._head), self._head.count(b"\n")
        while not self.is_whole and lines < _HEAD_LINES and size < LONGEST:
            part = self._read(_HEAD)
            self.is_whole = len(part) < _HEAD
            size, lines = size + len(part), lines + part.count(b"\n")
            parts.append(part)
        self._head = b"".join(parts)
        if not lines and size >= LONGEST and b"\r" not in self._head:
            self.refuse_long(1, is_open=False)

    def _check_kind(self) -> None:
        if not self._head.strip(b"\r\n\t \xef\xbb\xbf"):
            raise UnreadableTable("is empty", path=self.name, hint="A table begins with a line of column names.")
        if b"\0" in self._head and not any(self._head.startswith(bom) for bom, _ in _BOMS[1:]):
            line = self._head[: self._head.index(b"\0")].count(b"\n") + 1
            raise UnreadableTable(
                "contains a NUL byte: it is not text", path=self.name, line=line,
                hint="Give CSV, TSV, NDJSON, Parquet or XLSX; text may be packed by gzip or zstd.",
            )  # fmt: skip

    def _find_encoding(self, stated: str | None) -> tuple[str, bytes]:
        for bom, encoding in _BOMS:
            if self._head.startswith(bom):
                return encoding, bom
        if stated is not None:
            try:
                return codecs.lookup(stated).name, b""
            except LookupError as error:
                raise BadOption(
                    f"there is no encoding {stated!r}", hint="Use one such as utf-8, latin-1, cp1252 or utf-16."
                ) from error
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(self._head)
        except UnicodeDecodeError:
            return "iso8859-1", b""  # in which every byte is a character
        return "utf-8", b""

    def _decode_head(self) -> str:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        text = self._decode(decoder, self._head[len(self.bom) :], 1, is_last=False)
        return text if self.is_whole else text[: text.rfind("\n") + 1] or text

    def blocks(self, delimiter: str | None, *, size: int = BLOCK) -> Iterator[Block]:
        """Yield the whole table, once; a row whose quotes hold line ends is never cut (without a delimiter none does).

        Raises UnreadableTable where it breaks off, is no text, or has a line that is too long.
        """
        line, rest = 1, b""
        decoder = None if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)()
        head, self._head = io.BytesIO(self._head[len(self.bom) :]), b""
        while True:
            data = head.read(size) or self._read(size)
            is_last = not data
            if decoder is not None:
                data = self._decode(decoder, data, line, is_last=is_last).encode()
            # In an open quote nothing ends before the next one.
            is_in_quote = bool(rest) and b"\n" in rest and b'"' not in data
            rest = rest + data if rest else data
            if is_last:
                break
            end = 0 if is_in_quote else _find_end(rest, delimiter)
            if end:
                whole, rest = rest[:end], rest[end:]
                self._refuse_nul(whole, line)
                lines = whole.count(b"\n")
                yield Block(whole, line)
                line += lines
            if len(rest) > LONGEST:
                self.refuse_long(line, is_open=b"\n" in rest)
        if rest:
            self._refuse_nul(rest, line)
            yield Block(rest, line)

    def _decode(self, decoder: codecs.IncrementalDecoder, data: bytes, line: int, *, is_last: bool) -> str:
        try:
            return decoder.decode(data, final=is_last)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise UnreadableTable(
                f"is not {self.encoding} here", path=self.name, line=line, hint="Specify another one with --encoding."
            ) from error

    def _refuse_nul(self, data: bytes, line: int) -> None:
        place = data.find(b"\0")
        if place >= 0:
            raise UnreadableTable(
                "contains a NUL byte", path=self.name, line=line + data.count(b"\n", 0, place),
                hint="The file is damaged there, or no text: copy or export it again.",
            )  # fmt: skip

    def refuse_long(self, line: int, *, is_open: bool) -> NoReturn:
        """Say that a row does not end; `is_open` that lines end within it, so that a quote must be open."""
        what = "a quote that is opened here is not closed" if is_open else "a line that begins here does not end"
        hint = "Close the quote, or double it." if is_open else "Are the lines of the table ended by line feeds?"
        raise UnreadableTable(f"{what} within {LONGEST >> 20} MiB", path=self.name, line=line, hint=hint)


def _unpack(raw: io.BufferedReader[Counted], packing: str) -> BinaryIO:
    if packing == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    if packing == "zstd":
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return cast("BinaryIO", raw)


def _find_end(data: bytes, delimiter: str | None) -> int:
    """Return where the last whole row ends, 0 where none does."""
    end = data.rfind(b"\n") + 1
    if not end or delimiter is None or (data.count(b'"') - data.count(b'"', end)) % 2 == 0:
        return end
    return _end_of_last_row(data[:end], delimiter)


def _end_of_last_row(data: bytes, delimiter: str) -> int:
    """Return where the last row ends that is whole for a reader of CSV, to whom not every quote opens one."""
    rows = split_rows(data.decode("utf-8", "surrogateescape"), delimiter)
    end = 0
    try:
        for raw, _ in rows:
            begin, end = end, end + len(raw.encode("utf-8", "surrogateescape"))
    except csv.Error:  # the row that begins here is longer than any
        return end
    return begin if is_open(raw, delimiter) else end


def split_rows(text: str, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each row of a text as it stands, line end included, and its cells; raises csv.Error as `read_rows` does."""
    taken: list[str] = []

    def remembered() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for cells in read_rows(remembered(), delimiter, LONGEST):
        yield "".join(taken), cells
        taken.clear()


def is_open(raw: str, delimiter: str) -> bool:
    """Tell whether a row ends within a quote that is not closed: a line end then does not end it."""
    if '"' not in raw:
        return False
    lines = io.StringIO(f"{raw}\n.", newline="")
    return len(list(read_rows(lines, delimiter, LONGEST + 2))) == 1
