"""Cells as they are written between delimiters: the one rule of quoting, for texts and for columns of texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


class Quotes:
    """Quotes the cells that need it, for one delimiter; `marks` are the characters that need it."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.marks = [delimiter, '"', "\r", "\n"]
        self._find = re.compile('["\r\n]').search

    def quote(self, text: str) -> str:
        """Return a cell as it is written."""
        if self.delimiter in text or self._find(text) is not None:
            return '"' + text.replace('"', '""') + '"'
        return text

    def join(self, cells: Sequence[str]) -> str:
        """Return cells as they are written in a row."""
        joined = self.delimiter.join(cells)
        if self._find(joined) is None and joined.count(self.delimiter) == len(cells) - 1:
            return joined
        return self.delimiter.join([self.quote(cell) for cell in cells])

    def join_columns(self, columns: Sequence[pl.Series]) -> pl.Series:
        """Return the rows of columns as they are written."""
        import polars as pl

        return pl.select(
            pl.concat_str([pl.lit(self._quote_column(one)) for one in columns], separator=self.delimiter)
        ).to_series()

    def _quote_column(self, column: pl.Series) -> pl.Series:
        import polars as pl

        cell = pl.lit(column)
        needs_quotes = cell.str.contains_any(self.marks)
        if not pl.select(needs_quotes.any()).item():
            return column
        quoted = pl.lit('"') + cell.str.replace_all('"', '""', literal=True) + pl.lit('"')
        return pl.select(pl.when(needs_quotes).then(quoted).otherwise(cell)).to_series()
