"""CSV, TSV and their relatives: rows keep the text that they have in the file, and get new cells behind it.

A large table is read in blocks of whole lines. Where each line of a block is one row, Polars splits it into cells;
Python's `csv` reads every other block row by row, with all kinds of quotes, and reports the line of a bad row. It also
reads small tables, for which no table engine is imported.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from ...errors import UnreadableTable
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, Batch, RowBatch, Sink, fit_row, name_columns, replace_cells
from .csv_rows import is_open, split_rows
from .layout import SNIFFED_LINES, find_layout, order_delimiters
from .ndjson import NdjsonSource, is_ndjson
from .quotes import Quotes
from .text_stream import BLOCK, Block, TextStream, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl
    from polars._typing import CsvQuoteStyle

    from ..plan import Reading
    from .base import Added, SinkShape, Source, Texts

_LIST_DELIMITER = "\t"  # written where a plain list has none
_BLANK = " \t\r\n"


class TextRows(RowBatch):
    """Rows as `csv` reads them; `raw` is each row as it is in the file, without its line end."""

    def __init__(self) -> None:
        super().__init__([], [])
        self.raw: list[str] = []


class Lines(Batch):
    """A block of a table, each line of which is one row: `raw` are the lines; line ends are line feeds."""

    def __init__(self, block: Block, raw: pl.Series, source: TextSource) -> None:
        super().__init__(range(block.line, block.line + len(raw)))
        self.raw = raw
        self._data = block.data
        self._source = source
        self._columns: dict[int, pl.Series] = {}

    def list_texts(self, position: int) -> pl.Series:
        """Return the cells of a column."""
        if position not in self._columns:
            self._columns[position] = self._scan().select(str(position)).collect().to_series().fill_null("")
        return self._columns[position]

    def list_rows(self) -> list[list[str]]:
        """Return the rows as texts."""
        return [list(row) for row in self.read_frame().rows()]

    def read_frame(self) -> pl.DataFrame:
        """Return all cells as a frame of texts."""
        return self._scan().collect().fill_null("")

    def _scan(self) -> pl.LazyFrame:
        import polars as pl

        schema = dict.fromkeys(map(str, range(self._source.width)), pl.String)
        quote = '"' if b'"' in self._data else None
        return pl.scan_csv(
            self._data, has_header=False, schema=schema, separator=self._source.delimiter, quote_char=quote
        )


class TextSource(TextTable):
    """A text table with delimiters. `width` is the number of cells of a row, `line_end` what ends the first one.

    Tables of at most `small_rows` lines are read row by row, larger ones in blocks of `block_size` bytes. Raises
    UnreadableTable for what is no table.
    """

    def __init__(
        self, stream: TextStream, reading: Reading, *, small_rows: int = SMALL_ROWS, block_size: int = BLOCK
    ) -> None:
        self._reading = reading
        self._block_size = block_size
        lines = list(islice(io.StringIO(stream.head, newline=""), SNIFFED_LINES))
        self._layout = find_layout(lines, reading.delimiter, order_delimiters(stream.name))
        self.delimiter = self._layout.delimiter
        self.preamble = "".join(self._layout.preamble)
        shown = {"\t": "tab", "\x1f": "none (a plain list)"}.get(self.delimiter, f"'{self.delimiter}'")
        super().__init__(stream, f"text, delimiter {shown}", keeps_bad=reading.keep_bad_rows)
        if stream.encoding not in {"utf-8", "ascii"}:
            self.notes.append(f"the output is in UTF-8, not {stream.encoding}")
        self.header_row, self.header, self.head = self._read_head()
        self.width = len(self.header_row) + (reading.has_header and self._layout.has_row_names)
        self.line_end = "\r\n" if "\r\n" in stream.head[: stream.head.find("\n") + 1] else "\n"
        self.is_small = stream.is_whole and stream.head.count("\n") <= small_rows

    def _read_head(self) -> tuple[list[str], tuple[str, ...], list[list[str]]]:
        """Return the cells of the header line, the names of the columns, and the first rows."""
        has_header, is_whole = self._reading.has_header, self.stream.is_whole
        before = self.preamble  # what is above the rows
        records: list[list[str]] = []
        try:
            body = split_rows(self.stream.head[len(before) :], self.delimiter)
            for row, cells in islice(body, HEAD_ROWS + 1):
                if not records and (has_header or not cells):
                    before += row
                if cells:
                    records.append(cells)
        except csv.Error as error:
            raise self.error(str(error), hint="Is a quote opened that is never closed?") from error
        self._begin = len(before.encode()), before.count("\n")
        if not is_whole and 1 < len(records) <= HEAD_ROWS:
            records.pop()  # it may go on after what was read
        if not records:
            raise self.error("has no table", hint="A table begins with a line of column names.")
        if len(records) == 1 and not is_whole and has_header:
            line = self._begin[1]
            if (lines := self.stream.head.count("\n") - line) != 1:  # else what is below that row is long
                self.stream.refuse_long(line + 1, is_open=lines > 1)
        first = records[0]
        if not has_header:
            return first, name_columns([""] * len(first)), records
        names = ["", *first] if self._layout.has_row_names else first
        return first, name_columns(names), records[1:]

    def batches(self) -> Iterator[Batch]:
        """Yield all rows; raises UnreadableTable for a row of another width, unless such rows are kept."""
        for block in self.stream.blocks(self.delimiter, size=self._block_size, begin=self._begin):
            lines = None if self.is_small else self._split_lines(block)
            if lines is None:
                try:
                    yield from self._read_rows(block)
                except UnreadableTable:
                    if self.stream.compression:  # a damaged file gives damaged rows, and its error comes at the end
                        deque(self.stream.blocks(None), 0)
                    raise
            elif len(lines):
                yield lines
        self.note_empty()

    def _split_lines(self, block: Block) -> Lines | None:
        """Return a block each line of which is one whole row; None where that is not sure."""
        import polars as pl

        data = block.data.replace(b"\r\n", b"\n")
        if b"\r" in data or len(self.delimiter.encode()) > 1:
            return None
        try:
            lines = pl.read_lines(data).to_series()
        except pl.exceptions.PolarsError:  # no UTF-8
            return None
        if self.width == 1 and lines.str.strip_chars(_BLANK).str.len_bytes().min() == 0:
            return None
        if b'"' in data:
            mark, quoted = re.escape(self.delimiter), r'"(?:[^"]|"")*"'
            cell = rf'(?:[^"{mark}]*|{quoted})'
            if not lines.str.contains(rf"^{cell}(?:{mark}{cell})*$").all():
                return None
            led = pl.select(pl.lit(self.delimiter) + pl.lit(lines)).to_series()
            widths = led.str.count_matches(rf"{mark}(?:{quoted})?")
        else:
            widths = lines.str.count_matches(self.delimiter, literal=True) + 1
        return Lines(Block(data, block.line), lines, self) if (widths == self.width).all() else None

    def _read_rows(self, block: Block) -> Iterator[TextRows]:
        """Yield the rows of a block as `csv` reads them; raises UnreadableTable for what is no UTF-8 or has no end."""
        batch, line, begin, row = TextRows(), block.line, block.line, ""
        try:
            for row, cells in split_rows(self.stream.decode(block), self.delimiter):
                begin, line = line, line + (row.count("\n") or 1)
                if self._is_row(row, cells):
                    self._add_row(batch, begin, row, cells)
                else:
                    self.empty += 1
                if len(batch) >= BATCH_ROWS:
                    yield batch
                    batch = TextRows()
            is_cut = is_open(row, self.delimiter)
        except csv.Error as error:
            raise self.error(str(error), line=line, hint="Is a quote opened here that is never closed?") from error
        if is_cut:
            what = "a quote that is opened here is not closed"
            raise self.error(what, line=begin, hint="Close the quote, or double it.")
        if len(batch):
            yield batch

    def _is_row(self, row: str, cells: list[str]) -> bool:
        """Return whether a row is no empty line; in a table of one column a blank line is empty too."""
        return bool(row.strip(_BLANK)) or (len(cells) == self.width > 1)

    def _add_row(self, batch: TextRows, line: int, row: str, cells: list[str]) -> None:
        """Add a row to a batch; one of another width is filled up, or the rest is put into its last cell."""
        cells, what = fit_row(cells, self.width, self.delimiter)
        body = row.rstrip("\r\n")
        if what:
            shown = {"\t": "tab"}.get(self.delimiter, self.delimiter)
            hint = f"Cells were split at {shown!r}: quote those that contain it, specify --delimiter"
            self.keep_bad(batch.bad, line, what, hint)
            body = Quotes(self.delimiter).join(cells)
        batch.rows.append(cells)
        batch.lines.append(line)
        batch.raw.append(body)


def open_source(stream: BinaryIO, name: str, reading: Reading) -> Source:
    """Return the text table in a stream; JSON lines are recognized by their content."""
    text = TextStream(stream, name, encoding=reading.encoding)
    if reading.delimiter is None and is_ndjson(text.head, name):
        return NdjsonSource(text, keep_bad=reading.keep_bad_rows)
    return TextSource(text, reading)


class CsvSink(Sink):
    """Writes CSV: UTF-8, quotes where they are needed. A row of text stays as it is, with the new cells after it.

    The lines before the header, line ends and byte order mark of a text table stay too.
    """

    delimiter = ","

    def __init__(self, out: BinaryIO, shape: SinkShape, source: Source | None = None) -> None:
        super().__init__(out, shape, source)
        self._text = source if isinstance(source, TextSource) else None
        own = None if self._text is None else self._text.delimiter
        if self.delimiter == "," and own == ";":
            self.delimiter = own  # a file with semicolons stays one: there decimals have a comma
        self._end = "\n" if self._text is None else self._text.line_end
        self._quotes = Quotes(self.delimiter)
        self.takes_tails = own if own == self.delimiter else None

    def begin(self) -> None:
        """Write what comes before the rows."""
        header = list(self.shape.header)
        if self._text is not None:
            header = self._text.header_row
            self.out.write(self._text.stream.bom if self._text.stream.encoding == "utf-8" else b"")
            self.out.write(self._text.preamble.encode())
        if self.shape.has_header:
            self.write_rows([[*header, *self.shape.added]])

    def write(self, batch: Batch, added: Added) -> None:
        """Write the rows of a batch with their new cells."""
        if added.tails is not None:
            import polars as pl

            lines = pl.Series(self._list_raw(batch), dtype=pl.String)
            lines = lines if added.origin is None else lines.gather(added.origin)
            self._write_csv(pl.DataFrame([pl.Series(one).alias(str(n)) for n, one in enumerate([lines, *added.tails])]))
        elif isinstance(batch, TextRows) and self.takes_tails:
            raw = [batch.raw[place] for place in added.list_origin(len(batch))]
            tails = map(self._quotes.join, added.list_rows())
            self._write_texts(f"{row}{self.delimiter}{tail}" for row, tail in zip(raw, tails, strict=True))
        else:
            super().write(batch, added)

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the rows of a batch with other texts in some cells; a row without any stays as it is in the file."""
        if not self.takes_tails:
            super().write_replaced(batch, replaced)
            return
        raw = list(self._list_raw(batch))
        if changed := {row for texts in replaced.values() for row in texts}:
            rows = replace_cells(batch.list_rows(), replaced)
            for row in changed:
                raw[row] = self._quotes.join(rows[row])
        self._write_texts(iter(raw))

    @staticmethod
    def _list_raw(batch: Batch) -> Texts:
        """Return the rows of a batch as they are in the file."""
        assert isinstance(batch, (TextRows, Lines))  # noqa: S101  (of a text table)
        return batch.raw

    def _write_csv(self, frame: pl.DataFrame, quotes: CsvQuoteStyle = "never") -> None:
        # Given a file, Polars writes past Python, and reports a full disk without its error number.
        written = io.BytesIO()
        frame.write_csv(
            written, include_header=False, separator=self.delimiter, quote_style=quotes, line_terminator=self._end
        )
        self.out.write(written.getbuffer())

    def _write_texts(self, rows: Iterator[str]) -> None:
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

    def __init__(self, out: BinaryIO, shape: SinkShape, source: Source | None = None) -> None:
        own = source.delimiter if isinstance(source, TextSource) else ","
        self.delimiter = own if own.isprintable() or own == "\t" else _LIST_DELIMITER
        super().__init__(out, shape, source)
