"""What the interpretations of one text lead to, before it is decided which of it is the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..genes.ranking import MATCH_TIERS, MatchKind
from ..identifiers.model import Identifier, Level
from ..identifiers.names import fold_name, fold_variants
from ..identifiers.species import HUMAN
from .history import follow_retirements
from .outcome import GeneAnswer, MatchedAs, MatchedGene

if TYPE_CHECKING:
    from ..genes.model import GeneRecord, RetirementRecord
    from ..identifiers.model import Interpretation
    from ..store.gene_reader import GeneReader


_UNLISTED_ISOFORM = "no source here lists this isoform: it is answered by its entry"
_NOT_PLAIN = (Level.GROUP, Level.PHENOTYPE)


class Findings:
    """What was found: for each gene the best match; the weaker and related ones; history on the way."""

    __slots__ = ("dead_ends", "history", "interpretations_of", "matches", "reader", "related", "roots", "weaker")

    def __init__(self, reader: GeneReader) -> None:
        self.reader = reader
        self.matches: dict[int, MatchedGene] = {}
        self.interpretations_of: dict[int, Interpretation] = {}
        self.weaker: dict[int, MatchedGene] = {}
        self.related: dict[int, MatchedGene] = {}
        self.history: list[RetirementRecord] = []
        self.roots: dict[int, str] = {}  # the retired identifier that alone led to a gene
        self.dead_ends: list[str] = []  # retired identifiers that led nowhere

    def add(self, gene: GeneRecord, matched_as: MatchedAs, interpretation: Interpretation) -> None:
        """Keep the better of the matches of a gene."""
        known = self.matches.get(gene.id)
        if known is None or MATCH_TIERS[matched_as.kind] < MATCH_TIERS[known.matched_as.kind]:
            self.matches[gene.id] = MatchedGene(gene, matched_as)
            self.interpretations_of[gene.id] = interpretation

    def select(self, interpretations: tuple[Interpretation, ...]) -> list[MatchedGene]:
        """Return all matched genes: best tier first, then by order of interpretations, exact capitals and species."""
        genes = list(self.matches.values())
        if len(genes) > 1:
            order = {interpretation.identifier.prefix: place for place, interpretation in enumerate(interpretations)}
            genes.sort(
                key=lambda found: (
                    MATCH_TIERS[found.matched_as.kind],
                    order.get(self.interpretations_of[found.gene.id].identifier.prefix, 0),
                    found.matched_as.case_corrected,
                    found.gene.taxon != HUMAN,
                    found.gene.id,
                )
            )
        return genes

    def list_weaker(self) -> list[MatchedGene]:
        """Return the genes that are matched by weaker evidence alone."""
        return [found for gene_id, found in self.weaker.items() if gene_id not in self.matches]

    def list_related(self) -> tuple[MatchedGene, ...]:
        """Return the genes that are linked to what was asked, without being named by it."""
        return tuple(self.related.values())


def find_plain_match(interpretations: tuple[Interpretation, ...], reader: GeneReader) -> GeneAnswer | None:
    """Return what `find_matches` would find where it is plain: one identifier on one gene, and nothing else to tell.

    None wherever there is more to it. So it is for most of what is asked, and this takes a third of the time.
    """
    interpretation = interpretations[0] if interpretations else None
    if interpretation is None or interpretation.is_text or interpretation.parent is not None:
        return None
    asked = interpretation.identifier
    if len(interpretations) > 1:
        other = interpretations[1]
        if len(interpretations) > 2 or not other.is_text or reader.find_names(fold_name(other.identifier.accession)):
            return None
    placements = reader.find_placements(asked.prefix, asked.accession)
    if len(placements) != 1:
        return None
    gene, relation, version, place = placements[0]
    if place or relation in _NOT_PLAIN or (asked.version is not None and asked.version != version):
        return None
    matched_as = MatchedAs(
        MatchKind.IDENTIFIER,
        f"{asked.prefix}:{asked.accession}",
        relation,
        asked.version,
        version,
        False,
        interpretation.notes,
    )
    return GeneAnswer(gene, matched_as, reader)


def find_matches(interpretations: tuple[Interpretation, ...], reader: GeneReader) -> Findings:
    """Look every interpretation up. Cost: a probe or two for each, one more for each step of a history."""
    findings = Findings(reader)
    for interpretation in interpretations:
        if not interpretation.is_text:
            _find_by_identifier(interpretation, findings)
        elif interpretation.is_withdrawn:
            _find_by_retired_name(interpretation, findings)
        else:
            _find_by_name(interpretation, findings)
    if not findings.matches and not findings.history:
        for interpretation in interpretations:
            if interpretation.is_withdrawn:
                _find_by_name(interpretation, findings)
            elif interpretation.is_text:
                _find_by_retired_name(interpretation, findings)
    return findings


def _find_by_name(interpretation: Interpretation, findings: Findings) -> None:
    asked = interpretation.identifier.accession
    for named in (named for folded in fold_variants(asked) for named in findings.reader.find_names(folded)):
        is_spelled_so = asked == named.text or (named.spellings and asked in named.spellings.split("\n"))
        spelling = asked if is_spelled_so else named.text
        matched_as = MatchedAs(
            MatchKind(named.kind), spelling, case_corrected=not is_spelled_so, notes=interpretation.notes
        )
        findings.add(named.gene, matched_as, interpretation)


def _find_by_identifier(interpretation: Interpretation, findings: Findings) -> None:
    asked = interpretation.identifier
    placements = findings.reader.find_placements(asked.prefix, asked.accession)
    if not placements and interpretation.parent is not None:
        placements = findings.reader.find_placements(interpretation.parent.prefix, interpretation.parent.accession)
        if placements and asked.prefix == "uniprot.isoform":
            interpretation = interpretation._replace(notes=(*interpretation.notes, _UNLISTED_ISOFORM))
    for placement in placements:
        relation = placement.relation
        matched_as = MatchedAs(
            MatchKind.HOMOLOGY_GROUP if relation == Level.GROUP else MatchKind.IDENTIFIER,
            asked.curie,
            relation,
            asked.version,
            placement.version,
            False,
            interpretation.notes,
        )
        if relation == Level.PHENOTYPE:
            findings.related[placement.gene.id] = MatchedGene(placement.gene, matched_as)
        elif placement.place > 0:
            findings.weaker[placement.gene.id] = MatchedGene(placement.gene, matched_as)
        else:
            findings.add(placement.gene, matched_as, interpretation)
    if not placements:
        _follow(interpretation.lookup.curie, MatchKind.IDENTIFIER, interpretation, findings)


def _find_by_retired_name(interpretation: Interpretation, findings: Findings) -> None:
    for curie in findings.reader.find_retired_names(fold_name(interpretation.identifier.accession)):
        _follow(curie, MatchKind.RETIRED_SYMBOL, interpretation, findings)


def _follow(curie: str, kind: MatchKind, interpretation: Interpretation, findings: Findings) -> None:
    """Add what became of a retired identifier, and the genes at the ends of its history."""
    history = follow_retirements(findings.reader, curie)
    if not history.steps:
        return
    known = {(step.retired, step.successor) for step in findings.history}
    findings.history += [step for step in history.steps if (step.retired, step.successor) not in known]
    lives_on = False
    for curie_of_successor in history.successors:
        prefix, _, accession = curie_of_successor.partition(":")
        successor = interpretation._replace(identifier=Identifier(prefix, accession), parent=None)
        for placement in findings.reader.find_placements(prefix, accession):
            if placement.place == 0 and placement.relation != Level.PHENOTYPE:
                lives_on = True
                notes = (*interpretation.notes, f"successor of {curie}")
                if placement.gene.id not in findings.matches:
                    findings.roots[placement.gene.id] = curie
                findings.add(
                    placement.gene, MatchedAs(kind, curie_of_successor, level=placement.relation, notes=notes), successor
                )
    if not lives_on:
        findings.dead_ends.append(curie)
