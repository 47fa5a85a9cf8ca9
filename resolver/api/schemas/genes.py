"""The schemas of genes, and of how a query matched them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, create_model

from ...identifiers.links import LINK_TARGETS
from ...identifiers.namespaces import NAMESPACES
from .base import Shape
from .words import CardinalityName, KindName, LevelName, SpeciesName, Taxon, VersionName

if TYPE_CHECKING:
    from ...identifiers.model import Namespace


class MatchedAsShape(Shape):
    """How the query matched a gene."""

    kind: KindName
    value: str
    level: LevelName | None
    version_requested: int | None
    version_known: int | None
    version_status: VersionName | None = Field(description="the requested version compared with the known one")
    case_corrected: bool
    notes: list[str]


class AnswerMatchShape(MatchedAsShape):
    """How the query matched a gene of the answer."""

    pairs: list[str] = Field(
        description="the proteins of a requested transcript, or the transcripts of a requested protein"
    )


class LocationShape(Shape):
    """The location of the gene; base pairs are 1-based and inclusive."""

    chromosome: str | None
    start: int | None
    end: int | None
    strand: Literal["+", "-"] | None
    assembly: str | None
    map_location: str | None


class XrefShape(Shape):
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
    XrefsShape = Shape
    LinksShape = Shape
else:
    XrefsShape = create_model(
        "XrefsShape",
        __base__=Shape,
        __doc__="The gene's identifiers, best first; with `to`, only the namespaces that are requested.",
        **{row.prefix: (list[shape_of(row)], []) for row in NAMESPACES if row.is_listed},
    )
    LinksShape = create_model(
        "LinksShape",
        __base__=Shape,
        __doc__="Pages that show the literature and the expression of the gene; null if there is none.",
        **{row.key: (str | None, Field(description=f"{row.title}: {row.shows}")) for row in LINK_TARGETS},
    )


class NamesShape(Shape):
    """Other current and previous names of the gene."""

    previous_symbol: list[str]
    alias: list[str]
    full_name: list[str]


class GeneShape(Shape):
    """A gene of one species."""

    curie: str
    symbol: str
    name: str | None
    taxon: Taxon
    species: SpeciesName
    gene_type: str | None
    location: LocationShape
    xrefs: XrefsShape
    names: NamesShape
    alternates: list[ProductXrefShape] = Field(description="the gene's Ensembl ids on haplotypes and patches")
    phenotypes: list[XrefShape] = Field(description="MIM numbers of phenotypes that the gene is linked to")
    links: LinksShape


class OrthologShape(GeneShape):
    """The gene's ortholog in the other species."""

    cardinality: CardinalityName = Field(description="human:mouse")
    support: int = Field(description="how many organizations assert the pair")
    sources: list[str]
    methods: list[str] = Field(description="the methods behind these assertions")


class GeneNameShape(Shape):
    """A gene in short."""

    curie: str
    symbol: str
    taxon: Taxon
    species: SpeciesName


class MatchedGeneShape(GeneNameShape):
    """A gene in short, and how the query matches it."""

    matched_as: MatchedAsShape
