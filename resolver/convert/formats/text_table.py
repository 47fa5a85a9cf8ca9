"""Read text tables with delimiters: rows keep the text that they have in the file, comments their places.

A large table is read in blocks of whole lines. Where each line of a block is one row, Polars splits it into cells;
Python's `csv` reads every other block row by row, with all kinds of quotes, and reports the line of a bad row. It also
reads small tables, for which no table engine is imported.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from ...errors import UnreadableTable
from ..csv_rows import read_lines, split_rows
from ..layouts.comments import is_comment, is_surely_comment, mark_of
from ..layouts.delimiters import USUAL, show_delimiter
from ..layouts.detect import Layout, find_layout
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, Batch, RowBatch, describe_width, fit_row, name_columns
from .quotes import Quotes
from .text_stream import BLOCK, Block, TextStream, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from ..plan import Reading

_BLANK = " \t\r\n"
_LISTED = 100  # rows of a block that were filled up


class TextRows(RowBatch):
    """Rows as `csv` reads them; `raw` is each row as it is in the file, without its line end.

    `kept` are lines that are no rows, comments and empty ones, by the number of the row that they are above.
    """

    def __init__(self) -> None:
        super().__init__([], [])
        self.raw: list[str] = []
        self.kept: dict[int, str] = {}

    def add(self, line: int, cells: list[str], raw: str) -> None:
        """Add a row."""
        self.lines.append(line)
        self.rows.append(cells)
        self.raw.append(raw)


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

    `preamble` is what is above the table; `top` are its header and the rows below that are no data, each as it is in
    the file, without its line end, and as cells. Tables of at most `small_rows` lines are read row by row, larger ones
    in blocks of `block_size` bytes. Raises UnreadableTable for what is no table.
    """

    def __init__(
        self,
        stream: TextStream,
        reading: Reading,
        layout: Layout | None = None,
        *,
        small_rows: int = SMALL_ROWS,
        block_size: int = BLOCK,
    ) -> None:
        self._block_size = block_size
        self.layout = layout or find_layout(list(read_lines(stream.head)), reading.delimiter, stream.name)
        self.delimiter = self.layout.delimiter
        self._is_comment = partial(is_surely_comment, marks=self.layout.marks)
        self.preamble = self.layout.preamble
        known = self.layout.known
        name = "text" if known is None else known.name
        super().__init__(stream, f"{name}, delimiter {show_delimiter(self.delimiter)}", keeps_bad=reading.keep_bad_rows)
        if stream.encoding not in {"utf-8", "ascii"}:
            self.notes.append(f"the output is in UTF-8, not {stream.encoding}")
        if self.preamble:
            self.left_out = self.preamble.count("\n")
            self.notes.append(f"lines above the table: {self.left_out:,}")
        self._blank: list[int] = []  # the numbers of blank lines since the last row
        self._records = self._read_records(reading)
        specified = reading.has_header if known is None or reading.has_header is not None else known.has_header
        self.settle(has_header=specified is not False)
        if specified is None and self.layout.unnamed is None:
            self.first_row = self.top[0][1]
        self.line_end = "\r\n" if self._records[0][0].endswith("\r\n") else "\n"
        self.is_small = stream.is_whole and stream.head.count("\n") <= small_rows

    def _read_records(self, reading: Reading) -> list[tuple[str, list[str]]]:
        """Return the first rows, that of the header too, each as it is written and as cells."""
        records: list[tuple[str, list[str]]] = []
        skipped = ""
        try:
            # The header may look like a comment.
            body = split_rows(
                read_lines(self.stream.head[len(self.preamble) :]),
                self.delimiter,
                lambda line: bool(records) and self._is_comment(line),
            )
            for row, cells in islice(body, HEAD_ROWS + 1):
                if cells:
                    records.append((row, cells))
                elif not records:
                    skipped += row
        except csv.Error as error:
            raise self.error(str(error), hint="Is a quote opened that is never closed?") from error
        self.preamble += skipped
        is_whole = self.stream.is_whole
        if not is_whole and 1 < len(records) <= HEAD_ROWS:
            records.pop()  # it may go on after what was read
        if not records:
            raise self.error("has no table", hint="A table begins with a line of column names.")
        if len(records) == 1 and not is_whole and reading.has_header is not False:
            line = self.preamble.count("\n") + records[0][0].count("\n")
            if (lines := self.stream.head.count("\n") - line) != 1:  # else what is below that row is long
                self.stream.refuse_long(line + 1, is_open=lines > 1)
        return records

    def settle(self, *, has_header: bool) -> None:
        """Decide what is above the rows, how many columns they have, and what these are called."""
        self.has_header = has_header
        known, marks = self.layout.known, self.layout.marks
        above = self._records[: 1 + self.layout.below] if has_header else []
        rows = self._records[len(above) :]
        before = self.preamble + "".join([row for row, _ in above])
        self._begin = len(before.encode()), before.count("\n")
        self.top = [(row.rstrip("\r\n"), cells) for row, cells in above]
        names = list(above[0][1]) if above else []
        if not above:
            width = max([len(cells) for row, cells in rows if not mark_of(row)] or [len(rows[0][1])])
            names = [*(() if known is None else known.columns), *[""] * width][:width]
        elif self.layout.unnamed == 0:
            names.insert(0, "")
        elif self.layout.unnamed is not None:
            names.append("")
            self.top[0] = self.top[0][0] + self.delimiter, list(names)
        if names and mark_of(names[0]):
            names[0] = names[0].lstrip("#%!^ ") or names[0]
        self.width = len(names)
        self.header = name_columns(names)
        self.head = [cells for row, cells in rows if not is_comment(row, cells, self.width, marks)]

    def batches(self) -> Iterator[Batch]:
        """Yield all rows; raises UnreadableTable for a row of another width, unless such rows are kept."""
        blocks = self.stream.blocks(size=self._block_size, begin=self._begin)
        for block, lines in chain.from_iterable(map(self._split, blocks)):
            if lines is None:
                try:
                    yield from self._read_rows(block, blocks)
                except UnreadableTable:
                    if self.stream.compression:  # a damaged file gives damaged rows, and its error comes at the end
                        deque(blocks, 0)
                    raise
            elif len(lines):
                if self._blank:
                    blank = TextRows()
                    self._add_blank_rows(blank)
                    yield blank
                yield lines

    def _split(self, block: Block) -> Iterator[tuple[Block, Lines | None]]:
        """Yield a block, or the part above its first comment and the rest: a table with a footer stays fast to read."""
        lines = None if self.is_small else self._split_lines(block)
        data, line = block
        cut = self._find_comment(data) if lines is None and not self.is_small and b'"' not in data else -1
        if cut > 0:
            above = Block(data[:cut], line)
            yield above, self._split_lines(above)
            block = Block(data[cut:], line + data.count(b"\n", 0, cut))
        yield block, lines

    def _split_lines(self, block: Block) -> Lines | None:
        """Return a block each line of which is one whole row; None where that is not sure."""
        import polars as pl

        data = block.data
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        if self.delimiter == " " and (b"  " in data or b"\n " in data or b" \n" in data or data.startswith(b" ")):
            return None
        if b"\r" in data or len(self.delimiter.encode()) > 1:
            return None
        try:
            lines = pl.read_lines(data).to_series()
        except pl.exceptions.PolarsError:  # no UTF-8
            return None
        if any(lines.str.starts_with(begin).any() for mark in self.layout.marks for begin in (mark, f'"{mark}')):
            return None
        if self.width == 1 and lines.str.strip_chars(_BLANK).str.len_bytes().min() == 0:
            return None
        widths = self._count_cells(lines)
        if widths is None:
            return None
        if (widths == self.width).all():
            return Lines(Block(data, block.line), lines, self)
        return None if b'"' in data else self._fill_lines(block.line, lines, widths)

    def _count_cells(self, lines: pl.Series) -> pl.Series | None:
        """Return the number of cells of each line; None where a quote is within an unquoted cell."""
        import polars as pl

        widths = lines.str.count_matches(self.delimiter, literal=True) + 1
        rows = lines.str.contains('"', literal=True).arg_true()
        if rows.is_empty():
            return widths
        mark, quoted, lines = re.escape(self.delimiter), r'"(?:[^"]|"")*"', lines.gather(rows)
        cell = rf'(?:[^"{mark}]*|{quoted})'
        if not lines.str.contains(rf"^{cell}(?:{mark}{cell})*$").all():
            return None
        led = pl.select(pl.lit(self.delimiter) + pl.lit(lines)).to_series()
        return widths.scatter(rows, led.str.count_matches(rf"{mark}(?:{quoted})?"))

    def _fill_lines(self, line: int, lines: pl.Series, widths: pl.Series) -> Lines | None:
        """Return lines of which some have fewer cells, filled up; None where others have more, or one cell alone."""
        import polars as pl

        if self.delimiter == " " or not ((widths > 1) & (widths <= self.width)).all():
            return None
        missing = pl.Series([self.delimiter * number for number in range(self.width)])
        filled = pl.select(pl.concat_str(pl.lit(lines), pl.lit(missing.gather(self.width - widths)))).to_series()
        batch = Lines(Block(filled.str.join("\n").item().encode(), line), filled, self)
        short = (widths < self.width).arg_true()
        batch.bad = [(line + row, describe_width(widths[row], self.width)) for row in short.head(_LISTED)]
        batch.unlisted = len(short) - len(batch.bad)
        return batch

    def _find_comment(self, data: bytes) -> int:
        """Return where the first line begins that may be a comment, -1 where there is none."""
        begins = [quote + mark.encode() for mark in self.layout.marks for quote in (b"", b'"')]
        if data.startswith(tuple(begins)):
            return 0
        return min([place + 1 for begin in begins if (place := data.find(b"\n" + begin)) >= 0], default=-1)

    def _read_rows(self, block: Block, blocks: Iterator[Block]) -> Iterator[TextRows]:
        """Yield the rows of a block as `csv` reads them, and those of the next ones while a row goes on there.

        Raises UnreadableTable for what is no UTF-8, and for a quote that is not closed.
        """
        batch = TextRows()
        for line, row, cells in self._number_rows(block, blocks):
            if self._is_row(row, cells):
                self._add_blank_rows(batch)
                self._add_row(batch, line, row, cells)
            elif self.keeps_blank_rows and not row.strip(_BLANK):
                self._blank.append(line)  # a row if another one follows
            else:
                batch.kept[len(batch)] = batch.kept.get(len(batch), "") + row
                self.left_out += 1
            if len(batch) >= BATCH_ROWS:
                yield batch
                batch = TextRows()
        if len(batch) or batch.kept:
            yield batch

    def _number_rows(self, block: Block, blocks: Iterator[Block]) -> Iterator[tuple[int, str, list[str]]]:
        """Yield the line, the text and the cells of each row that `_read_rows` returns."""
        line = block.line

        def go_on() -> Iterable[str]:
            if (following := next(blocks, None)) is None:
                what = "a quote that is opened here is not closed"
                raise self.error(what, line=line, hint="Close the quote, or double it.")
            return read_lines(self.stream.decode(following))

        lines = read_lines(self.stream.decode(block))
        try:
            for row, cells in split_rows(lines, self.delimiter, self._is_comment, go_on):
                yield line, row, cells
                line += row.count("\n") or 1
        except csv.Error as error:
            raise self.error(str(error), line=line, hint="Is a quote opened here that is never closed?") from error

    def _add_blank_rows(self, batch: TextRows) -> None:
        """Add the blank lines above the next row to a batch, as rows."""
        for line in self._blank:
            batch.add(line, [""] * self.width, self.delimiter * (self.width - 1))
        self._blank.clear()

    def _is_row(self, row: str, cells: Sequence[str]) -> bool:
        """Return whether a line is no comment and not empty; in a table of one column a blank line is empty too."""
        if not row.strip(_BLANK):
            return len(cells) == self.width > 1
        return not is_comment(row, cells, self.width, self.layout.marks)

    def _add_row(self, batch: TextRows, line: int, row: str, cells: list[str]) -> None:
        """Add a row to a batch; missing cells are filled up, and those without content behind the last column left out.

        A row that has more content is bad, and so is one that another delimiter splits as the table is.
        """
        whole = cells
        cells, what = fit_row(cells, self.width, self.delimiter)
        body = row.rstrip("\r\n")
        if what:
            if len(whole) < self.width and not self._is_split_otherwise(body):
                batch.bad.append((line, what))
            elif len(whole) > self.width and not any(whole[self.width :]):
                cells = whole[: self.width]
                batch.bad.append((line, what))
            else:
                hint = f"Cells were split at {show_delimiter(self.delimiter)}: quote those that contain it, specify "
                self.keep_bad(batch.bad, line, what, f"{hint}--delimiter")
            body = Quotes(self.delimiter).join(cells)
        batch.add(line, cells, body)

    def _is_split_otherwise(self, body: str) -> bool:
        others = USUAL.replace(self.delimiter, "")
        return self.delimiter not in body and any(body.count(other) + 1 == self.width for other in others)
