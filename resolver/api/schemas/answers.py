"""The schemas of answers of `/resolve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, create_model

from .base import Shape
from .evidence import EvidenceShape, MarkShape, ReceiptShape, RetirementShape, StepShape, UsedSourceShape
from .genes import AnswerMatchShape, GeneNameShape, GeneShape, MatchedGeneShape, OrthologShape
from .live import LiveFindingShape
from .release import ReleaseShape
from .words import (
    CardinalityName,
    CodeName,
    ConsensusName,
    LevelName,
    OnManyName,
    OrthologsName,
    OutcomeName,
    PolicyName,
    PrefixName,
    ReasonName,
    SpeciesName,
    Taxon,
)


class InterpretationShape(Shape):
    """One interpretation of the query."""

    prefix: PrefixName
    accession: str
    version: int | None
    curie: str | None = Field(description="Bioregistry CURIE; null for a query looked up as a symbol or name")
    level: LevelName | None
    why: str
    notes: list[str]


class AnsweredGeneShape(GeneShape):
    """A gene of an answer."""

    matched_as: AnswerMatchShape
    orthologs: list[OrthologShape]
    evidence: list[EvidenceShape] = Field(default=[], description="with explain=true")
    path: list[StepShape] = Field(default=[], description="with explain=true: the statements that led to the gene")


class ViaShape(Shape):
    """How a gene of the answer led to one of the requested species."""

    gene: str
    symbol: str
    how: Literal["itself", "ortholog"]
    cardinality: CardinalityName | None
    support: int | None
    sources: list[str] | None
    methods: list[str] | None


class ConvertedGeneShape(GeneShape):
    """A gene of the species requested with `to_species`."""

    via: ViaShape


class SuggestionShape(Shape):
    """A suggestion: the text to use, and the gene that it matches. It is never applied automatically."""

    identifier: str
    curie: str
    symbol: str
    taxon: Taxon
    species: SpeciesName
    why: str


class DamageShape(Shape):
    """What a spreadsheet did to the query; `repaired` is the text to use, if it is certain."""

    kind: Literal["date", "date_serial", "scientific", "decimal", "thousands"]
    explanation: str
    certain: bool
    repaired: str | None


class PolicyShape(Shape):
    """The options behind the answer; `order` lists the kinds of match, best first."""

    from_: str | None = Field(alias="from")
    species: str | None
    to_species: str | None
    orthologs: OrthologsName
    to: list[str] | None
    consensus: ConsensusName
    on_many: OnManyName
    policy: PolicyName
    order: list[str] = Field(default=[])


class AnswerShape(Shape):
    """The answer to one query."""

    query: str
    interpretations: list[InterpretationShape]
    outcome: OutcomeName
    reason: ReasonName | None
    hint: str | None
    genes: list[AnsweredGeneShape]
    converted: list[ConvertedGeneShape] | None = Field(description="with to_species: the genes of that species")
    also: list[GeneNameShape] = Field(
        description="genes that have the text as a previous symbol or alias too; policy=strict makes it ambiguous"
    )
    other_matches: list[MatchedGeneShape]
    related: list[MatchedGeneShape]
    suggestions: list[SuggestionShape]
    damage: DamageShape | None
    history: list[RetirementShape]
    marks: list[MarkShape] = Field(description="the stale identifiers among the requested one and the listed xrefs")
    policy: PolicyShape
    release: ReleaseShape
    sources: dict[str, UsedSourceShape] = Field(default={}, description="with explain=true: the files by their key")
    receipt: ReceiptShape | None = Field(default=None, description="with receipt=true")
    live: list[LiveFindingShape] = Field(
        default=[], description="with live=true: what the source databases report today"
    )


def _trim(shape: type[Shape], name: str, meaning: str, **replaced: Any) -> type[Shape]:  # noqa: ANN401  (annotations)
    """Return a shape none of whose members is required."""
    members = {
        field.alias or key: (replaced.get(key, field.annotation), Field(default=None, description=field.description))
        for key, field in shape.model_fields.items()
    } | {key: (kind, Field(default=None)) for key, kind in replaced.items() if key not in shape.model_fields}
    trimmed: type[Shape] = create_model(name, __base__=Shape, __doc__=meaning, **members)  # type: ignore[call-overload]
    return trimmed


_TrimmedGene = _trim(AnsweredGeneShape, "TrimmedGeneShape", "The members of a gene that `fields` names.", via=ViaShape)

if TYPE_CHECKING:
    TrimmedAnswerShape = Shape
else:
    TrimmedAnswerShape = _trim(
        AnswerShape,
        "TrimmedAnswerShape",
        "The members of an answer that `fields` names.",
        genes=list[_TrimmedGene],
        converted=list[_TrimmedGene] | None,
    )


class ColumnShape(Shape):
    """The namespace of the bare numbers in a list, or of numbers with `_at`, and the reason for it."""

    prefix: str
    why: str


class SpeciesVoteShape(Shape):
    """The species that a list was read in (null: a mixed list), the votes, and the reason."""

    species: SpeciesName | None
    votes: dict[str, int]
    why: str


class SummaryShape(Shape):
    """The counts of a call; `answers` differs from `queries` only with on_many=explode."""

    queries: int
    answers: int
    outcomes: dict[str, int]
    reasons: dict[str, int]
    column: ColumnShape | None
    species: SpeciesVoteShape | None = Field(description="with species=auto: what the list was read as")
    policy: PolicyShape
    release: ReleaseShape
    receipt: ReceiptShape | None = Field(default=None, description="with receipt=true")


class ManyAnswersShape(Shape):
    """The answers to many queries."""

    answers: list[AnswerShape] | list[TrimmedAnswerShape]
    summary: SummaryShape


class AnswerProblemShape(AnswerShape):
    """An answer that names no gene, as a problem (RFC 9457) with all fields of an answer."""

    type: str
    title: str
    status: Literal[404, 422]
    detail: str
    code: CodeName
    instance: str
