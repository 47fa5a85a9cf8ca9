"""CSV, TSV and their relatives: rows keep the text that they have in the file, and get new cells behind it."""

from __future__ import annotations

import io
from bisect import bisect_left
from typing import TYPE_CHECKING, BinaryIO

from ..csv_rows import read_lines
from ..layouts.delimiters import NO_DELIMITER
from ..layouts.detect import find_layout
from .base import Batch, TableSink, replace_cells
from .ndjson import NdjsonSink, NdjsonSource, is_ndjson
from .quotes import Quotes
from .sets import SetsSink, SetsSource
from .text_stream import TextStream
from .text_table import Lines, TextRows, TextSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl
    from polars._typing import CsvQuoteStyle

    from ..plan import Reading
    from .base import Added, Sink, Source

_LIST_DELIMITER = "\t"  # written where a plain list has none
_SUFFIXES = {",": "csv", "\t": "tsv"}


def open_source(stream: BinaryIO, name: str, reading: Reading) -> Source:
    """Return the text table in a stream; JSON lines are recognized by their content."""
    text = TextStream(stream, name, encoding=reading.encoding)
    if reading.delimiter is None and is_ndjson(text.head, name):
        return NdjsonSource(text, keep_bad=reading.keep_bad_rows)
    layout = find_layout(list(read_lines(text.head)), reading.delimiter, name)
    if layout.known is not None and layout.known.sets is not None:
        return SetsSource(text, layout, keeps_bad=reading.keep_bad_rows)
    return TextSource(text, reading, layout)


def choose_own_sink(source: Source) -> tuple[type[Sink], str]:
    """Return the class that writes a text table as it is read, and a suffix for its files."""
    if isinstance(source, NdjsonSource):
        return NdjsonSink, "ndjson"
    if not isinstance(source, (TextSource, SetsSource)):
        raise TypeError(source)
    known = source.layout.known
    suffix = "" if known is None else known.suffix
    return SetsSink if isinstance(source, SetsSource) else TextSink, suffix or _SUFFIXES.get(
        source.layout.delimiter, "txt"
    )


class CsvSink(TableSink):
    """Writes CSV: UTF-8, quotes where they are needed. A row of text stays as it is, with the new cells after it.

    The lines of a text table that are no rows, its line ends and its byte order mark stay too.
    """

    delimiter = ","

    def begin(self) -> None:
        """Write what comes before the rows."""
        self.keeps_lines = isinstance(self.source, TextSource)
        if isinstance(self.source, TextSource):
            self._begin_text(self.source)
            return
        self._end = "\n"
        self._quotes = Quotes(self.delimiter)
        if self.source.has_header:
            self.write_rows([[*self.header, *self.added]])

    def _begin_text(self, text: TextSource) -> None:
        if self.delimiter == "," and text.delimiter == ";":
            self.delimiter = ";"  # a file with semicolons stays one: there decimals have a comma
        self._end = text.line_end
        self._quotes = Quotes(self.delimiter)
        self.takes_tails = text.delimiter if text.delimiter == self.delimiter else None
        self.out.write(text.stream.bom if text.stream.encoding == "utf-8" else b"")
        self.out.write(text.preamble.encode())
        tail: Sequence[str] = self.added
        for number, (line, cells) in enumerate(text.top):
            written = line if self.takes_tails else self._quotes.join(cells)
            if self.renamed and not number:
                first = len(text.header) - len(cells)  # R does not name the column of row names
                names = [self.renamed.get(place, cell) for place, cell in enumerate(cells, start=first)]
                written = self._quotes.join(names)
            self._write_texts([self._append(written, tail)])
            tail = [""] * len(self.added)

    def write(self, batch: Batch, added: Added) -> None:
        """Write the rows of a batch with their new cells."""
        if isinstance(batch, TextRows):
            rows = self._list_rows(batch)
            origin = added.list_origin(len(rows))
            tails = map(self._quotes.join, added.list_rows()) if added.tails is None else map(
                self.delimiter.join, zip(*added.tails, strict=True)
            )  # fmt: skip
            written = [f"{rows[place]}{self.delimiter}{tail}" for place, tail in zip(origin, tails, strict=True)]
            self._write_text_rows(batch, origin, written)
        elif added.tails is not None:
            import polars as pl

            assert isinstance(batch, Lines)  # noqa: S101  (of a text table)
            lines = batch.raw if added.origin is None else batch.raw.gather(added.origin)
            self._write_csv(pl.DataFrame([pl.Series(one).alias(str(n)) for n, one in enumerate([lines, *added.tails])]))
        else:
            super().write(batch, added)

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the rows of a batch with other texts in some cells; a row without any stays as it is in the file."""
        if not isinstance(batch, (TextRows, Lines)) or (isinstance(batch, Lines) and not self.takes_tails):
            super().write_replaced(batch, replaced)
            return
        raw = self._list_rows(batch) if isinstance(batch, TextRows) else list(batch.raw)
        if changed := {row for texts in replaced.values() for row in texts}:
            rows = replace_cells(batch.list_rows(), replaced)
            for row in changed:
                raw[row] = self._quotes.join(rows[row])
        if isinstance(batch, TextRows):
            self._write_text_rows(batch, range(len(raw)), raw)
        else:
            self._write_texts(raw)

    def _list_rows(self, batch: TextRows) -> list[str]:
        """Return the rows of a batch as they are in the file, or with the delimiter of this table."""
        return list(batch.raw) if self.takes_tails else list(map(self._quotes.join, batch.rows))

    def _append(self, row: str, cells: Sequence[str]) -> str:
        return f"{row}{self.delimiter}{self._quotes.join(cells)}" if cells else row

    def _write_text_rows(self, batch: TextRows, origin: Sequence[int], rows: Sequence[str]) -> None:
        """Write rows that come from these of a batch, and between them the lines that are no rows."""
        begin = 0
        for place in sorted(batch.kept):
            end = bisect_left(origin, place)
            self._write_texts(rows[begin:end])
            self.out.write(batch.kept[place].encode())
            begin = end
        self._write_texts(rows[begin:])

    def _write_csv(self, frame: pl.DataFrame, quotes: CsvQuoteStyle = "never") -> None:
        # Given a file, Polars writes past Python, and reports a full disk without its error number.
        written = io.BytesIO()
        frame.write_csv(
            written, include_header=False, separator=self.delimiter, quote_style=quotes, line_terminator=self._end
        )
        self.out.write(written.getbuffer())

    def _write_texts(self, rows: Iterable[str]) -> None:
        self.out.write("".join([f"{row}{self._end}" for row in rows]).encode())

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text."""
        self._write_texts(map(self._quotes.join, rows))

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame."""
        from .values import as_texts

        # Polars would quote texts that are empty.
        self._write_csv(frame.select(as_texts(column).replace("", None) for column in frame), "necessary")


class TsvSink(CsvSink):
    """Writes TSV."""

    delimiter = "\t"


class TextSink(CsvSink):
    """Writes a text table as it is read: with its own delimiter, a plain list with tabs."""

    def begin(self) -> None:
        """Write what comes before the rows."""
        own = self.source.delimiter if isinstance(self.source, TextSource) else ","
        self.delimiter = _LIST_DELIMITER if own == NO_DELIMITER else own
        super().begin()
