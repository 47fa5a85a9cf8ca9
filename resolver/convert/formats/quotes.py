"""Cells as they are written between delimiters: quoted where it is necessary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Quotes:
    """Quotes the cells that need it, for one delimiter."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
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
