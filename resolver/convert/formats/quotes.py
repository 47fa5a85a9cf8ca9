"""Cells as they are written between delimiters, quoted where it is necessary."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


class Quotes:
    """Joins cells with one delimiter, and quotes those that need it: between blanks those without content too."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        # What `write` returns is what `writerow` returns.
        self._write_row = csv.writer(self, delimiter=delimiter, lineterminator="\r\n").writerow

    def write(self, text: str) -> str:
        """Return the text."""
        return text

    def join(self, cells: Sequence[str]) -> str:
        """Return cells as they are written in a row."""
        if self.delimiter == " ":
            return " ".join([self._write_row((cell,))[:-2] for cell in cells])  # quotes a cell alone that is empty
        row: str = self._write_row(cells)
        return row[:-2]

    def join_columns(self, columns: Sequence[pl.Series]) -> pl.Series:
        """Return the rows of columns as they are written."""
        import polars as pl

        quoted = []
        for column in columns:
            cell = pl.lit(column)
            needs_quotes = cell.str.contains_any([self.delimiter, '"', "\r", "\n"])
            if self.delimiter == " ":
                needs_quotes |= cell == ""
            if pl.select(needs_quotes.any()).item():
                inside = pl.lit('"') + cell.str.replace_all('"', '""', literal=True) + pl.lit('"')
                cell = pl.when(needs_quotes).then(inside).otherwise(cell)
            quoted.append(cell)
        return pl.select(pl.concat_str(quoted, separator=self.delimiter)).to_series()
