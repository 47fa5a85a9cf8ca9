"""A release as tidy tables for a warehouse: one fact a row, every key a CURIE.

`TABLES` describes each column; `read_table` reads the rows of a table in parts.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import polars as pl

from ..errors import ReleaseCorrupt
from ..identifiers.namespaces import NAMESPACES, NUMBERED, SYMBOL
from ..identifiers.species import SPECIES
from .release import find_repair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .release import Release

_ROWS_AT_ONCE = 250_000
_TEXT, _WHOLE, _FLAG = pl.String, pl.Int64, pl.Boolean


class Column(NamedTuple):
    """A column of a table."""

    name: str
    dtype: type[pl.DataType]
    description: str


class Table(NamedTuple):
    """A table: what a row is, its columns, and the SQL statement that reads it (empty for a derived table)."""

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
            Column("assembly", _TEXT, "that the position refers to"),
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
            Column("assignment_rank", _WHOLE, "0: its primary assignment, the only one that answers list"),
            Column("rank", _WHOLE, "its order among the gene's identifiers of the namespace, best first"),
            _SOURCES,
        ),
        f"SELECT g.curie, i.prefix, coalesce({_SHOWN}, '') || i.accession, i.prefix || ':' || i.accession, i.relation,"  # noqa: S608  (our own words)
        " i.version, i.reviewed, i.mane, i.alternate, i.assignment_rank, i.rank, e.sources FROM identifier i"
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
            Column("successor", _TEXT, "the successor's CURIE, which may be retired too; NULL without one"),
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
        "a canonical identifier or name and one of the genes that it matches, in both species",
        (
            Column("text", _TEXT, "as its authority writes it; numbers with their prefix, accessions without version"),
            Column("prefix", _TEXT, "the namespace that it is of"),
            Column("outcome", _TEXT, "as in an answer"),
            Column("reason", _TEXT, "why there is no gene, or there are several; else NULL"),
            Column("gene", _TEXT, "the gene's CURIE; NULL where there is none"),
            Column("rank", _WHOLE, "its order among the genes of the text, from 1; NULL where there is none"),
        ),
    ),
    Table(
        "source_file",
        "a source file that the release was built from",
        (
            Column("key", _TEXT, "by which `sources` names it"),
            Column("source", _TEXT, "the organization"),
            Column("file", _TEXT, "its name"),
            Column("url", _TEXT, "where it is published"),
            Column("license", _TEXT, "of its data"),
            Column("upstream_version", _TEXT, "as its source numbers it"),
            Column("upstream_date", _TEXT, "as its source dates it"),
            Column("statements", _WHOLE, "how many were read from it"),
            Column("sha256", _TEXT, "of the file as it was read"),
            Column("note", _TEXT, "where it is not the source's own file"),
        ),
        "SELECT key, source, file, url, license, upstream_version, upstream_date, statements, sha256, note"
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


# A retired identifier and a name are canonical too: each is text that a person's table may contain.
_CANONICAL = (
    "SELECT DISTINCT prefix, accession FROM identifier",
    "SELECT substr(retired, 1, instr(retired, ':') - 1), substr(retired, instr(retired, ':') + 1) FROM retirement",
    f"SELECT DISTINCT '{SYMBOL.prefix}', text || char(10) || spellings FROM name WHERE kind != 'full_name'",  # noqa: S608
)


def read_table(release: Release, table: Table) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table in parts; raises ReleaseCorrupt where they cannot be read."""
    if table.name == "release":
        row = [release.id, release.title, release.content_hash, str(release.manifest["built_at"])]
        yield pl.DataFrame([row], schema=table.schema, orient="row")
        return
    flags = [column.name for column in table.columns if column.dtype is _FLAG]
    raw = {name: _WHOLE if name in flags else dtype for name, dtype in table.schema.items()}
    for rows in _read_rows(release, table.statement):
        yield pl.DataFrame(rows, schema=raw, orient="row").cast(dict.fromkeys(flags, _FLAG))


def read_canonical(release: Release) -> Iterator[tuple[str, str]]:
    """Yield namespace and spelling of every identifier, symbol and alias of a release, each once.

    Numbers have their prefix and accessions no version: `ncbigene:3574`, `ENSG00000104432`.
    """
    seen: set[str] = set()
    for statement in _CANONICAL:
        for rows in _read_rows(release, statement):
            for prefix, listed in rows:
                for text in listed.split("\n"):
                    spelled = f"{prefix}:{text}" if prefix in NUMBERED else text
                    # A bare number may be of several namespaces: it is no canonical spelling.
                    if text and spelled == spelled.strip() and not spelled.isdigit() and spelled not in seen:
                        seen.add(spelled)
                        yield prefix, spelled


def _read_rows(release: Release, statement: str) -> Iterator[list[Any]]:
    """Yield the rows of a statement in parts, at least one part."""
    uri = f"file:{quote(str(release.database.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            cursor = connection.execute(statement)
            rows = cursor.fetchmany(_ROWS_AT_ONCE)
            yield rows
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield rows
    except sqlite3.Error as error:
        raise ReleaseCorrupt(f"cannot read {release.database}: {error}", hint=find_repair(release)) from error
