"""Step 3, decide: which of the genes that were found are the answer. Pure: `find` has read what it needs.

1. Only the genes of a requested species, `wrong_species` if all are of the other; or those of the species of the list,
   if there are any.
2. In each species the genes of the best matches (`precedence`), the species whose capitals were typed first.
3. One gene, or one of each species that are orthologs: resolved. Several: ambiguous, all of them, none preferred.
4. Converted to the species that `to_species` requests, and limited as `on_many` specifies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import SeveralGenes
from ..genes.precedence import IDENTIFIED, ITSELF
from ..genes.ranking import MATCH_TIERS, MatchKind
from ..identifiers.species import HUMAN, SPECIES
from .answer import Answer
from .options import OnMany, Orthologs, Policy
from .outcome import ConvertedGene, MatchedGene, Outcome, Reason, Suggestion, VersionStatus
from .precedence import is_engineered, is_similar, is_symbol_as_typed, order_likely, select_best
from .suggestions import MAX_SUGGESTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..genes.marks import Marks
    from ..genes.model import OrthologLink
    from ..identifiers.model import Interpretation, Recognition
    from .find import Found
    from .options import Options
    from .outcome import DamageReport

_SYMBOL_TIER = MATCH_TIERS[MatchKind.SYMBOL]
_RESOLVED: tuple[Outcome, Reason | None] = (Outcome.RESOLVED, None)
_ONE_TO_ONE = "1:1"
_SHOWN_ORTHOLOGS = 5


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
    if recognition.taxon is not None:
        genes, recognition = _read_in_list(genes, recognition, recognition.taxon)
    elsewhere = genes
    if species is not None:
        genes = [match for match in genes if match.gene.taxon == species]
        if not genes:
            return _add_date(_wrong_species(recognition, options, elsewhere, found, marks), date)
    top = genes if len(genes) == 1 else _select(genes, found, options)
    outcome, reason = _RESOLVED if len(top) == 1 and not found.history else _judge(top, found)
    chosen = {match.gene.id for match in top}
    others = [] if len(genes) == len(top) else [match for match in genes if match.gene.id not in chosen]
    if found.weaker:
        others += [match for match in _list_weaker(found) if species is None or match.gene.taxon == species]
    if species is not None:
        others += _list_symbols_elsewhere(elsewhere, top, species)
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
        _suggest_orthologs(top, found) if found.links and options.to_species is None else (),
        None,
        options,
        marks,
    )
    answer = _add_date(answer, date)
    if options.to_species is not None:
        answer = _convert(answer, options.to_species, found.links, options.orthologs)
    return apply_policy(answer, options.on_many) if len(top) > 1 or options.to_species is not None else answer


def _suggest_orthologs(top: list[MatchedGene], found: Found) -> tuple[Suggestion, ...]:
    """Return the orthologs of several genes that a name in other capitals matches in one species alone."""
    return tuple(
        Suggestion(link.gene.symbol, link.gene, f"the {SPECIES[link.gene.taxon].name} ortholog of {match.gene.symbol}")
        for match in top
        for link in found.links.get(match.gene.id, ())
    )[:MAX_SUGGESTIONS]


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
            match.precedence.tier != IDENTIFIED.tier,
            order.get(found.interpretation_of[match.gene.id].identifier.prefix, 0),
            match.matched_as.case_corrected,
            match.precedence,
            match.gene.taxon != HUMAN,
            match.gene.id,
        ),
    )


def _list_symbols_elsewhere(genes: list[MatchedGene], top: list[MatchedGene], species: int) -> list[MatchedGene]:
    """Return the genes of the other species whose symbol is the text as typed, where no symbol of the species is.

    `Trp53` among human genes is an alias of TP53, and may as well be a mouse gene in the wrong list.
    """
    if _is_identified(top[0]) or any(match.matched_as.kind is MatchKind.SYMBOL for match in top):
        return []
    return [match for match in genes if match.gene.taxon != species and is_symbol_as_typed(match)]


def _list_weaker(found: Found) -> list[MatchedGene]:
    """Return the genes that match by weaker evidence only."""
    return [match for gene_id, match in found.weaker.items() if gene_id not in found.matches]


def _read_in_list(
    genes: list[MatchedGene], recognition: Recognition, taxon: int
) -> tuple[list[MatchedGene], Recognition]:
    """Return the genes of the species that a query names, or that its list is of.

    All of them are kept, with a note, if no gene of that species matches, or none by an identifier where others do.
    """
    own = [match for match in genes if match.gene.taxon == taxon]
    are_identifiers = _is_identified(genes[0])
    if any(map(_is_identified, own)) if are_identifiers else own:
        return own, recognition
    species = SPECIES[genes[0].gene.taxon].name
    note = f"of {species}, and kept although its prefix or list is {SPECIES[taxon].name}"
    interpretations = tuple(one._replace(notes=(*one.notes, note)) for one in recognition.interpretations)
    kept = [
        match._replace(matched_as=match.matched_as._replace(notes=(*match.matched_as.notes, note))) for match in genes
    ]
    return kept, recognition._replace(interpretations=interpretations)


def _is_identified(match: MatchedGene) -> bool:
    """Return whether a gene is matched by an identifier, not by a name."""
    return match.precedence.tier == IDENTIFIED.tier


def _wrong_species(
    recognition: Recognition, options: Options, genes: list[MatchedGene], found: Found, marks: Marks
) -> Answer:
    requested = SPECIES[options.species or 0].name
    ortholog = f"For the ortholog, use to_species={requested} without species."
    named = ", ".join(f"{match.gene.symbol} ({SPECIES[match.gene.taxon].name})" for match in genes[:3])
    return Answer(
        query=recognition.text,
        interpretations=recognition.interpretations,
        outcome=Outcome.NOT_FOUND,
        reason=Reason.WRONG_SPECIES,
        hint=f"It matches {named}, not a {requested} gene. {ortholog}",
        other_matches=tuple(match for match in _list_weaker(found) if match.gene.taxon == options.species),
        related=tuple(genes),
        history=found.history,
        converted=() if options.to_species is not None else None,
        options=options,
        reader=found.reader,
        known_marks=marks,
    )


def _select(genes: list[MatchedGene], found: Found, options: Options) -> list[MatchedGene]:
    """Return the best matches of each species; several of one species in the order of their likelihood."""
    best = select_best(genes, is_strict=options.policy is Policy.STRICT)
    if len(best) > 1:
        best = _drop_chance(best, found)
    if options.to_species is not None:
        best = _keep_direct(best, options.to_species)
    if len({found.interpretation_of[match.gene.id].identifier.prefix for match in best}) > 1:
        return best  # in the order of the interpretations
    by_species: dict[int, list[MatchedGene]] = {}
    for match in best:
        by_species.setdefault(match.gene.taxon, []).append(match)
    typed_first = sorted(by_species.values(), key=_rank_species)
    return [
        match
        for matches in typed_first
        for match in (order_likely(matches, found.standings) if len(matches) > 1 and found.standings else matches)
    ]


def _rank_species(matches: list[MatchedGene]) -> tuple[bool, bool, bool]:
    """Return the key by which species are sorted: that whose capitals were typed, then that of a symbol, then human."""
    matched_as = matches[0].matched_as
    is_corrected = matched_as.case_corrected or is_similar(matches[0])
    return is_corrected, matched_as.kind is not MatchKind.SYMBOL, matches[0].gene.taxon != HUMAN


def _drop_chance(best: list[MatchedGene], found: Found) -> list[MatchedGene]:
    """Return the matches without similar spellings of names of one species, where the other has the name as typed.

    They stay if they are orthologs.
    """
    similar = [match for match in best if is_similar(match)]
    exact = [match for match in best if match.precedence.group == ITSELF and not match.matched_as.case_corrected]
    if (
        not similar
        or not exact
        or any((one.gene.id, other.gene.id) in found.pairs for one in exact for other in similar)
    ):
        return best
    return [match for match in best if match not in similar]


def _keep_direct(best: list[MatchedGene], taxon: int) -> list[MatchedGene]:
    """Return the match of the requested species alone if it is spelled as typed: it needs no ortholog."""
    direct = [match for match in best if match.gene.taxon == taxon]
    is_exact = len(direct) == 1 and direct[0].precedence.tier != IDENTIFIED.tier
    return direct if is_exact and not direct[0].matched_as.case_corrected else best


def _judge(top: list[MatchedGene], found: Found) -> tuple[Outcome, Reason | None]:
    prefixes = {found.interpretation_of[match.gene.id].identifier.prefix for match in top}
    if len(prefixes) > 1 and top[0].precedence.tier == IDENTIFIED.tier:
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
    """Return whether a name matches a gene of each species that are not orthologs."""
    if len(top) != 2 or top[0].precedence.tier == IDENTIFIED.tier:
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
        and not matched_as.case_corrected
        and matched_as.version_requested is None
        and not found.dead_ends
    ):
        return None  # most queries
    if reason is Reason.SEVERAL_READINGS:
        curies = " or ".join(dict.fromkeys(match.matched_as.value for match in top))
        return f"Several namespaces contain this number. Specify one: {curies}."
    if outcome is Outcome.AMBIGUOUS:
        return _describe_several(top)
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
    if is_engineered(top[0]):
        return "This names a transgene or another engineered allele of mice, not a gene."
    genes = [match for match in others if not is_engineered(match)]
    if genes and (tier > _SYMBOL_TIER or all(match.matched_as.case_corrected for match in top)):
        named = ", ".join(f"{match.gene.symbol} ({match.gene.curie})" for match in genes[:3])
        return f"Also a name of {named}{' and others' if len(genes) > 3 else ''}: see other_matches."
    return None


def _describe_several(top: list[MatchedGene]) -> str:
    if any(is_engineered(match) for match in top):
        return f"This names {len(top)} transgenes or other engineered alleles of mice, no gene: {_list_choices(top)}."
    taxa = {match.gene.taxon for match in top}
    if len(taxa) == len(top):
        named = " and ".join(f"{match.gene.symbol} ({SPECIES[match.gene.taxon].name})" for match in top)
        species = " or ".join(f"species={SPECIES[match.gene.taxon].name}" for match in top)
        return f"It matches {named}, which no source reports as orthologs. Specify {species}."
    if len(taxa) > 1:
        return f"{len(top)} genes of both species match. Specify the species, or one of them: {_list_choices(top)}."
    return f"{len(top)} genes match. Specify one: {_list_choices(top)}."


def _list_choices(genes: Sequence[MatchedGene | ConvertedGene]) -> str:
    return ", ".join(f"{match.gene.symbol} ({match.gene.curie})" for match in genes[:5])


def _convert(answer: Answer, taxon: int, links: Mapping[int, list[OrthologLink]], orthologs: Orthologs) -> Answer:
    """Add the genes of one species: those of the answer that are of it, and the orthologs of the others."""
    dropped: list[OrthologLink] = []
    if orthologs is Orthologs.ONE_TO_ONE:
        of_answer = {match.gene.id: links[match.gene.id] for match in answer.genes if match.gene.taxon != taxon}
        dropped = [link for of_gene in of_answer.values() for link in of_gene if link.cardinality != _ONE_TO_ONE]
        links = {gene: [link for link in of_gene if link not in dropped] for gene, of_gene in of_answer.items()}
    converted: dict[int, ConvertedGene] = {
        match.gene.id: ConvertedGene(match.gene, match.gene, None)
        for match in answer.genes
        if match.gene.taxon == taxon
    }
    direct = set(converted)
    for match in answer.genes:
        # An ortholog that the query matches itself goes before the other orthologs of the same gene.
        if match.gene.taxon != taxon and direct.isdisjoint(link.gene.id for link in links[match.gene.id]):
            for link in links[match.gene.id]:
                converted.setdefault(link.gene.id, ConvertedGene(link.gene, match.gene, link))
    if converted:
        return answer._replace(converted=tuple(converted.values()))
    named = ", ".join(match.gene.symbol for match in answer.genes)
    species = SPECIES[taxon].name
    if dropped:
        shown = ", ".join(f"{link.gene.symbol} ({link.cardinality})" for link in dropped[:_SHOWN_ORTHOLOGS])
        hint = f"No {species} ortholog of {named} is one to one: {shown}{' …' if dropped[_SHOWN_ORTHOLOGS:] else ''}."
    else:
        hint = f"No source reports a {species} ortholog of {named}; the gene itself is listed as related."
    return answer._replace(
        outcome=Outcome.NOT_FOUND,
        reason=Reason.SEVERAL_ORTHOLOGS if dropped else Reason.NO_ORTHOLOG,
        hint=hint,
        genes=(),
        related=(*answer.genes, *answer.related),
        converted=(),
    )


def apply_policy(answer: Answer, on_many: OnMany) -> Answer:
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
    kept = 0 if on_many is OnMany.NA else 1
    if on_many is OnMany.LIKELY:
        answer = answer._replace(hint=f"{answer.hint or ''} {_describe_likely(genes[0])}".strip())
    if answer.converted is not None:
        return answer._replace(converted=answer.converted[:kept])
    return answer._replace(genes=answer.genes[:kept], other_matches=answer.genes[kept:] + answer.other_matches)


def _describe_likely(first: MatchedGene | ConvertedGene) -> str:
    """Return why the first of several genes is the likely one."""
    why = ""
    if isinstance(first, MatchedGene) and first.matched_as.notes:
        why = f": {first.matched_as.notes[-1]}"
    return f"Chosen as likely: {first.gene.symbol} ({first.gene.curie}){why}."
