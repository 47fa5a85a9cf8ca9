"""What a conversion came to: counts by outcome and reason, what the cells were, and the most frequent misses."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...resolve.outcome import Outcome
from ..cells import name_match

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..cells import Converted, Kind

# Of the different misses of a column so many are kept at least.
_MISSES_KEPT = 5_000
_MISSES_TOLD = 50
_LINES_KEPT = 100
# Under this share of rows that lead to genes something is wrong with the column or with what was asked.
_FEW = 0.5


@dataclass(slots=True)
class ColumnCounts:
    """Counts of one identifier column, by output row.

    `matched` counts what led to a gene: the namespace of an identifier, or the kind of a name; `genes` how many genes
    the rows lead to. `misses` are keyed by text, outcome and reason; of many different ones the most frequent are kept,
    and `is_cut` says so.
    """

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    genes: Counter[int] = field(default_factory=Counter)
    misses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    empty: int = 0
    stale: int = 0
    is_cut: bool = False

    def add_cell(self, text: str, rows: Iterable[Converted], times: int = 1) -> None:
        """Count a cell and the rows that it became."""
        self.empty += 0 if text.strip() else times
        for row in rows:
            self.outcomes[row.outcome] += times
            if row.reason:
                self.reasons[row.reason] += times
            if row.matched_as:
                self.matched[name_match(row.matched_as)] += times
            self.stale += times if row.stale else 0
            self.genes[row.genes] += times
            if row.outcome != Outcome.RESOLVED and text.strip():
                self.misses[text, row.outcome, row.reason] += times
        self.prune()

    def add_kind(self, kind: Kind, times: int) -> None:
        """Count rows of one kind."""
        self.outcomes[kind.outcome] += times
        self.genes[kind.genes] += times
        if kind.reason:
            self.reasons[kind.reason] += times
        if kind.match:
            self.matched[kind.match] += times
        self.stale += times if kind.is_stale else 0
        self.empty += times if kind.is_empty else 0

    def limit_misses(self, number: int) -> int:
        """Return how many of so many different misses are kept, the most frequent ones."""
        if number <= 8 * _MISSES_KEPT:
            return number
        self.is_cut = True
        return _MISSES_KEPT

    def prune(self) -> None:
        """Forget the rarest misses where there are many."""
        if len(self.misses) > 8 * _MISSES_KEPT:
            self.misses = Counter(dict(self.misses.most_common(_MISSES_KEPT)))
            self.is_cut = True

    def list_misses(self, number: int) -> list[tuple[tuple[str, str, str], int]]:
        """Return the most frequent misses; those that are as frequent in the order of their texts."""
        return heapq.nsmallest(number, self.misses.items(), key=lambda miss: (-miss[1], miss[0]))

    def merge(self, other: ColumnCounts) -> None:
        """Add the counts of another part of the same column."""
        for mine, theirs in (
            (self.outcomes, other.outcomes),
            (self.reasons, other.reasons),
            (self.matched, other.matched),
        ):
            mine.update(theirs)
        self.genes.update(other.genes)
        self.misses.update(other.misses)
        self.empty += other.empty
        self.stale += other.stale
        self.is_cut |= other.is_cut
        self.prune()

    @property
    def several(self) -> int:
        """How many output rows lead to several genes."""
        return sum(rows for genes, rows in self.genes.items() if genes > 1)

    @property
    def filled(self) -> int:
        """How many output rows have a cell that is not empty."""
        return self.outcomes.total() - self.empty

    @property
    def share_found(self) -> float:
        """The share of filled rows that lead to genes; 1 where there are none."""
        found = sum(self.outcomes[outcome] for outcome in (Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED))
        return found / self.filled if self.filled else 1.0

    @property
    def is_alarming(self) -> bool:
        """Whether so few rows lead to genes that the column, or what was asked, must be wrong."""
        return self.share_found < _FEW


@dataclass(slots=True)
class Summary:
    """What was read and written. `bad_rows` counts rows of another width than the header; the first are listed.

    `is_stale_counted`: the `stale` of the columns is known.
    """

    columns: list[ColumnCounts]
    rows: int = 0
    written: int = 0
    bad_rows: int = 0
    bad_lines: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Not part of what a conversion gave: the ways of converting a table differ in what they count besides.
    is_stale_counted: bool = field(default=False, compare=False)

    def merge(self, other: Summary) -> None:
        """Add what another part of the same table came to."""
        for mine, theirs in zip(self.columns, other.columns, strict=True):
            mine.merge(theirs)
        self.rows += other.rows
        self.written += other.written
        self.bad_rows += other.bad_rows
        self.bad_lines = (self.bad_lines + other.bad_lines)[:_LINES_KEPT]

    def describe(self) -> dict[str, Any]:
        """Return the summary as plain objects."""
        return {
            "rows": self.rows,
            "written": self.written,
            "bad_rows": self.bad_rows,
            "bad_lines": [{"line": line, "what": what} for line, what in self.bad_lines],
            "notes": self.notes,
            "columns": [_describe_column(column) for column in self.columns],
        }


def _describe_column(column: ColumnCounts) -> dict[str, Any]:
    return {
        "name": column.name,
        "outcomes": {outcome.value: column.outcomes[outcome.value] for outcome in Outcome},
        "reasons": dict(column.reasons.most_common()),
        "matched": dict(column.matched.most_common()),
        "empty": column.empty,
        "several_genes": column.several,
        "genes_per_row": {str(genes): column.genes[genes] for genes in sorted(column.genes)},
        "stale": column.stale,
        "share_found": round(column.share_found, 4),
        "misses": [
            {"text": text, "outcome": outcome, "reason": reason, "rows": number}
            for (text, outcome, reason), number in column.list_misses(_MISSES_TOLD)
        ],
    }
