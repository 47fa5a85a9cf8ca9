"""Converting text a block at a time: the lines stay as they are, and only the identifier columns are looked at.

That every row has as many cells as the header is not assumed: each cell of each line is passed, with its quotes. Where
the cells themselves hold quotes, a block is parsed anew, and every byte must be accounted for by the cells. A block
that does not add up is left to the rows (`text_rows`), which read it one by one and say what is wrong and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import SeveralGenes
from .column_counts import count_column
from .loops.row_kernels import find_cells
from .spans import Spans
from .summary import Summary
from .text_cells import TextCells, join_rows
from .text_source import count_byte

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .local_engine import ColumnConverter, Found
    from .plan import Plan
    from .text_rows import RowWriter, TextShape
    from .text_source import Block


class BlockWriter:
    """Writes blocks with their new cells; safe to share between threads."""

    def __init__(self, shape: TextShape, plan: Plan, columns: Sequence[ColumnConverter], rows: RowWriter) -> None:
        self._shape = shape
        self._plan = plan
        self._columns = columns
        self._cells = [TextCells(column, shape.write) for column in columns]
        self._rows = rows

    def convert(self, block: Block) -> tuple[bytes | memoryview, Summary]:
        """Return the block with its new cells, and what it came to."""
        parsed = self._parse(block.data)
        if parsed is None:
            return self._rows.convert(block)
        lines, texts, end = parsed
        try:
            found = [column.find(cells) for column, cells in zip(self._columns, texts, strict=True)]
        except SeveralGenes:
            return self._rows.convert(block)  # which says in which line
        summary = self._count(found, texts)
        origin = found[0].text
        data = join_rows(lines if origin is None else lines.take(origin), self._cells, found, end)
        # The last line of a file may have no end.
        return data if block.data.endswith(b"\n") else data[: -len(end)], summary

    def _parse(self, data: bytes) -> tuple[Spans, list[Spans], str] | None:
        """Return the lines without their ends, the cells of each identifier column, and the end; None if in doubt."""
        number = count_byte(data, b"\n") + (not data.endswith(b"\n"))
        end = "\n"
        if b"\r" in data:
            if data.count(b"\r") != data.count(b"\r\n") or data.count(b"\r") != data.count(b"\n"):
                return None
            end = "\r\n"
        try:
            parsed = self._parse_as_it_is(data, number)
            if parsed is None:
                from .parsed_blocks import parse_anew

                parsed = parse_anew(data, number, end, self._shape, self._plan)
        except UnicodeDecodeError:
            return None
        return None if parsed is None else (*parsed, end)

    def _parse_as_it_is(self, data: bytes, number: int) -> tuple[Spans, list[Spans]] | None:
        """Return the lines, at most `number`, and the identifiers' cells where they stand; None if that cannot be."""
        shape = self._shape
        delimiter = shape.read.encode()
        if len(delimiter) > 1 or (shape.read != shape.write and (shape.width > 1 or shape.write.encode() in data)):
            return None
        if not data.isascii():
            data.decode()
        if shape.width == 1 and (b" " in data or b"\t" in data):
            return None  # a line of blanks is no row
        wanted = sorted({rule.position for rule in self._plan.columns})
        is_wanted = np.zeros(shape.width, dtype=np.bool_)
        is_wanted[wanted] = True
        line_begins, line_sizes = np.empty((2, number), dtype=np.int64)
        begins, sizes = np.empty((2, len(wanted), number), dtype=np.int64)
        octets = np.frombuffer(data, dtype=np.uint8)
        found = find_cells(octets, delimiter[0], shape.width, is_wanted, line_begins, line_sizes, begins, sizes)
        if found < 0:
            return None
        cells = [Spans(data, begins[place, :found], sizes[place, :found]) for place in range(len(wanted))]
        lines = Spans(data, line_begins[:found], line_sizes[:found])
        return lines, [cells[wanted.index(rule.position)] for rule in self._plan.columns]

    def _count(self, found: Sequence[Found], texts: Sequence[Spans]) -> Summary:
        summary = Summary(
            [
                count_column(column, one, cells, rule.name)
                for column, one, cells, rule in zip(self._columns, found, texts, self._plan.columns, strict=True)
            ]
        )
        summary.rows = len(texts[0].sizes)
        summary.written = len(found[0].code)
        return summary
