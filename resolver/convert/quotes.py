"""Cells as they are written between delimiters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Quotes:
    """Puts what needs it into quotes, for one delimiter; `marks` are the characters that need it."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.marks = [delimiter, '"', "\r", "\n"]
        self._find = re.compile("[" + re.escape("".join(self.marks)) + "]").search

    def quote(self, text: str) -> str:
        """Return a cell as it is written."""
        if self._find(text) is not None:
            return '"' + text.replace('"', '""') + '"'
        return text

    def join(self, cells: Iterable[str]) -> str:
        """Return cells as they are written behind others."""
        return "".join([self.delimiter + self.quote(cell) for cell in cells])
