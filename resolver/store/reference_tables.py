"""The tables of `reference.db`: written as a whole by the build pipeline, never by the service.

Keys are what queries look up, so that a look-up is one descent of one tree (`WITHOUT ROWID`).
"""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel


class Gene(SQLModel, table=True):
    """A gene of one species, named by its primary CURIE."""

    __tablename__ = "gene"

    id: int = Field(primary_key=True)
    taxon: int
    curie: str
    symbol: str
    name: str | None = None
    gene_type: str | None = None
    chromosome: str | None = None
    start: int | None = None
    end: int | None = None
    strand: str | None = None
    assembly: str | None = None
    map_location: str | None = None


class GeneDocument(SQLModel, table=True):
    """A gene's part of an answer as JSON, compressed with the release's dictionary, so that a query assembles nothing.

    It has a table of its own: beside documents of hundreds of bytes, fewer genes would fit on a page.
    """

    __tablename__ = "gene_document"

    id: int = Field(primary_key=True, foreign_key="gene.id")
    document: bytes = Field(sa_type=LargeBinary)


class DocumentDictionary(SQLModel, table=True):
    """The one row with the zstd dictionary of all gene documents."""

    __tablename__ = "document_dictionary"

    id: int = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class Evidence(SQLModel, table=True):
    """A set of source files that state the same thing, kept once; `sources` are keys separated by commas."""

    __tablename__ = "evidence"

    id: int = Field(primary_key=True)
    sources: str


class Identifier(SQLModel, table=True):
    """An identifier of a gene; `assignment_rank` is 0 for its primary assignment, the strongest evidence.

    `alternate` marks an Ensembl gene on a haplotype or patch, and its products.
    """

    __tablename__ = "identifier"
    __table_args__ = (Index("identifier_of_gene", "gene_id"), {"sqlite_with_rowid": False})

    accession: str = Field(primary_key=True)
    prefix: str = Field(primary_key=True)
    gene_id: int = Field(primary_key=True, foreign_key="gene.id")
    relation: str
    version: int | None = None
    reviewed: bool | None = None
    mane: str | None = None
    alternate: bool
    assignment_rank: int
    rank: int
    evidence_id: int = Field(foreign_key="evidence.id")


class Name(SQLModel, table=True):
    """A symbol or name of a gene, under its folded text; `tier` is its match tier (1 is best).

    `text` is the best supported spelling; `spellings` are the others in use, a line each.

    The index keeps each kind of name of each species in alphabetical order, so that the first ones with a beginning are
    found without a look at the others.
    """

    __tablename__ = "name"
    __table_args__ = (Index("name_in_order", "taxon", "tier", "folded"), {"sqlite_with_rowid": False})

    folded: str = Field(primary_key=True)
    tier: int = Field(primary_key=True)
    gene_id: int = Field(primary_key=True, foreign_key="gene.id")
    taxon: int
    kind: str
    text: str
    spellings: str
    evidence_id: int = Field(foreign_key="evidence.id")


class Ortholog(SQLModel, table=True):
    """A gene's ortholog in the other species; each pair stands both ways round."""

    __tablename__ = "ortholog"
    __table_args__ = ({"sqlite_with_rowid": False},)

    gene_id: int = Field(primary_key=True, foreign_key="gene.id")
    rank: int = Field(primary_key=True)
    other_id: int = Field(foreign_key="gene.id")
    cardinality: str
    support: int
    evidence_id: int = Field(foreign_key="evidence.id")


class Product(SQLModel, table=True):
    """A transcript and the protein that it makes, both as CURIEs."""

    __tablename__ = "product"
    __table_args__ = (Index("product_of_protein", "protein"), {"sqlite_with_rowid": False})

    transcript: str = Field(primary_key=True)
    protein: str = Field(primary_key=True)
    mane: str | None = None
    evidence_id: int = Field(foreign_key="evidence.id")


class Retirement(SQLModel, table=True):
    """A retired identifier and one of its successors; an empty `successor` means that it has none."""

    __tablename__ = "retirement"
    __table_args__ = (Index("retirement_by_successor", "successor"), {"sqlite_with_rowid": False})

    retired: str = Field(primary_key=True)
    successor: str = Field(primary_key=True)
    reason: str
    date: str | None = None
    label: str | None = None
    evidence_id: int = Field(foreign_key="evidence.id")


class RetiredName(SQLModel, table=True):
    """The symbol, folded, that a retired record had."""

    __tablename__ = "retired_name"
    __table_args__ = ({"sqlite_with_rowid": False},)

    folded: str = Field(primary_key=True)
    retired: str = Field(primary_key=True)


class LooseName(SQLModel, table=True):
    """A folded name under its loosely folded text, where the two differ; similar spellings are found by it."""

    __tablename__ = "loose_name"
    __table_args__ = ({"sqlite_with_rowid": False},)

    loose: str = Field(primary_key=True)
    folded: str = Field(primary_key=True)


class SymbolDeletion(SQLModel, table=True):
    """An approved symbol, folded, under each form that it has with one character left out; typos are found by it."""

    __tablename__ = "symbol_deletion"
    __table_args__ = ({"sqlite_with_rowid": False},)

    deleted: str = Field(primary_key=True)
    folded: str = Field(primary_key=True)


class Unplaced(SQLModel, table=True):
    """An identifier that a source states of no gene: the MIM number of a phenotype whose gene is not known."""

    __tablename__ = "unplaced"
    __table_args__ = ({"sqlite_with_rowid": False},)

    accession: str = Field(primary_key=True)
    prefix: str = Field(primary_key=True)
    relation: str


class SourceFile(SQLModel, table=True):
    """An upstream file that the release was made from; `note` says if it is not the source's own file."""

    __tablename__ = "source_file"

    key: str = Field(primary_key=True)
    source: str
    file: str
    url: str
    license: str
    upstream_version: str
    upstream_date: str
    statements: int
    sha256: str | None = None
    note: str = ""


class Release(SQLModel, table=True):
    """The one row that says what this database is."""

    __tablename__ = "release"

    id: str = Field(primary_key=True)
    title: str
    content_hash: str
