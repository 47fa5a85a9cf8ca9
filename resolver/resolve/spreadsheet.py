"""What a spreadsheet may have done to a query: which names of the release it may have been."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.damage import Damage, DamageKind, find_damage
from ..identifiers.dates import is_of_month
from ..identifiers.names import fold_name
from .outcome import DamageReport, Suggestion
from .suggestions import MAX_SUGGESTIONS, name_suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..genes.model import NamedGene
    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from .find import Found

_DATES = (DamageKind.DATE, DamageKind.DATE_SERIAL)
_KINDS = {
    "symbol": "the approved symbol",
    "previous_symbol": "the previous symbol",
    "alias": "the alias",
    "full_name": "the name",
}


class PossibleDate(NamedTuple):
    """A query that matches genes, and may be a date that was a name of other genes before.

    `comes_first`: the match differs from the query in more than the date does, so that the date is the answer.
    """

    damage: Damage
    report: DamageReport
    suggestions: tuple[Suggestion, ...]
    comes_first: bool


def find_possible_date(recognition: Recognition, found: Found, species: int | None) -> PossibleDate | None:
    """Return which names a query that matches genes may have been before it became a date; None if none.

    A name that is spelled exactly as the query keeps its answer, and so does a number. A name in other capitals keeps
    it if its gene has the likeliest name that the date may have been: oct-4 is OCT-4.
    """
    damage = find_damage(recognition.text)
    if damage is None or damage.kind not in _DATES:
        return None
    suggestions = _list_names(damage, found.reader, species)
    if not suggestions:
        return None
    report = DamageReport(damage.kind.value, damage.explanation, None)
    shown = tuple(suggestions[:MAX_SUGGESTIONS])
    if damage.kind is DamageKind.DATE_SERIAL:
        return PossibleDate(damage, report, shown, comes_first=False)
    text = recognition.interpretations[0].identifier.accession
    matches = [match for match in found.matches.values() if species in {None, match.gene.taxon}]
    if not any(match.matched_as.value == text for match in matches):
        likeliest = _genes_of_likeliest(suggestions)
        folded = fold_name(text)
        alike = {match.gene.id for match in matches if fold_name(match.matched_as.value) == folded}
        if not alike & likeliest:
            return PossibleDate(damage, report, shown, comes_first=True)
    if {one.gene.id for one in suggestions} <= found.matches.keys():
        return None
    explanation = f"It has the form of a date too, which may have been {suggestions[0].identifier} before."
    return PossibleDate(damage, report._replace(explanation=explanation), shown, comes_first=False)


def _genes_of_likeliest(suggestions: Sequence[Suggestion]) -> set[int]:
    first = fold_name(suggestions[0].identifier)
    return {one.gene.id for one in suggestions if fold_name(one.identifier) == first}


def report_repair(damage: Damage) -> DamageReport:
    """Return the report of a spreadsheet's change that lost nothing."""
    return DamageReport(damage.kind.value, damage.explanation, damage.spellings[0])


def describe_damage(
    text: str, damage: Damage, reader: GeneReader, species: int | None
) -> tuple[DamageReport, tuple[Suggestion, ...]]:
    """Return what a spreadsheet did, and the names in this release that it may have done it to."""
    suggestions = _list_names(damage, reader, species)
    spelled = {fold_name(one.identifier) for one in suggestions}
    # Which name it was is certain if only one exists; how many genes have that name is another question.
    # What was rounded away may have been a clone that nobody lists.
    is_certain = len(spelled) == 1 and not damage.is_ordinary and damage.pattern is None
    if is_certain and damage.kind is DamageKind.DATE:
        is_certain = is_of_month(suggestions[0].identifier, text)
    repaired = suggestions[0].identifier if is_certain else None
    return DamageReport(damage.kind.value, damage.explanation, repaired), tuple(suggestions[:MAX_SUGGESTIONS])


def _list_names(damage: Damage, reader: GeneReader, species: int | None) -> list[Suggestion]:
    """Return the names of the species in this release that a text may have been, likeliest first."""
    names: list[NamedGene] = []
    for spelling in damage.spellings:
        names += reader.find_names(fold_name(spelling))
    if damage.pattern is not None and damage.prefix is not None:
        shape = re.compile(damage.pattern)
        stop = damage.prefix[:-1] + chr(ord(damage.prefix[-1]) + 1)
        names += [named for folded, named in reader.find_names_from(damage.prefix, stop) if shape.fullmatch(folded)]
    own = [named for named in names if species in {None, named.gene.taxon}]
    return [Suggestion(one.text, one.gene, f"{_KINDS[one.kind]} {one.text}") for one in _best_per_gene(own)]


def _best_per_gene(names: Sequence[NamedGene]) -> list[NamedGene]:
    """Return each gene once, by its best kind of name; the likeliest spelling first, and of one spelling the best kind.

    1-Mar was rather MARCH1 or MARC1, previous symbols, than MARS1, which only a French spreadsheet reads as a date.
    """
    best: dict[int, tuple[int, int, NamedGene]] = {}
    spelled = list(dict.fromkeys(fold_name(named.text) for named in names))
    for named in names:
        found = (named.tier, spelled.index(fold_name(named.text)), named)
        if named.gene.id not in best or found[:2] < best[named.gene.id][:2]:
            best[named.gene.id] = found
    return [named for _, _, named in sorted(best.values(), key=lambda found: (found[1], found[0]))]


def describe_suspicion(report: DamageReport, suggestions: Sequence[Suggestion], release: str) -> str:
    """Return the hint of a query that a spreadsheet has damaged."""
    if report.repaired is not None:
        only = f"Among the names in {release} only {report.repaired} fits"
        return f"{report.explanation} {only}: query that, or run resolver repair."
    if suggestions:
        meant = ", ".join(dict.fromkeys(name_suggestion(s) for s in suggestions))
        return f"{report.explanation} It may have been {meant}. Check the original list."
    return f"{report.explanation} The original value is lost. Check the original list."
