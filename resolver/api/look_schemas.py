"""The shape of what else can be asked besides `/resolve`, as `resolver.api.schemas` has that of answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .live_schemas import LiveFindingShape
from .schemas import MatchedAsShape, ProblemShape, ReleaseShape, RetirementShape, XrefShape


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ShortGeneShape(_Shape):
    """A gene in short."""

    curie: str
    symbol: str
    taxon: Literal[9606, 10090]
    species: Literal["human", "mouse"]


class HitShape(ShortGeneShape):
    """A gene that the search box offers, and what of it begins as was typed."""

    name: str | None
    kind: Literal["identifier", "symbol", "previous_symbol", "alias", "full_name"]
    text: str


class SearchShape(_Shape):
    """The first hits for what was typed."""

    query: str
    hits: list[HitShape]
    has_more: bool
    release: ReleaseShape


class PageShape(ShortGeneShape):
    """The page of a gene's identifier at its source."""

    namespace: str
    identifier: str
    url: str


class DestinationShape(_Shape):
    """The pages to choose from; `url` is null, since there is not one to go to."""

    query: str
    outcome: Literal["resolved", "ambiguous", "retired"]
    reason: str | None
    hint: str | None
    url: str | None
    choices: list[PageShape]
    release: ReleaseShape


class HeldShape(ShortGeneShape):
    """A gene, and the namespaces that it has identifiers in."""

    namespaces: list[str]


class HeldProblemShape(ProblemShape):
    """A problem that names the genes which were found, and what can be asked of them."""

    genes: list[HeldShape]


class SuccessorShape(_Shape):
    """An identifier at the end of a history, and its genes."""

    curie: str
    genes: list[ShortGeneShape]


class RecordShape(_Shape):
    """One thing that the text may be, and its past."""

    identifier: str
    level: str
    why: str
    state: Literal["current", "retired", "unknown"]
    genes: list[ShortGeneShape]
    steps: list[RetirementShape]
    successors: list[SuccessorShape]
    retired_identifiers: list[RetirementShape]


class PastShape(_Shape):
    """The past of everything that the text may be."""

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

    cardinality: Literal["1:1", "1:n", "n:1", "n:m"]
    support: int
    sources: list[str]
    methods: list[str]
    in_same_group: bool | None = Field(description="null where HomoloGene has one of the two in no group")


class GeneWithOrthologsShape(PairedGeneShape):
    """A gene that the text names, and its orthologs, best supported first."""

    matched_as: MatchedAsShape
    orthologs: list[PairedOrthologShape]


class OrthologsShape(_Shape):
    """The genes that a text names, and their orthologs."""

    query: str
    outcome: Literal["resolved", "ambiguous", "retired"]
    reason: str | None
    hint: str | None
    genes: list[GeneWithOrthologsShape]
    release: ReleaseShape


class VerdictShape(_Shape):
    """What one of the releases answers."""

    outcome: Literal["resolved", "ambiguous", "retired", "not_found", "unrecognized"]
    reason: str | None
    hint: str | None
    genes: list[ShortGeneShape]


class RenamingShape(_Shape):
    """A gene with another approved symbol than before."""

    curie: str
    before: str
    after: str


class XrefChangeShape(_Shape):
    """The CURIEs that a gene has won and lost in one namespace."""

    gene: str
    namespace: str
    added: list[str]
    removed: list[str]


class ComparisonShape(_Shape):
    """In what the answers of two releases to one text differ."""

    query: str
    changed: bool
    before: VerdictShape
    after: VerdictShape
    genes_added: list[ShortGeneShape]
    genes_removed: list[ShortGeneShape]
    renamed: list[RenamingShape]
    xrefs: list[XrefChangeShape]


class DiffSummaryShape(_Shape):
    """How many texts were compared, how many answers differ, and of which releases."""

    questions: int
    changed: int
    from_: ReleaseShape = Field(alias="from")
    to: ReleaseShape


class DiffShape(_Shape):
    """The comparisons of two releases."""

    comparisons: list[ComparisonShape]
    summary: DiffSummaryShape


class CheckedShape(_Shape):
    """A text, and what the upstreams say today of the identifiers that it is; `hint` where it is none."""

    query: str
    outcome: str
    hint: str | None
    findings: list[LiveFindingShape]


class CheckedListShape(_Shape):
    """What the upstreams say of a list: `verdicts` counts identifiers."""

    checked: list[CheckedShape]
    verdicts: dict[str, int]
    release: ReleaseShape


class HealthShape(_Shape):
    """Whether the service is alive, and ready with which release."""

    status: Literal["ok"]
    release: str | None = None
    title: str | None = None
