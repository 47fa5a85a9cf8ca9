"""The head of a table, by which its conversion is planned: the first cells of each column, and columns by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MissingColumn
from ..resolve.column import sample
from .plan import UNIT_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from .formats.base import Texts
    from .plan import CellRule

SOME_ROWS = 150


class Head:
    """The first rows of a table, column by column; `read` returns the cells of a column, `read_some` a few of them.

    `rows` are those that a preview shows.
    """

    def __init__(
        self,
        read: Callable[[int], Sequence[str]],
        read_some: Callable[[int], Sequence[str]] | None = None,
        rows: Sequence[Sequence[str]] = (),
    ) -> None:
        self.read = read
        self.rows = rows
        self._read_some = read_some

    def read_some(self, place: int) -> Sequence[str]:
        """Return some cells of a column, from all over the head."""
        return sample(self.read(place), SOME_ROWS) if self._read_some is None else self._read_some(place)


def take_cells(rows: Sequence[Sequence[str]]) -> Head:
    """Return the head of a table that has these rows; a row may be too short to have a cell."""
    some = sample(rows, SOME_ROWS)

    def read(place: int) -> list[str]:
        return [row[place] if place < len(row) else "" for row in rows]

    return Head(read, lambda place: [row[place] if place < len(row) else "" for row in some], rows)


def read_texts(rule: CellRule, read: Callable[[int], Texts]) -> Texts:
    """Return the texts of the column of a rule; those of several columns that are read together are joined by row."""
    columns = [read(one.position) for one in rule.all]
    if len(columns) == 1:
        return columns[0]
    if all(isinstance(column, list) for column in columns):
        return [UNIT_SEPARATOR.join(text or "" for text in cells) for cells in zip(*columns, strict=True)]
    return _join_series(columns)


def _join_series(columns: Sequence[Texts]) -> pl.Series:
    import polars as pl

    series = [pl.Series(str(place), column, dtype=pl.String) for place, column in enumerate(columns)]
    texts = [pl.lit(column.fill_null("")) for column in series]
    return pl.select(pl.concat_str(texts, separator=UNIT_SEPARATOR)).to_series()


def find_columns(header: Sequence[str], wanted: str) -> tuple[int, ...]:
    """Return the positions of the columns that are wanted: one, or several that are read together, with commas.

    Raises MissingColumn with the nearest name.
    """
    if "," not in wanted or wanted in header:
        return (find_column(header, wanted),)
    return tuple(dict.fromkeys(find_column(header, name.strip()) for name in wanted.split(",") if name.strip()))


def find_column(header: Sequence[str], wanted: str) -> int:
    """Return the position of a column by its name, or as `#2` by its number; raises MissingColumn with the nearest."""
    places = [number for number, name in enumerate(header) if name == wanted]
    if len(places) == 1:
        return places[0]
    what = f"column {wanted!r} not found"
    if places:
        what = f"{len(places)} columns are named {wanted!r}"
        hint = f"Select one by number: {', '.join(f'#{place + 1}' for place in places)}."
    elif wanted.startswith("#") and wanted[1:].isdigit():
        if 1 <= (number := int(wanted[1:])) <= len(header):
            return number - 1
        what, hint = f"column #{number} not found", f"The table has {len(header)} columns."
    else:
        import difflib

        folded = {name.casefold(): name for name in header}
        near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.5)
        shown = ", ".join(header[:20]) + (f" and {len(header) - 20:,} more" if len(header) > 20 else "")
        hint = f"Did you mean {folded[near[0]]!r}? Available: {shown}." if near else f"Available: {shown}."
    raise MissingColumn(what, available=tuple(header), hint=hint)
