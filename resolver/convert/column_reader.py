"""Read the cells of one column: each as `/resolve` answers it, and what is not found so, taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..resolve.many_cells import ManyCells
from ..resolve.options import OnMany
from ..resolve.outcome import Outcome
from ..resolve.table import Cells
from .notes import CellNote, CellOutcome, note_species
from .parts import ANY_SEPARATOR, set_mark_aside, split_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from enum import StrEnum

    from ..resolve.resolver import Resolver
    from .plan import CellRule, Plan

    Describe = Callable[[Sequence[str]], Iterator[tuple[Cells, ...]]]

# A cell of several identifiers has the least certain of the outcomes of those that are found.
_WORST_FIRST: tuple[StrEnum, ...] = (
    Outcome.UNRECOGNIZED,
    Outcome.NOT_FOUND,
    Outcome.AMBIGUOUS,
    Outcome.RETIRED,
    Outcome.RESOLVED,
)
_MISSED = frozenset(_WORST_FIRST[:2])
_DECIDED = frozenset(_WORST_FIRST[3:])
_EMPTY = (Cells(CellOutcome.EMPTY, None, (), (), ()),)


class ColumnReader:
    """Reads the cells of one column by its rule; remembers none."""

    def __init__(self, resolver: Resolver, plan: Plan, rule: CellRule) -> None:
        self._plan = plan
        self._rule = rule
        self._lists = re.compile(rule.lists) if rule.lists else None
        self._cells = ManyCells(resolver, plan.options, rule.column, are_lists=self._lists is not None)
        self._is_exploding = plan.options.on_many is OnMany.EXPLODE
        self._corrections = dict(plan.corrections)

    def describe_all(self, texts: Sequence[str]) -> Iterator[tuple[Cells, ...]]:
        """Yield the status cells of the rows that each cell becomes; a cell with a correction is read as that."""
        is_missing = self._plan.is_missing
        return self._correct(["" if is_missing(text) else text for text in texts], self._describe_cells)

    def _correct(self, queries: Sequence[str], describe: Describe) -> Iterator[tuple[Cells, ...]]:
        """Yield what is described of each query, or of its correction with a note."""
        if not self._corrections:
            return describe(queries)
        corrected = [self._corrections.get(query.strip()) for query in queries]
        queries = [query if one is None else one for query, one in zip(queries, corrected, strict=True)]
        each = zip(corrected, describe(queries), strict=True)
        return (rows if one is None else _note(rows, CellNote.CORRECTED) for one, rows in each)

    def _describe_cells(self, queries: Sequence[str]) -> Iterator[tuple[Cells, ...]]:
        return (self.complete(query, rows) for query, rows in zip(queries, self._answer(queries), strict=True))

    def complete(self, query: str, rows: tuple[Cells, ...]) -> tuple[Cells, ...]:
        """Return the rows of a cell; one that is not found as a whole may be a list, or a name with a mark."""
        if not query:
            return _EMPTY
        if rows[0].outcome not in _MISSED:
            return rows
        return self.take_apart(query) or rows

    def take_apart(self, query: str) -> tuple[Cells, ...] | None:
        """Return the rows of a cell that is a name with a mark, or a list; None if it is neither."""
        return self._set_mark_aside(query) or self._split(query)

    def _answer(self, queries: Sequence[str]) -> Iterator[tuple[Cells, ...]]:
        species = self._rule.species
        for rows in self._cells.describe(queries):
            yield tuple([note_species(row, species) for row in rows])

    def _set_mark_aside(self, query: str) -> tuple[Cells, ...] | None:
        """Return the rows of a name without the mark behind it; None if it has none, or is not found."""
        marked = set_mark_aside(query)
        if marked is None:
            return None
        (rows,) = self._answer([marked[0]])
        if rows[0].outcome in _MISSED:
            return None
        return _note(rows, CellNote.MARK_SET_ASIDE)

    def _split(self, query: str) -> tuple[Cells, ...] | None:
        """Return the rows of a cell of several identifiers; None if it is none.

        In a column whose head has no lists, a cell is one only if each of its parts resolves.
        """
        parts = split_cell(self._lists or ANY_SEPARATOR, query, self._plan.missing)
        if not parts or parts == [query.strip()]:
            return None
        each = zip(parts, self._correct(parts, self._answer), strict=True)
        rows = [
            row
            for part, of_part in each
            for row in ((of_part[0].outcome in _MISSED and self._set_mark_aside(part)) or of_part)
        ]
        if self._lists is None and any(row.outcome not in _DECIDED for row in rows):
            return None
        return tuple(rows) if self._is_exploding else (_merge(rows),)


def _note(rows: Iterable[Cells], note: CellNote) -> tuple[Cells, ...]:
    """Return the rows with a note, where they have no reason."""
    return tuple([row._replace(reason=row.reason or note) for row in rows])


def _merge(rows: Sequence[Cells]) -> Cells:
    """Return the one row of a cell that contains several identifiers; those that match no gene are only noted."""
    found = [row for row in rows if row.outcome not in _MISSED]
    merged = found or rows
    worst = min(merged, key=lambda row: _WORST_FIRST.index(row.outcome))
    _, _, matched_as, retired_from, genes, _, _, taxa, also = zip(*merged, strict=True)
    row = worst._replace(
        reason=next((one.reason for one in (worst, *merged) if one.reason is not None), None),
        matched_as=_join(matched_as),
        retired_from=_join(retired_from),
        genes=tuple(dict.fromkeys(gene for part in genes for gene in part)),
        taxa=tuple(sorted({taxon for part in taxa for taxon in part})),
        also=_join(also),
    )
    if found and len(found) < len(rows) and row.reason is None:
        row = row._replace(reason=CellNote.PARTS_NOT_FOUND)
    return row


def _join(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))
