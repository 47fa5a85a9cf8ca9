"""The bytes of a text table, from a file, a pipe or a request: decompressed, as UTF-8, in whole lines.

Memory is that of a few blocks, whatever the size of the table.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, NoReturn, cast

import zstandard

from ...errors import BadOption, UnreadableTable
from ..csv_rows import LONGEST
from .base import Source
from .refused import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 4 << 20
_COMPRESSIONS = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_HEAD = 1 << 20
_HEAD_LINES = 20  # at least, where lines are long
# Codecs of text that no file has, of which some decode to half characters.
_NO_ENCODINGS = {"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf_7"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Block(NamedTuple):
    """Whole lines as UTF-8, and the number of the first of them; 1 is the first of the file."""

    data: bytes
    line: int


class CountingReader(io.RawIOBase):
    """Passes a stream on and counts the bytes that were read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, except at the end of the stream, and return the number of bytes."""
        size = 0
        while size < len(buffer) and (data := self.stream.read(len(buffer) - size)):
            buffer[size : size + len(data)] = data
            size += len(data)
        self.count += size
        return size


def read_encoding(text: str) -> str:
    """Return the name of a text encoding; raises BadOption for any other codec, such as rot13 and base64."""
    try:
        found = codecs.lookup(text)
        with suppress(UnicodeError):  # one letter is not enough for UTF-16
            b"a".decode(text)  # refuses a codec that does not decode bytes to text
        if found.name.replace("-", "_") in _NO_ENCODINGS:
            raise LookupError(text)
    except (LookupError, ValueError) as error:
        raise BadOption(
            f"there is no encoding {text[:80]!r}", hint="Use one such as utf-8, latin-1, cp1252 or utf-16."
        ) from error
    return found.name


class TextStream:
    """A text that can be read once; `name` is what messages call it.

    `head` is the text at its beginning, about a megabyte, without a byte order mark; with `is_whole` it is all.
    `compression` is gzip, zstd or empty; `encoding` and `bom` (its byte order mark, if any) are those of the file.
    """

    def __init__(self, stream: BinaryIO, name: str, *, encoding: str | None = None) -> None:
        self.name = name
        self.error = partial(UnreadableTable, path=name)
        self.is_whole = False
        self._counted = CountingReader(stream)
        raw = io.BufferedReader(self._counted, 1 << 20)
        begin = raw.peek(4)
        self.compression = next((one for one, magic in _COMPRESSIONS.items() if begin.startswith(magic)), "")
        self._raw = _decompress(raw, self.compression)
        self._head = self._read_head()
        self.encoding, self.bom = self._find_encoding(encoding)
        self._head = self._head[len(self.bom) :]
        text = self._decode(codecs.getincrementaldecoder(self.encoding)(), self._head, 1, is_last=False)
        self.head = text if self.is_whole else text[: text.rfind("\n") + 1] or text

    @property
    def bytes_read(self) -> int:
        """The number of bytes of the file that were read so far, before they are decompressed."""
        return self._counted.count

    def count_rows(self) -> int:
        """Return how many rows the text has at least, by reading ahead; 0 where that cannot be known."""
        stream = self._counted.stream
        if not stream.seekable():
            return 0
        rows, here = 0, stream.tell()
        stream.seek(here - self.bytes_read)
        ahead = _decompress(cast("Any", io.BufferedReader(CountingReader(stream), 1 << 20)), self.compression)
        try:
            while block := ahead.read(BLOCK):
                rows += block.count(b"\n") - block.count(b"\n\n") - block.count(b"\n\r\n")
                if b'"' in block:  # a line end within quotes ends no row
                    rows = 0
                    break
        except (OSError, EOFError, zlib.error, zstandard.ZstdError):  # reported where it is read
            rows = 0
        stream.seek(here)
        return rows

    def _read(self, size: int) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        parts = []
        try:
            while size and (part := self._raw.read(size)):
                parts.append(part)
                size -= len(part)
        except _list_damages() as error:
            hint = "Is it complete? Decompress or copy it again."
            raise self.error(f"cannot be read to its end: {error}", hint=hint) from error
        return b"".join(parts)

    def _read_head(self) -> bytes:
        head = b""
        while not self.is_whole and (len(head) < _HEAD or head.count(b"\n") < _HEAD_LINES) and len(head) < LONGEST:
            part = self._read(_HEAD)
            self.is_whole = len(part) < _HEAD
            head += part
        refuse(head, self.name)
        if not any(head.startswith(bom) for bom, _ in _BOMS[1:]):
            self._refuse_nul(head, 1)
        if not head.strip(b"\r\n\t \xef\xbb\xbf"):
            raise self.error("is empty", hint="A table begins with a line of column names.")
        if len(head) >= LONGEST and b"\n" not in head and b"\r" not in head:
            self.refuse_long(1, is_open=False)
        return head

    def _find_encoding(self, specified: str | None) -> tuple[str, bytes]:
        for bom, encoding in _BOMS:
            if self._head.startswith(bom):
                return encoding, bom
        try:
            codecs.getincrementaldecoder("utf-8")().decode(self._head)
            detected = "utf-8"
        except UnicodeDecodeError:
            detected = "iso8859-1"  # in which every byte is a character
        return detected if specified is None else read_encoding(specified), b""

    def blocks(self, *, size: int = BLOCK, begin: tuple[int, int] = (0, 0)) -> Iterator[Block]:
        """Yield the whole table, once, some lines at a time.

        `begin` is what to skip: so many bytes of UTF-8, which are so many lines. Raises UnreadableTable where the table
        breaks off, is no text, or has a line that is too long.
        """
        line, rest = begin[1] + 1, b""
        for data in self._read_utf8(size, begin[0]):
            rest = rest + data if rest else data
            if end := rest.rfind(b"\n") + 1:
                whole, rest = rest[:end], rest[end:]
                self._refuse_nul(whole, line)
                yield Block(whole, line)
                line += whole.count(b"\n")
            if len(rest) > LONGEST:
                self.refuse_long(line, is_open=False)
        if rest:
            self._refuse_nul(rest, line)
            yield Block(rest, line)

    def _read_utf8(self, size: int, skipped: int) -> Iterator[bytes]:
        decoder = None if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)()
        head, self._head = io.BytesIO(self._head), b""
        line, is_last = 1, False
        while not is_last:
            data = head.read(size) or self._read(size)
            is_last = not data
            if decoder is not None:
                data = self._decode(decoder, data, line, is_last=is_last).encode()
                line += data.count(b"\n")
            if skipped < len(data):
                yield data[skipped:]
            skipped = max(0, skipped - len(data))

    def decode(self, block: Block) -> str:
        """Return the text of a block; raises UnreadableTable where it is no UTF-8."""
        return self._decode(codecs.getincrementaldecoder("utf-8")(), block.data, block.line, is_last=True)

    def _decode(self, decoder: codecs.IncrementalDecoder, data: bytes, line: int, *, is_last: bool) -> str:
        try:
            return decoder.decode(data, final=is_last)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            hint = "Specify the encoding, such as --encoding latin-1."
            raise self.error(f"is not {self.encoding} here ({error.reason})", line=line, hint=hint) from error

    def _refuse_nul(self, data: bytes, line: int) -> None:
        if (place := data.find(b"\0")) >= 0:
            line += data.count(b"\n", 0, place)
            hint = "Give CSV, TSV, NDJSON, Parquet, XLSX, XLS or ODS; text may be compressed by gzip, zstd or zip."
            raise self.error("contains a NUL byte: it is not text, or damaged", line=line, hint=hint)

    def refuse_long(self, line: int, *, is_open: bool) -> NoReturn:
        """Raise UnreadableTable for a row that does not end; with `is_open` lines end within it: a quote is open."""
        what = "a quote that is opened here is not closed" if is_open else "a line that begins here does not end"
        hint = "Close the quote, or double it." if is_open else "Are the lines of the table ended by line feeds?"
        raise self.error(f"{what} within {LONGEST >> 20} MiB", line=line, hint=hint)


class TextTable(Source):
    """A table in a text."""

    def __init__(self, stream: TextStream, layout: str, *, keeps_bad: bool) -> None:
        super().__init__(stream.name, keeps_bad=keeps_bad)
        self.stream = stream
        packed = f", {stream.compression}" if stream.compression else ""
        self.notes.append(f"read as {layout}, {stream.encoding}{packed}")

    @property
    def bytes_read(self) -> int:
        """The number of bytes of the file that were read so far."""
        return self.stream.bytes_read


def _decompress(raw: io.BufferedReader[CountingReader], compression: str) -> BinaryIO:
    if compression == "gzip":
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    if compression == "zstd":
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return cast("BinaryIO", raw)


def _list_damages() -> tuple[type[Exception], ...]:
    """Return the errors that a damaged file raises; the import is needed only where one did."""
    import zipfile

    return OSError, EOFError, zlib.error, zipfile.BadZipFile, zstandard.ZstdError
