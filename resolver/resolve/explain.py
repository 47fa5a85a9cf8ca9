"""Step 4, explain: why a query matches no gene, and what may have been meant; suggestions are never applied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.damage import Damage, DamageKind, find_damage, is_of_month
from ..identifiers.foreign import Foreign, find_foreign
from ..identifiers.model import Level, Problem
from ..identifiers.names import fold_name
from ..identifiers.namespaces import BY_PREFIX, NUMBERED
from ..identifiers.typos import deletions, find_typos, is_one_edit
from .about import UPDATE
from .answer import Answer
from .find import find
from .interpret import interpret
from .outcome import DamageReport, Outcome, Reason, Suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..genes.marks import Marks
    from ..genes.model import NamedGene
    from ..identifiers.model import Recognition
    from ..identifiers.typos import TypoCandidate
    from ..store.gene_reader import GeneReader
    from .find import Found
    from .options import Options

MAX_SUGGESTIONS = 8
# Typos are looked for in names of this length; shorter ones are one edit away from too many.
_TYPO_LENGTHS = range(3, 18)


class Miss(NamedTuple):
    """What is reported instead of a gene."""

    outcome: Outcome
    reason: Reason
    hint: str | None
    suggestions: tuple[Suggestion, ...] = ()
    damage: DamageReport | None = None


def explain(
    recognition: Recognition,
    found: Found,
    damage: Damage | None,
    options: Options,
    marks: Marks,
    *,
    with_suggestions: bool = True,
) -> Answer:
    """Return the answer to a query that matches no gene. Cost: some hundred probes at most, in one statement.

    `damage` is what a spreadsheet may have done to it. Typos are not looked for without `with_suggestions`, which is
    most of the cost: outcome and reason are the same.
    """
    miss = _explain(recognition, found, damage, with_suggestions=with_suggestions)
    return Answer(
        query=recognition.text,
        interpretations=recognition.interpretations,
        outcome=miss.outcome,
        reason=miss.reason,
        hint=miss.hint,
        related=tuple(found.related.values()),
        history=found.history,
        suggestions=miss.suggestions,
        damage=miss.damage or (None if damage is None or not damage.lossless else report_repair(damage)),
        converted=() if options.to_species is not None else None,
        options=options,
        reader=found.reader,
        known_marks=marks,
    )


def _explain(recognition: Recognition, found: Found, damage: Damage | None, *, with_suggestions: bool) -> Miss:
    """Return why nothing was found, likeliest cause first."""
    if found.related:
        hint = "This MIM number is that of a phenotype, not of a gene. The genes linked to it are listed as related."
        return Miss(Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint)
    for one in recognition.interpretations:
        if not one.is_text and found.records.find_unplaced(*one.identifier[:2]) == Level.PHENOTYPE:
            hint = "This MIM number is that of a phenotype, not of a gene. No gene is linked to it."
            return Miss(Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint)
    if found.history:
        hint = "It was retired, and its authority reports no successor that is in this release."
        return Miss(Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR, hint)
    if damage is not None and not damage.lossless:
        report, suggestions = _describe_damage(recognition.text, damage, found.reader)
        if suggestions or damage.kind is not DamageKind.DATE_SERIAL:
            hint = _damage_hint(report, suggestions, found.reader.release.title)
            return Miss(Outcome.NOT_FOUND, Reason.SPREADSHEET_DAMAGE, hint, suggestions, report)
    foreign = find_foreign(recognition.text)
    if foreign is not None:
        hint = f"This identifies {foreign.names}, not a human or mouse gene. {foreign.instead}"
        suggestions = _suggest_genes(foreign, recognition.text, found.reader) if with_suggestions else ()
        return Miss(Outcome.NOT_FOUND, Reason.OUT_OF_SCOPE, _suggest(hint, suggestions), suggestions)
    return _explain_text(recognition, found.reader, with_suggestions=with_suggestions)


def _suggest_genes(foreign: Foreign, text: str, reader: GeneReader) -> tuple[Suggestion, ...]:
    """Return the genes that an identifier of another kind concerns, by their symbols in it."""
    match = re.fullmatch(foreign.genes, text.strip()) if foreign.genes else None
    suggestions: list[Suggestion] = []
    for symbol in match.groups() if match else ():
        approved = [named for named in reader.find_names(fold_name(symbol)) if named.kind == "symbol"]
        spelled_so = [named for named in approved if named.text == symbol]
        suggestions += [Suggestion(one.text, one.gene, "the gene that it concerns") for one in spelled_so or approved]
    return tuple(suggestions)[:MAX_SUGGESTIONS]


def _explain_text(recognition: Recognition, reader: GeneReader, *, with_suggestions: bool) -> Miss:
    interpretations = recognition.interpretations
    is_only_text = all(one.is_text for one in interpretations)
    candidates = find_typos(recognition.text, is_only_text=recognition.is_only_text) if is_only_text else ()
    if candidates:
        suggestions = _existing(candidates, reader) if with_suggestions else ()
        like = BY_PREFIX[candidates[0].identifier.prefix]
        hint = f"It begins like {like.title}, but does not have its format, such as {like.forms[0].example}."
        return Miss(Outcome.UNRECOGNIZED, Reason.MALFORMED, _suggest(hint, suggestions), suggestions)
    suggestions = _find_symbols_one_edit_away(recognition, reader) if is_only_text and with_suggestions else ()
    if is_only_text and recognition.problem is not None:
        unknown = recognition.problem is Problem.UNKNOWN_NAMESPACE
        reason = Reason.UNKNOWN_NAMESPACE if unknown else Reason.MALFORMED
        return Miss(Outcome.UNRECOGNIZED, reason, recognition.hint, suggestions)
    several = _explain_list(recognition.text, reader) if is_only_text else None
    if several is not None:
        return several
    tried = ", ".join("symbols and names" if one.is_text else one.identifier.curie for one in interpretations)
    hint = f"Not in {reader.release.title} (tried {tried})."
    if not suggestions:
        hint += " Check the spelling." if is_only_text else f" A newer release may have it: {UPDATE}."
    return Miss(Outcome.NOT_FOUND, Reason.NOT_IN_RELEASE, _suggest(hint, suggestions), suggestions)


_SEPARATORS = re.compile(r"\s*(?:[;,|]|///?)\s*")


def _explain_list(text: str, reader: GeneReader) -> Miss | None:
    """Return the miss of a query that contains several identifiers; None if it does not."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    if len(parts) < 2 or not all(find(interpret(part).interpretations, reader).matches for part in parts[:2]):
        return None
    hint = f"It contains {len(parts)} identifiers. Query each of them by itself: {', '.join(parts[:3])} …"
    return Miss(Outcome.UNRECOGNIZED, Reason.MALFORMED, hint)


def report_repair(damage: Damage) -> DamageReport:
    """Return the report of a spreadsheet's change that lost nothing."""
    return DamageReport(damage.kind.value, damage.explanation, damage.spellings[0])


def explain_date(text: str, reader: GeneReader) -> tuple[DamageReport, tuple[Suggestion, ...]] | None:
    """Return which names a bare number may have been before a spreadsheet made a date of them; None if none."""
    damage = find_damage(text)
    if damage is None or damage.kind is not DamageKind.DATE_SERIAL:
        return None
    report, suggestions = _describe_damage(text, damage, reader)
    return (report, suggestions) if suggestions else None


def _describe_damage(text: str, damage: Damage, reader: GeneReader) -> tuple[DamageReport, tuple[Suggestion, ...]]:
    """Return what a spreadsheet did, and the names in this release that it may have done it to."""
    names: list[NamedGene] = []
    for spelling in damage.spellings:
        names += reader.find_names(fold_name(spelling))
    if damage.pattern is not None and damage.prefix is not None:
        shape = re.compile(damage.pattern)
        stop = damage.prefix[:-1] + chr(ord(damage.prefix[-1]) + 1)
        names += [named for folded, named in reader.find_names_from(damage.prefix, stop) if shape.fullmatch(folded)]
    best = _best_per_gene(names)
    suggestions = tuple(Suggestion(named.text, named.gene, f"{_KINDS[named.kind]} {named.text}") for named in best)
    spelled = {fold_name(suggestion.identifier) for suggestion in suggestions}
    # Which name it was is certain if only one exists; how many genes have that name is another question.
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


def _damage_hint(report: DamageReport, suggestions: Sequence[Suggestion], release: str) -> str:
    if report.repaired is not None:
        only = f"Among the names in {release} only {report.repaired} fits"
        return f"{report.explanation} {only}: query that, or run resolver repair."
    if suggestions:
        meant = ", ".join(dict.fromkeys(f"{s.identifier} ({s.gene.symbol})" for s in suggestions))
        return f"{report.explanation} It may have been {meant}. Check the original list."
    return f"{report.explanation} The original value is lost. Check the original list."


def _existing(candidates: Sequence[TypoCandidate], reader: GeneReader) -> tuple[Suggestion, ...]:
    """Return those candidates that this release contains, in their order."""
    accessions = list(dict.fromkeys(near.identifier.accession for near in candidates))
    placed = reader.find_placed(accessions)
    suggestions: dict[str, Suggestion] = {}
    for (prefix, accession, _), why in ((near.identifier, near.why) for near in candidates):
        genes = [row[2] for row in placed.get((prefix, accession), ()) if row[5] == 0]
        if genes and len(suggestions) < MAX_SUGGESTIONS:
            shown = f"{prefix}:{accession}" if prefix in NUMBERED else accession
            suggestions.setdefault(shown, Suggestion(shown, reader.get_gene(min(genes)), why))
    return tuple(suggestions.values())


def _find_symbols_one_edit_away(recognition: Recognition, reader: GeneReader) -> tuple[Suggestion, ...]:
    """Return the genes with a symbol or official alias that is one edit away, approved symbols first."""
    typed = next(
        (interpretation.identifier.accession for interpretation in recognition.interpretations), recognition.text
    )
    folded = fold_name(typed)
    if len(folded) not in _TYPO_LENGTHS:
        return ()
    near = [text for text in reader.find_symbols_by_deletions(deletions(folded)) if is_one_edit(folded, text)]
    if folded in near:  # it is a symbol, and what is wrong is something else
        return ()
    near.sort(key=lambda text: (sorted(text) != sorted(folded), abs(len(text) - len(folded)), text))
    found: list[NamedGene] = []
    for named in (reader.find_names(text) for text in near):
        found += [one for one in named if one.tier == named[0].tier]
    found.sort(key=lambda one: one.tier)
    return tuple(Suggestion(one.text, one.gene, "one edit away") for one in found[:MAX_SUGGESTIONS])


def _suggest(hint: str, suggestions: Sequence[Suggestion]) -> str:
    if not suggestions:
        return hint
    listed = ", ".join(dict.fromkeys(f"{s.identifier} ({s.gene.symbol})" for s in suggestions[:3]))
    return f"{hint} Did you mean {listed}?"
