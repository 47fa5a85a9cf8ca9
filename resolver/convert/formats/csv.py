"""CSV, TSV and their relatives: rows keep the text that they have in the file, and get new cells behind it.

A large table is read in blocks of whole lines. Where each line of a block is one row, Polars takes it apart; every
other block is read by Python's `csv`, row by row, which knows all quotes and reports the line of a bad row. So is a
small table, for which no table engine is imported.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from ...errors import UnreadableTable
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, RowBatch, Sink, name_columns
from .layout import SNIFFED_LINES, find_layout, order_delimiters
from .ndjson import NdjsonSource, is_ndjson
from .quotes import Quotes
from .text_stream import BLOCK, Block, TextStream, is_open, split_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from ..plan import Reading
    from .base import Added, Batch, SinkShape, Source

_LIST_DELIMITER = "\t"  # written where a plain list has none
_BLANK = " \t\r\n"


@dataclass(slots=True)
class TextRows(RowBatch):
    """Rows as `csv` reads them; `raw` is each row as it stands in the file, without its line end."""

    raw: list[str] = field(default_factory=list)


class Lines:
    """A block of a table, each line of which is one row: `texts` are the lines, `line` is the place of the first.

    `cells` is the frame of all cells, where it was read already.
    """

    def __init__(self, block: Block, texts: pl.Series, source: TextSource, cells: pl.DataFrame | None = None) -> None:
        self.bad: list[tuple[int, str]] = []
        self.texts = texts
        self._block = block
        self._source = source
        self._cells = cells
        self._columns: dict[int, pl.Series] = {}

    def __len__(self) -> int:
        return len(self.texts)

    def list_texts(self, position: int) -> pl.Series:
        """Return the cells of a column."""
        if self._source.width == 1 and self._cells is None:
            return self.texts
        if position not in self._columns:
            name = f"c{position}"
            cells = self._scan().select(name).collect() if self._cells is None else self._cells.select(name)
            self._columns[position] = cells.to_series().fill_null("")
        return self._columns[position]

    def list_rows(self) -> list[list[str]]:
        """Return the rows as texts."""
        return [list(row) for row in self.read_frame().rows()]

    def read_frame(self) -> pl.DataFrame:
        """Return all cells as a frame of texts."""
        if self._cells is None:
            self._cells = self._scan().collect() if self._source.width > 1 else self.texts.alias("c0").to_frame()
        return self._cells.fill_null("")

    def describe_place(self, row: int) -> str:
        """Return where a row is."""
        return f"line {self._block.line + row}"

    def _scan(self) -> pl.LazyFrame:
        import polars as pl

        data = self._block.data.replace(b"\r\n", b"\n") if self._source.line_end == "\r\n" else self._block.data
        return pl.scan_csv(
            data, has_header=False, schema=make_schema(self._source.width), separator=self._source.delimiter,
            quote_char=None,
        )  # fmt: skip


def make_schema(width: int) -> dict[str, Any]:
    """Return the names and types of so many columns of text."""
    import polars as pl

    return {f"c{place}": pl.String for place in range(width)}


class TextSource:
    """A text table with delimiters. `width` is the number of cells of a row, `line_end` what ends the first one.

    Tables of at most `small_rows` lines are read row by row, larger ones in blocks of `block_size` bytes. Raises
    UnreadableTable for what is no table.
    """

    rows: int | None = None

    def __init__(
        self, stream: TextStream, reading: Reading, *, small_rows: int = SMALL_ROWS, block_size: int = BLOCK
    ) -> None:
        self.name = stream.name
        self.stream = stream
        self._reading = reading
        self._block_size = block_size
        lines = list(islice(io.StringIO(stream.head, newline=""), SNIFFED_LINES))
        self._layout = find_layout(lines, reading.delimiter, order_delimiters(stream.name))
        self.delimiter = self._layout.delimiter
        self.preamble = "".join(self._layout.preamble)
        self.header_row, self.header, self.head = self._read_head()
        self.width = len(self.header_row) + (reading.has_header and self._layout.has_row_names)
        self.line_end = "\r\n" if "\r\n" in stream.head[: stream.head.find("\n") + 1] else "\n"
        self.is_small = stream.is_whole and stream.head.count("\n") <= small_rows
        shown = {"\t": "tab", "\x1f": "none (a plain list)"}.get(self.delimiter, f"'{self.delimiter}'")
        packed = f", {stream.packing}" if stream.packing else ""
        self.notes = [f"read as text, delimiter {shown}, {stream.encoding}{packed}"]
        if stream.encoding not in {"utf-8", "ascii"}:
            self.notes.append(f"the output is in UTF-8, not {stream.encoding}")

    @property
    def bytes_read(self) -> int:
        """The number of bytes of the file that were read so far."""
        return self.stream.bytes_read

    def _read_head(self) -> tuple[list[str], tuple[str, ...], list[list[str]]]:
        """Return the cells of the header line, the names of the columns, and the first rows."""
        body = self.stream.head[len(self.preamble) :]
        self._begin = len(self.preamble.encode()), self.preamble.count("\n")
        records: list[list[str]] = []
        try:
            for raw, cells in islice(split_rows(body, self.delimiter), HEAD_ROWS + 1):
                if cells and not records and self._reading.has_header:
                    self._begin = self._begin[0] + len(raw.encode()), self._begin[1] + raw.count("\n")
                elif not records:
                    self._begin = self._begin[0] + (0 if cells else len(raw)), self._begin[1] + (not cells)
                if cells:
                    records.append(cells)
        except csv.Error as error:
            raise UnreadableTable(str(error), path=self.name, hint="Is a quote opened that is never closed?") from error
        if not self.stream.is_whole and 1 < len(records) <= HEAD_ROWS:
            records.pop()  # it may go on after what was read
        if not records:
            raise UnreadableTable("has no table", path=self.name, hint="A table begins with a line of column names.")
        if len(records) == 1 and not self.stream.is_whole and self._reading.has_header:
            line = self._begin[1]
            if (lines := self.stream.head.count("\n") - line) != 1:  # else what is below that row is long
                self.stream.refuse_long(line + 1, is_open=lines > 1)
        first = records[0]
        if not self._reading.has_header:
            return first, name_columns([""] * len(first)), records
        names = ["", *first] if self._layout.has_row_names else first
        return first, name_columns(names), records[1:]

    def batches(self) -> Iterator[Batch]:
        """Yield all rows; raises UnreadableTable for a row of another width, unless such rows are kept."""
        for block in self._body_blocks():
            lines = None if self.is_small else self._split_lines(block)
            if lines is None:
                try:
                    yield from self._read_rows(block)
                except UnreadableTable:
                    if self.stream.packing:  # a damaged packing gives damaged rows, before it is found at the end
                        deque(self.stream.blocks(None), 0)
                    raise
            elif len(lines):
                yield lines

    def _body_blocks(self) -> Iterator[Block]:
        """Yield the blocks without what comes before the rows."""
        skipped, passed = self._begin
        for data, line in self.stream.blocks(self.delimiter, size=self._block_size):
            rest = data[skipped:] if skipped else data
            if rest:
                yield Block(rest, line + passed)
            if skipped:
                passed -= data.count(b"\n") if not rest else passed
                skipped = max(0, skipped - len(data))

    def _split_lines(self, block: Block) -> Lines | None:
        """Return a block each line of which is one whole row; None where that is not sure."""
        import polars as pl

        data = block.data
        returns = data.count(b"\r")
        if (returns or self.line_end == "\r\n") and not returns == data.count(b"\r\n") == data.count(b"\n"):
            return None
        if (returns > 0) != (self.line_end == "\r\n"):
            return None
        try:
            texts = pl.read_lines(data).to_series()
        except pl.exceptions.PolarsError:  # no UTF-8: the reader of rows says where
            return None
        if returns:
            texts = texts.str.strip_suffix("\r")
        if b'"' in data:
            cells = self._read_quoted(data, len(texts))
            return None if cells is None else Lines(block, texts, self, cells)
        if self.width == 1:
            has_blank = texts.str.strip_chars(_BLANK).str.len_bytes().min() == 0
            return None if has_blank or self.delimiter.encode() in data else Lines(block, texts, self)
        has_width = (texts.str.count_matches(self.delimiter, literal=True) == self.width - 1).all()
        return Lines(block, texts, self) if has_width and len(self.delimiter.encode()) == 1 else None

    def _read_quoted(self, data: bytes, number: int) -> pl.DataFrame | None:
        """Return the cells of so many lines, some of them quoted; None where a byte is not accounted for by them."""
        import polars as pl

        if self.width == 1:
            return None
        plain = data.replace(b"\r\n", b"\n")
        try:
            cells = pl.read_csv(plain, has_header=False, schema=make_schema(self.width), separator=self.delimiter)
        except pl.exceptions.PolarsError:
            return None
        if cells.height != number:
            return None
        sizes = cells.select(
            size=pl.sum_horizontal(pl.all().str.len_bytes().sum()),
            quotes=pl.sum_horizontal(pl.all().str.count_matches('"', literal=True).sum()),
            breaks=pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).sum()),
        ).row(0)
        size, inside, breaks = (int(value or 0) for value in sizes)
        around = plain.count(b'"') - 2 * inside  # a quote inside is doubled
        ends = number - (not plain.endswith(b"\n"))
        whole = size + inside + around + number * (self.width - 1) * len(self.delimiter.encode()) + ends
        return None if around % 2 or breaks or whole != len(plain) else cells

    def _read_rows(self, block: Block) -> Iterator[TextRows]:
        """Yield the rows of a block as `csv` reads them; raises UnreadableTable for what is no UTF-8 or has no end."""
        try:
            text = block.data.decode()
        except UnicodeDecodeError as error:
            raise UnreadableTable(
                f"is not UTF-8 here ({error.reason})", path=self.name,
                line=block.line + block.data.count(b"\n", 0, error.start),
                hint="Specify the encoding, such as --encoding latin-1.",
            ) from error  # fmt: skip
        batch, line, raw = TextRows([], []), block.line, ""
        try:
            for raw, cells in split_rows(text, self.delimiter):
                if self._is_row(raw, cells):
                    self._add_row(batch, line, raw, cells)
                    if len(batch) >= BATCH_ROWS:
                        yield batch
                        batch = TextRows([], [])
                line, begin = line + (raw.count("\n") or 1), line
        except csv.Error as error:
            raise UnreadableTable(
                str(error), path=self.name, line=line, hint="Is a quote opened here that is never closed?"
            ) from error
        if is_open(raw, self.delimiter):
            raise UnreadableTable(
                "a quote that is opened here is not closed", path=self.name, line=begin,
                hint="Close the quote, or double it.",
            )  # fmt: skip
        if len(batch):
            yield batch

    def _is_row(self, raw: str, cells: list[str]) -> bool:
        """Tell a row from an empty line; in a table of one column a blank line is none either."""
        return bool(raw.strip(_BLANK)) or (len(cells) == self.width > 1)

    def _add_row(self, batch: TextRows, line: int, raw: str, cells: list[str]) -> None:
        """Add a row to a batch; one of another width is filled up, or the rest is put into its last cell."""
        width, body = self.width, raw.rstrip("\r\n")
        if len(cells) != width:
            what = f"{len(cells)} cells, where the table has {width} columns"
            if not self._reading.keep_bad_rows:
                shown = {"\t": "tab"}.get(self.delimiter, self.delimiter)
                raise UnreadableTable(
                    what, path=self.name, line=line,
                    hint=f"Cells were split at {shown!r}: quote those that contain it, specify --delimiter, "
                    "or keep such rows with --on-bad-row keep.",
                )  # fmt: skip
            batch.bad.append((line, what))
            rest = self.delimiter.join(cells[width - 1 :])
            cells = [*cells[: width - 1], rest] if len(cells) > width else cells + [""] * (width - len(cells))
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
    """Writes CSV: UTF-8, quotes where they are needed. A row of text stays as it stands, with the new cells after it.

    The lines before the header, line ends and byte order mark of a text table stay too.
    """

    delimiter = ","

    def __init__(self, out: BinaryIO, shape: SinkShape, source: Source | None = None) -> None:
        super().__init__(out, shape, source)
        self._text = source if isinstance(source, TextSource) else None
        self._end = "\n" if self._text is None else self._text.line_end
        own = self.delimiter if self._text is None else self._text.delimiter
        # A file with semicolons stays one: there decimals have a comma.
        self.takes_tails = own if self.delimiter == "," and own == ";" else self.delimiter
        self._quotes = Quotes(self.takes_tails)
        self._keeps_rows = own == self.takes_tails

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

            self._write_lines([self._list_lines(batch, added), *map(pl.Series, added.tails)])
        elif isinstance(batch, TextRows) and self._keeps_rows:
            raw = [batch.raw[place] for place in added.list_origin(len(batch))]
            tails = map(self._quotes.join, added.list_rows())
            self._write_texts(f"{row}{self.takes_tails}{tail}" for row, tail in zip(raw, tails, strict=True))
        else:
            super().write(batch, added)

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the rows of a batch with other texts in some cells; a row without any stays as it is in the file."""
        changed = sorted({row for texts in replaced.values() for row in texts})
        if not self._keeps_rows or not isinstance(batch, (TextRows, Lines)):
            super().write_replaced(batch, replaced)
            return
        raw = list(batch.raw if isinstance(batch, TextRows) else batch.texts)
        rows = (
            [batch.rows[row] for row in changed] if isinstance(batch, TextRows) else batch.read_frame()[changed].rows()
        )
        for row, own in zip(changed, rows, strict=True):
            cells = list(own)
            for column, texts in replaced.items():
                cells[column] = texts.get(row, cells[column])
            raw[row] = self._quotes.join(cells)
        self._write_texts(iter(raw))

    def _list_lines(self, batch: Batch, added: Added) -> pl.Series:
        """Return the rows of a batch as they are written, without their new cells."""
        import polars as pl

        from .values import as_texts

        if self._keeps_rows and isinstance(batch, Lines):
            lines = batch.texts
        elif self._keeps_rows and isinstance(batch, TextRows):
            lines = pl.Series(batch.raw, dtype=pl.String)
        else:
            lines = self._quotes.join_columns([as_texts(column).fill_null("") for column in batch.read_frame()])
        return lines if added.origin is None else lines.gather(added.origin)

    def _write_lines(self, columns: Sequence[pl.Series]) -> None:
        import polars as pl

        written = io.BytesIO()
        frame = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(columns)])
        frame.write_csv(
            written,
            include_header=False,
            separator=str(self.takes_tails),
            quote_style="never",
            line_terminator=self._end,
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

        self._write_lines([self._quotes.join_columns([as_texts(column).fill_null("") for column in frame])])


class TsvSink(CsvSink):
    """Writes TSV."""

    delimiter = "\t"


class TextSink(CsvSink):
    """Writes a text table as it is read: with its own delimiter, a plain list with tabs."""

    def __init__(self, out: BinaryIO, shape: SinkShape, source: Source | None = None) -> None:
        own = source.delimiter if isinstance(source, TextSource) else ","
        self.delimiter = own if own.isprintable() or own == "\t" else _LIST_DELIMITER
        super().__init__(out, shape, source)
