"""Which columns of a table name genes: decided by what their cells lead to, not by what they look like.

A column of real dates looks like damaged symbols, and counts look like Entrez Gene IDs. The first leads to no gene; the
second does, by accident, so that numbers count only where the header says what they are.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from ..errors import BadOption
from ..identifiers.damage import DamageKind, find_damage
from ..identifiers.namespaces import BY_SPELLING, folded_spelling
from ..resolve.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver
    from .table import Table

_SAMPLED_ROWS = 2_000
_SAMPLED_CELLS = 500  # different ones, of each column
_SHARE = 0.5
# Where the header says it too, fewer will do: a release need not hold all genes of the table.
_SHARE_IF_SAID = 0.1
NUMBERS_ARE_SAID = re.compile(r"entrez|ncbi|locuslink|hgnc|omim|\bmim\b|\bmgi\b|homologene", re.IGNORECASE)
GENES_ARE_SAID = re.compile(r"gene|symbol|hugo", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,' ]*(?:[eE][-+]?[0-9]+)?")
# They tell nothing of a column, though NA is an alias of a gene too.
_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "none", "null", "-", ".", "?"})


class GeneColumn(NamedTuple):
    """A column that names genes, and why we think so.

    `is_numbers` tells numbers from symbols and names; `taxon` is the species that most of its cells name as they are
    spelled, None where they do not tell.
    """

    position: int
    name: str
    why: str
    is_numbers: bool
    taxon: int | None


class LeftColumn(NamedTuple):
    """A column that looks damaged and is left alone, and why."""

    name: str
    why: str


class Choice(NamedTuple):
    """The columns that are taken, and those that look damaged and are not."""

    taken: tuple[GeneColumn, ...]
    left: tuple[LeftColumn, ...]


class _Sample(NamedTuple):
    """Different cells of one column, in the order in which they came."""

    position: int
    name: str
    texts: Sequence[str]
    looks_damaged: int

    @property
    def is_numbers(self) -> bool:
        return 2 * sum(_NUMBER.fullmatch(text) is not None for text in self.texts) > len(self.texts)

    @property
    def is_worth_a_word(self) -> bool:
        # Among numbers with decimals a few whole ones are nothing strange.
        fewest = len(self.texts) / 2 if self.is_numbers else 1
        return self.looks_damaged >= max(1, fewest)


def choose_columns(table: Table, resolver: Resolver, wanted: Sequence[str] = ()) -> Choice:
    """Return the columns that name genes: those that are `wanted`, else those of which a sample of cells says so.

    Raises BadOption for a column that there is not, and where no column names genes, with the names of those there are.
    """
    unknown = [name for name in wanted if name not in table.header]
    if unknown:
        raise BadOption(f"{table.path} has no column {unknown[0]!r}", hint=f"Its columns are {_list(table.header)}.")
    taken, left = [], []
    for sample in _sample(table):
        if wanted:
            if sample.name in wanted:
                _, taxon = _count_genes(sample.texts, resolver)
                taken.append(GeneColumn(sample.position, sample.name, "asked for", sample.is_numbers, taxon))
            continue
        decided = _decide(sample, resolver)
        if isinstance(decided, GeneColumn):
            taken.append(decided)
        elif sample.is_worth_a_word:
            left.append(decided)
    if not taken:
        raise BadOption(
            f"no column of {table.path} names genes that {resolver.release.title} holds",
            hint=f"Say with --column which does: {_list(table.header)}.",
        )
    return Choice(tuple(taken), tuple(left))


def _sample(table: Table) -> list[_Sample]:
    different: list[dict[str, bool]] = [{} for _ in table.header]
    for row in islice(table.rows(), _SAMPLED_ROWS):
        for index, cell in enumerate(row.cells):
            text = cell.strip()
            if len(different[index]) < _SAMPLED_CELLS and text.lower() not in _MISSING:
                different[index].setdefault(text, index in row.dates)
    return [
        _Sample(index, name, list(texts), sum(is_date or _looks_damaged(text) for text, is_date in texts.items()))
        for index, (name, texts) in enumerate(zip(table.header, different, strict=True))
    ]


def _looks_damaged(text: str) -> bool:
    # Any number of five digits may be a date.
    return (damage := find_damage(text)) is not None and damage.kind is not DamageKind.DATE_SERIAL


def _decide(sample: _Sample, resolver: Resolver) -> GeneColumn | LeftColumn:
    total, damaged = len(sample.texts), sample.looks_damaged
    says_numbers = bool(NUMBERS_ARE_SAID.search(sample.name)) or folded_spelling(sample.name) in BY_SPELLING
    if sample.is_numbers and not says_numbers:
        return LeftColumn(sample.name, "its cells are numbers, and its name does not say that they are of genes")
    count, taxon = _count_genes(sample.texts, resolver)
    is_said = says_numbers or GENES_ARE_SAID.search(sample.name) is not None
    if count and count >= (_SHARE_IF_SAID if is_said else _SHARE) * total:
        why = f"{count:,} of {total:,} different cells name genes"
        return GeneColumn(sample.position, sample.name, why, sample.is_numbers, taxon)
    return LeftColumn(sample.name, f"of {total:,} different cells {damaged:,} look damaged and {count:,} name genes")


def _count_genes(texts: Sequence[str], resolver: Resolver) -> tuple[int, int | None]:
    """Return how many of the texts name genes, and the species of most of those whose capitals are right."""
    answers = [answer for answer in resolver.resolve_many(texts) if names_gene(answer)]
    exact = (answer.genes[0] for answer in answers if answer.genes)
    species = Counter(found.gene.taxon for found in exact if not found.matched_as.case_corrected)
    (taxon, count) = species.most_common(1)[0] if species else (None, 0)
    return len(answers), taxon if 2 * count > species.total() else None


def names_gene(answer: Answer) -> bool:
    """Tell whether a text leads to genes, be they several or named by what is retired now."""
    return answer.outcome in {Outcome.RESOLVED, Outcome.AMBIGUOUS, Outcome.RETIRED}


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:20])
    return f"{shown} and {len(names) - 20:,} more" if len(names) > 20 else shown
