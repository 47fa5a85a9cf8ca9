"""What the readings of one text lead to, before it is decided which of it is the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..genes.ranking import LADDER, MatchKind
from ..identifiers.model import Identifier, Level
from ..identifiers.names import fold_name
from ..identifiers.species import HUMAN
from .history import follow_retirements
from .outcome import MatchedAs, MatchedGene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..genes.model import GeneRecord, NamedGene, Placement, RetirementRecord
    from ..identifiers.model import Reading


_NOT_PLAIN = (Level.GROUP, Level.PHENOTYPE)


class Shelf(Protocol):
    """Where matches are looked up: a release, or what was fetched from one for many questions at once."""

    def find_placements(self, prefix: str, accession: str) -> Sequence[Placement]:
        """Return the genes that the identifier is placed on, strongest evidence first."""
        ...

    def find_names(self, folded: str) -> Sequence[NamedGene]:
        """Return the genes that are called so, best kind of name first."""
        ...

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return a record for each heir, or one without; none where the identifier is not retired."""
        ...

    def find_retired_names(self, folded: str) -> Sequence[str]:
        """Return the CURIEs of the retired records that had this symbol."""
        ...


class Findings:
    """What was found: for each gene the best match; the weaker and related ones; history on the way."""

    __slots__ = ("dead_ends", "history", "matches", "readings_of", "related", "roots", "shelf", "weaker")

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.matches: dict[int, MatchedGene] = {}
        self.readings_of: dict[int, Reading] = {}
        self.weaker: dict[int, MatchedGene] = {}
        self.related: dict[int, MatchedGene] = {}
        self.history: list[RetirementRecord] = []
        self.roots: dict[int, str] = {}  # the retired identifier that alone led to a gene
        self.dead_ends: list[str] = []  # retired identifiers that led nowhere

    def add(self, gene: GeneRecord, matched_as: MatchedAs, reading: Reading) -> None:
        """Keep the better of the matches of a gene."""
        known = self.matches.get(gene.id)
        if known is None or LADDER[matched_as.kind] < LADDER[known.matched_as.kind]:
            self.matches[gene.id] = MatchedGene(gene, matched_as)
            self.readings_of[gene.id] = reading

    def select(self, readings: tuple[Reading, ...]) -> list[MatchedGene]:
        """Return all matched genes: best rung first, then in the order of the readings, exact capitals, species."""
        genes = list(self.matches.values())
        if len(genes) > 1:
            order = {reading.identifier.prefix: place for place, reading in enumerate(readings)}
            genes.sort(
                key=lambda found: (
                    LADDER[found.matched_as.kind],
                    order.get(self.readings_of[found.gene.id].identifier.prefix, 0),
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


def find_plain_match(readings: tuple[Reading, ...], shelf: Shelf) -> MatchedGene | None:
    """Return what `find_matches` would find where it is plain: one identifier on one gene, and nothing else to tell.

    None wherever there is more to it. So it is for most of what is asked, and this takes a third of the time.
    """
    reading = readings[0] if readings else None
    if reading is None or reading.is_text or reading.parent is not None:
        return None
    asked = reading.identifier
    if len(readings) > 1 and not (
        len(readings) == 2 and readings[1].is_text and not shelf.find_names(fold_name(readings[1].identifier.accession))
    ):
        return None
    placements = shelf.find_placements(asked.prefix, asked.accession)
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
        reading.notes,
    )
    return MatchedGene(gene, matched_as)


def find_matches(readings: tuple[Reading, ...], shelf: Shelf) -> Findings:
    """Look every reading up. Cost: a probe or two for each reading, one more for each step of a history."""
    findings = Findings(shelf)
    for reading in readings:
        if not reading.is_text:
            _find_by_identifier(reading, findings)
        elif reading.is_withdrawn:
            _find_by_retired_name(reading, findings)
        else:
            _find_by_name(reading, findings)
    if not findings.matches and not findings.history:
        for reading in readings:
            if reading.is_withdrawn:
                _find_by_name(reading, findings)
            elif reading.is_text:
                _find_by_retired_name(reading, findings)
    return findings


def _find_by_name(reading: Reading, findings: Findings) -> None:
    asked = reading.identifier.accession
    for named in findings.shelf.find_names(fold_name(asked)):
        is_spelled_so = asked == named.text or (named.spellings and asked in named.spellings.split("\n"))
        spelling = asked if is_spelled_so else named.text
        matched_as = MatchedAs(MatchKind(named.kind), spelling, case_corrected=not is_spelled_so, notes=reading.notes)
        findings.add(named.gene, matched_as, reading)


def _find_by_identifier(reading: Reading, findings: Findings) -> None:
    asked = reading.identifier
    placements = findings.shelf.find_placements(asked.prefix, asked.accession)
    if not placements and reading.parent is not None:
        placements = findings.shelf.find_placements(reading.parent.prefix, reading.parent.accession)
    for placement in placements:
        relation = placement.relation
        matched_as = MatchedAs(
            MatchKind.HOMOLOGY_GROUP if relation == Level.GROUP else MatchKind.IDENTIFIER,
            asked.curie,
            relation,
            asked.version,
            placement.version,
            False,
            reading.notes,
        )
        if relation == Level.PHENOTYPE:
            findings.related[placement.gene.id] = MatchedGene(placement.gene, matched_as)
        elif placement.place > 0:
            findings.weaker[placement.gene.id] = MatchedGene(placement.gene, matched_as)
        else:
            findings.add(placement.gene, matched_as, reading)
    if not placements:
        _follow(reading.lookup.curie, MatchKind.IDENTIFIER, reading, findings)


def _find_by_retired_name(reading: Reading, findings: Findings) -> None:
    for curie in findings.shelf.find_retired_names(fold_name(reading.identifier.accession)):
        _follow(curie, MatchKind.RETIRED_SYMBOL, reading, findings)


def _follow(curie: str, kind: MatchKind, reading: Reading, findings: Findings) -> None:
    """Add what became of a retired identifier, and the genes at the ends of its history."""
    history = follow_retirements(findings.shelf, curie)
    if not history.steps:
        return
    known = {(step.retired, step.successor) for step in findings.history}
    findings.history += [step for step in history.steps if (step.retired, step.successor) not in known]
    lives_on = False
    for heir in history.heirs:
        prefix, _, accession = heir.partition(":")
        successor = reading._replace(identifier=Identifier(prefix, accession), parent=None)
        for placement in findings.shelf.find_placements(prefix, accession):
            if placement.place == 0 and placement.relation != Level.PHENOTYPE:
                lives_on = True
                notes = (*reading.notes, f"successor of {curie}")
                if placement.gene.id not in findings.matches:
                    findings.roots[placement.gene.id] = curie
                findings.add(placement.gene, MatchedAs(kind, heir, level=placement.relation, notes=notes), successor)
    if not lives_on:
        findings.dead_ends.append(curie)
