"""Evidence of an answer: the statements behind it, how many organizations agree, and which ones disagree."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from ..identifiers.model import Level
from .options import Consensus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..genes.model import EvidenceRecord, RetirementRecord, RivalRecord
    from ..store.gene_reader import GeneReader
    from .outcome import AnswerData, MatchedGene


class Agreement(NamedTuple):
    """Of `voters` organizations that could report an xref, `agreed` do.

    The voters of an xref are those that report any identifier of its namespace and level for the gene, and those that
    place the identifier on another gene.
    """

    agreed: int
    voters: int

    def passes(self, consensus: Consensus) -> bool:
        """Return whether as many agree as `consensus` requires."""
        if consensus is Consensus.ALL:
            return self.agreed == self.voters
        return consensus is Consensus.ANY or 2 * self.agreed > self.voters


class Supported(NamedTuple):
    """An identifier of a gene: the files that report it, how many agree, and where others place it."""

    record: EvidenceRecord
    agreement: Agreement
    rivals: tuple[RivalRecord, ...]


def organization_of(source: str) -> str:
    """Return the organization behind the key of a source file, such as `ncbi` of `ncbi.gene_info.human`."""
    return source.partition(".")[0]


def gather_support(reader: GeneReader, gene_id: int) -> list[Supported]:
    """Return every identifier that is placed on the gene, with its support, by prefix and rank."""
    records = reader.find_evidence(gene_id)
    rivals: dict[str, list[RivalRecord]] = defaultdict(list)
    for rival in reader.find_rivals(gene_id):
        rivals[rival.curie].append(rival)
    speakers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        speakers[_kind(record)] |= _organizations(record.sources)
    supported = []
    for record in records:
        # That a phenotype is linked to several genes is no contradiction.
        against = () if record.relation == Level.PHENOTYPE else tuple(rivals[record.curie])
        voters = speakers[_kind(record)].union(*(_organizations(rival.sources) for rival in against))
        agreement = Agreement(len(_organizations(record.sources)), len(voters))
        supported.append(Supported(record, agreement, against))
    return supported


def _kind(record: EvidenceRecord) -> tuple[str, str]:
    return record.curie.partition(":")[0], record.relation


def _organizations(sources: Iterable[str]) -> set[str]:
    return {organization_of(source) for source in sources}


def describe_evidence(supported: Iterable[Supported], targets: tuple[str, ...] | None) -> list[dict[str, Any]]:
    """Return the evidence of a gene's identifiers as plain objects; only of `targets` if there are any."""
    return [
        {
            "curie": record.curie,
            "relation": record.relation,
            "version": record.version,
            "assignment_rank": record.assignment_rank,
            "sources": record.sources,
            "agreed": agreement.agreed,
            "voters": agreement.voters,
            "contradicted_by": [
                {name: getattr(rival, name) for name in ("gene", "symbol", "assignment_rank", "sources")}
                for rival in rivals
            ],
        }
        for record, agreement, rivals in supported
        if targets is None or record.curie.partition(":")[0] in targets
    ]


def describe_path(
    answer: AnswerData, found: MatchedGene, supported: Iterable[Supported], name_sources: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the statements that led from the query to the gene, in order, each with the files that report it.

    `name_sources` are the files that report the name that the query matched, if it is one.
    """
    matched_as = found.matched_as
    steps: list[dict[str, Any]] = [
        {"from": step.retired, "to": step.successor, "how": step.reason, "sources": step.sources}
        for step in _steps_to(matched_as.value, answer.history)
    ]
    sources_of = {record.curie: record.sources for record, _, _ in supported}
    sources = sources_of.get(matched_as.value, ())
    for interpretation in answer.interpretations:  # an isoform, say, is resolved by its entry, whose statement this is
        if not sources and interpretation.parent is not None and interpretation.identifier.curie == matched_as.value:
            sources = sources_of.get(interpretation.parent.curie, ())
    shown = sources or name_sources
    steps.append({"from": matched_as.value, "to": found.gene.curie, "how": matched_as.kind.value, "sources": shown})
    return steps


def _steps_to(curie: str, history: Sequence[RetirementRecord]) -> list[RetirementRecord]:
    """Return the steps of a history that end at `curie`, without those to the other successors of a split."""
    wanted = {curie}
    steps = []
    for step in reversed(history):
        if step.successor in wanted:
            wanted.add(step.retired)
            steps.append(step)
    return steps[::-1]


def select_used_sources(
    sources: Iterable[dict[str, object]], evidence: Iterable[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return those of a release's files that the evidence names: organization, version and date of each."""
    keys = {key for one in evidence for key in one["sources"]}
    keys |= {key for one in evidence for rival in one.get("contradicted_by", ()) for key in rival["sources"]}
    shown = ("source", "file", "upstream_version", "upstream_date")
    return {str(row["key"]): {name: row[name] for name in shown} for row in sources if row["key"] in keys}
