"""A workbook whose first sheet contains no genes: which of the others does."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError
from .choice import prepare
from .head import take_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..resolve.resolver import Resolver
    from .formats.base import Source
    from .plan import Plan, Reading

_MOST_SHEETS = 20  # that are examined


class OtherSheets(NamedTuple):
    """What is wrong with the sheet that was read, and what to do."""

    what: str
    hint: str


def describe_sheets(source: Source, plan: Plan, resolver: Resolver, reading: Reading) -> OtherSheets | None:
    """Return which sheets of a workbook contain identifiers of genes; None for what has a single sheet, or none."""
    sheets = source.sheets
    if len(sheets) < 2:
        return None
    listed = f"Its sheets are {', '.join(sheets)}."
    found = next(_find_sheets(source, plan, resolver, reading), None)
    if found is not None:
        listed += f" Convert {found[0]} (column {found[1]}): --sheet {found[0]!r}."
    return OtherSheets(f"the sheet {next(iter(sheets))} of {source.name} cannot be converted", listed)


def _find_sheets(source: Source, plan: Plan, resolver: Resolver, reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield the name of each other sheet with a column of identifiers, and that of its column."""
    for sheet, open_sheet in islice(source.sheets.items(), 1, _MOST_SHEETS):
        try:
            other = open_sheet()
            found = prepare(other.header, take_cells(other.head), resolver, plan, reading.columns)
        except InputError:
            continue
        yield sheet, found.plan.columns[0].name
