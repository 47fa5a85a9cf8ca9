"""Lines that are no rows: comments, which begin with a mark, and titles above a table."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# MAF, VCF and most others; LaTeX and MATLAB; GAF and GEO; SOFT.
MARKS = "#%!^"
# What a spreadsheet writes into a cell that it cannot compute: such a line is a row.
_ERROR = re.compile(r'"?#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!)')
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_MOST_TITLES = 30
_SAMPLED_ROWS = 200


def is_number(cell: str) -> bool:
    """Return whether a cell is a number, be it with decimals, an exponent or separators of thousands."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def mark_of(line: str) -> str:
    """Return the mark that a line begins with, be it in quotes; empty where it begins with none."""
    mark = line[1:2] if line.startswith('"') else line[:1]
    return mark if mark and mark in MARKS and not _ERROR.match(line) else ""


def is_surely_comment(line: str, marks: str) -> bool:
    """Return whether a line is a comment whatever the rows are: a blank, or another mark, follows its own."""
    mark = mark_of(line)
    behind = line.partition(mark)[2][:1] if mark else ""
    return bool(mark) and mark in marks and (not behind or behind.isspace() or behind in MARKS)


def is_comment(line: str, cells: Sequence[str], width: int, marks: str) -> bool:
    """Return whether a line among rows of so many cells is a comment.

    A line with as many cells as a row is one, unless a blank or another mark follows its own.
    """
    mark = mark_of(line)
    if not mark or mark not in marks:
        return False
    is_row = width > 1 and len(cells) == width and any(map(str.strip, cells[1:]))
    return not is_row or is_surely_comment(line, marks)


def is_title(cell: str) -> bool:
    """Return whether a cell that has a line for itself is a title: several words, as no name of a column alone is."""
    return any(map(str.isspace, cell.strip()))


def count_titles(rows: Sequence[Sequence[str]], *, is_padded: bool = False) -> int:
    """Return how many rows above the header are titles: words in one cell alone, where the table has several.

    With `is_padded`, as in a workbook, such a row may also be a header that names one column alone: numbers follow it.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:_SAMPLED_ROWS]]
    counts = Counter(number for number in filled if number)
    if not counts or counts.most_common(1)[0][0] == 1:
        return 0
    titles = 0
    for number, (row, cells) in enumerate(zip(rows[:_MOST_TITLES], filled, strict=False)):
        if cells > 1:
            is_header = (is_padded or any(len(title) > 1 for title in rows[:titles])) and any(map(is_number, row))
            return 0 if is_header else titles
        if cells == 1:
            if not any(map(is_title, row)):
                return 0
            titles = number + 1
    return 0
