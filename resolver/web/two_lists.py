"""Compare two lists of identifiers by the genes that they match, whatever the genes are called in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.species import SPECIES
from ..resolve.outcome import Outcome
from .shown import adapt_hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..genes.model import GeneRecord
    from ..resolve.answer import Answer
    from ..resolve.resolver import Resolver


class Shared(NamedTuple):
    """A gene, and the identifiers that match it in each list."""

    curie: str
    symbol: str
    species: str
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def is_renamed(self) -> bool:
        """Whether both lists have the gene, and no identifier in common for it."""
        return bool(self.first) and bool(self.second) and not set(self.first) & set(self.second)


class Unclear(NamedTuple):
    """An identifier that matches no single gene, or a gene and its ortholog."""

    query: str
    outcome: str
    hint: str


class TwoLists(NamedTuple):
    """The genes of both lists, of the first and of the second only, and what is unclear in each."""

    both: list[Shared]
    first: list[Shared]
    second: list[Shared]
    unclear: tuple[list[Unclear], list[Unclear]]
    sizes: tuple[int, int]

    @property
    def renamed(self) -> list[Shared]:
        """The genes of both lists that have other identifiers in each."""
        return [gene for gene in self.both if gene.is_renamed]


def compare_lists(resolver: Resolver, first: list[str], second: list[str], species: str) -> TwoLists:
    """Return which genes two lists have in common.

    For the species `any`, an identifier that matches a gene of each species stands for both. Identifiers that match
    several genes otherwise, or none, are compared as nothing and reported.
    """
    genes: dict[GeneRecord, tuple[list[str], list[str]]] = {}
    unclear: tuple[list[Unclear], list[Unclear]] = ([], [])
    for number, listed in enumerate((first, second)):
        for answer in resolver.resolve_many(listed, species=species):
            matched = _genes_of(answer)
            for gene in matched:
                queries = genes.setdefault(gene, ([], []))[number]
                if answer.query not in queries:
                    queries.append(answer.query)
            if not matched:
                unclear[number].append(Unclear(answer.query, answer.outcome.value, adapt_hint(answer.hint)))
    both: list[Shared] = []
    only: tuple[list[Shared], list[Shared]] = ([], [])
    for gene, (in_first, in_second) in genes.items():
        shared = Shared(gene.curie, gene.symbol, SPECIES[gene.taxon].name, tuple(in_first), tuple(in_second))
        (both if in_first and in_second else only[0] if in_first else only[1]).append(shared)
    return TwoLists(both, *only, unclear, (len(set(first)), len(set(second))))


def _genes_of(answer: Answer) -> list[GeneRecord]:
    if answer.outcome in {Outcome.RESOLVED, Outcome.RETIRED}:
        return [found.gene for found in answer.genes]
    return []


def list_rows(compared: TwoLists) -> Iterator[tuple[str, ...]]:
    """Yield the comparison as rows of a table, with a header."""
    yield ("in", "gene", "symbol", "species", "first_list", "second_list")
    parts: Iterable[tuple[str, list[Shared]]] = (
        ("both", compared.both), ("first", compared.first), ("second", compared.second),
    )  # fmt: skip
    for name, listed in parts:
        for one in listed:
            yield (name, one.curie, one.symbol, one.species, ";".join(one.first), ";".join(one.second))
    for name, found in zip(("first", "second"), compared.unclear, strict=True):
        for miss in found:
            cells = (miss.query, "") if name == "first" else ("", miss.query)
            yield (f"{name}: {miss.outcome}", "", "", "", *cells)
