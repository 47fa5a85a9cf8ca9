"""The words of answers: outcome, reason, how a gene was matched, and the answer itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..genes.model import EvidenceRecord, GeneRecord, OrthologLink, RetirementRecord
    from ..genes.ranking import MatchKind
    from ..identifiers.model import Reading


class Outcome(StrEnum):
    """What became of a question. None of them is an error of the program."""

    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    RETIRED = "retired"
    NOT_FOUND = "not_found"
    UNRECOGNIZED = "unrecognized"


class Reason(StrEnum):
    """Why an outcome is not simply `resolved`."""

    MALFORMED = "malformed"
    UNKNOWN_NAMESPACE = "unknown_namespace"
    NOT_IN_RELEASE = "not_in_release"
    WRONG_SPECIES = "wrong_species"
    RETIRED_NO_SUCCESSOR = "retired_no_successor"
    PHENOTYPE_NOT_GENE = "phenotype_not_gene"
    OUT_OF_SCOPE = "out_of_scope"
    SEVERAL_GENES = "several_genes"
    SEVERAL_READINGS = "several_readings"


@dataclass(frozen=True, slots=True)
class MatchedAs:
    """How a text led to a gene: as an identifier (`value` is its CURIE), or as a name (`value` is its spelling).

    `version_known` is the latest version in the release, None where no source states one. `case_corrected` tells that
    only the capitals differed.
    """

    kind: MatchKind
    value: str
    level: str | None = None
    version_asked: int | None = None
    version_known: int | None = None
    case_corrected: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedGene:
    """A gene, and how the text led to it."""

    gene: GeneRecord
    matched_as: MatchedAs


@dataclass(frozen=True, slots=True)
class GeneAnswer:
    """A gene of an answer, with its orthologs and, if asked for, the evidence of each xref."""

    gene: GeneRecord
    matched_as: MatchedAs
    orthologs: tuple[OrthologLink, ...]
    evidence: tuple[EvidenceRecord, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReleaseTag:
    """Which release answered."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    `genes` are those that the text names; `other_matches` those that it also names, in a weaker way (an alias
    beside an approved symbol); `related` those that it is linked to without naming them (a phenotype's genes);
    `history` the steps by which a retired identifier led to its successors.
    """

    query: str
    readings: tuple[Reading, ...]
    outcome: Outcome
    release: ReleaseTag
    reason: Reason | None = None
    hint: str | None = None
    genes: tuple[GeneAnswer, ...] = ()
    other_matches: tuple[MatchedGene, ...] = ()
    related: tuple[MatchedGene, ...] = ()
    history: tuple[RetirementRecord, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the REST service."""
        from .encode import answer_object

        return answer_object(self)
