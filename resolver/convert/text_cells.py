"""The new cells of a column as they are written to a text: made once for each answer, and not for each row.

A row is put together from five pieces: the line as it stands, the targets with outcome and reason, how it matched (a
lead and the text itself), and what stands behind. Each of them is one look-up for a whole block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from .local_engine import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .local_engine import ColumnConverter, Found


class TextCells:
    """Writes the new cells of one column behind a delimiter; safe to share between threads."""

    def __init__(self, column: ColumnConverter, delimiter: str) -> None:
        self._column = column
        self._delimiter = delimiter
        self._marks = [delimiter, '"', "\r", "\n"]
        ready = column.ready
        parts = [self.quote_all(cells) for cells in (*ready.values, ready.outcome, ready.reason)]
        ends = pl.lit(delimiter)
        heads = pl.concat_str([ends, pl.concat_str(parts, separator=delimiter), ends])
        self._heads = pl.select(heads).to_series().rechunk()
        self._tails = pl.select(pl.concat_str([ends, self.quote_all(ready.retired_from)])).to_series().rechunk()
        self._needs_quotes = self._find_needs(ready.leads)[ready.lead_of] | self._find_needs(ready.own)[ready.own_of]

    def quote(self, text: str) -> str:
        """Return a cell as it is written."""
        if any(mark in text for mark in self._marks):
            return '"' + text.replace('"', '""') + '"'
        return text

    def quote_all(self, column: pl.Series) -> pl.Series:
        """Return a column of cells as they are written."""
        cell = pl.lit(column)
        needs_quotes = cell.str.contains_any(self._marks)
        if not pl.select(needs_quotes.any()).item():
            return column.rechunk()
        inside = cell.str.replace_all('"', '""', literal=True)
        quoted = pl.when(needs_quotes).then(pl.lit('"') + inside + pl.lit('"')).otherwise(cell)
        return pl.select(quoted).to_series().rechunk()

    def render(self, found: Found) -> list[pl.Series]:
        """Return the pieces of each output row, to be written one after the other behind the line."""
        delimiter = self._delimiter
        heads = [delimiter + delimiter.join(map(self.quote, one.cells)) + delimiter for one in found.asked]
        tails = [delimiter + self.quote(one.retired_from) for one in found.asked]
        pieces = [
            fill(found.answer, found.row, self._heads, heads),
            *self._render_matches(found),
            fill(found.answer, found.row, self._tails, tails),
        ]
        if self._column.plan.stale:
            pieces += [
                pl.select(pl.concat_str([pl.lit(delimiter), self.quote_all(marks)])).to_series()
                for marks in self._column.list_marks(found)
            ]
        return pieces

    def _render_matches(self, found: Found) -> Sequence[pl.Series]:
        """Return how each row matched, in two pieces; what needs quotes is written whole as the first of them."""
        ready = self._column.ready
        known = found.code >= 0
        places = np.maximum(found.code, 0)
        quoted = np.flatnonzero(known & self._needs_quotes[places]) if len(ready.lead_of) else np.array([], np.int64)
        whole = [self.quote(one.matched_as) for one in found.asked]
        lead = np.where(known, _at(ready.lead_of, places), len(ready.leads) + found.row)
        own = np.where(known, _at(ready.own_of, places), len(ready.own) - 1)
        if len(quoted):
            lead[quoted] = len(ready.leads) + len(whole) + np.arange(len(quoted))
            own[quoted] = len(ready.own) - 1
            whole += [self.quote(text) for text in ready.matched_as(found.code[quoted]).to_list()]
        leads = pl.concat([ready.leads, pl.Series(whole, dtype=pl.String)]).rechunk()
        return leads.gather(pl.Series(lead)), ready.own.gather(pl.Series(own))

    def _find_needs(self, texts: pl.Series) -> NDArray[np.bool_]:
        needs: NDArray[np.bool_] = texts.str.contains_any(self._marks).to_numpy()
        return needs


def _at(array: NDArray[np.int64], places: NDArray[np.int32]) -> NDArray[np.int64]:
    return array[places] if len(array) else np.zeros(len(places), dtype=np.int64)
