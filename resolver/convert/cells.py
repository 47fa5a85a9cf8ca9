"""One cell at a time: the same answer as `/resolve` gives, rendered as the columns of a table.

Every conversion ends here, once for each different cell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.foreign import is_artifact
from ..resolve.many import answer_many, explode
from ..resolve.options import OnMany
from ..resolve.outcome import Outcome
from ..resolve.table import Cells, describe_answer
from .gene_values import GeneValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..resolve.resolver import Resolver
    from .plan import CellRule, Plan

    # For the CURIE of each marked identifier the verdict, and what to use now.
    Marked = Mapping[str, tuple[str, str]]


_IDENTIFIERS = frozenset(("identifier", "homology_group"))
_NOT_FOUND = (Outcome.UNRECOGNIZED, Outcome.NOT_FOUND)
# A cell of several identifiers has the least certain of their outcomes.
_WORST_FIRST = (Outcome.UNRECOGNIZED, Outcome.NOT_FOUND, Outcome.AMBIGUOUS, Outcome.RETIRED, Outcome.RESOLVED)


class Kind(NamedTuple):
    """What rows are counted by; `genes` is how many genes they resolve to, `is_empty` that the cell was."""

    outcome: str
    reason: str
    match: str
    genes: int
    is_stale: bool
    is_empty: bool

    @property
    def is_miss(self) -> bool:
        """Whether the row is listed among those that were not resolved."""
        return self.outcome != Outcome.RESOLVED and not self.is_empty


class Converted(NamedTuple):
    """A row that a cell becomes: a text for each target, and what the status columns show."""

    values: tuple[str, ...]
    status: Cells

    def list_cells(self, plan: Plan) -> tuple[str, ...]:
        """Return all cells that the plan adds."""
        status = self.status
        reason = "" if status.reason is None else status.reason.value
        return (*self.values, status.outcome.value, reason, *list_own(status, plan))


def list_own(status: Cells, plan: Plan) -> tuple[str, ...]:
    """Return the status cells after outcome and reason: those that seldom are the same for two cells."""
    parts = status[2:4] + status[5:] if plan.stale else status[2:4]
    return tuple([part[0] if len(part) == 1 else plan.separator.join(part) for part in parts])


def match_of(matched_as: str) -> str:
    """Return what a match is counted as: the prefix of an identifier, or the kind of a name."""
    kind, _, value = matched_as.partition(" ")
    return value.partition(":")[0] if kind in _IDENTIFIERS else kind


def kind_of(status: Cells, *, is_empty: bool) -> Kind:
    """Return what a row is counted by."""
    reason = "" if status.reason is None else status.reason.value
    match = match_of(status.matched_as[0]) if status.matched_as else ""
    return Kind(status.outcome.value, reason, match, len(status.genes), bool(status.stale), is_empty)


class CellConverter:
    """Converts the cells of one column by a plan; remembers up to `kept` different cells.

    Cost: one answer of the resolver for each different cell, some ten microseconds.
    """

    def __init__(
        self, resolver: Resolver, plan: Plan, rule: CellRule, marks: Marked | None = None, *, kept: int = 200_000
    ) -> None:
        self.resolver = resolver
        self.plan = plan
        self.values = GeneValues(resolver.reader, plan)
        self._rule = rule
        self._find_mark = marks.get if marks else None
        self._kept = kept
        self._cells: dict[str, tuple[Converted, ...]] = {}
        self._lists = re.compile(rule.lists) if rule.lists else None
        self._is_exploding = plan.options.on_many is OnMany.EXPLODE

    def convert(self, text: str) -> tuple[Converted, ...]:
        """Return the rows that the cell becomes: one, or with `on_many=explode` one for each gene.

        Raises SeveralGenes with `on_many=error` where the cell matches several.
        """
        known = self._cells.get(text)
        if known is None:
            if len(self._cells) >= self._kept:
                self._cells.clear()
            (rows,) = self.describe_all([text])
            known = self._cells[text] = tuple([Converted(self.values.get(row.genes), row) for row in rows])
        return known

    def describe_all(self, texts: Sequence[str]) -> Iterator[tuple[Cells, ...]]:
        """Yield the status cells of the rows that each cell becomes, and remember none."""
        missing = self.plan.missing
        queries = ["" if text in missing else text for text in texts] if missing else texts
        rows = self._describe(queries)
        if self._lists is None and self._find_mark is None:
            return rows
        return (self.complete(query, of_query) for query, of_query in zip(queries, rows, strict=True))

    def complete(self, query: str, rows: tuple[Cells, ...]) -> tuple[Cells, ...]:
        """Return the rows of a cell that may contain several identifiers, with what the nightly job marked."""
        if self._lists is not None and rows[0].outcome in _NOT_FOUND:  # a name may contain what separates a list
            parts = split_list(query, self._lists)
            if parts != [query]:
                found = tuple(row for of_part in self._describe(parts) for row in of_part)
                rows = found if self._is_exploding else (_merge(found),)
        return rows if self._find_mark is None else tuple([self._mark(row) for row in rows])

    def _describe(self, queries: Sequence[str]) -> Iterator[tuple[Cells, ...]]:
        each = [(query, self.plan.options) for query in queries]
        are_lists = self._lists is not None
        answers = answer_many(self.resolver, each, self._rule.numbers, with_suggestions=False, are_lists=are_lists)
        if not self._is_exploding:
            return zip(map(describe_answer, answers))
        return (tuple([describe_answer(one) for one in explode(answer)]) for answer in answers)

    def _mark(self, row: Cells) -> Cells:
        assert self._find_mark is not None  # noqa: S101  (checked by the caller)
        matches = [match.partition(" ")[2] for match in row.matched_as]
        marks = [mark for match in matches if (mark := self._find_mark(match)) is not None]
        if not marks:
            return row
        stale, now = (tuple(dict.fromkeys(texts)) for texts in zip(*marks, strict=True))
        return row._replace(stale=stale, use_now=tuple(filter(None, now)))


def split_list(cell: str, lists: re.Pattern[str]) -> list[str]:
    """Return the identifiers in a cell; without contaminants, decoys and the like, if there are others."""
    parts = [part for part in lists.split(cell) if part and not part.isspace()]
    if len(parts) < 2:
        return [cell]
    return [part for part in parts if not is_artifact(part)] or parts


def _merge(rows: tuple[Cells, ...]) -> Cells:
    """Return the one row of a cell that contains several identifiers."""
    worst = min(rows, key=lambda row: _WORST_FIRST.index(row.outcome))

    def together(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for part in parts for text in part))

    _, _, matched_as, retired_from, genes, stale, use_now = zip(*rows, strict=True)
    return worst._replace(
        matched_as=together(matched_as),
        retired_from=together(retired_from),
        genes=tuple(dict.fromkeys(gene for part in genes for gene in part)),
        stale=together(stale),
        use_now=together(use_now),
    )
