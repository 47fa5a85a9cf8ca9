"""One cell at a time: the same answer as `/resolve` gives, rendered as the columns of a table.

Every conversion ends here, once for each different cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..resolve.outcome import Outcome
from .column_reader import ColumnReader
from .gene_values import GeneValues
from .notes import CellNote
from .plan import UNIT_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..resolve.resolver import Resolver
    from ..resolve.table import Cells
    from .plan import CellRule, Plan

    # For the CURIE of each marked identifier the verdict, and what to use now.
    Marked = Mapping[str, tuple[str, str]]


_IDENTIFIERS = frozenset(("identifier", "homology_group"))


class Kind(NamedTuple):
    """What rows are counted by.

    `genes` is how many genes they resolve to, `is_empty` that the cell was, `taxa` are the species of the genes.
    `has_also` is that the text is a name of another gene too.
    """

    outcome: str
    reason: str
    match: str
    genes: int
    is_stale: bool
    is_empty: bool
    taxa: tuple[int, ...] = ()
    has_also: bool = False

    @property
    def is_miss(self) -> bool:
        """Whether the row is listed among those that were not resolved."""
        return self.outcome != Outcome.RESOLVED and not self.is_empty

    @property
    def is_decided(self) -> bool:
        """Whether the row became a gene (or one of each species), by itself or as a successor."""
        return self.genes > 0 and self.outcome in {Outcome.RESOLVED, Outcome.RETIRED}


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
    shown = (status.matched_as, status.retired_from, status.also)
    parts = (*shown, status.stale, status.use_now) if plan.stale else shown
    return tuple([part[0] if len(part) == 1 else plan.separator.join(part) for part in parts])


def match_of(matched_as: str) -> str:
    """Return what a match is counted as: the prefix of an identifier, or the kind of a name."""
    kind, _, value = matched_as.partition(" ")
    return value.partition(":")[0] if kind in _IDENTIFIERS else kind


def kind_of(status: Cells, *, is_empty: bool) -> Kind:
    """Return what a row is counted by."""
    reason = "" if status.reason is None else status.reason.value
    match = match_of(status.matched_as[0]) if status.matched_as else ""
    return Kind(
        status.outcome.value, reason, match, len(status.genes), bool(status.stale), is_empty, status.taxa,
        bool(status.also),
    )  # fmt: skip


class CellConverter:
    """Converts the cells of one column by a plan, or of several that are read together; remembers up to `kept` cells.

    Cost: one answer of the resolver for each different cell, some ten microseconds.
    """

    def __init__(
        self, resolver: Resolver, plan: Plan, rule: CellRule, marks: Marked | None = None, *, kept: int = 200_000
    ) -> None:
        self.resolver = resolver
        self.plan = plan
        self.rule = rule
        self.marks = marks or {}
        self.values = GeneValues(resolver.reader, plan)
        self._readers = [ColumnReader(resolver, plan, one) for one in rule.all]
        self._kept = kept
        self._cells: dict[str, tuple[Converted, ...]] = {}

    def convert(self, text: str) -> tuple[Converted, ...]:
        """Return the rows that the cell becomes: one, or with `on_many=explode` one for each gene.

        Raises SeveralGenes with `on_many=error` where the cell matches several.
        """
        return self._cells.get(text) or self.convert_all([text])[0]

    def convert_all(self, texts: Sequence[str]) -> list[tuple[Converted, ...]]:
        """Return what `convert` returns for each of many cells; those that are new are answered together.

        They are answered in the order of their texts, which is that of the release's index.
        """
        if len(self._cells) >= self._kept:
            self._cells.clear()
        new = sorted({text for text in texts if text not in self._cells})
        described = list(self.describe_all(new))
        genes = list(dict.fromkeys(row.genes for rows in described for row in rows))
        values = dict(zip(genes, self.values.get_all(genes), strict=True))
        for text, rows in zip(new, described, strict=True):
            self._cells[text] = tuple([Converted(values[row.genes], row) for row in rows])
        return [self._cells[text] for text in texts]

    def find_genes(self, text: str) -> tuple[int, ...]:
        """Return the numbers of the genes that the first row of a cell becomes."""
        return self.convert(text)[0].status.genes

    def describe_all(self, texts: Sequence[str]) -> Iterator[tuple[Cells, ...]]:
        """Yield the status cells of the rows that each cell becomes, and remember none."""
        rows = self._readers[0].describe_all(texts) if len(self._readers) == 1 else map(self._describe_together, texts)
        return (tuple(map(self.mark, of_text)) for of_text in rows) if self.marks else rows

    def _describe_together(self, text: str) -> tuple[Cells, ...]:
        """Return the rows of the first of several cells that is found, or of the first that is not empty."""
        cells = text.split(UNIT_SEPARATOR)
        each = [next(reader.describe_all([cell])) for reader, cell in zip(self._readers, cells, strict=True)]
        found = [rows for rows in each if any(row.genes for row in rows)]
        if not found:
            filled = (rows for rows, cell in zip(each, cells, strict=True) if not self.plan.is_missing(cell))
            return next(filled, each[0])
        first, *others = found
        genes = {gene for row in first for gene in row.genes}
        if all(genes & {gene for row in rows for gene in row.genes} for rows in others):
            return first
        return tuple([row._replace(reason=row.reason or CellNote.COLUMNS_DISAGREE) for row in first])

    def mark(self, row: Cells) -> Cells:
        """Return the row with what the nightly job marked of its identifiers."""
        matches = [match.partition(" ")[2] for match in row.matched_as]
        marks = [self.marks[match] for match in matches if match in self.marks]
        if not marks:
            return row
        stale, now = (tuple(dict.fromkeys(texts)) for texts in zip(*marks, strict=True))
        return row._replace(stale=stale, use_now=tuple(filter(None, now)))
