"""Step 4, explain: why a query matches no gene, and what may have been meant; suggestions are never applied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.derived import DerivedKind
from ..identifiers.foreign import find_foreign, is_artifact
from ..identifiers.model import Level, Problem
from ..identifiers.namespaces import BY_PREFIX
from ..identifiers.recognize import clean
from ..identifiers.typos import find_typos
from .about import UPDATE
from .answer import Answer
from .concerned import explain_derived, suggest_concerned
from .decide import rank_matches
from .find import find
from .interpret import interpret
from .outcome import DamageReport, Outcome, Reason, Suggestion
from .precedence import is_similar
from .spreadsheet import describe_damage, describe_suspicion, report_repair
from .suggestions import add_to_hint, select, suggest_accessions, suggest_symbols

if TYPE_CHECKING:
    from ..genes.marks import Marks
    from ..genes.model import RetirementRecord
    from ..identifiers.damage import Damage
    from ..identifiers.model import Recognition
    from ..store.gene_reader import GeneReader
    from .concerned import Explained
    from .find import Found
    from .options import Options


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
    """Return the answer to a query that matches no gene, or is made of names of others.

    `damage` is what a spreadsheet may have done to it; genes that were found are other matches then. Typos are not
    looked for without `with_suggestions`, which is most of the cost: outcome and reason are the same.
    """
    species = options.species
    miss = _explain(recognition, found, damage, species, with_suggestions=with_suggestions)
    matches = rank_matches(found, recognition.interpretations) if found.matches else []
    return Answer(
        query=recognition.text,
        interpretations=recognition.interpretations,
        outcome=miss.outcome,
        reason=miss.reason,
        hint=miss.hint,
        other_matches=tuple(
            match for match in matches if species in {None, match.gene.taxon} and not is_similar(match)
        ),
        related=tuple(found.related.values()),
        history=found.history,
        suggestions=miss.suggestions,
        damage=miss.damage or (None if damage is None or not damage.lossless else report_repair(damage)),
        converted=() if options.to_species is not None else None,
        options=options,
        reader=found.reader,
        known_marks=marks,
    )


def _explain(
    recognition: Recognition, found: Found, damage: Damage | None, species: int | None, *, with_suggestions: bool
) -> Miss:
    """Return why nothing was found, likeliest cause first."""
    text = clean(recognition.text)[0]
    foreign = find_foreign(text)
    is_foreign = foreign is not None and not foreign.is_gene
    derived = None if is_foreign else explain_derived(recognition.text, found.reader, species)
    is_made_unique = derived is not None and derived.is_symbol_made_unique  # JUN-1 is rather that than a date
    if damage is not None and not damage.lossless and not is_made_unique:
        report, suggestions = describe_damage(recognition.text, damage, found.reader, species)
        if found.matches:  # it may have been another name after all
            report = report._replace(repaired=None)
        if suggestions or not damage.is_ordinary:
            hint = describe_suspicion(report, suggestions, found.reader.release.title)
            return Miss(Outcome.NOT_FOUND, Reason.SPREADSHEET_DAMAGE, hint, suggestions, report)
    if found.related:
        hint = "This MIM number is that of a phenotype, not of a gene. The genes linked to it are listed as related."
        return Miss(Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint)
    for one in recognition.interpretations:
        if not one.is_text and found.records.find_unplaced(*one.identifier[:2]) == Level.PHENOTYPE:
            hint = "This MIM number is that of a phenotype, not of a gene. No gene is linked to it."
            return Miss(Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint)
    if found.history and recognition.caution is None:
        return _explain_retirement(found.history)
    if derived is not None:
        return _explain_derived(derived, recognition, found, species, with_suggestions=with_suggestions)
    if foreign is not None:
        suggestions = suggest_concerned(foreign, text, found.reader, species) if with_suggestions else ()
        hint = foreign.hint if foreign.is_artifact else add_to_hint(foreign.hint, suggestions)
        return Miss(Outcome.NOT_FOUND, Reason.OUT_OF_SCOPE, hint, suggestions)
    return _explain_text(recognition, found.reader, species, with_suggestions=with_suggestions)


def _explain_retirement(history: tuple[RetirementRecord, ...]) -> Miss:
    """Return the miss of a retired identifier that leads to no gene of the release."""
    followed = {step.retired for step in history}
    successors = dict.fromkeys(step.successor for step in history if step.successor not in followed)
    missing = [successor for successor in successors if successor is not None]
    if not missing:
        hint = "It was retired, and its authority reports no successor."
        return Miss(Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR, hint)
    verb = "is" if len(missing) == 1 else "are"
    hint = f"It was replaced by {', '.join(missing)}, which {verb} not in this release."
    return Miss(Outcome.RETIRED, Reason.NOT_IN_RELEASE, f"{hint} A newer release may have it: {UPDATE}.")


def _explain_derived(
    derived: Explained, recognition: Recognition, found: Found, species: int | None, *, with_suggestions: bool
) -> Miss:
    """Return the miss of a query that is made of names of genes; typos come after these."""
    hint = add_to_hint(derived.hint, derived.suggestions)
    if found.matches and derived.kind is DerivedKind.FUSION:
        hint += " Only transgenes have it as an alias: see other_matches."
    elif found.matches:
        named = dict.fromkeys(f"{match.matched_as.value} ({match.gene.symbol})" for match in found.matches.values())
        hint += f" It is also a similar spelling of {', '.join(named)}."
    suggestions = derived.suggestions
    if with_suggestions and derived.reason is Reason.NOT_IN_RELEASE:
        suggestions = select([*suggestions, *suggest_symbols(recognition, found.reader, species)], species)
    return Miss(Outcome.NOT_FOUND, derived.reason, hint, suggestions)


def _explain_text(recognition: Recognition, reader: GeneReader, species: int | None, *, with_suggestions: bool) -> Miss:
    interpretations = recognition.interpretations
    is_only_text = all(one.is_text for one in interpretations)
    typos = find_typos(recognition.text, is_only_text=recognition.is_only_text) if is_only_text else ()
    near = suggest_accessions(typos, reader, species) if typos and with_suggestions else ()
    mistyped = next((typo for typo in typos if not typo.may_be_symbol), None)
    if mistyped is not None:
        like = BY_PREFIX[mistyped.identifier.prefix]
        hint = f"It begins like {like.title}, but does not have its format, such as {like.forms[0].example}."
        return Miss(Outcome.UNRECOGNIZED, Reason.MALFORMED, add_to_hint(hint, near), near)
    suggestions: tuple[Suggestion, ...] = ()
    if is_only_text and with_suggestions:
        suggestions = select([*suggest_symbols(recognition, reader, species), *near], species)
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
        hint += f"{' Check the spelling.' if is_only_text else ''} A newer release may have it: {UPDATE}."
    return Miss(Outcome.NOT_FOUND, Reason.NOT_IN_RELEASE, add_to_hint(hint, suggestions), suggestions)


_SEPARATORS = re.compile(r"\s*(?:[;,|]|///?)\s*")


def _explain_list(text: str, reader: GeneReader) -> Miss | None:
    """Return the miss of a query that contains several identifiers; None if it does not."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    if len(parts) < 2:
        return None
    genes = [part for part in parts if not is_artifact(part)][:2]
    if not genes or not all(find(interpret(part).interpretations, reader).matches for part in genes):
        return None
    hint = f"It contains {len(parts)} identifiers. Query each of them by itself: {', '.join(parts[:3])} …"
    return Miss(Outcome.UNRECOGNIZED, Reason.MALFORMED, hint)
