"""Which character separates the cells of a text table: the one that splits its first lines into equal rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from ...errors import BadOption
from ...identifiers.recognize import recognize
from ..csv_rows import split_rows
from .comments import is_number, is_surely_comment, is_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    # A row as it is written, line end included, and its cells.
    Record = tuple[str, list[str]]

# Of a plain list, in which commas belong to the cells: the separator of units, which no one types.
NO_DELIMITER = "\x1f"
NAMED_DELIMITERS = {"tab": "\t", r"\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
USUAL = ",;\t|"  # likeliest first
_SHOWN = {"\t": "tab", NO_DELIMITER: "none (a plain list)", " ": "space"}
_SAMPLED_ROWS = 200
# Cells that may be identifiers: one word, the more so with capitals or digits. A cell may have a million characters, so
# no part of these patterns is tried again from each of them.
_WORD = re.compile(r"[^\s\"A-Za-z]*[A-Za-z][^\s\"]*")
_CODE = re.compile(r"(?=[^\s\"]*\Z)(?=[^A-Za-z]*[A-Za-z]).*?[A-Z0-9]{2}.*")


def read_delimiter(text: str | None) -> str | None:
    """Return the character of a delimiter's name; raises BadOption for what is no delimiter."""
    if text is None:
        return None
    delimiter = NAMED_DELIMITERS.get(text.lower(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadOption(
            f"{text!r} is not a delimiter", hint=f"Use one character, or one of {', '.join(NAMED_DELIMITERS)}."
        )
    return delimiter


def show_delimiter(delimiter: str) -> str:
    """Return the name of a delimiter, for a message."""
    return _SHOWN.get(delimiter, f"'{delimiter}'")


def _order_delimiters(name: str) -> tuple[str, str]:
    """Return the delimiters by the name of a file, likeliest first, and those of which its suffix specifies one."""
    suffixes = {suffix.lower() for suffix in PurePath(name).suffixes}
    if suffixes & {".tsv", ".tab", ".txt", ".maf"}:
        return "\t,;|", "\t" if suffixes & {".tsv", ".tab"} else ""
    return USUAL, ",;" if ".csv" in suffixes else ""


def _is_comment(line: str) -> bool:
    return is_surely_comment(line, "#")


def split_lines(
    lines: Sequence[str], delimiter: str, *, is_cut: bool = False, has_comments: bool = True
) -> list[Record]:
    """Return the rows of some lines; nothing where they cannot be split.

    With `is_cut` the last row may go on; with `has_comments` a comment is one cell.
    """
    try:
        records = list(split_rows(lines, delimiter, _is_comment if has_comments else None))
    except csv.Error:
        return []
    return records[:-1] if is_cut else records


class _Split(NamedTuple):
    """How a delimiter splits a text; the best split is the largest.

    `fits_first`: the first line is split as the others are. `words` is 2 for a column of codes, 1 for one of words.
    """

    fits_first: bool
    words: int
    share: float  # of rows that are split as the header is, or have fewer cells
    width: int  # counts only where some rows are split otherwise
    preference: int


def find_delimiter(lines: Sequence[str], name: str, *, is_cut: bool = False) -> str:
    """Return the delimiter that splits the lines into equal rows with a column of words; where none does, it is a list.

    A file with the suffix of a table, whose first line is split so, stays one: its bad lines are reported. So does a
    list, if no cell contains that delimiter: a CSV file of one column.
    """
    usual, specified = _order_delimiters(name)
    splits = {}
    for place, delimiter in enumerate(usual):
        records = split_lines(lines, delimiter, is_cut=is_cut)
        rows = [cells for row, cells in records if any(map(str.strip, cells)) and not _is_comment(row)]
        if (split := _measure(rows, len(usual) - place)) is not None:
            splits[delimiter] = split
    if splits:
        best = max(splits, key=lambda one: splits[one])
        return NO_DELIMITER if best == "|" and _are_identifiers(lines) else best
    rows = [cells for row, cells in split_lines(lines, " ", is_cut=is_cut) if cells and not _is_comment(row)]
    if not specified and _are_spaced(rows):
        return " "
    for delimiter in specified:
        if any(len(cells) > 1 for _, cells in split_lines(lines[:1], delimiter)):
            return delimiter
    return specified[0] if specified and not any(specified[0] in line for line in lines) else NO_DELIMITER


def _are_identifiers(lines: Sequence[str]) -> bool:
    """Return whether most lines are each one identifier, such as `sp|P04637|P53_HUMAN`."""
    texts = [line.strip() for line in lines[:_SAMPLED_ROWS] if line.strip()]
    return 2 * sum(not recognize(text).is_only_text for text in texts) > len(texts)


def _measure(rows: list[list[str]], preference: int) -> _Split | None:
    """Return how a delimiter splits rows; None where it does not split most of them alike."""
    widths = [len(cells) for cells in rows]
    first = next((number for number, width in enumerate(widths) if width > 1), None)
    if first is None:
        return None
    header, below = widths[first], widths[first + 1 :]
    typical, count = Counter(below or [header]).most_common(1)[0]
    fitting = sum(1 < width <= max(header, typical) for width in below)
    share = count / max(1, len(below))
    are_titles = first <= len(below) and all(is_title(cells[0]) for cells in rows[:first])
    is_table = typical > 1 and header >= typical - 1 and 2 * fitting >= len(below) and are_titles
    if not is_table or (share < 0.5 and fitting < len(below)):
        return None
    sample = rows[first + 1 : first + 1 + _SAMPLED_ROWS] or rows[first:]
    words = _has_column(sample, _WORD) + _has_column(sample, _CODE)
    return _Split(first == 0, words, share, typical if share < 1 else 0, preference)


def _has_column(rows: Sequence[list[str]], pattern: re.Pattern[str]) -> bool:
    """Return whether most cells of a column match a pattern."""
    matches: Counter[int] = Counter()
    for cells in rows:
        matches.update(number for number, cell in enumerate(cells) if pattern.fullmatch(cell))
    return bool(matches) and 2 * max(matches.values()) > len(rows)


def _are_spaced(rows: list[list[str]]) -> bool:
    """Return whether rows are separated by blanks, as R, STRING and PLINK write them, and not the words of a list."""
    widths = {len(cells) for cells in rows[1:]}
    if len(widths) != 1 or (width := widths.pop()) < 2 or len(rows[0]) not in {width, width - 1}:
        return False
    numbers = sum(is_number(cell) for cells in rows[1:] for cell in cells)
    are_mostly_numbers = 2 * numbers > (len(rows) - 1) * width
    return are_mostly_numbers or ((width > 2 or numbers >= len(rows) - 1) and _has_column(rows[1:], _CODE))
