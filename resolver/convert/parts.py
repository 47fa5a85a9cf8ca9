"""Cells that are more than one identifier: lists, and names with a footnote mark. Split here and nowhere else.

A cell is only taken apart if it is not found as a whole, so that no real name is (`HLA-A`, `NKX2-5`, `GPR75-ASB3`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..resolve.column import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

# Separators of several identifiers in a cell, in the order in which they are tried; ` - ` and ` x ` need their blanks.
SEPARATORS = ("///", "//", ";", "|", ",", " - ", " x ", "/")
_BLANK = " "  # separates the identifiers of SomaScan; names and phrases have blanks too
_RATIO = re.compile(r"\s*[0-9]+(?: ?/ ?[0-9]+| [-x] [0-9]+)+\s*")
_SAMPLED = 60  # cells with a separator, by which it is judged
_PARTS = 6  # of each
# What stands behind a name in a table of a paper: marks of footnotes, a remark in parentheses.
_MARK = re.compile(r"(?P<name>.*[^\s*†‡§¶#^°])(?P<mark>\s*[*†‡§¶#^°]+|\s+\([^()]*\))")


def split_cell(pattern: re.Pattern[str], cell: str, missing: Collection[str] = ()) -> list[str]:
    """Return the parts of a cell, without empty and missing ones; the cell alone if nothing separates it.

    Numbers around a slash, as in `9/7`, are a ratio or a date, and no list.
    """
    if _RATIO.fullmatch(cell):
        return [cell.strip()]
    parts = (part.strip() for part in pattern.split(cell))
    return [part for part in parts if part and part not in missing]


def set_mark_aside(cell: str) -> tuple[str, str] | None:
    """Return a name without the footnote mark or the remark behind it, and that mark; None for a cell without one.

    An allele (`CYP2D6*4`) has its star in the middle, and no mark.
    """
    match = _MARK.fullmatch(cell.strip())
    return None if match is None else (match["name"].strip(), match["mark"].strip())


def make_pattern(separators: Iterable[str]) -> str | None:
    """Return the pattern that splits cells at these separators; None for none."""
    return "|".join(map(_make_part, separators)) or None


def _make_part(separator: str) -> str:
    if not separator.strip():
        return r"\s+"
    escaped = re.escape(separator.strip())
    return rf"\s+{escaped}\s+" if separator[0] == _BLANK else rf"\s*{re.escape(separator)}\s*"


ANY_SEPARATOR = re.compile(make_pattern(SEPARATORS) or "")


def list_suspects(cells: Sequence[str], missed: Sequence[str]) -> list[str]:
    """Return some cells, from all over a column, with each separator that none of those missed in a sample has."""
    joined = "\n".join(cells)
    suspects: dict[str, None] = {}
    for place, separator in enumerate(SEPARATORS):
        if separator not in joined:
            continue
        longer = [one for one in SEPARATORS[:place] if separator in one]
        if not _list_having(separator, longer, missed):
            suspects |= dict.fromkeys(sample(_list_having(separator, longer, cells), _SAMPLED))
    return list(suspects)


def _list_having(separator: str, longer: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the cells with a separator, without those where it is only part of a longer one."""
    return [cell for cell in cells if separator in cell and not any(one in cell for one in longer)]


def find_separators(
    missed: Sequence[str], find: Callable[[Sequence[str]], Mapping[str, bool]], missing: Collection[str] = ()
) -> str | None:
    """Return the pattern that splits the cells of a column; None if they are no lists.

    `missed` are different cells that are not found as a whole. `find` returns those of many texts that are found, and
    whether each is surely meant: an identifier or an approved symbol. A separator is one if of most cells with it at
    least half of the parts are found; a blank, where no other is one, if all parts of most cells are surely meant.
    """
    found: list[str] = []
    for separator in (*SEPARATORS, _BLANK):
        is_blank = separator == _BLANK
        if is_blank and found:
            break
        suspects = [cell for cell in missed if separator in cell.strip() and not any(known in cell for known in found)]
        suspects = list(sample(suspects, _SAMPLED))
        pattern = re.compile(_make_part(separator))
        split = [split_cell(pattern, cell, missing)[:_PARTS] for cell in suspects]
        if not any(split):
            continue
        known = find(list(dict.fromkeys(part for parts in split for part in parts)))
        if is_blank:
            lists = sum(len(parts) > 1 and all(known.get(part) for part in parts) for parts in split)
        else:
            lists = sum(bool(parts) and 2 * sum(part in known for part in parts) >= len(parts) for parts in split)
        if 2 * lists > len(suspects):
            found.append(separator)
    return make_pattern(found)
