"""The new cells of a column as they are written to a text: made once for each answer, and not for each row.

What stands behind a line is put together of six pieces: the targets, outcome and reason, how it matched (a lead and the
text itself), what it was retired from, and its mark. A text that was asked has one piece of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .loops.row_kernels import place_cells, put_cells, put_texts
from .quotes import Quotes
from .spans import Pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .local_engine import ColumnConverter, Found
    from .spans import Spans


class TextCells:
    """Writes the new cells of one column behind a delimiter; safe to share between threads."""

    def __init__(self, column: ColumnConverter, delimiter: str) -> None:
        self._plan = column.plan
        self._quotes = quotes = Quotes(delimiter)
        ready, is_marked = column.ready, column.plan.stale
        marks = Pool.of_bytes(quotes.join(mark).encode() if is_marked else b"" for mark in column.marks)
        arrays = ready.find_cells(quotes)
        self._by_answer, self._by_code = arrays["by_answer"], ready.by_code
        if len(quoted := arrays["quoted"]) or len(column.marks) > 1:
            self._by_code = ready.by_code.copy()
            self._by_code[:, 3] = column.mark_of
            self._by_code[quoted, :3] = [0, 0, 0]
            self._by_code[quoted, 2] = arrays["quoted_lead"]
        own = ready.index.pool.data
        self._data = arrays["values"], arrays["kinds"], arrays["leads"], own, arrays["tails"], marks.data
        self._begins = arrays["kinds_begin"], arrays["leads_begin"], arrays["tails_begin"], marks.begins

    def place(self, found: Found, sizes: NDArray[np.int64]) -> PlacedCells:
        """Return what writes the cells of a block, and add the bytes of each row's to `sizes`."""
        asked = Pool.of_bytes(self._quotes.join(one.list_cells(self._plan)).encode() for one in found.asked)
        placed = np.empty((len(found.code), 2 * len(self._data)), dtype=np.uint32)
        rows = found.code, found.answer, found.row
        place_cells(*rows, asked.begins, self._by_answer, self._by_code, self._begins, placed, sizes)
        return PlacedCells(found.row, placed, asked.data, self._data)


class PlacedCells(NamedTuple):
    """What stands behind the lines of a block: for each row where its pieces begin and end, in `data` or `asked`."""

    row: NDArray[np.int64]
    pieces: NDArray[np.uint32]
    asked: NDArray[np.uint8]
    data: tuple[NDArray[np.uint8], ...]

    def put(self, out: NDArray[np.uint8], at: NDArray[np.int64]) -> None:
        """Write each row at its place, and move the place behind it."""
        put_cells(out, at, *self)


def join_rows(lines: Spans, columns: Sequence[TextCells], found: Sequence[Found], end: str) -> memoryview:
    """Return the rows as they are written: each line, its new cells of each column, and the line end.

    Cost: some tenths of a microsecond a row.
    """
    sizes = lines.sizes + len(end)
    cells = [column.place(one, sizes) for column, one in zip(columns, found, strict=True)]
    ends = np.cumsum(sizes)
    out = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    at = ends - sizes
    put_texts(out, at, lines.octets, lines.begins, lines.sizes)
    for one in cells:
        one.put(out, at)
    for character in end.encode():
        out[at] = character
        at += 1
    return out.data
