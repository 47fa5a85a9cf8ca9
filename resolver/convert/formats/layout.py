"""How a text table is laid out: delimiter, lines before the header, names of rows. Found from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from ...errors import BadOption
from .csv_rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

SNIFFED_LINES = 1_000
# Of a plain list, in which commas belong to the cells: the separator of units, which no one types.
_NO_DELIMITER = "\x1f"
_NAMED_DELIMITERS = {"tab": "\t", r"\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
# What Excel itself writes and reads before a header, to name the delimiter.
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def read_delimiter(text: str | None) -> str | None:
    """Return the character of a delimiter's name; raises BadOption for what is no delimiter."""
    if text is None:
        return None
    delimiter = _NAMED_DELIMITERS.get(text.lower(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadOption(
            f"{text!r} is not a delimiter", hint=f"Use one character, or one of {', '.join(_NAMED_DELIMITERS)}."
        )
    return delimiter


class Layout(NamedTuple):
    """How the lines are read: those before the header, and whether the header lacks the name of the first column."""

    delimiter: str
    preamble: tuple[str, ...]
    has_row_names: bool


class Delimiters(NamedTuple):
    """The usual delimiters, likeliest first, and those of which the suffix of a file specifies one."""

    usual: str
    specified: str


def order_delimiters(name: str) -> Delimiters:
    """Return the delimiters by the name of the file."""
    suffixes = {suffix.lower() for suffix in PurePath(name).suffixes}
    if suffixes & {".tsv", ".tab", ".txt", ".maf"}:
        return Delimiters("\t,;|", "\t" if suffixes & {".tsv", ".tab"} else "")
    return Delimiters(",;\t|", ",;" if ".csv" in suffixes else "")


def find_layout(lines: Sequence[str], delimiter: str | None, favorites: Delimiters) -> Layout:
    """Return how a table is read that begins with these lines.

    Lines before the header that begin with #, as in a MAF file, are no part of the table; the last of them is the
    header where it has as many cells as the line below, as in a BED file.
    """
    first = 0
    if lines and (match := _SEP_LINE.fullmatch(lines[0])):
        delimiter, first = delimiter or match[1], 1
    while first < len(lines) and lines[first].startswith("#"):
        first += 1
    while first < len(lines) and not lines[first].strip():
        first += 1
    body = lines[first:]
    if delimiter is None:
        delimiter = _find_delimiter(body, favorites)
    if first and body and lines[first - 1].startswith("#"):
        above = len(_split([lines[first - 1]], delimiter)[0])
        if 1 < above == len(_split(body[:1], delimiter)[0]):
            first -= 1
    widths = [len(cells) for cells in _split(lines[first:], delimiter) if cells]
    # R writes the names of rows without a name for their column.
    has_row_names = len(widths) > 1 and widths[0] > 1 and set(widths[1:]) == {widths[0] + 1}
    return Layout(delimiter, tuple(lines[:first]), has_row_names)


def _find_delimiter(lines: Sequence[str], favorites: Delimiters) -> str:
    """Return the delimiter that splits most lines into as many cells as the first; where none does, it is a list.

    A file with the suffix of a table, whose first line is split so, stays one: its bad lines are reported.
    """
    best, best_share, best_width = _NO_DELIMITER, 0.0, 1
    for delimiter in favorites.usual:
        widths = [len(cells) for cells in _split(lines, delimiter) if cells]
        if not widths or widths[0] < 2:
            continue
        width, count = Counter(widths[1:] or widths).most_common(1)[0]
        share = count / max(1, len(widths) - 1)
        if width - widths[0] not in {0, 1} or share < 0.5:
            continue
        if (share, width if best_share < 1 else 0) > (best_share, best_width):
            best, best_share, best_width = delimiter, share, width
    if best == _NO_DELIMITER:
        return next((one for one in favorites.specified if any(len(row) > 1 for row in _split(lines[:1], one))), best)
    return best


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        records = list(read_rows(lines, delimiter))
    except csv.Error:
        return []
    # The last one may go on below what was read.
    return records[:-1] if len(lines) >= SNIFFED_LINES else records
