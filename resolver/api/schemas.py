"""The shape of answers, for the API's documentation and for clients that generate code from it.

Answers are not built from these models (that would cost half of the rate, docs/adr/0004-read-path.md); a test holds
every answer against them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReadingShape(_Shape):
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

    kind: Literal["identifier", "homology_group", "symbol", "previous_symbol", "alias", "full_name"]
    value: str
    level: str | None
    version_asked: int | None
    version_known: int | None
    case_corrected: bool
    notes: list[str]


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


class ProductXrefShape(XrefShape):
    """An Ensembl or RefSeq identifier: of the gene, or of a transcript or protein of it."""

    level: Literal["gene", "transcript", "protein", "genomic"]
    version: int | None
    mane: Literal["select", "plus clinical"] | None


class ProteinXrefShape(XrefShape):
    """A UniProt accession; `reviewed` is null where no source says."""

    reviewed: bool | None


class XrefsShape(_Shape):
    """The gene's identifiers, best first; with `to`, only the namespaces asked for."""

    ncbigene: list[XrefShape] = []
    ensembl: list[ProductXrefShape] = []
    hgnc: list[XrefShape] = []
    mgi: list[XrefShape] = []
    uniprot: list[ProteinXrefShape] = []
    refseq: list[ProductXrefShape] = []
    omim: list[XrefShape] = []
    homologene: list[XrefShape] = []


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


class EvidenceShape(_Shape):
    """Which files state that an identifier is the gene's; `place` 0 is the strongest claim to it."""

    curie: str
    relation: str
    version: int | None
    place: int
    sources: list[str]


class AnsweredGeneShape(GeneShape):
    """A gene of an answer."""

    matched_as: MatchedAsShape
    orthologs: list[OrthologShape]
    evidence: list[EvidenceShape] = Field(default=[], description="with explain=true")


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


class ReleaseShape(_Shape):
    """The release that answered."""

    id: str
    title: str


class AnswerShape(_Shape):
    """The answer to one question."""

    query: str
    readings: list[ReadingShape]
    outcome: Literal["resolved", "ambiguous", "retired", "not_found", "unrecognized"]
    reason: str | None
    hint: str | None
    genes: list[AnsweredGeneShape]
    other_matches: list[MatchedGeneShape]
    related: list[MatchedGeneShape]
    history: list[RetirementShape]
    release: ReleaseShape


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
    licence: str
    upstream_version: str
    upstream_date: str
    statements: int
    sha256: str | None
    note: str = Field(description="where it is not upstream's own file: how it was made")


class HealthShape(_Shape):
    """Whether the service is alive, and ready with which release."""

    status: Literal["ok"]
    release: str | None = None
    title: str | None = None
