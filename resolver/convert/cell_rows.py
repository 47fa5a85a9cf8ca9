"""What different cells became, as lists that a worker process returns over a pipe; no table engine is needed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .cells import Kind, kind_of, list_own, match_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cells import CellConverter


class CellRows(NamedTuple):
    """What different cells became, row by row.

    `genes` is the number of each row's gene, 0 for none, and a row of several has them in `several`, by its place.
    `kind_of` is the place of its kind in `kinds`, `own` are its status cells after outcome and reason, as columns.
    `rows_of` is the number of rows of each cell.
    """

    genes: list[int]
    several: dict[int, tuple[int, ...]]
    kind_of: list[int]
    kinds: list[Kind]
    own: list[tuple[str, ...]]
    rows_of: list[int]


def describe_rows(cells: CellConverter, texts: Sequence[str]) -> CellRows:
    """Return what different cells become; raises SeveralGenes as `cells` does."""
    plan = cells.plan
    genes: list[int] = []
    numbers, rows_of = [], []
    several: dict[int, tuple[int, ...]] = {}
    own: list[tuple[str, ...]] = []
    kinds: dict[tuple[object, ...], int] = {}
    found: list[Kind] = []
    for text, rows in zip(texts, cells.describe_all(texts), strict=True):
        is_empty = plan.is_missing(text)
        rows_of.append(len(rows))
        for row in rows:
            outcome, reason, matched_as, _, of_row, stale, _, taxa, also = row
            match = match_of(matched_as[0]) if matched_as else ""
            key = (outcome, reason, match, len(of_row), not stale, is_empty, taxa, not also)
            number = kinds.get(key)
            if number is None:
                number = kinds[key] = len(found)
                found.append(kind_of(row, is_empty=is_empty))
            if len(of_row) > 1:
                several[len(genes)] = of_row
            genes.append(of_row[0] if of_row else 0)
            numbers.append(number)
            own.append(list_own(row, plan))
    return CellRows(genes, several, numbers, found, list(zip(*own, strict=True)), rows_of)


def list_values(cells: CellConverter, genes: Sequence[tuple[int, ...]]) -> list[tuple[str, ...]]:
    """Return the cells of the plan's targets for genes."""
    return list(cells.values.get_all(genes))
