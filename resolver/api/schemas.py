"""The schemas of answers, for the API's documentation and for clients that generate code from it.

Answers are not built from these models (that would cost half of the rate, docs/adr/0004-read-path.md); a test validates
every answer against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from ..identifiers.links import LINK_TARGETS
from ..identifiers.namespaces import NAMESPACES
from .live_schemas import LiveFindingShape

if TYPE_CHECKING:
    from ..identifiers.model import Namespace


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InterpretationShape(_Shape):
    """One interpretation of the query."""

    prefix: str
    accession: str
    version: int | None
    curie: str | None = Field(description="Bioregistry CURIE; null for a query looked up as a symbol or name")
    level: str | None
    why: str
    notes: list[str]


class MatchedAsShape(_Shape):
    """How the query matched a gene."""

    kind: Literal[
        "identifier", "homology_group", "symbol", "previous_symbol", "alias", "full_name", "retired_symbol",
        "similar_spelling",
    ]  # fmt: skip
    value: str
    level: str | None
    version_requested: int | None
    version_known: int | None
    version_status: Literal["current", "older", "newer"] | None = Field(
        description="the requested version compared with the known one"
    )
    case_corrected: bool
    notes: list[str]


class AnswerMatchShape(MatchedAsShape):
    """How the query matched a gene of the answer."""

    pairs: list[str] = Field(
        description="the proteins of a requested transcript, or the transcripts of a requested protein"
    )


class LocationShape(_Shape):
    """The location of the gene; base pairs are 1-based and inclusive."""

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
    """An identifier with the latest version that a source reports."""

    version: int | None


class ProductXrefShape(VersionedXrefShape):
    """An Ensembl or RefSeq identifier: of the gene, or of a transcript or protein of it."""

    level: Literal["gene", "transcript", "protein", "genomic"]
    mane: Literal["select", "plus clinical"] | None
    pairs: list[str] = Field(description="the proteins that a transcript makes; the transcripts that make a protein")


class ProteinXrefShape(XrefShape):
    """A UniProt accession; `reviewed` is null if no source reports it."""

    reviewed: bool | None


def shape_of(namespace: Namespace) -> type[XrefShape]:
    """Return the shape of the xrefs of a namespace: the one with the members of its row."""
    shapes = (XrefShape, VersionedXrefShape, ProductXrefShape, ProteinXrefShape)
    own = XrefShape.model_fields.keys()
    return next(shape for shape in shapes if shape.model_fields.keys() - own == set(namespace.shows))


if TYPE_CHECKING:
    XrefsShape = _Shape
    LinksShape = _Shape
else:
    XrefsShape = create_model(
        "XrefsShape",
        __base__=_Shape,
        __doc__="The gene's identifiers, best first; with `to`, only the namespaces that are requested.",
        **{row.prefix: (list[shape_of(row)], []) for row in NAMESPACES if row.is_listed},
    )
    LinksShape = create_model(
        "LinksShape",
        __base__=_Shape,
        __doc__="Pages that show the literature and the expression of the gene; null if there is none.",
        **{row.key: (str | None, Field(description=f"{row.title}: {row.shows}")) for row in LINK_TARGETS},
    )


class NamesShape(_Shape):
    """Other current and previous names of the gene."""

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
    links: LinksShape


class OrthologShape(GeneShape):
    """The gene's ortholog in the other species."""

    cardinality: Literal["1:1", "1:n", "n:1", "n:m"] = Field(description="human:mouse")
    support: int = Field(description="how many organizations assert the pair")
    sources: list[str]
    methods: list[str] = Field(description="the methods behind these assertions")


class RivalShape(_Shape):
    """Another gene that an identifier is assigned to, and the files that assert it."""

    gene: str
    symbol: str
    assignment_rank: int
    sources: list[str]


class EvidenceShape(_Shape):
    """The files that assert that an identifier belongs to the gene; `assignment_rank` 0 is the primary assignment.

    Of `voters` organizations that could assert it, `agreed` do.
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
    """A step on the way from the query to a gene, and the files that assert it."""

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
    """How a gene of the answer led to one of the requested species."""

    gene: str
    symbol: str
    how: Literal["itself", "ortholog"]
    cardinality: Literal["1:1", "1:n", "n:1", "n:m"] | None
    support: int | None
    sources: list[str] | None
    methods: list[str] | None


class ConvertedGeneShape(GeneShape):
    """A gene of the species requested with `to_species`."""

    via: ViaShape


class SuggestionShape(_Shape):
    """A suggestion: the text to use, and the gene that it matches. It is never applied automatically."""

    identifier: str
    curie: str
    symbol: str
    taxon: Literal[9606, 10090]
    species: Literal["human", "mouse"]
    why: str


class DamageShape(_Shape):
    """What a spreadsheet did to the query; `repaired` is the text to use, if it is certain."""

    kind: Literal["date", "date_serial", "scientific", "decimal", "thousands"]
    explanation: str
    certain: bool
    repaired: str | None


class PolicyShape(BaseModel):
    """The options behind the answer; `order` lists the kinds of match, best first."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str | None = Field(alias="from")
    species: str | None
    to_species: str | None
    to: list[str] | None
    consensus: Literal["any", "majority", "all"]
    on_many: Literal["list", "first", "likely", "explode", "error", "na"]
    policy: Literal["tiers", "strict"]
    order: list[str] = []


class GeneNameShape(_Shape):
    """A gene in short."""

    curie: str
    symbol: str
    taxon: Literal[9606, 10090]
    species: Literal["human", "mouse"]


class MatchedGeneShape(GeneNameShape):
    """A gene in short, and how the query matches it."""

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
    """An identifier that its source database reports as stale: use its `successors` instead."""

    curie: str
    verdict: Literal["replaced", "retired", "moved_gene", "version_behind"]
    successors: list[str]
    since: str = Field(description="when it was first found stale (ISO 8601, UTC)")
    source: str


class ReleaseShape(_Shape):
    """The release of the answer."""

    id: str
    title: str


class UsedSourceShape(_Shape):
    """A file that evidence names."""

    source: str
    file: str
    upstream_version: str
    upstream_date: str


class ReceiptShape(BaseModel):
    """What is needed to reproduce the result."""

    program: dict[str, str]
    release: dict[str, str]
    sources: list[dict[str, str | None]]
    parameters: dict[str, str | list[str] | None]
    counts: dict[str, int]
    methods_sentence: str


class AnswerShape(_Shape):
    """The answer to one query."""

    query: str
    interpretations: list[InterpretationShape]
    outcome: Literal["resolved", "ambiguous", "retired", "not_found", "unrecognized"]
    reason: str | None
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


class ColumnShape(_Shape):
    """The namespace of the bare numbers in a list, or of numbers with `_at`, and the reason for it."""

    prefix: str
    why: str


class SpeciesVoteShape(_Shape):
    """The species that a list was read in (null: a mixed list), the votes, and the reason."""

    species: Literal["human", "mouse"] | None
    votes: dict[str, int]
    why: str


class SummaryShape(_Shape):
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


class ManyAnswersShape(_Shape):
    """The answers to many queries."""

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
    """A form of the accessions of a namespace."""

    level: str
    pattern: str
    example: str
    near_miss: str
    page: str
    taxon: int | None
    versioned: bool
    history_page: str | None = Field(description="the page with the history, if it differs from `page`")
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
    """A source file that the release was built from."""

    key: str
    source: str
    file: str
    url: str
    license: str
    upstream_version: str
    upstream_date: str
    statements: int
    sha256: str | None
    note: str = Field(description="how the file was obtained or made, if it may differ from the original")
