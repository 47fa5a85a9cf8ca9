"""Converting rows of text one by one: for small tables, and for what the fast way cannot be sure of.

A row is written as it stands in the file, with the new cells behind it, so that the cells that were there keep their
very text. No table engine is loaded.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SeveralGenes, UnreadableTable
from .csv_rows import read_rows
from .summary import ColumnCounts, Summary
from .text_source import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .cells import CellConverter, Converted
    from .plan import Plan
    from .text_source import Block


# A line that no table holds, put behind the last: where it is no row of its own, a quote is still open.
_END = "\x1eend\x1e"


class Record(NamedTuple):
    """A row with its very text, line end included; `line` is where it begins."""

    line: int
    raw: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class TextShape:
    """How a text table is read and written: `read` and `write` are the delimiters, which differ for a plain list.

    `width` is the number of cells of a row; `keep_bad_rows` says what becomes of one with another number.
    """

    name: str
    read: str
    write: str
    width: int
    keep_bad_rows: bool = False


class RowWriter:
    """Writes rows with their new cells, and counts them."""

    def __init__(self, shape: TextShape, plan: Plan, cells: Sequence[CellConverter]) -> None:
        self._shape = shape
        self._plan = plan
        self._cells = cells
        self._marks = (shape.write, '"', "\r", "\n")

    def convert(self, block: Block) -> tuple[bytes, Summary]:
        """Return the block with its new cells, and what it came to.

        Raises UnreadableTable for a row of another width, unless these are kept, and SeveralGenes where that is asked.
        """
        summary = Summary([ColumnCounts(rule.name) for rule in self._plan.columns])
        parts: list[str] = []
        for record in read_records(block, self._shape):
            if not record.raw.strip():
                parts.append(record.raw)  # an empty line is no row, and stays
            else:
                self._add(record, parts, summary)
        return "".join(parts).encode(), summary

    def _add(self, record: Record, parts: list[str], summary: Summary) -> None:
        cells, body, end = record.cells, *_split_end(record.raw)
        if len(cells) != self._shape.width:
            cells, body = self._fit(record, summary)
        elif self._shape.read != self._shape.write:
            body = self._shape.write.join([self._quote(cell) for cell in cells])
        summary.rows += 1
        converted = []
        for rule, column, counts in zip(self._plan.columns, self._cells, summary.columns, strict=True):
            text = cells[rule.position]
            try:
                rows = column.convert(text)
            except SeveralGenes as error:
                raise SeveralGenes(
                    f"{self._shape.name}, line {record.line}: {error}", answer=error.answer, hint=error.hint
                ) from error
            counts.add_cell("" if text in self._plan.missing else text, rows)
            converted.append(rows)
        delimiter = self._shape.write
        for row in _side_by_side(converted):
            summary.written += 1
            added = delimiter.join([self._quote(cell) for one in row for cell in one.list_cells(self._plan)])
            parts.append(f"{body}{delimiter}{added}{end}")

    def _fit(self, record: Record, summary: Summary) -> tuple[list[str], str]:
        """Return a row of another width with as many cells as the header has: filled up, the rest in its last cell."""
        number, width = len(record.cells), self._shape.width
        what = f"{number} cells, where the table has {width} columns"
        if not self._shape.keep_bad_rows:
            shown = {"\t": "tab"}.get(self._shape.read, self._shape.read)
            raise UnreadableTable(
                what,
                path=self._shape.name,
                line=record.line,
                hint=f"Cells were told apart by {shown!r}: put those that hold it into quotes, say --delimiter, "
                "or keep such rows with --on-bad-row keep.",
            )
        summary.bad_rows += 1
        summary.bad_lines.append((record.line, what))
        rest = self._shape.read.join(record.cells[width - 1 :])
        cells = [*record.cells[: width - 1], rest] if number > width else record.cells + [""] * (width - number)
        return cells, self._shape.write.join([self._quote(cell) for cell in cells])

    def _quote(self, text: str) -> str:
        if any(mark in text for mark in self._marks):
            return '"' + text.replace('"', '""') + '"'
        return text


def read_records(block: Block, shape: TextShape) -> Iterator[Record]:
    """Yield the rows of a block with their lines; raises UnreadableTable for what is no UTF-8 or has no end."""
    try:
        text = block.data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableTable(
            f"is not UTF-8 here ({error.reason})",
            path=shape.name,
            line=block.line + block.data.count(b"\n", 0, error.start),
            hint="State how it is encoded: --encoding latin-1, say.",
        ) from error
    taken: list[str] = []

    def remembered() -> Iterable[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line
        yield _END

    line = block.line
    try:
        for cells in read_rows(remembered(), shape.read, LONGEST):
            if cells == [_END]:
                break
            if cells and cells[-1].endswith(_END):
                raise UnreadableTable(
                    "a quote that is opened here is not closed", path=shape.name, line=line,
                    hint="Close the quote, or double it.",
                )  # fmt: skip
            raw = "".join(taken)
            yield Record(line, raw, cells)
            line += raw.count("\n") or len(taken)
            taken.clear()
    except csv.Error as error:
        raise UnreadableTable(
            str(error), path=shape.name, line=line, hint="Is a quote opened here that is never closed?"
        ) from error


def _split_end(raw: str) -> tuple[str, str]:
    body = raw.rstrip("\r\n")
    return body, raw[len(body) :]


def _side_by_side(converted: Sequence[tuple[Converted, ...]]) -> Iterable[Sequence[Converted]]:
    """Return the output rows of one input row; only a single column may have become several."""
    return [(row,) for row in converted[0]] if len(converted) == 1 else [[rows[0] for rows in converted]]
