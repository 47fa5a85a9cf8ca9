"""Why a text names no gene, and what may have been meant; nothing here is ever applied by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.damage import Damage, DamageKind, find_damage, is_of_month
from ..identifiers.foreign import find_foreign
from ..identifiers.model import Level, Problem
from ..identifiers.names import fold_name
from ..identifiers.namespaces import BY_PREFIX, NUMBERED
from ..identifiers.recognize import recognize
from ..identifiers.typos import deletions, is_one_edit, near_identifiers
from .findings import find_matches
from .outcome import DamageReport, Outcome, Reason, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..genes.model import NamedGene
    from ..identifiers.model import Recognition
    from ..identifiers.typos import NearIdentifier
    from ..store.gene_reader import GeneReader
    from .findings import Findings

MAX_SUGGESTIONS = 8
# A slip is looked for in texts of this length; shorter ones are near to everything.
_NEAR_LENGTHS = range(3, 18)


class Miss(NamedTuple):
    """What is told in place of a gene."""

    outcome: Outcome
    reason: Reason
    hint: str | None
    suggestions: tuple[Suggestion, ...] = ()
    damage: DamageReport | None = None


def explain_miss(
    recognition: Recognition, findings: Findings, reader: GeneReader, *, offer: bool = True, is_free: bool = False
) -> Miss:
    """Return why nothing was found, likeliest cause first. Cost: some hundred probes at most, in one statement.

    Without `offer` slips are not looked for, which is most of the cost: outcome and reason are the same. `is_free` says
    that the text was read in all namespaces, and need not be read again to know what else it may be.
    """
    if findings.related:
        hint = "This MIM number names a phenotype, not a gene; the genes linked to it are listed as related."
        return Miss(Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint)
    for interpretation in recognition.interpretations:
        if not interpretation.is_text and reader.find_unplaced(*interpretation.identifier[:2]) == Level.PHENOTYPE:
            hint = "This MIM number names a phenotype, not a gene; no gene is linked to it."
            return Miss(Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint)
    if findings.history:
        hint = "It was retired, and its authority names no successor in this release."
        return Miss(Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR, hint)
    damage = find_damage(recognition.text)
    if damage is not None and not damage.lossless:
        report, suggestions = describe_damage(recognition.text, damage, reader)
        if suggestions or damage.kind is not DamageKind.DATE_SERIAL:
            hint = _damage_hint(report, suggestions, reader.release.title)
            return Miss(Outcome.NOT_FOUND, Reason.SPREADSHEET_DAMAGE, hint, suggestions, report)
    foreign = find_foreign(recognition.text)
    if foreign is not None:
        hint = f"This names {foreign.names}, not a gene of human or mouse. {foreign.instead}"
        return Miss(Outcome.NOT_FOUND, Reason.OUT_OF_SCOPE, hint)
    return _explain_text(recognition, reader, offer=offer, is_free=is_free)


def _explain_text(recognition: Recognition, reader: GeneReader, *, offer: bool, is_free: bool) -> Miss:
    interpretations = recognition.interpretations
    is_only_text = all(interpretation.is_text for interpretation in interpretations)
    candidates = near_identifiers(recognition.text, is_only_text=is_free or None) if is_only_text else ()
    if candidates:
        suggestions = _existing(candidates, reader) if offer else ()
        like = BY_PREFIX[candidates[0].identifier.prefix]
        hint = f"It begins like {like.title}, without the shape of one, such as {like.forms[0].example}."
        return Miss(Outcome.UNRECOGNIZED, Reason.MALFORMED, _with_offer(hint, suggestions), suggestions)
    suggestions = _near_names(recognition, reader) if is_only_text and offer else ()
    if is_only_text and recognition.problem is not None:
        unknown = recognition.problem is Problem.UNKNOWN_NAMESPACE
        reason = Reason.UNKNOWN_NAMESPACE if unknown else Reason.MALFORMED
        return Miss(Outcome.UNRECOGNIZED, reason, recognition.hint, suggestions)
    several = _explain_list(recognition.text, reader) if is_only_text else None
    if several is not None:
        return several
    tried = ", ".join(
        "symbols and names" if interpretation.is_text else interpretation.identifier.curie
        for interpretation in interpretations
    )
    hint = f"Not in {reader.release.title} (tried {tried})."
    if not suggestions:
        hint += " Check the spelling, or publish a release that holds more genes."
    return Miss(Outcome.NOT_FOUND, Reason.NOT_IN_RELEASE, _with_offer(hint, suggestions), suggestions)


_SEPARATORS = re.compile(r"\s*(?:[;,|]|///?)\s*")


def _explain_list(text: str, reader: GeneReader) -> Miss | None:
    """Return the miss of a text that holds several identifiers; None where it does not."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    if len(parts) < 2:
        return None
    first = (
        find_matches(recognize(parts[0]).interpretations, reader),
        find_matches(recognize(parts[1]).interpretations, reader),
    )
    if not all(found.matches for found in first):
        return None
    hint = f"It holds {len(parts)} identifiers; ask for each by itself: {', '.join(parts[:3])} …"
    return Miss(Outcome.UNRECOGNIZED, Reason.MALFORMED, hint)


def describe_damage(text: str, damage: Damage, reader: GeneReader) -> tuple[DamageReport, tuple[Suggestion, ...]]:
    """Return what a spreadsheet did, and the names of this release that it may have done it to."""
    names: list[tuple[str, NamedGene]] = []
    for spelling in damage.spellings:
        names += [(spelling, named) for named in reader.find_names(fold_name(spelling))]
    if damage.pattern is not None and damage.prefix is not None:
        shape = re.compile(damage.pattern)
        stop = damage.prefix[:-1] + chr(ord(damage.prefix[-1]) + 1)
        names += [(n.text, n) for folded, n in reader.find_names_from(damage.prefix, stop) if shape.fullmatch(folded)]
    best = _best_per_gene(names)
    suggestions = tuple(Suggestion(named.text, named.gene, f"{_KINDS[named.kind]} {named.text}") for named in best)
    spelled = {fold_name(suggestion.identifier) for suggestion in suggestions}
    # Which text it was is certain where only one is a name; how many genes that names is another question.
    # A number may have been a number, and what was rounded away may have been a clone that nobody lists.
    is_certain = len(spelled) == 1 and damage.kind is not DamageKind.DATE_SERIAL and damage.pattern is None
    if is_certain and damage.kind is DamageKind.DATE:
        is_certain = is_of_month(suggestions[0].identifier, text)
    repaired = suggestions[0].identifier if is_certain else None
    return DamageReport(damage.kind.value, damage.explanation, repaired), suggestions[:MAX_SUGGESTIONS]


_KINDS = {
    "symbol": "the approved symbol",
    "previous_symbol": "the previous symbol",
    "alias": "the alias",
    "full_name": "the name",
}


def _best_per_gene(names: Iterable[tuple[str, NamedGene]]) -> list[NamedGene]:
    """Return each gene once, by its best kind of name; weaker kinds than the best that was found are left out."""
    listed = [named for _, named in names]
    best: dict[int, NamedGene] = {}
    for named in listed:
        if named.gene.id not in best or named.tier < best[named.gene.id].tier:
            best[named.gene.id] = named
    return sorted(best.values(), key=lambda named: named.tier)


def _damage_hint(report: DamageReport, suggestions: Sequence[Suggestion], release: str) -> str:
    if report.repaired is not None:
        only = f"Of the names in {release} it can only have been {report.repaired}"
        return f"{report.explanation} {only}: ask for that, or run resolver doctor."
    if suggestions:
        meant = ", ".join(dict.fromkeys(f"{s.identifier} ({s.gene.symbol})" for s in suggestions))
        return f"{report.explanation} It may have been {meant}; the original list tells which."
    return f"{report.explanation} What it was cannot be told; go back to the original list."


def _existing(candidates: Sequence[NearIdentifier], reader: GeneReader) -> tuple[Suggestion, ...]:
    """Return those candidates that this release holds, in their order."""
    accessions = list(dict.fromkeys(near.identifier.accession for near in candidates))
    placed = reader.find_placements_of(accessions)
    suggestions: dict[str, Suggestion] = {}
    for (prefix, accession, _), why in ((near.identifier, near.why) for near in candidates):
        placements = [placement for placement in placed.get((prefix, accession), ()) if placement.place == 0]
        if placements and len(suggestions) < MAX_SUGGESTIONS:
            shown = f"{prefix}:{accession}" if prefix in NUMBERED else accession
            suggestions.setdefault(shown, Suggestion(shown, placements[0].gene, why))
    return tuple(suggestions.values())


def _near_names(recognition: Recognition, reader: GeneReader) -> tuple[Suggestion, ...]:
    """Return the approved symbols that lie one slip from the text."""
    typed = next(
        (interpretation.identifier.accession for interpretation in recognition.interpretations), recognition.text
    )
    folded = fold_name(typed)
    if len(folded) not in _NEAR_LENGTHS:
        return ()
    near = [text for text in reader.find_near_symbols(deletions(folded)) if is_one_edit(folded, text)]
    if folded in near:  # it is a symbol, and what is wrong is something else
        return ()
    near.sort(key=lambda text: (sorted(text) != sorted(folded), abs(len(text) - len(folded)), text))
    suggestions: list[Suggestion] = []
    for text in near:
        named = reader.find_names(text)
        best = [one for one in named if one.tier == named[0].tier]
        suggestions += [Suggestion(one.text, one.gene, "one slip away") for one in best]
    return tuple(suggestions[:MAX_SUGGESTIONS])


def _with_offer(hint: str, suggestions: Sequence[Suggestion]) -> str:
    if not suggestions:
        return hint
    offered = ", ".join(dict.fromkeys(f"{s.identifier} ({s.gene.symbol})" for s in suggestions[:3]))
    return f"{hint} Did you mean {offered}?"
