"""What a query that matches no gene may have meant; suggestions are never applied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..identifiers.names import fold_name
from ..identifiers.namespaces import NUMBERED
from ..identifiers.typos import deletions, is_one_edit
from .outcome import Suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..genes.model import NamedGene
    from ..identifiers.model import Recognition
    from ..identifiers.typos import TypoCandidate
    from ..store.gene_reader import GeneReader

MAX_SUGGESTIONS = 8
# Typos are looked for in names of this length; shorter ones are one edit away from too many.
_TYPO_LENGTHS = range(3, 18)


def select(suggestions: Sequence[Suggestion], species: int | None) -> tuple[Suggestion, ...]:
    """Return the first suggestions: those of the requested species if there are any, else all."""
    own = [one for one in suggestions if one.gene.taxon == species]
    return tuple(own or suggestions)[:MAX_SUGGESTIONS]


def suggest_accessions(
    candidates: Sequence[TypoCandidate], reader: GeneReader, species: int | None
) -> tuple[Suggestion, ...]:
    """Return those candidates that the release contains, in their order."""
    accessions = list(dict.fromkeys(near.identifier.accession for near in candidates))
    placed = reader.find_placed(accessions)
    suggestions: dict[str, Suggestion] = {}
    for (prefix, accession, _), why in ((near.identifier, near.why) for near in candidates):
        genes = [reader.get_gene(row[2]) for row in sorted(placed.get((prefix, accession), ())) if row[5] == 0]
        if genes:
            shown = f"{prefix}:{accession}" if prefix in NUMBERED else accession
            gene = next((gene for gene in genes if gene.taxon == species), genes[0])
            suggestions.setdefault(shown, Suggestion(shown, gene, why))
    return select(list(suggestions.values()), species)


def suggest_symbols(recognition: Recognition, reader: GeneReader, species: int | None) -> tuple[Suggestion, ...]:
    """Return the approved symbols that the text is a variant of, and the symbols and official aliases one edit away."""
    typed = next(
        (interpretation.identifier.accession for interpretation in recognition.interpretations), recognition.text
    )
    return select([*_find_gene_of_variant(typed, reader, species), *_find_one_edit_away(typed, reader)], species)


# How people write an isoform after the symbol of its gene: CD44v6, CD44v8-10, AR-V7, VEGFA isoform 2, IL7-201.
_OF_VARIANT = re.compile(
    r"(.{2,}?)(?:[ _.-]*(?:v|var|(?:transcript )?variant|iso|isoform)[ _.-]*[0-9]{1,2}(?:-v?[0-9]{1,2}|[a-z])?"
    r"|-[02][0-9]{2})",
    re.IGNORECASE,
)


def _find_gene_of_variant(typed: str, reader: GeneReader, species: int | None) -> list[Suggestion]:
    match = _OF_VARIANT.fullmatch(typed)
    approved = _find_approved(match[1], reader, species) if match else []
    return [Suggestion(named.text, named.gene, "without the number of a variant") for named in approved]


def _find_approved(symbol: str, reader: GeneReader, species: int | None) -> list[NamedGene]:
    """Return the genes with this approved symbol: of the species, and spelled exactly so, if there are any."""
    approved = [named for named in reader.find_names(fold_name(symbol)) if named.kind == "symbol"]
    own = [named for named in approved if named.gene.taxon == species] or approved
    return [named for named in own if named.text == symbol] or own


def _find_one_edit_away(typed: str, reader: GeneReader) -> list[Suggestion]:
    folded = fold_name(typed)
    if len(folded) not in _TYPO_LENGTHS:
        return []
    near = [text for text in reader.find_symbols_by_deletions(deletions(folded)) if is_one_edit(folded, text)]
    if folded in near:  # it is a symbol, and what is wrong is something else
        return []
    near.sort(key=lambda text: (sorted(text) != sorted(folded), abs(len(text) - len(folded)), text))
    found: list[NamedGene] = []
    for named in (reader.find_names(text) for text in near):
        found += [one for one in named if one.tier == named[0].tier]
    found.sort(key=lambda one: one.tier)
    return [Suggestion(one.text, one.gene, "one edit away") for one in found]


def name_suggestion(one: Suggestion) -> str:
    """Return what to write, with the symbol of its gene where that differs."""
    return one.identifier if one.identifier == one.gene.symbol else f"{one.identifier} ({one.gene.symbol})"


def add_to_hint(hint: str, suggestions: Sequence[Suggestion]) -> str:
    """Return a hint with the first suggestions."""
    if not suggestions:
        return hint
    listed = ", ".join(dict.fromkeys(name_suggestion(s) for s in suggestions[:3]))
    return f"{hint} Did you mean {listed}?"
