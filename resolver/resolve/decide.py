"""Step 3, decide: which of the genes that were found are the answer. Pure: `find` has read what it needs.

1. The genes of the best match tier; in each species those in the exact capitals of the query, if any are.
2. Only those of a requested species; `wrong_species` if all are of the other.
3. One gene, or one of each species that are orthologs: resolved. Several: ambiguous, all of them, none preferred.
4. Converted to the species that `to_species` requests, and limited as `on_many` specifies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import SeveralGenes
from ..genes.ranking import MATCH_TIERS, MatchKind
from ..identifiers.species import HUMAN, SPECIES
from .answer import Answer
from .options import OnMany
from .outcome import ConvertedGene, Outcome, Reason, VersionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..genes.marks import Marks
    from ..genes.model import OrthologLink
    from ..identifiers.model import Interpretation, Recognition
    from .find import Found
    from .options import Options
    from .outcome import DamageReport, MatchedGene, Suggestion

_SYMBOL_TIER = MATCH_TIERS[MatchKind.SYMBOL]
_RESOLVED: tuple[Outcome, Reason | None] = (Outcome.RESOLVED, None)


def decide(
    recognition: Recognition,
    found: Found,
    options: Options,
    marks: Marks,
    date: tuple[DamageReport, tuple[Suggestion, ...]] | None = None,
) -> Answer:
    """Return the answer to a query that genes were found for; `date` says that it may be a date.

    Raises SeveralGenes if several are left and `on_many` is `error`.
    """
    genes = list(found.matches.values())
    if len(genes) > 1:
        genes = rank_matches(found, recognition.interpretations)
    species = options.species
    if species is not None:
        elsewhere, genes = genes, [match for match in genes if match.gene.taxon == species]
        if not genes:
            return _add_date(_wrong_species(recognition, options, elsewhere, found, marks), date)
    top = genes if len(genes) == 1 else _in_best_tier(genes)
    outcome, reason = _RESOLVED if len(top) == 1 and not found.history else _judge(top, found)
    others = [] if len(genes) == len(top) else [match for match in genes if match not in top]
    if found.weaker:
        others += [match for match in _list_weaker(found) if species is None or match.gene.taxon == species]
    hint = _describe_choice(top, outcome, reason, others, found)
    answer = Answer(
        recognition.text,
        recognition.interpretations,
        outcome,
        found.reader,
        reason,
        hint,
        tuple(top),
        tuple(others) if others else (),
        tuple(found.related.values()) if found.related else (),
        found.history,
        None,
        (),
        None,
        options,
        marks,
    )
    answer = _add_date(answer, date)
    if options.to_species is not None:
        answer = _convert(answer, options.to_species, found.links)
    return _apply_policy(answer, options.on_many) if len(top) > 1 or options.to_species is not None else answer


def _add_date(answer: Answer, date: tuple[DamageReport, tuple[Suggestion, ...]] | None) -> Answer:
    """Return the answer with the names that a spreadsheet may have made this date of."""
    if date is None:
        return answer
    report, suggestions = date
    hint = f"{answer.hint or ''} {report.explanation}".strip()
    return answer._replace(hint=hint, suggestions=suggestions, damage=report)


def rank_matches(found: Found, interpretations: tuple[Interpretation, ...]) -> list[MatchedGene]:
    """Return all matched genes: best tier first, then by order of interpretations, exact capitals and species."""
    order = {one.identifier.prefix: rank for rank, one in enumerate(interpretations)}
    return sorted(
        found.matches.values(),
        key=lambda match: (
            MATCH_TIERS[match.matched_as.kind],
            order.get(found.interpretation_of[match.gene.id].identifier.prefix, 0),
            match.matched_as.case_corrected,
            match.gene.taxon != HUMAN,
            match.gene.id,
        ),
    )


def _list_weaker(found: Found) -> list[MatchedGene]:
    """Return the genes that match by weaker evidence only."""
    return [match for gene_id, match in found.weaker.items() if gene_id not in found.matches]


def _wrong_species(
    recognition: Recognition, options: Options, genes: list[MatchedGene], found: Found, marks: Marks
) -> Answer:
    requested = SPECIES[options.species or 0].name
    named = ", ".join(f"{match.gene.symbol} ({SPECIES[match.gene.taxon].name})" for match in genes[:3])
    return Answer(
        query=recognition.text,
        interpretations=recognition.interpretations,
        outcome=Outcome.NOT_FOUND,
        reason=Reason.WRONG_SPECIES,
        hint=f"It matches {named}, not a {requested} gene. Use to_species={requested} for the ortholog.",
        other_matches=tuple(match for match in _list_weaker(found) if match.gene.taxon == options.species),
        related=tuple(genes),
        history=found.history,
        converted=() if options.to_species is not None else None,
        options=options,
        reader=found.reader,
        known_marks=marks,
    )


def _in_best_tier(genes: list[MatchedGene]) -> list[MatchedGene]:
    """Return the genes in the best tier; in each species those in the exact capitals of the query, if any are."""
    tier = MATCH_TIERS[genes[0].matched_as.kind]
    top = [match for match in genes if MATCH_TIERS[match.matched_as.kind] == tier]
    exact = {match.gene.taxon for match in top if not match.matched_as.case_corrected}
    return [match for match in top if not match.matched_as.case_corrected or match.gene.taxon not in exact]


def _judge(top: list[MatchedGene], found: Found) -> tuple[Outcome, Reason | None]:
    prefixes = {found.interpretation_of[match.gene.id].identifier.prefix for match in top}
    if len(prefixes) > 1 and MATCH_TIERS[top[0].matched_as.kind] == 0:
        return Outcome.AMBIGUOUS, Reason.SEVERAL_READINGS
    has_rivals = len({match.gene.taxon for match in top}) < len(top)
    if all(match.gene.id in found.roots for match in top):
        # One identifier that was split has several successors, and its history says so; several records that had one
        # symbol are several interpretations of it.
        if has_rivals and len({found.roots[match.gene.id] for match in top}) > 1:
            return Outcome.AMBIGUOUS, Reason.SEVERAL_GENES
        return Outcome.RETIRED, None
    if has_rivals or _are_not_orthologs(top, found):
        return Outcome.AMBIGUOUS, Reason.SEVERAL_GENES
    return _RESOLVED


def _are_not_orthologs(top: list[MatchedGene], found: Found) -> bool:
    """Return whether a weak name matches a gene of each species that are not orthologs: one of them is chance."""
    if len(top) != 2 or MATCH_TIERS[top[0].matched_as.kind] <= _SYMBOL_TIER:
        return False
    return (top[0].gene.id, top[1].gene.id) not in found.pairs


def _describe_choice(
    top: list[MatchedGene], outcome: Outcome, reason: Reason | None, others: list[MatchedGene], found: Found
) -> str | None:
    matched_as = top[0].matched_as
    tier = MATCH_TIERS[matched_as.kind]
    if (
        outcome is _RESOLVED[0]
        and tier <= _SYMBOL_TIER
        and matched_as.version_requested is None
        and not found.dead_ends
    ):
        return None  # most queries
    if reason is Reason.SEVERAL_READINGS:
        curies = " or ".join(dict.fromkeys(match.matched_as.value for match in top))
        return f"Several namespaces contain this number. Specify one: {curies}."
    if outcome is Outcome.AMBIGUOUS:
        return f"{len(top)} genes match. Specify one: {_list_choices(top)}."
    if outcome is Outcome.RETIRED:
        return f"Retired; use {', '.join(dict.fromkeys(match.matched_as.value for match in top))}."
    status = matched_as.version_status
    if status is not None and status is not VersionStatus.CURRENT:
        versions = f"The release contains version {matched_as.version_known}; version {matched_as.version_requested}"
        if status is VersionStatus.OLDER:
            return f"{versions} is outdated."
        return f"{versions} is newer. Publish a newer release."
    if found.dead_ends:
        retired, current = ", ".join(found.dead_ends), matched_as.value
        return f"Matched as {current}; {retired} had this number too and was retired without a successor."
    if tier > _SYMBOL_TIER:
        return "Also a name of other genes: see other_matches." if others else None
    return None


def _list_choices(genes: Sequence[MatchedGene | ConvertedGene]) -> str:
    return ", ".join(f"{match.gene.symbol} ({match.gene.curie})" for match in genes[:5])


def _convert(answer: Answer, taxon: int, links: Mapping[int, list[OrthologLink]]) -> Answer:
    """Add the genes of one species: those of the answer that are of it, and the orthologs of the others."""
    converted: dict[int, ConvertedGene] = {
        match.gene.id: ConvertedGene(match.gene, match.gene, None)
        for match in answer.genes
        if match.gene.taxon == taxon
    }
    for match in answer.genes:
        if match.gene.taxon != taxon:
            for link in links[match.gene.id]:
                converted.setdefault(link.gene.id, ConvertedGene(link.gene, match.gene, link))
    if converted:
        return answer._replace(converted=tuple(converted.values()))
    named = ", ".join(match.gene.symbol for match in answer.genes)
    return answer._replace(
        outcome=Outcome.NOT_FOUND,
        reason=Reason.NO_ORTHOLOG,
        hint=f"No source reports a {SPECIES[taxon].name} ortholog of {named}; the gene itself is listed as related.",
        genes=(),
        related=(*answer.genes, *answer.related),
        converted=(),
    )


def _apply_policy(answer: Answer, on_many: OnMany) -> Answer:
    """Limit several genes as `on_many` specifies; those that are left out move to `other_matches`.

    If the answer was converted to a species, the policy is about the genes of that species.
    """
    if on_many in {OnMany.LIST, OnMany.EXPLODE} or not answer.has_several_genes:
        return answer
    genes: Sequence[MatchedGene | ConvertedGene] = answer.genes if answer.converted is None else answer.converted
    if on_many is OnMany.ERROR:
        hint = answer.hint or "Specify the species, or choose another policy with on_many."
        raise SeveralGenes(
            f"{answer.query[:80]!r} matches {len(genes)} genes: {_list_choices(genes)}",
            hint=hint,
            answer=answer._replace(hint=hint, options=replace(answer.options, fields=None)),
        )
    kept = 1 if on_many is OnMany.FIRST else 0
    if answer.converted is not None:
        return answer._replace(converted=answer.converted[:kept])
    return answer._replace(genes=answer.genes[:kept], other_matches=answer.genes[kept:] + answer.other_matches)
