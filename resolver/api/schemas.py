"""The shape of answers, for the API's documentation and for clients that generate code from it.

Answers are not built from these models (that would cost half of the rate, docs/adr/0004-read-path.md); a test holds
every answer against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..identifiers.namespaces import NAMESPACES
from .live_schemas import LiveFindingShape

if TYPE_CHECKING:
    from ..identifiers.model import Namespace


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InterpretationShape(_Shape):
    """One thing that the text may be."""

    prefix: str
    accession: str
    version: int | None
    curie: str | None = Field(description="Bioregistry CURIE; null for a text looked up as a symbol or name")
    level: str | None
    why: str
    notes: list[str]


class MatchedAsShape(_Shape):
    """How the text led to a gene."""

    kind: Literal["identifier", "homology_group", "symbol", "previous_symbol", "alias", "full_name", "retired_symbol"]
    value: str
    level: str | None
    version_queried: int | None
    version_known: int | None
    version_status: Literal["current", "older", "newer"] | None = Field(
        description="how the version asked stands to the one known"
    )
    case_corrected: bool
    notes: list[str]


class AnswerMatchShape(MatchedAsShape):
    """How the text led to a gene of the answer."""

    pairs: list[str] = Field(description="of a transcript asked for: its proteins; of a protein: its transcripts")


class LocationShape(_Shape):
    """Where the gene lies; base pairs are 1-based and inclusive."""

    chromosome: str | None
    start: int | None
    end: int | None
    strand: Literal["+", "-"] | None
    assembly: str | None
    map_location: str | None


class XrefShape(_Shape):
    """An identifier of the gene in another namespace."""

    identifier: str
    curie: str
    url: str


class VersionedXrefShape(XrefShape):
    """An identifier with the latest version that a source states."""

    version: int | None


class ProductXrefShape(VersionedXrefShape):
    """An Ensembl or RefSeq identifier: of the gene, or of a transcript or protein of it."""

    level: Literal["gene", "transcript", "protein", "genomic"]
    mane: Literal["select", "plus clinical"] | None
    pairs: list[str] = Field(description="the proteins that a transcript makes; the transcripts that make a protein")


class ProteinXrefShape(XrefShape):
    """A UniProt accession; `reviewed` is null where no source says."""

    reviewed: bool | None


def shape_of(namespace: Namespace) -> type[XrefShape]:
    """Return the shape of the xrefs of a namespace: the one with the members that its row shows."""
    shapes = (XrefShape, VersionedXrefShape, ProductXrefShape, ProteinXrefShape)
    own = XrefShape.model_fields.keys()
    return next(shape for shape in shapes if shape.model_fields.keys() - own == set(namespace.shows))


if TYPE_CHECKING:
    XrefsShape = _Shape
else:
    XrefsShape = create_model(
        "XrefsShape",
        __base__=_Shape,
        __doc__="The gene's identifiers, best first; with `to`, only the namespaces that are requested.",
        **{row.prefix: (list[shape_of(row)], []) for row in NAMESPACES if row.is_listed},
    )


class NamesShape(_Shape):
    """What else the gene is or was called."""

    previous_symbol: list[str]
    alias: list[str]
    full_name: list[str]


class GeneShape(_Shape):
    """A gene of one species."""

    curie: str
    symbol: str
    name: str | None
    taxon: Literal[9606, 10090]
    species: Literal["human", "mouse"]
    gene_type: str | None
    location: LocationShape
    xrefs: XrefsShape
    names: NamesShape
    alternates: list[ProductXrefShape] = Field(description="the gene's Ensembl ids on haplotypes and patches")
    phenotypes: list[XrefShape] = Field(description="MIM numbers of phenotypes that the gene is linked to")


class OrthologShape(GeneShape):
    """The gene's ortholog in the other species."""

    cardinality: Literal["1:1", "1:n", "n:1", "n:m"] = Field(description="human:mouse")
    support: int = Field(description="how many organizations state the pair")
    sources: list[str]
    methods: list[str] = Field(description="how these came to say so")


class RivalShape(_Shape):
    """Another gene that an identifier is placed on, and the files that state it."""

    gene: str
    symbol: str
    assignment_rank: int
    sources: list[str]


class EvidenceShape(_Shape):
    """Which files state that an identifier is the gene's; `assignment_rank` 0 is the strongest evidence.

    Of `voters` organizations that could state it, `agreed` do.
    """

    curie: str
    relation: str
    version: int | None
    assignment_rank: int
    sources: list[str]
    agreed: int
    voters: int
    contradicted_by: list[RivalShape]


class StepShape(BaseModel):
    """A step on the way from the text to a gene, and the files that state it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str = Field(alias="from")
    to: str | None
    how: str
    sources: list[str]


class AnsweredGeneShape(GeneShape):
    """A gene of an answer."""

    matched_as: AnswerMatchShape
    orthologs: list[OrthologShape]
    evidence: list[EvidenceShape] = Field(default=[], description="with explain=true")
    path: list[StepShape] = Field(default=[], description="with explain=true: the statements that led to the gene")


class ViaShape(_Shape):
    """How a gene of the answer led to one of the species asked for."""

    gene: str
    symbol: str
    how: Literal["itself", "ortholog"]
    cardinality: Literal["1:1", "1:n", "n:1", "n:m"] | None
    support: int | None
    sources: list[str] | None
    methods: list[str] | None


class ConvertedGeneShape(GeneShape):
    """A gene of the species that was asked for with `to_species`."""

    via: ViaShape


class SuggestionShape(_Shape):
    """What may have been meant: the text to use, and the gene that it leads to. Never applied by itself."""

    identifier: str
    curie: str
    symbol: str
    taxon: Literal[9606, 10090]
    species: Literal["human", "mouse"]
    why: str


class DamageShape(_Shape):
    """What a spreadsheet did to the text; `repaired` is what to use, where that is certain."""

    kind: Literal["date", "date_serial", "scientific", "decimal", "thousands"]
    explanation: str
    certain: bool
    repaired: str | None


class PolicyShape(BaseModel):
    """The options that the answer was given by; `order` is that of the kinds of match, best first."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str | None = Field(alias="from")
    species: str | None
    to_species: str | None
    to: list[str] | None
    consensus: Literal["any", "majority", "all"]
    on_many: Literal["list", "first", "explode", "error", "na"]
    order: list[str] = []


class MatchedGeneShape(_Shape):
    """A gene in short."""

    curie: str
    symbol: str
    taxon: Literal[9606, 10090]
    species: Literal["human", "mouse"]
    matched_as: MatchedAsShape


class RetirementShape(_Shape):
    """A step in a retired identifier's history."""

    retired: str
    successor: str | None
    reason: str
    date: str | None
    label: str | None
    sources: list[str]


class MarkShape(_Shape):
    """An identifier that is stale by now, as an upstream said: `successors` are to be used instead."""

    curie: str
    verdict: Literal["replaced", "retired", "moved_gene", "version_behind"]
    successors: list[str]
    since: str = Field(description="when it was first found so (ISO 8601, UTC)")
    source: str


class ReleaseShape(_Shape):
    """The release that answered."""

    id: str
    title: str


class UsedSourceShape(_Shape):
    """A file that evidence names."""

    source: str
    file: str
    upstream_version: str
    upstream_date: str


class ReceiptShape(BaseModel):
    """What a reader needs to get the same again."""

    program: dict[str, str]
    release: dict[str, str]
    sources: list[dict[str, str | None]]
    parameters: dict[str, str | list[str] | None]
    counts: dict[str, int]
    methods_sentence: str


class AnswerShape(_Shape):
    """The answer to one question."""

    query: str
    interpretations: list[InterpretationShape]
    outcome: Literal["resolved", "ambiguous", "retired", "not_found", "unrecognized"]
    reason: str | None
    hint: str | None
    genes: list[AnsweredGeneShape]
    converted: list[ConvertedGeneShape] | None = Field(description="with to_species: the genes of that species")
    other_matches: list[MatchedGeneShape]
    related: list[MatchedGeneShape]
    suggestions: list[SuggestionShape]
    damage: DamageShape | None
    history: list[RetirementShape]
    marks: list[MarkShape] = Field(description="what is stale by now of the identifier asked for and of listed xrefs")
    policy: PolicyShape
    release: ReleaseShape
    sources: dict[str, UsedSourceShape] = Field(default={}, description="with explain=true: the files by their key")
    receipt: ReceiptShape | None = Field(default=None, description="with receipt=true")
    live: list[LiveFindingShape] = Field(default=[], description="with live=true: what the upstreams say today")


class ColumnShape(_Shape):
    """What the bare numbers of a list were read as, and why."""

    prefix: str
    why: str


class SummaryShape(_Shape):
    """The counts of a call; `answers` differs from `questions` only with on_many=explode."""

    questions: int
    answers: int
    outcomes: dict[str, int]
    reasons: dict[str, int]
    column: ColumnShape | None
    policy: PolicyShape
    release: ReleaseShape
    receipt: ReceiptShape | None = Field(default=None, description="with receipt=true")


class ManyAnswersShape(_Shape):
    """The answers to many questions."""

    answers: list[AnswerShape]
    summary: SummaryShape


class ProblemShape(BaseModel):
    """A problem (RFC 9457); `code` is stable, `hint` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    instance: str | None = None


class AnswerProblemShape(AnswerShape):
    """An answer that names no gene, as a problem (RFC 9457) with all fields of an answer."""

    type: str
    title: str
    status: Literal[404, 422]
    detail: str
    code: str
    instance: str


class FormShape(_Shape):
    """A shape that a namespace's accessions have."""

    level: str
    pattern: str
    example: str
    near_miss: str
    page: str
    taxon: int | None
    versioned: bool
    history_page: str | None = Field(description="the page with the history, where it differs from `page`")
    is_page_of_version: bool = Field(description="whether the page can show one version of an identifier")


class NamespaceShape(_Shape):
    """A namespace that is recognized."""

    prefix: str
    title: str
    authority: str
    spellings: list[str]
    forms: list[FormShape]
    note: str


class SourceShape(_Shape):
    """An upstream file that the release was made from."""

    key: str
    source: str
    file: str
    url: str
    license: str
    upstream_version: str
    upstream_date: str
    statements: int
    sha256: str | None
    note: str = Field(description="where it is not known to be upstream's own file: how it came or was made")
