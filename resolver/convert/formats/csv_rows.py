"""Reading rows of CSV as the standard library's `csv` does, with a limit of its own for the length of a cell.

The limit of `csv` belongs to the whole process and is left as the caller has it. A row that is too long for `csv` is
read again here, by the same rules.
"""

from __future__ import annotations

import csv
import re
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOO_LONG = "field larger than field limit"


def read_rows(lines: Iterable[str], delimiter: str, longest: int) -> Iterator[list[str]]:
    """Yield the cells of each row, one row at a time: no line behind a row is taken before the next row is requested.

    `lines` keep their line ends. Raises csv.Error for a cell of over `longest` characters, and where a carriage return
    stands within a row.
    """
    rest = iter(lines)
    taken: list[str] = []

    def remembered() -> Iterator[str]:
        for line in rest:
            taken.append(line)
            yield line

    is_limited = csv.field_size_limit() <= longest  # read, not set
    while True:
        try:
            for cells in csv.reader(remembered(), delimiter=delimiter):
                if not is_limited and max(map(len, cells), default=0) > longest:
                    raise _too_long(longest)
                taken.clear()
                yield cells
        except csv.Error as error:
            if not is_limited or not str(error).startswith(_TOO_LONG):
                raise
            yield _read_row(chain(list(taken), rest), delimiter, longest)
            taken.clear()
        else:
            return


def _read_row(lines: Iterable[str], delimiter: str, longest: int) -> list[str]:
    """Return the cells of the row that begins with the first of the lines; takes no line behind it."""
    special = re.compile(f"[{re.escape(delimiter)}\r\n]")
    cells: list[str] = []
    parts: list[str] = []
    is_quoted, is_begin, size = False, True, 0
    for line in lines:
        place = 0
        while True:
            if is_begin and not is_quoted and line.startswith('"', place):
                is_quoted, is_begin, place = True, False, place + 1
            if is_quoted:
                quote = line.find('"', place)
                part = line[place : quote if quote >= 0 else None]
            else:
                found = special.search(line, place)
                part = line[place : found.start() if found else None]
            is_begin = False
            parts.append(part)
            size += len(part)
            if size > longest:
                raise _too_long(longest)
            place += len(part)
            if is_quoted and place == len(line):
                break  # the cell goes on in the next line
            if is_quoted and line.startswith('""', place):
                parts.append('"')
                size, place = size + 1, place + 2
            elif is_quoted:
                is_quoted, place = False, place + 1
            else:
                cells.append("".join(parts))
                parts, is_begin, size = [], True, 0
                if not line.startswith(delimiter, place):
                    if line[place:].strip("\r\n"):
                        raise csv.Error("a carriage return stands within a row, outside of quotes")
                    return cells
                place += 1
    return [*cells, "".join(parts)]


def _too_long(longest: int) -> csv.Error:
    return csv.Error(f"{_TOO_LONG} ({longest})")
