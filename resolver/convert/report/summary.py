"""Counts of a conversion: outcomes and reasons, how the cells matched, collisions, and the misses by cause."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import BadOption
from ...identifiers.brief import one_line
from ...identifiers.names import make_encodable
from ...identifiers.species import SPECIES
from ...resolve.outcome import Outcome
from ..cells import Kind, kind_of
from ..notes import CELL_OUTCOMES
from ..plan import UNIT_SEPARATOR
from .causes import group_misses
from .collisions import NEXT_STEP, Collisions, count_collisions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...resolve.column import SpeciesVote
    from ...store.gene_reader import GeneReader
    from ..cells import Converted
    from ..formats.base import Batch
    from .causes import CauseCounts
    from .collisions import Collision

_MISSES_KEPT = 5_000  # different ones of a column, at least
_MISSES_SHOWN = 50
_LINES_KEPT = 100
_FEW = 0.5  # share of matching rows under which the column or an option must be wrong
_DECIDE_MIXED = "Convert the list in one species: --species human, or --species mouse."
_FOUND = (Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED)


@dataclass(slots=True, repr=False)
class ColumnCounts:
    """Counts of the output rows of one identifier column.

    `matched` counts rows by the namespace of an identifier or the kind of a name, `genes` by the number of genes,
    `species` by that of the genes (`both` if they are of both).
    `misses` are counted by cell, outcome and reason; of many different ones the most frequent are kept, and `is_cut`
    is set. `also` counts rows whose text is a name of another gene too. `collisions` are None where they are not
    counted; those of `cells`, which are the cells of a small table by their genes, are among them once `explain` was
    called, and so are the `causes` of the misses. `vote` decided on the species of the column.
    """

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    genes: Counter[int] = field(default_factory=Counter)
    species: Counter[str] = field(default_factory=Counter)
    misses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    empty: int = 0
    stale: int = 0
    is_cut: bool = False
    also: int = 0
    collisions: Collisions | None = field(default_factory=Collisions)
    cells: dict[tuple[int, ...], dict[str, int]] = field(default_factory=dict)
    causes: list[CauseCounts] = field(default_factory=list)
    vote: SpeciesVote | None = None

    @property
    def mixed(self) -> SpeciesVote | None:
        """The votes of a column that is read in both species, since its unambiguous cells are of both; else None."""
        return self.vote if self.vote is not None and self.vote.taxon is None else None

    def __repr__(self) -> str:
        found = ", ".join(f"{rows:,} {outcome}" for outcome, rows in self.outcomes.most_common() if rows)
        return one_line(self, repr(self.name[:40]), found)

    def add_cells(self, texts: Sequence[str], converted: Sequence[Sequence[Converted]]) -> None:
        """Count the rows of cells."""
        kinds: Counter[Kind] = Counter()
        for text, rows in zip(texts, converted, strict=True):
            for row in rows:
                kind = kind_of(row.status, is_empty=not text.strip())
                kinds[kind] += 1
                if kind.is_miss:
                    self.misses[text, kind.outcome, kind.reason] += 1
                if kind.is_decided:
                    cell, of_gene = make_encodable(text), self.cells.setdefault(row.status.genes, {})
                    of_gene[cell] = of_gene.get(cell, 0) + 1  # a counter for each gene would take longer than all else
        for kind, times in kinds.items():
            self.add_kind(kind, times)
        self.prune()

    def add_kind(self, kind: Kind, times: int) -> None:
        """Count rows of one kind."""
        self.outcomes[kind.outcome] += times
        self.genes[kind.genes] += times
        if kind.reason:
            self.reasons[kind.reason] += times
        if kind.match:
            self.matched[kind.match] += times
        if kind.taxa:
            self.species[SPECIES[kind.taxa[0]].name if len(kind.taxa) == 1 else "both"] += times
        self.stale += times * kind.is_stale
        self.empty += times * kind.is_empty
        self.also += times * kind.has_also

    def limit_misses(self, number: int) -> int:
        """Return how many of so many different misses are kept, the most frequent ones."""
        if number <= 8 * _MISSES_KEPT:
            return number
        self.is_cut = True
        return _MISSES_KEPT

    def prune(self) -> None:
        """Keep only the most frequent misses where there are many."""
        kept = self.limit_misses(len(self.misses))
        if kept < len(self.misses):
            self.misses = Counter(dict(self.misses.most_common(kept)))

    def list_misses(self, number: int) -> list[tuple[tuple[str, str, str], int]]:
        """Return the most frequent misses; equally frequent ones in alphabetical order."""
        return heapq.nsmallest(number, self.misses.items(), key=lambda miss: (-miss[1], miss[0]))

    def merge(self, other: ColumnCounts) -> None:
        """Add the counts of another part of the same column, of which no collisions were counted."""
        self.outcomes.update(other.outcomes)
        self.reasons.update(other.reasons)
        self.matched.update(other.matched)
        self.genes.update(other.genes)
        self.species.update(other.species)
        self.misses.update(other.misses)
        self.empty += other.empty
        self.also += other.also
        self.stale += other.stale
        self.is_cut |= other.is_cut
        self.prune()

    def explain(self, reader: GeneReader) -> None:
        """Group the misses by cause, and name the genes of collisions, with the release that was used."""
        self.causes = group_misses(self.misses.items(), reader)
        if self.cells:
            self.collisions, self.cells = count_collisions(self.cells), {}
        if self.collisions is not None:
            self.collisions = self.collisions.name(lambda one: _name_genes(one, reader))

    @property
    def several(self) -> int:
        """The number of rows that match several genes."""
        return sum(rows for genes, rows in self.genes.items() if genes > 1)

    @property
    def share_found(self) -> float:
        """The share of rows that match genes among those whose cell is not empty; 1 where there are none."""
        filled = self.outcomes.total() - self.empty
        return sum(self.outcomes[outcome] for outcome in _FOUND) / filled if filled else 1.0

    @property
    def is_alarming(self) -> bool:
        """Whether so few rows match genes that the column, or an option, must be wrong."""
        return self.share_found < _FEW

    def describe(self) -> dict[str, Any]:
        """Return the counts as plain objects."""
        return {
            "name": self.name,
            "outcomes": {outcome: self.outcomes[outcome] for outcome in CELL_OUTCOMES},
            "reasons": dict(self.reasons.most_common()),
            "matched": dict(self.matched.most_common()),
            "empty": self.empty,
            "several_genes": self.several,
            "genes_per_row": {str(genes): self.genes[genes] for genes in sorted(self.genes)},
            "species": {name: self.species[name] for name in ("human", "mouse", "both")},
            "stale": self.stale,
            "also": self.also,
            "share_found": round(self.share_found, 4),
            "collisions": None if self.collisions is None else self.collisions.describe(),
            "causes": [one.describe() for one in self.causes],
            "misses": [
                {"text": text.replace(UNIT_SEPARATOR, " | "), "outcome": outcome, "reason": reason, "rows": number}
                for (text, outcome, reason), number in self.list_misses(_MISSES_SHOWN)
            ],
        }


@dataclass(slots=True, repr=False)
class Summary:
    """Counts of a table. `bad_rows` counts rows of another width than the header; `bad_lines` lists the first.

    `assumed` is what nobody specified, and was decided by the table. `find_receipt` and `find_misses` return on request
    what a summary does not contain (None for a part of a table); `rename` returns a text with the names that options
    have in the interface of the summary.
    """

    columns: list[ColumnCounts]
    rows: int = 0
    written: int = 0
    bad_rows: int = 0
    bad_lines: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    find_receipt: Callable[[Summary], dict[str, Any]] | None = field(default=None, compare=False)
    find_misses: Callable[[Summary], list[dict[str, Any]]] | None = field(default=None, compare=False)
    rename: Callable[[str], str] = field(default=str, compare=False)

    def __repr__(self) -> str:
        rows = count(self.rows, "row")
        return one_line(self, f"{rows}:", "; ".join(repr(column)[1:-1].partition(" ")[2] for column in self.columns))

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The misses of all columns by cause, each with its rows, examples and next step, as dicts."""
        return [
            {"column": column.name, **cause.describe(), "next_step": self.rename(cause.advice.next_step)}
            for column in self.columns
            for cause in column.causes
        ]

    @property
    def misses(self) -> list[dict[str, Any]]:
        """The 30 most frequent misses of each column, with cause, hint and suggestions, as dicts; `[]` in parts."""
        misses = [] if self.find_misses is None else self.find_misses(self)
        return [{**miss, "hint": miss["hint"] and self.rename(miss["hint"])} for miss in misses]

    def build_receipt(self) -> dict[str, Any]:
        """Return the receipt: program, release, sources, parameters, counts, and a sentence for a methods section.

        Raises BadOption for the summary of a part of a table.
        """
        if self.find_receipt is None:
            raise BadOption("the summary of a part of a table has no receipt", hint="Convert the table as a whole.")
        return self.find_receipt(self)

    def use_names(self, rename: Callable[[str], str]) -> None:
        """Name options in all texts as an interface does."""
        self.rename = rename
        self.notes, self.assumed = list(map(rename, self.notes)), list(map(rename, self.assumed))

    def explain(self, reader: GeneReader) -> None:
        """Group the misses of each column by cause, and name the genes of collisions."""
        for column in self.columns:
            column.explain(reader)

    def count_bad(self, batch: Batch) -> None:
        """Count the bad rows of a batch."""
        self.bad_rows += len(batch.bad) + batch.unlisted
        self.bad_lines += batch.bad[: _LINES_KEPT - len(self.bad_lines)]

    def merge(self, other: Summary) -> None:
        """Add the counts of another part of the same table."""
        for mine, theirs in zip(self.columns, other.columns, strict=True):
            mine.merge(theirs)
        self.rows += other.rows
        self.written += other.written

    def describe(self) -> dict[str, Any]:
        """Return the summary as plain objects."""
        next_step = find_next_step(self)
        columns = [column.describe() for column in self.columns]
        for cause in (cause for column in columns for cause in column["causes"]):
            cause["next_step"] = self.rename(cause["next_step"])
        return {
            "rows": self.rows,
            "written": self.written,
            "bad_rows": self.bad_rows,
            "bad_lines": [{"line": line, "what": what} for line, what in self.bad_lines],
            "notes": self.notes,
            "assumed": self.assumed,
            "next_step": next_step and self.rename(next_step),
            "columns": columns,
        }


def find_next_step(summary: Summary) -> str | None:
    """Return the one step that helps most rows: that of the largest cause of misses, else of collisions, or None."""
    steps = [
        (cause.rows, name_column(summary, column), f"{cause.advice.meaning}. {cause.advice.next_step}")
        for column in summary.columns
        for cause in column.causes
    ]
    steps += [
        (column.species["both"], name_column(summary, column), f"a gene of each species. {_DECIDE_MIXED}")
        for column in summary.columns
        if column.mixed is not None and column.species["both"]
    ]
    if steps:
        rows, of, what = max(steps, key=lambda one: one[0])
        return f"{count(rows, 'row')}{of} {'has' if rows == 1 else 'have'} {what}"
    for column in summary.columns:
        if (found := column.collisions) is not None and found.genes:
            many = count(found.identifiers, "identifier") + name_column(summary, column)
            return f"{many} map to only {count(found.genes, 'gene')}. {NEXT_STEP}"
    return None


def name_column(summary: Summary, column: ColumnCounts) -> str:
    """Return which column is meant, in words; empty where there is one only."""
    return f" of {column.name}" if len(summary.columns) > 1 else ""


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as `2 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _name_genes(one: Collision, reader: GeneReader) -> str:
    """Return the symbols and CURIEs of the genes of a collision."""
    known = reader.get_genes(one.genes)
    return ", ".join([f"{known[gene].symbol} ({known[gene].curie})" for gene in one.genes])
