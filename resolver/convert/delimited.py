"""Tables of text with delimiters: CSV, TSV and their relatives, packed by gzip or not.

A copy is the file itself, byte for byte, but for the cells that are replaced: encoding, byte order mark, line ends,
quotes and comments stay as they are. So rows are kept as they stand in the file beside what `csv` reads in them.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO, cast

from ..errors import UnreadableTable
from .formats.csv_rows import read_rows
from .formats.layout import SNIFFED_LINES, find_layout, order_delimiters
from .table import Row, name_columns, new_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from .table import Replace

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_LONGEST_CELL = 1 << 17
_BOM = "\ufeff"


class _Record(NamedTuple):
    """A row with its very text, line end included."""

    line: int
    raw: str
    cells: list[str]


class DelimitedTable:
    """A table of text; it is read line by line, so that memory does not grow with the file."""

    def __init__(self, path: Path, *, delimiter: str | None = None, has_header: bool = True) -> None:
        self.path = path
        self.notes: tuple[str, ...] = ()
        self._has_header = has_header
        self._encoding, self._bom = self._find_encoding()
        with self._open() as text:
            lines = list(islice(text, SNIFFED_LINES))
        self._layout = find_layout(lines, delimiter, order_delimiters(path.name))
        first = next(self._records(), None)
        if first is None or not first.raw.strip():
            raise UnreadableTable("holds no table", path=str(path), hint="A table begins with a line of column names.")
        has_row_names = has_header and self._layout.has_row_names
        self._width = len(first.cells) + has_row_names
        names = ["", *first.cells] if has_row_names else first.cells
        self.header = name_columns(names if has_header else [""] * self._width)

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header; empty lines are none."""
        for record in islice(self._records(), int(self._has_header), None):
            if self._is_row(record):
                yield Row(record.line, record.cells)

    def write_copy(self, target: Path, replace: Replace, text_columns: Collection[int] = ()) -> None:
        """Write the file again with the texts that `replace` gives; a text file needs nothing in `text_columns`."""
        del text_columns
        with new_file(target) as draft, _create(draft, target.name, self._encoding) as out:
            out.write(self._bom + "".join(self._layout.preamble))
            for number, record in enumerate(self._records()):
                replaced: Mapping[int, str] = {}
                if (number or not self._has_header) and self._is_row(record):
                    replaced = replace(Row(record.line, record.cells))
                out.write(_replace_cells(record, replaced, self._layout.delimiter) if replaced else record.raw)

    def _is_row(self, record: _Record) -> bool:
        """Tell a row from an empty line; raises UnreadableTable where the row has another width than the header."""
        if len(record.cells) == self._width:
            return True
        if not record.raw.strip():
            return False
        shown = {"\t": "tab"}.get(self._layout.delimiter, self._layout.delimiter)
        raise UnreadableTable(
            f"{len(record.cells)} cells, where the table has {self._width} columns",
            path=str(self.path),
            line=record.line,
            hint=f"Cells were told apart by {shown!r}: put those that hold it into quotes, or say --delimiter.",
        )

    def _records(self) -> Iterator[_Record]:
        """Yield all rows, the header too."""
        skipped = len(self._layout.preamble)
        with self._open() as text:
            taken: list[str] = []

            def remembered() -> Iterator[str]:
                for line in islice(text, skipped, None):
                    taken.append(line)
                    yield line

            line = skipped + 1
            try:
                for cells in read_rows(remembered(), self._layout.delimiter, _LONGEST_CELL):
                    yield _Record(line, "".join(taken), cells)
                    line += len(taken)
                    taken.clear()
            except csv.Error as error:
                raise UnreadableTable(
                    str(error), path=str(self.path), line=line, hint="Is a quote opened here that is never closed?"
                ) from error

    @contextmanager
    def _open(self) -> Iterator[TextIO]:
        with _open_bytes(self.path) as raw, io.TextIOWrapper(raw, encoding=self._encoding, newline="") as text:
            if self._bom:
                text.read(1)
            yield text

    def _find_encoding(self) -> tuple[str, str]:
        """Return encoding and byte order mark, having read the whole file: an error is told before work begins.

        What is no UTF-8 is taken for Latin-1, in which every byte is a character and comes out again as it was.
        """
        try:
            with _open_bytes(self.path) as raw:
                begin = raw.read(4)
            for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
                if begin.startswith(mark):
                    if self._can_be(encoding):
                        return encoding, _BOM
                    raise UnreadableTable("is damaged UTF-16", path=str(self.path), hint="Save it as UTF-8.")
            encoding = "utf-8" if self._can_be("utf-8") else "latin-1"
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableTable(
                f"cannot be read: {error}", path=str(self.path), hint="Is the file complete? Unpack or copy it again."
            ) from error
        return encoding, _BOM if begin.startswith(codecs.BOM_UTF8) and encoding == "utf-8" else ""

    def _can_be(self, encoding: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)()
        with _open_bytes(self.path) as raw:
            try:
                while chunk := raw.read(_CHUNK):
                    if b"\0" in chunk and not encoding.startswith("utf-16"):
                        raise UnreadableTable(
                            "is no text",
                            path=str(self.path),
                            hint="Give a CSV, TSV or XLSX file, packed by gzip or not.",
                        )
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return False
        return True


@contextmanager
def _open_bytes(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        is_packed = raw.read(2) == _GZIP
        raw.seek(0)
        if not is_packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield cast("BinaryIO", unpacked)


@contextmanager
def _create(draft: Path, name: str, encoding: str) -> Iterator[TextIO]:
    """Open a new text file, packed where its name ends in .gz; the same text always gives the same bytes."""
    with draft.open("wb") as raw:
        if not name.lower().endswith(".gz"):
            with io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
                yield text
            return
        with (
            gzip.GzipFile(name[:-3], "wb", fileobj=raw, mtime=0) as packed,
            io.TextIOWrapper(cast("BinaryIO", packed), encoding=encoding, newline="") as text,
        ):
            yield text


# --- Cells -----------------------------------------------------------------------------------------------------


def _replace_cells(record: _Record, replaced: Mapping[int, str], delimiter: str) -> str:
    """Return the text of a row with some cells replaced; the others, their quotes too, are as they were."""
    wanted = [replaced.get(number, cell) for number, cell in enumerate(record.cells)]
    body = record.raw.rstrip("\r\n")
    end = record.raw[len(body) :]
    not_delimiter = f"[^{re.escape(delimiter)}]*"
    cell = re.compile(f'(?:^|{re.escape(delimiter)})("(?:[^"]|"")*"{not_delimiter}|{not_delimiter})')
    pieces = cell.findall(body)
    if len(pieces) == len(wanted):
        for number, text in replaced.items():
            pieces[number] = _quote(text, delimiter, is_quoted=pieces[number].startswith('"'))
        mended = delimiter.join(pieces)
        if next(read_rows(io.StringIO(mended, newline=""), delimiter, _LONGEST_CELL)) == wanted:
            return mended + end
    # Quotes that are opened and not closed, or the like: the row is written as csv would.
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator=end).writerow(wanted)
    return written.getvalue()


def _quote(text: str, delimiter: str, *, is_quoted: bool) -> str:
    if is_quoted or any(mark in text for mark in (delimiter, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text
