"""Which of the genes that a query matches go first: in each species by itself, and among the equals of a species.

An identifier goes before all names, in both species. Among names each species is decided by itself, by the precedence
of its matches (`resolver.genes.precedence`). Names of transgenes are dropped if any gene of either species matches.
Genes of one species that are equal by this are ambiguous; they are listed by their type, then by the number of files
that state the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..genes.precedence import ENGINEERED_NAME, IDENTIFIED, ITSELF, SIMILAR
from ..genes.ranking import MATCH_TIERS, UNOFFICIAL_TIERS, MatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .outcome import MatchedGene

_STRICT = frozenset({MATCH_TIERS[MatchKind.PREVIOUS_SYMBOL], MATCH_TIERS[MatchKind.ALIAS]})
_UNOFFICIAL = frozenset(UNOFFICIAL_TIERS.values())


def select_best(matches: Iterable[MatchedGene], *, is_strict: bool = False) -> list[MatchedGene]:
    """Return the best matches of each species, in their order; with `is_strict`, aliases equal previous symbols."""
    listed = list(matches)
    by_species: dict[int, list[MatchedGene]] = {}
    for match in listed:
        by_species.setdefault(match.gene.taxon, []).append(match)
    best = {taxon: _best_of_species(ones, is_strict=is_strict) for taxon, ones in by_species.items()}
    groups = {taxon: ones[0].precedence.group for taxon, ones in best.items()}
    if min(groups.values()) < ENGINEERED_NAME:
        best = {taxon: ones for taxon, ones in best.items() if groups[taxon] < ENGINEERED_NAME}
    if any(ones[0].precedence.tier == IDENTIFIED.tier for ones in best.values()):
        best = {taxon: ones for taxon, ones in best.items() if ones[0].precedence.tier == IDENTIFIED.tier}
    selected = {match.gene.id for ones in best.values() for match in ones}
    return [match for match in listed if match.gene.id in selected]


def _best_of_species(matches: list[MatchedGene], *, is_strict: bool) -> list[MatchedGene]:
    first = min(match.precedence for match in matches)
    if is_strict and first.group == ITSELF and first.tier in _STRICT:
        return [match for match in matches if match.precedence.group == ITSELF and match.precedence.tier in _STRICT]
    equal = [match for match in matches if match.precedence == first]
    # Mice have a gene T and a gene t: capitals of either species count only where they decide nothing.
    return [match for match in equal if not match.matched_as.case_corrected] or equal


def list_also(genes: Iterable[MatchedGene], others: Iterable[MatchedGene]) -> list[MatchedGene]:
    """Return the other matches that the text may as well mean.

    It is a previous symbol of one gene and an alias of another, in one species, which is ambiguous under the strict
    policy. Or a species was requested in which it is no symbol, and it is one of the other species as it is typed:
    mouse `Ear2` among human genes, where EAR2 is an alias of NR2F6.
    """
    listed = list(genes)
    decided = {match.gene.taxon: match.precedence for match in listed if _is_strict(match)}
    taxa = {match.gene.taxon for match in listed}
    return [
        match
        for match in others
        if (_is_strict(match) and match.precedence != decided.get(match.gene.taxon, match.precedence))
        or (is_symbol_as_typed(match) and match.gene.taxon not in taxa)
    ]


def is_symbol_as_typed(match: MatchedGene) -> bool:
    """Return whether a gene is matched by its approved symbol in the capitals that were typed."""
    return match.matched_as.kind is MatchKind.SYMBOL and not match.matched_as.case_corrected


def _is_strict(match: MatchedGene) -> bool:
    return match.precedence.group == ITSELF and match.precedence.tier in _STRICT


def is_similar(match: MatchedGene) -> bool:
    """Return whether a gene matches by a similar spelling."""
    return match.precedence.group == SIMILAR


def is_last(match: MatchedGene) -> bool:
    """Return whether a gene matches by a name that it has only where no other gene has it."""
    return match.precedence.group > SIMILAR


def is_engineered(match: MatchedGene) -> bool:
    """Return whether a gene matches by a name of transgenes."""
    return match.precedence.group == ENGINEERED_NAME


class Standing(NamedTuple):
    """What orders genes that match equally well: the type of the gene, and how many files state the name."""

    gene_type: str | None
    sources: int

    @property
    def order(self) -> tuple[int, int]:
        """The key by which genes are sorted, likeliest first."""
        kind = self.gene_type or ""
        return 0 if "protein" in kind else 2 if "pseudo" in kind else 1, -self.sources


def order_likely(matches: list[MatchedGene], standings: Mapping[int, Standing]) -> list[MatchedGene]:
    """Return the best matches of one species, likeliest first, each with a note that says why it stands there."""
    ordered = sorted(matches, key=lambda match: (match.precedence, standings[match.gene.id].order, match.gene.id))
    return [
        _with_note(match, place, len(ordered), standings[match.gene.id]) for place, match in enumerate(ordered, start=1)
    ]


def _with_note(match: MatchedGene, place: int, number: int, standing: Standing) -> MatchedGene:
    by = "stated by other sources than HGNC and MGI" if match.precedence.tier in _UNOFFICIAL else "an official name"
    files = f"{standing.sources} source file{'s' if standing.sources != 1 else ''}"
    stated = f"{by}; " if match.precedence.tier != IDENTIFIED.tier else ""
    note = f"number {place} of {number}: {stated}{standing.gene_type or 'gene of unknown type'}; {files}"
    matched_as = match.matched_as
    return match._replace(matched_as=matched_as._replace(notes=(*matched_as.notes, note)))
