"""The schemas of requests other than `/resolve`; those of answers are in `resolver.api.schemas`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import ProblemShape, Shape
from .evidence import RetirementShape
from .genes import MatchedAsShape, XrefShape
from .live import LiveFindingShape
from .release import ReleaseShape, SourceShape
from .words import CardinalityName, OutcomeName, ReasonName, SpeciesName, Taxon


class ShortGeneShape(Shape):
    """A gene in short."""

    curie: str
    symbol: str
    taxon: Taxon
    species: SpeciesName


class HitShape(ShortGeneShape):
    """A gene that the search found, and its name or identifier that begins with the query."""

    name: str | None
    kind: Literal["identifier", "symbol", "previous_symbol", "alias", "full_name"]
    text: str


class SearchShape(Shape):
    """The first hits of a search."""

    query: str
    hits: list[HitShape]
    has_more: bool
    release: ReleaseShape


class PageShape(ShortGeneShape):
    """A page of a gene, and the identifier that its address contains."""

    namespace: str
    identifier: str
    url: str


class DestinationShape(Shape):
    """The page of a gene, and those to choose from; `url` is null unless there is exactly one."""

    query: str
    outcome: OutcomeName
    reason: ReasonName | Literal["no_xref"] | None
    hint: str | None
    url: str | None
    choices: list[PageShape]
    release: ReleaseShape


class GenePagesShape(ShortGeneShape):
    """A gene, the namespaces that it has identifiers in, and the link targets that have a page of it."""

    namespaces: list[str]
    links: list[str]


class GenePagesProblemShape(ProblemShape):
    """A problem that lists the genes that were found, and where they have pages."""

    genes: list[GenePagesShape]


class SuccessorShape(Shape):
    """An identifier at the end of a history, and its genes."""

    curie: str
    genes: list[ShortGeneShape]


class RecordShape(Shape):
    """One interpretation of the query, and its history."""

    identifier: str
    level: str
    why: str
    state: Literal["current", "retired", "unknown"]
    genes: list[ShortGeneShape]
    steps: list[RetirementShape]
    successors: list[SuccessorShape]
    retired_identifiers: list[RetirementShape]
    known: str | None = Field(
        description="of a current identifier: the source that lists it, its date, and whether retirements are recorded"
    )


class PastShape(Shape):
    """The history of all interpretations of the query."""

    query: str
    state: Literal["current", "retired", "unknown"]
    hint: str | None
    records: list[RecordShape]
    release: ReleaseShape


class PairedGeneShape(ShortGeneShape):
    """A gene, and its groups in archived HomoloGene."""

    name: str | None
    homologene: list[XrefShape]


class PairedOrthologShape(PairedGeneShape):
    """An ortholog with its support."""

    cardinality: CardinalityName
    support: int
    sources: list[str]
    methods: list[str]
    in_same_group: bool | None = Field(description="null if one of the two is in no HomoloGene group")


class GeneWithOrthologsShape(PairedGeneShape):
    """A gene that the query matches, and its orthologs, best supported first."""

    matched_as: MatchedAsShape
    orthologs: list[PairedOrthologShape]


class OrthologsShape(Shape):
    """The genes that the query matches, and their orthologs."""

    query: str
    outcome: Literal["resolved", "ambiguous", "retired"]
    reason: ReasonName | None
    hint: str | None
    genes: list[GeneWithOrthologsShape]
    release: ReleaseShape


class VerdictShape(Shape):
    """The answer of one of the releases."""

    outcome: OutcomeName
    reason: ReasonName | None
    hint: str | None
    genes: list[ShortGeneShape]


class RenamingShape(Shape):
    """A gene whose approved symbol changed."""

    curie: str
    before: str
    after: str


class XrefChangeShape(Shape):
    """The CURIEs that a gene gained and lost in one namespace."""

    gene: str
    namespace: str
    added: list[str]
    removed: list[str]


class ComparisonShape(Shape):
    """The differences between the answers of two releases to one query."""

    query: str
    changed: bool
    before: VerdictShape
    after: VerdictShape
    genes_added: list[ShortGeneShape]
    genes_removed: list[ShortGeneShape]
    renamed: list[RenamingShape]
    xrefs: list[XrefChangeShape]


class DiffSummaryShape(Shape):
    """The number of queries and of changed answers, and the two releases."""

    queries: int
    changed: int
    from_: ReleaseShape = Field(alias="from")
    to: ReleaseShape


class DiffShape(Shape):
    """The comparisons of two releases."""

    comparisons: list[ComparisonShape]
    summary: DiffSummaryShape


class CheckedShape(Shape):
    """A query, and what the source databases report today about its identifiers; `hint` if it has none."""

    query: str
    outcome: OutcomeName
    hint: str | None
    findings: list[LiveFindingShape]


class CheckedListShape(Shape):
    """What the source databases report about a list: `verdicts` counts identifiers."""

    checked: list[CheckedShape]
    verdicts: dict[str, int]
    release: ReleaseShape


class AboutRelease(Shape):
    """A release, and the hash of its content."""

    id: str
    title: str
    content_hash: str


class AboutShape(Shape):
    """What the current release contains, and how old its sources are."""

    release: AboutRelease
    genes: dict[str, int] = Field(description="number of genes by species")
    identifiers: dict[str, dict[str, int]] = Field(
        description="number of identifiers by namespace and level, each by species"
    )
    oldest: str | None = Field(description="date of the oldest source file")
    newest: str | None = Field(description="date of the newest source file")
    update: str = Field(description="the command that builds a newer release")
    sources: list[SourceShape]


class HealthShape(Shape):
    """Whether the service is alive, and ready with which release."""

    status: Literal["ok"]
    release: str | None = None
    title: str | None = None
