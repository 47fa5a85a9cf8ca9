"""How a text is laid out, found from its first lines: what is above the table, its delimiter, what its header lacks."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from .comments import count_titles, is_number, mark_of
from .delimiters import find_delimiter, split_lines
from .known import find_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .delimiters import Record
    from .known import KnownLayout

_SNIFFED_LINES = 1_000  # of the table
# Parts of names of columns that contain identifiers, which themselves have digits.
OF_IDENTIFIERS = re.compile(
    r"(?!.*\d).*(?:gene|symbol|name|accession|protein|entrez|ensembl|uniprot|(?:^|[_\W])ids?(?:$|\W))", re.IGNORECASE
)
# What Excel itself writes and reads before a header, to name the delimiter.
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class Layout(NamedTuple):
    """How the lines of a text are arranged around its table.

    `preamble` are the lines above the header, as they are written; `below` is the number of rows under the header that
    are no data. `unnamed` is the place of the one column that the header does not name: 0 where R wrote the names of
    rows, -1 where every row ends with a delimiter. `marks` are those of comments among the rows. `known` is the layout
    that has a name.
    """

    delimiter: str
    preamble: str = ""
    below: int = 0
    unnamed: int | None = None
    marks: str = "#"
    known: KnownLayout | None = None


def find_layout(lines: Sequence[str], delimiter: str | None, name: str) -> Layout:
    """Return how a table is read that begins with these lines, each with its line end.

    Comments, titles and empty lines above the header are no part of the table. The last comment is the header where it
    has as many cells as the rows, as in a BED file.
    """
    known = find_known(lines, name)
    first, below = 0, 0
    if known is not None and known.skip is not None:
        first, below = known.skip(lines)
    elif lines and (match := _SEP_LINE.fullmatch(lines[0])):
        delimiter, first = delimiter or match[1], 1
    begin = first
    while first < len(lines) and (mark_of(lines[first]) or not lines[first].strip()):
        first += 1
    if are_rows_marked := first == len(lines):
        first = begin + sum(1 for _ in takewhile(lambda line: not line.strip(), lines[begin:]))
    body = lines[first : first + _SNIFFED_LINES]
    is_cut = len(body) == _SNIFFED_LINES
    if delimiter is None:
        is_known = known is not None and any("\t" in line for line in body)
        delimiter = "\t" if is_known else find_delimiter(body, name, is_cut=is_cut)
    records = split_lines(body, delimiter, is_cut=is_cut)
    if first > begin and mark_of(lines[first - 1]) and _is_header(lines[first - 1], records, delimiter):
        first -= 1
        records = [*split_lines(lines[first : first + 1], delimiter, has_comments=False), *records]
    preamble = "".join(lines[:first])
    if known is None or not (known.skip or known.sets):
        above = _count_above(records)
        preamble += "".join(row for row, _ in records[:above])
        records = records[above:]
    rows = [cells for _, cells in records if cells]
    marks = "#" + "".join(sorted({mark_of(line) for line in lines[begin:first]} - {"#", ""}))
    unnamed = _find_unnamed(rows[:1] + rows[1 + below :])
    are_rows_marked = are_rows_marked or _are_marked([row for row, cells in records if cells], delimiter)
    return Layout(delimiter, preamble, below, unnamed, "" if are_rows_marked else marks, known)


def _is_header(line: str, records: Sequence[Record], delimiter: str) -> bool:
    """Return whether a comment directly above the rows is their header, and not one more comment above it."""
    above = next((cells for _, cells in split_lines([line], delimiter, has_comments=False)), [])
    rows = [cells for _, cells in records if cells]
    if sum(bool(cell.strip()) for cell in above) < 2 or not rows:
        return False
    if len(above) not in {len(rows[0]), Counter(map(len, rows)).most_common(1)[0][0]}:
        return False
    # The first row is a header itself where it has words above numbers, or alone names a column of genes.
    names_genes = any(map(OF_IDENTIFIERS.match, above))
    for place, cell in enumerate(rows[0]):
        below = [row[place] for row in rows[1:] if place < len(row)]
        if below and not is_number(cell) and all(map(is_number, below)):
            return False
        if OF_IDENTIFIERS.match(cell) and cell not in below and not names_genes:
            return False
    return True


def _count_above(records: Sequence[Record]) -> int:
    """Return how many of the first records are above the header: titles, and rows without content."""
    rows = [cells for _, cells in records]
    above = count_titles(rows)
    while above + 1 < len(rows) and not any(map(str.strip, rows[above])):
        above += 1
    return above


def _are_marked(lines: Sequence[str], delimiter: str) -> bool:
    """Return whether the table's own rows begin with a mark: most lines that have as many delimiters as the first."""
    number = lines[0].count(delimiter) if lines else 0
    marked = [bool(mark_of(line)) for line in lines[1:] if line.count(delimiter) == number]
    return bool(number) and 2 * sum(marked) > len(marked)


def _find_unnamed(rows: Sequence[list[str]]) -> int | None:
    """Return the place of the column that the first row, a header, does not name, where it lacks one."""
    width = len(rows[0]) if rows else 0
    below = [cells for cells in rows[1:] if not mark_of(cells[0])]
    if width < 2 or not below or any(len(cells) != width + 1 for cells in below):
        return None
    return 0 if any(cells[-1].strip() for cells in below) else -1
