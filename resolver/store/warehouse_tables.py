"""A release as tidy tables: what a warehouse joins with. One row says one thing, and every key is a CURIE.

`TABLES` says what each column holds; `read_table` gives the rows, some at a time.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import polars as pl

from ..errors import ReleaseCorrupt
from ..identifiers.namespaces import NAMESPACES
from ..identifiers.species import SPECIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .release import Release

_ROWS_AT_ONCE = 250_000
_TEXT, _WHOLE, _FLAG = pl.String, pl.Int64, pl.Boolean


class Column(NamedTuple):
    """A column of a table: its type, and what it holds."""

    name: str
    dtype: type[pl.DataType]
    holds: str


class Table(NamedTuple):
    """A table: what a row is, its columns, and the statement that reads it (none where it is read otherwise)."""

    name: str
    row: str
    columns: tuple[Column, ...]
    statement: str = ""

    @property
    def schema(self) -> dict[str, type[pl.DataType]]:
        """The types of the columns, by name."""
        return {column.name: column.dtype for column in self.columns}


def _cases(column: str, words: dict[object, str]) -> str:
    listed = " ".join(f"WHEN {key!r} THEN '{word}'" for key, word in words.items())
    return f"CASE {column} {listed} END"


_SPECIES = _cases("g.taxon", {taxon: species.name for taxon, species in SPECIES.items()})
_SHOWN = _cases("i.prefix", {namespace.prefix: namespace.display.split("{}")[0] for namespace in NAMESPACES})
_SOURCES = Column("sources", _TEXT, "the keys of the files that state it (`source_file`), separated by commas")
_GENE_KEY = Column("gene", _TEXT, "the gene's CURIE (`gene.gene`)")

TABLES = (
    Table(
        "gene",
        "a gene of one species",
        (
            Column("gene", _TEXT, "its primary CURIE: HGNC, else MGI, else NCBI Gene, else Ensembl"),
            Column("symbol", _TEXT, "its approved symbol"),
            Column("name", _TEXT, "its name in words"),
            Column("taxon", _WHOLE, "9606 or 10090"),
            Column("species", _TEXT, "`human` or `mouse`"),
            Column("gene_type", _TEXT, "such as `protein-coding`"),
            Column("chromosome", _TEXT, "where it lies"),
            Column("start", _WHOLE, "first base, counted from 1"),
            Column("end", _WHOLE, "last base"),
            Column("strand", _TEXT, "`+` or `-`"),
            Column("assembly", _TEXT, "of which the place is"),
            Column("map_location", _TEXT, "its band or genetic position"),
        ),
        f"SELECT g.curie, g.symbol, g.name, g.taxon, {_SPECIES}, g.gene_type, g.chromosome, g.start, g.end, g.strand,"  # noqa: S608  (our own words)
        " g.assembly, g.map_location FROM gene g ORDER BY g.id",
    ),
    Table(
        "xref",
        "an identifier that sources place on a gene",
        (
            _GENE_KEY,
            Column("prefix", _TEXT, "its namespace"),
            Column("identifier", _TEXT, "as its authority writes it, without version"),
            Column("curie", _TEXT, "prefix and accession"),
            Column("level", _TEXT, "`gene`, `transcript`, `protein`, `genomic`, `group`, `phenotype`"),
            Column("version", _WHOLE, "its newest version that the release knows"),
            Column("reviewed", _FLAG, "for UniProt, whether it is Swiss-Prot's"),
            Column("mane", _TEXT, "`select` or `plus_clinical`, where it is MANE's"),
            Column("alternate", _FLAG, "whether it is of a haplotype or patch"),
            Column("place", _WHOLE, "0: on this gene by the strongest evidence; answers list these alone"),
            Column("rank", _WHOLE, "its order among the gene's identifiers of the namespace, best first"),
            _SOURCES,
        ),
        f"SELECT g.curie, i.prefix, coalesce({_SHOWN}, '') || i.accession, i.prefix || ':' || i.accession, i.relation,"  # noqa: S608  (our own words)
        " i.version, i.reviewed, i.mane, i.alternate, i.place, i.rank, e.sources FROM identifier i"
        " JOIN gene g ON g.id = i.gene_id JOIN evidence e ON e.id = i.evidence_id",
    ),
    Table(
        "name",
        "a symbol or name of a gene",
        (
            _GENE_KEY,
            Column("kind", _TEXT, "`symbol`, `previous_symbol`, `alias` or `full_name`"),
            Column("text", _TEXT, "the name in its best supported spelling"),
            Column("folded", _TEXT, "the name as it is compared: lower case, Greek letters spelled out"),
            _SOURCES,
        ),
        "SELECT g.curie, n.kind, n.text, n.folded, e.sources FROM name n JOIN gene g ON g.id = n.gene_id"
        " JOIN evidence e ON e.id = n.evidence_id",
    ),
    Table(
        "ortholog",
        "a gene and its ortholog in the other species; each pair stands both ways round",
        (
            _GENE_KEY,
            Column("ortholog", _TEXT, "the other gene's CURIE"),
            Column("ortholog_species", _TEXT, "`human` or `mouse`"),
            Column("rank", _WHOLE, "its order among the gene's orthologs, best supported first"),
            Column("cardinality", _TEXT, "`1:1`, `1:n`, `n:1` or `n:m`, human to mouse"),
            Column("support", _WHOLE, "how many organizations state it"),
            _SOURCES,
        ),
        f"SELECT a.curie, g.curie, {_SPECIES}, o.rank, o.cardinality, o.support, e.sources FROM ortholog o"  # noqa: S608  (our own words)
        " JOIN gene a ON a.id = o.gene_id JOIN gene g ON g.id = o.other_id JOIN evidence e ON e.id = o.evidence_id",
    ),
    Table(
        "product",
        "a transcript and the protein that it makes",
        (
            Column("transcript", _TEXT, "its CURIE"),
            Column("protein", _TEXT, "its CURIE"),
            Column("mane", _TEXT, "`select` or `plus_clinical`, where the pair is MANE's"),
            _SOURCES,
        ),
        "SELECT p.transcript, p.protein, p.mane, e.sources FROM product p JOIN evidence e ON e.id = p.evidence_id",
    ),
    Table(
        "retirement",
        "a retired identifier and one of its successors",
        (
            Column("retired", _TEXT, "its CURIE"),
            Column("successor", _TEXT, "the successor's CURIE, which may be retired too; NULL where it has none"),
            Column("reason", _TEXT, "such as `merged`, `replaced`, `withdrawn`"),
            Column("date", _TEXT, "when, as its source says"),
            Column("label", _TEXT, "the symbol that it had"),
            _SOURCES,
        ),
        "SELECT r.retired, nullif(r.successor, ''), r.reason, r.date, r.label, e.sources FROM retirement r"
        " JOIN evidence e ON e.id = r.evidence_id",
    ),
    Table(
        "lookup",
        "a canonical text and one of the genes that it leads to, asked without a species",
        (
            Column("text", _TEXT, "as its authority writes it; numbers with their prefix, accessions without version"),
            Column("prefix", _TEXT, "the namespace that it is of"),
            Column("outcome", _TEXT, "as in an answer"),
            Column("reason", _TEXT, "why there is no gene, or there are several; NULL where nothing is amiss"),
            Column("gene", _TEXT, "the gene's CURIE; NULL where there is none"),
            Column("place", _WHOLE, "its order among the genes of the text, from 1; NULL where there is none"),
        ),
    ),
    Table(
        "source_file",
        "an upstream file that the release was made from",
        (
            Column("key", _TEXT, "by which `sources` names it"),
            Column("source", _TEXT, "the organization"),
            Column("file", _TEXT, "its name"),
            Column("url", _TEXT, "where it is published"),
            Column("licence", _TEXT, "of its data"),
            Column("upstream_version", _TEXT, "as the upstream counts"),
            Column("upstream_date", _TEXT, "as the upstream dates it"),
            Column("statements", _WHOLE, "how many were read from it"),
            Column("sha256", _TEXT, "of the file as it was read"),
            Column("note", _TEXT, "where it is not the upstream's own file"),
        ),
        "SELECT key, source, file, url, licence, upstream_version, upstream_date, statements, sha256, note"
        " FROM source_file ORDER BY key",
    ),
    Table(
        "release",
        "the release, in one row",
        (
            Column("id", _TEXT, "its id, which never names other content"),
            Column("title", _TEXT, "what it is"),
            Column("content_hash", _TEXT, "SHA-256 of its content"),
            Column("built_at", _TEXT, "when it was built"),
        ),
    ),
)


def read_table(release: Release, table: Table) -> Iterator[pl.DataFrame]:
    """Yield a table's rows, some hundred thousand at a time; raises ReleaseCorrupt where they cannot be read."""
    if table.name == "lookup":
        yield _read_lookup(release)
    elif table.name == "release":
        told = [release.id, release.title, release.content_hash, str(release.manifest["built_at"])]
        yield pl.DataFrame([told], schema=table.schema, orient="row")
    else:
        yield from _read_statement(release, table)


def _read_statement(release: Release, table: Table) -> Iterator[pl.DataFrame]:
    uri = f"file:{quote(str(release.database.absolute()))}?mode=ro&immutable=1"
    flags = [column.name for column in table.columns if column.dtype is _FLAG]
    raw = {name: _WHOLE if name in flags else dtype for name, dtype in table.schema.items()}
    try:
        connection = sqlite3.connect(uri, uri=True)
        try:
            cursor = connection.execute(table.statement)
            is_first = True
            while (rows := cursor.fetchmany(_ROWS_AT_ONCE)) or is_first:
                is_first = False
                yield pl.DataFrame(rows, schema=raw, orient="row").cast(dict.fromkeys(flags, _FLAG))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ReleaseCorrupt(
            f"{release.database} cannot be read: {error}", hint="Publish a release anew: resolver seed starter"
        ) from error


def _read_lookup(release: Release) -> pl.DataFrame:
    texts = pl.read_parquet(release.lookup / "texts.parquet", columns=["text", "prefix", "both"])
    answers = pl.read_parquet(release.lookup / "answers.parquet", columns=["outcome", "reason", "genes"])
    answers = answers.with_row_index("both").with_columns(place=pl.int_ranges(1, pl.col("genes").list.len() + 1))
    curies = pl.read_parquet(release.lookup / "genes.parquet", columns=["gene", "curie"])
    exploded = answers.explode("genes", "place").join(
        curies, left_on="genes", right_on="gene", how="left", maintain_order="left"
    )
    return texts.join(exploded, on="both", how="left", maintain_order="left_right").select(
        "text",
        pl.col("prefix").cast(_TEXT),
        "outcome",
        reason=pl.when(pl.col("reason") != "").then("reason"),
        gene="curie",
        place=pl.col("place").cast(_WHOLE),
    )
