"""Cells as they are written between delimiters, quoted where it is necessary."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Quotes:
    """Joins cells with one delimiter, and quotes those that need it."""

    def __init__(self, delimiter: str) -> None:
        # What `write` returns is what `writerow` returns.
        self._write_row = csv.writer(self, delimiter=delimiter, lineterminator="\r\n").writerow

    def write(self, text: str) -> str:
        """Return the text."""
        return text

    def join(self, cells: Sequence[str]) -> str:
        """Return cells as they are written in a row."""
        row: str = self._write_row(cells)
        return row[:-2]
