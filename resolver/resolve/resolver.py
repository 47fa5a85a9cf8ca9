"""The one function behind every door: text in, answer out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..genes.ranking import LADDER, MatchKind
from ..identifiers.model import Identifier, Level, Problem, Reading, Recognition
from ..identifiers.names import fold_name
from ..identifiers.recognize import recognize
from ..identifiers.species import SPECIES
from .history import follow_retirements
from .outcome import Answer, GeneAnswer, MatchedAs, MatchedGene, Outcome, Reason, ReleaseTag

if TYPE_CHECKING:
    from ..genes.model import RetirementRecord
    from ..store.gene_reader import GeneReader

# Whole chromosomes and contigs hold many genes and name none.
_ASSEMBLY_SEQUENCES = ("NC_", "NT_", "NW_", "AC_")


class _Findings:
    """What the readings of one text led to, before it is decided which of it is the answer."""

    def __init__(self) -> None:
        self.matches: dict[int, MatchedAs] = {}  # the best match of each gene
        self.readings_of: dict[int, Reading] = {}
        self.weaker: dict[int, MatchedAs] = {}
        self.related: dict[int, MatchedAs] = {}
        self.history: list[RetirementRecord] = []
        self.succeeded: set[int] = set()  # genes found only by way of a retired identifier

    def add(self, gene_id: int, matched_as: MatchedAs, reading: Reading) -> None:
        known = self.matches.get(gene_id)
        if known is None or LADDER[matched_as.kind] < LADDER[known.kind]:
            self.matches[gene_id] = matched_as
            self.readings_of[gene_id] = reading


class Resolver:
    """Resolves texts against one release; safe to share between threads."""

    def __init__(self, reader: GeneReader) -> None:
        self.reader = reader
        release = reader.release
        self.release = ReleaseTag(release.id, release.title)

    def resolve(self, text: str, *, species: int | None = None, explain: bool = False) -> Answer:
        """Return the answer to one text: identifier of any namespace, symbol or name.

        `species` is a taxon id (9606, 10090) that limits the answer; without it both species are searched.
        `explain` adds the source files behind every xref. Never raises for what the text is.
        """
        recognition = recognize(text)
        findings = self._find(recognition.readings)
        if not findings.matches:
            return self._miss(recognition, findings)
        genes = self._select(findings, recognition.readings)
        in_species = [found for found in genes if species is None or found.gene.taxon == species]
        if not in_species:
            return self._wrong_species(recognition, genes, species)
        top = _on_top_rung(in_species)
        outcome, reason = _judge(top, findings)
        answers = tuple(self._answer_gene(found, explain=explain) for found in top)
        chosen = {found.gene.id for found in top}
        others = [found for found in in_species if found.gene.id not in chosen]
        others += [
            MatchedGene(self.reader.get_gene(gene_id), matched_as)
            for gene_id, matched_as in findings.weaker.items()
            if gene_id not in findings.matches
        ]
        return Answer(
            query=text,
            readings=recognition.readings,
            outcome=outcome,
            reason=reason,
            hint=_describe_choice(top, outcome, reason, others),
            genes=answers,
            other_matches=tuple(others),
            related=self._related(findings),
            history=tuple(findings.history),
            release=self.release,
        )

    def _find(self, readings: tuple[Reading, ...]) -> _Findings:
        findings = _Findings()
        for reading in readings:
            if reading.is_text:
                self._find_by_name(reading, findings)
            else:
                self._find_by_identifier(reading, findings)
        return findings

    def _find_by_name(self, reading: Reading, findings: _Findings) -> None:
        asked = reading.identifier.accession
        for named in self.reader.find_names(fold_name(asked)):
            matched_as = MatchedAs(
                MatchKind(named.kind), named.text, case_corrected=named.text != asked, notes=reading.notes
            )
            findings.add(named.gene_id, matched_as, reading)

    def _find_by_identifier(self, reading: Reading, findings: _Findings) -> None:
        asked = reading.identifier
        placements = self.reader.find_placements(asked.prefix, asked.accession)
        if not placements and reading.parent is not None:
            placements = self.reader.find_placements(reading.parent.prefix, reading.parent.accession)
        for placement in placements:
            is_group = placement.relation == Level.GROUP
            matched_as = MatchedAs(
                MatchKind.HOMOLOGY_GROUP if is_group else MatchKind.IDENTIFIER,
                asked.curie,
                level=placement.relation,
                version_asked=asked.version,
                version_known=placement.version,
                notes=reading.notes,
            )
            if placement.relation == Level.PHENOTYPE:
                findings.related[placement.gene_id] = matched_as
            elif placement.place > 0:
                findings.weaker[placement.gene_id] = matched_as
            else:
                findings.add(placement.gene_id, matched_as, reading)
        if not placements:
            self._find_by_history(reading, findings)

    def _find_by_history(self, reading: Reading, findings: _Findings) -> None:
        history = follow_retirements(self.reader, reading.lookup.curie)
        findings.history += history.steps
        for heir in history.heirs:
            prefix, _, accession = heir.partition(":")
            successor = replace(reading, identifier=Identifier(prefix, accession), parent=None)
            for placement in self.reader.find_placements(prefix, accession):
                if placement.place == 0 and placement.relation != Level.PHENOTYPE:
                    note = f"successor of {reading.lookup.curie}"
                    matched_as = MatchedAs(
                        MatchKind.IDENTIFIER, heir, level=placement.relation, notes=(*reading.notes, note)
                    )
                    if placement.gene_id not in findings.matches:
                        findings.succeeded.add(placement.gene_id)
                    findings.add(placement.gene_id, matched_as, successor)

    def _select(self, findings: _Findings, readings: tuple[Reading, ...]) -> list[MatchedGene]:
        """Return all matched genes: best rung first, then in the order of the readings, exact capitals, species."""
        order = {reading.identifier.prefix: place for place, reading in enumerate(readings)}
        genes = [
            MatchedGene(self.reader.get_gene(gene_id), matched_as) for gene_id, matched_as in findings.matches.items()
        ]
        genes.sort(
            key=lambda found: (
                LADDER[found.matched_as.kind],
                order.get(findings.readings_of[found.gene.id].identifier.prefix, 0),
                found.matched_as.case_corrected,
                found.gene.taxon != 9606,
                found.gene.id,
            )
        )
        return genes

    def _related(self, findings: _Findings) -> tuple[MatchedGene, ...]:
        return tuple(MatchedGene(self.reader.get_gene(key), value) for key, value in findings.related.items())

    def _answer_gene(self, found: MatchedGene, *, explain: bool) -> GeneAnswer:
        evidence = tuple(self.reader.find_evidence(found.gene.id)) if explain else None
        return GeneAnswer(found.gene, found.matched_as, tuple(self.reader.find_orthologs(found.gene.id)), evidence)

    def _wrong_species(self, recognition: Recognition, genes: list[MatchedGene], species: int | None) -> Answer:
        asked = SPECIES[species].name if species in SPECIES else str(species)
        named = ", ".join(f"{found.gene.symbol} ({SPECIES[found.gene.taxon].name})" for found in genes[:3])
        hint = f"It names {named}, not a {asked} gene. Leave the species out to see it with its orthologs."
        return Answer(
            query=recognition.text,
            readings=recognition.readings,
            outcome=Outcome.NOT_FOUND,
            reason=Reason.WRONG_SPECIES,
            hint=hint,
            related=tuple(genes),
            release=self.release,
        )

    def _miss(self, recognition: Recognition, findings: _Findings) -> Answer:
        outcome, reason, hint = _explain_miss(recognition, findings, self.release)
        return Answer(
            query=recognition.text,
            readings=recognition.readings,
            outcome=outcome,
            reason=reason,
            hint=hint,
            related=self._related(findings),
            history=tuple(findings.history),
            release=self.release,
        )


def _on_top_rung(genes: list[MatchedGene]) -> list[MatchedGene]:
    """Return the genes on the best rung; in each species those in the very capitals that were typed, if any are."""
    rung = LADDER[genes[0].matched_as.kind]
    top = [found for found in genes if LADDER[found.matched_as.kind] == rung]
    exact = {found.gene.taxon for found in top if not found.matched_as.case_corrected}
    return [found for found in top if not found.matched_as.case_corrected or found.gene.taxon not in exact]


def _judge(top: list[MatchedGene], findings: _Findings) -> tuple[Outcome, Reason | None]:
    prefixes = {findings.readings_of[found.gene.id].identifier.prefix for found in top}
    if len(top) > 1 and len(prefixes) > 1:
        return Outcome.AMBIGUOUS, Reason.SEVERAL_READINGS
    if all(found.gene.id in findings.succeeded for found in top):
        return Outcome.RETIRED, None  # a split has several heirs: its history says so
    if len({found.gene.taxon for found in top}) < len(top):
        return Outcome.AMBIGUOUS, Reason.SEVERAL_GENES
    return Outcome.RESOLVED, None


def _describe_choice(
    top: list[MatchedGene], outcome: Outcome, reason: Reason | None, others: list[MatchedGene]
) -> str | None:
    if reason is Reason.SEVERAL_READINGS:
        certain = " or ".join(dict.fromkeys(found.matched_as.value for found in top))
        return f"Several kinds of number fit; say which one is meant: {certain}."
    if outcome is Outcome.AMBIGUOUS:
        choices = ", ".join(f"{found.gene.symbol} ({found.gene.curie})" for found in top[:5])
        return f"{len(top)} genes answer to this; ask for one of them: {choices}."
    if outcome is Outcome.RETIRED:
        return f"Retired; use {', '.join(dict.fromkeys(found.matched_as.value for found in top))}."
    version = next((f.matched_as for f in top if f.matched_as.version_asked is not None), None)
    if version is not None and version.version_known is not None and version.version_asked != version.version_known:
        return f"Version {version.version_asked} was asked; this release knows version {version.version_known}."
    if others and top[0].matched_as.kind is MatchKind.ALIAS:
        return "Also a weaker name of other genes: see other_matches."
    return None


def _explain_miss(
    recognition: Recognition, findings: _Findings, release: ReleaseTag
) -> tuple[Outcome, Reason, str | None]:
    readings = recognition.readings
    if not readings or (recognition.problem is not None and all(reading.is_text for reading in readings)):
        unknown = recognition.problem is Problem.UNKNOWN_NAMESPACE
        reason = Reason.UNKNOWN_NAMESPACE if unknown else Reason.MALFORMED
        return Outcome.UNRECOGNIZED, reason, recognition.hint
    if findings.related:
        hint = "This MIM number names a phenotype, not a gene; the genes linked to it are listed as related."
        return Outcome.NOT_FOUND, Reason.PHENOTYPE_NOT_GENE, hint
    if findings.history:
        hint = "It was retired, and its authority names no successor in this release."
        return Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR, hint
    first = readings[0].identifier
    if first.prefix == "refseq" and first.accession.startswith(_ASSEMBLY_SEQUENCES):
        return Outcome.NOT_FOUND, Reason.OUT_OF_SCOPE, "This names a whole chromosome or contig, not a gene."
    tried = ", ".join("symbols and names" if reading.is_text else reading.identifier.curie for reading in readings)
    hint = f"Not in {release.title} (tried {tried}). Check the spelling, or publish a release that holds more genes."
    return Outcome.NOT_FOUND, Reason.NOT_IN_RELEASE, hint
