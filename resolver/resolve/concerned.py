"""The genes that a query concerns without naming one: those of a variant, a fusion, a modified protein and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, assert_never

from ..genes.ranking import MATCH_TIERS, MatchKind
from ..identifiers.derived import Derived, DerivedKind, list_derived
from ..identifiers.namespaces import NUMBERED
from ..identifiers.recognize import MAX_LENGTH, prepare
from .find import find
from .interpret import interpret
from .outcome import Reason, Suggestion
from .precedence import is_engineered, is_similar
from .suggestions import select

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from ..identifiers.foreign import Foreign
    from ..store.gene_reader import GeneReader
    from .find import Found
    from .outcome import MatchedGene

_OFFICIAL = frozenset({MatchKind.SYMBOL, MatchKind.PREVIOUS_SYMBOL})
_KINDS: dict[DerivedKind, frozenset[MatchKind]] = {
    DerivedKind.FUSION: _OFFICIAL,
    DerivedKind.MODIFIED: frozenset(MatchKind) - {MatchKind.HOMOLOGY_GROUP, MatchKind.FULL_NAME},
    DerivedKind.MADE_UNIQUE: _OFFICIAL | {MatchKind.IDENTIFIER},
}


class Explained(NamedTuple):
    """Why a query that is made of names of genes is none of them, and the genes."""

    kind: DerivedKind
    reason: Reason
    hint: str
    suggestions: tuple[Suggestion, ...]

    @property
    def is_symbol_made_unique(self) -> bool:
        """Whether it is an approved symbol, in its own capitals, with a suffix."""
        first = self.suggestions[0]
        return self.kind is DerivedKind.MADE_UNIQUE and first.identifier == first.gene.symbol


def explain_derived(text: str, reader: GeneReader, species: int | None) -> Explained | None:
    """Return what a query is made of, if the release confirms it; None if it does not.

    Cost: a probe or two for each name that may be in the text.
    """
    if len(text) > MAX_LENGTH:
        return None
    for derived in list_derived(prepare(text).text):
        genes = [_find_genes(name, reader, _KINDS[derived.kind]) for name in derived.names]
        if all(genes) and _are_of_one_species(genes):
            why = (
                f"the gene of this {derived.kind}" if derived.kind is not DerivedKind.FUSION else "a gene of the fusion"
            )
            return _explain(derived, _suggest_all(genes, why, species))
    return None


def _explain(derived: Derived, suggestions: tuple[Suggestion, ...]) -> Explained:
    named = " and ".join(derived.names)
    if derived.kind is DerivedKind.FUSION:
        hint = f"It names two genes, {named}, as a gene fusion does, and is not a gene itself. Query each of them."
        return Explained(derived.kind, Reason.OUT_OF_SCOPE, hint, suggestions)
    if derived.kind is DerivedKind.MODIFIED:
        hint = f"This identifies a modified protein, the phosphorylated form of {named}, not a gene. Query its gene."
        return Explained(derived.kind, Reason.OUT_OF_SCOPE, hint, suggestions)
    hint = f"It may be {named} with a suffix that R or scanpy adds to repeated names. Query the name without it."
    return Explained(derived.kind, Reason.NOT_IN_RELEASE, hint, suggestions)


def suggest_concerned(foreign: Foreign, text: str, reader: GeneReader, species: int | None) -> tuple[Suggestion, ...]:
    """Return the genes that an identifier of another kind concerns, by their names and accessions in it."""
    match = re.fullmatch(foreign.genes, text) if foreign.genes else None
    names = [name for name in match.groups() if name] if match else []
    genes = [_find_genes(name, reader, frozenset(MatchKind), species) for name in names]
    return _suggest_all(genes, "the gene that it concerns", species)


def is_weakly_named(found: Found) -> bool:
    """Return whether a query matches by similar spellings alone, or by names of transgenes alone."""
    matches = found.matches.values()
    return all(map(is_similar, matches)) or all(map(is_engineered, matches))


def is_rather_derived(text: str, found: Found) -> bool:
    """Return whether a query is made of names of genes, in spite of what it matches.

    Names of transgenes do not make a gene of a fusion, nor similar spellings one of a modified protein (p-ERK is not
    PERK) or of an approved symbol that was made unique (ALB-2 is not ALB2, an alias of AFM). A hyphen in another symbol
    is not taken for that: ADM-2 is ADM2. Any other name that is spelled as typed wins: A-47, HY1.1.
    """
    if text.isalnum() or not is_weakly_named(found):
        return False  # most queries
    are_similar = all(map(is_similar, found.matches.values()))
    derived = explain_derived(text, found.reader, None)
    if derived is None:
        return False
    match derived.kind:
        case DerivedKind.FUSION:
            return not are_similar
        case DerivedKind.MODIFIED:
            return are_similar and text.startswith("p")
        case DerivedKind.MADE_UNIQUE:
            is_other = not any(one.gene.id in found.matches for one in derived.suggestions)
            return (
                are_similar
                and derived.is_symbol_made_unique
                and is_other
                and ("." in text or not any(map(_is_of_symbol, found.matches.values())))
            )
        case _:
            assert_never(derived.kind)


def _is_of_symbol(match: MatchedGene) -> bool:
    """Return whether a similar spelling is that of an approved or previous symbol."""
    return match.precedence.tier <= MATCH_TIERS[MatchKind.PREVIOUS_SYMBOL]


def _find_genes(
    name: str, reader: GeneReader, kinds: Container[MatchKind], species: int | None = None
) -> list[MatchedGene]:
    """Return the genes that a name or accession matches in one of these ways, best match first; of the species, if any.

    An accession or approved symbol is that of its gene alone, the symbol in its own capitals, if a gene has it so; any
    other name (ERK) may mean each of its genes.
    """
    matches = [
        match
        for match in find(interpret(name).interpretations, reader).matches.values()
        if match.matched_as.kind in kinds and not is_engineered(match)
    ]
    matches = [match for match in matches if match.gene.taxon == species] or matches
    matches.sort(key=lambda match: match.precedence)
    for is_best in (_is_identified, _is_approved, _is_symbol, _is_exact):
        if best := [match for match in matches if is_best(match)]:
            return best
    return matches


def _is_identified(match: MatchedGene) -> bool:
    return match.matched_as.kind is MatchKind.IDENTIFIER


def _is_symbol(match: MatchedGene) -> bool:
    return match.matched_as.kind is MatchKind.SYMBOL


def _is_exact(match: MatchedGene) -> bool:
    return not match.matched_as.case_corrected


def _is_approved(match: MatchedGene) -> bool:
    return _is_symbol(match) and _is_exact(match)


def _are_of_one_species(genes: Sequence[list[MatchedGene]]) -> bool:
    return bool(set.intersection(*({match.gene.taxon for match in matches} for matches in genes)))


def _suggest_all(genes: Iterable[list[MatchedGene]], why: str, species: int | None) -> tuple[Suggestion, ...]:
    """Return all genes as suggestions, each once."""
    every = {match.gene.id: match for matches in genes for match in matches}
    return select([_suggest(match, why) for match in every.values()], species)


def _suggest(match: MatchedGene, why: str) -> Suggestion:
    kind, value = match.matched_as.kind, match.matched_as.value
    prefix, _, accession = value.partition(":")
    is_accession = kind is MatchKind.IDENTIFIER and prefix not in NUMBERED
    return Suggestion(accession if is_accession else value, match.gene, why)
