"""Write `reference.db` from a packed release: migrate an empty file to the newest schema, then fill it in key order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import adbc_driver_sqlite.dbapi as adbc
import polars as pl
from sqlalchemy import create_engine, text

from resolver.store import reference_tables as tables
from resolver.store.migrations import upgrade

from .documents import compress_documents
from .miss_tables import build_loose_names, build_retired_names, build_symbol_deletions
from .tables import read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlmodel import SQLModel

    from .packed import Packed
    from .tables import Tables

    Report = Callable[[str, float], None]

_BATCH = 100_000
# An interrupted draft is thrown away, so that syncing it gains nothing.
_PRAGMAS = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536", "temp_store=MEMORY")


def write_database(path: Path, packed: Packed, report: Report) -> None:
    """Write a new `reference.db` at `path`, which must not exist yet. Cost is linear in the number of rows.

    `report` is called with what is done next, and the share of the work that is done. Documents are made on another
    core meanwhile.
    """
    report("reading the packed tables", 0.0)
    read = read_tables(packed)
    with ThreadPoolExecutor(1) as threads:
        documents = threads.submit(compress_documents, read)
        indexes = _create_tables(path)
        with closing(adbc.connect(str(path), autocommit=True)) as connection, closing(connection.cursor()) as cursor:
            for pragma in _PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
            _fill(cursor, read, packed, report)
            report("writing indexes", _INDEXES_BEGIN)
            for statement in indexes:
                cursor.execute(statement)
            report("writing gene documents", _DOCUMENTS_BEGIN)
            dictionary, compressed = documents.result()
            _insert(cursor, tables.DocumentDictionary, pl.DataFrame({"id": [1], "content": [dictionary]}))
            _insert(cursor, tables.GeneDocument, compressed)
            cursor.execute("ANALYZE")


_SHOWN = {tables.Gene: "genes", tables.Identifier: "identifiers", tables.Name: "names"}
# When the parts begin, as shares of the whole: measured on the whole genome.
_TABLES_BEGIN, _INDEXES_BEGIN, _DOCUMENTS_BEGIN = 0.1, 0.7, 0.85


def build_rows(read: Tables, packed: Packed) -> Iterator[tuple[type[SQLModel], pl.DataFrame]]:
    """Yield the tables but the documents, and their rows in key order, evidence replaced by its number."""
    stated = (read.identifiers, read.names, read.orthologs, read.products, read.retirements)
    sets = pl.concat([part.select(pl.col("evidence").unique()) for part in stated])["evidence"].unique().sort()
    numbers = pl.Enum(sets)

    def numbered(frame: pl.DataFrame) -> pl.DataFrame:
        number = pl.col("evidence").cast(numbers).to_physical().cast(pl.Int32) + 1
        return frame.with_columns(evidence_id=number).drop("evidence").rename({"gene": "gene_id"}, strict=False)

    taxa = pl.col("gene_id").replace_strict(read.genes["id"], read.genes["taxon"], return_dtype=pl.Int32)
    release = {"id": packed.id, "title": packed.manifest["title"], "content_hash": packed.manifest["content_hash"]}
    yield tables.Release, pl.DataFrame([release])
    yield tables.SourceFile, pl.DataFrame(packed.manifest["sources"], infer_schema_length=None)
    yield tables.Evidence, pl.DataFrame({"sources": sets}).with_row_index("id", offset=1)
    yield tables.Gene, read.genes.rename({"gene": "curie"})
    yield tables.Identifier, numbered(read.identifiers).sort("accession", "prefix", "gene_id")
    yield tables.Name, numbered(read.names).sort("folded", "tier", "gene_id").with_columns(taxon=taxa)
    yield tables.Ortholog, numbered(read.orthologs).rename({"other": "other_id"})
    yield tables.Product, numbered(read.products)
    yield (
        tables.Retirement,
        numbered(read.retirements).with_columns(pl.col("successor").fill_null("")).sort("retired", "successor"),
    )
    yield tables.RetiredName, build_retired_names(read)
    yield tables.LooseName, build_loose_names(read)
    yield tables.SymbolDeletion, build_symbol_deletions(read)
    yield tables.Unplaced, read.unplaced


def _create_tables(path: Path) -> list[str]:
    """Create all tables, and return the statements that create their indexes: made afterwards, each is sorted once."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, "reference")
        listed = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        indexes = connection.execute(listed).all()
        for name, _ in indexes:
            connection.execute(text(f"DROP INDEX {name}"))
    engine.dispose()
    return [statement for _, statement in indexes]


def _fill(cursor: adbc.Cursor, read: Tables, packed: Packed, report: Report) -> None:
    number = sum(packed.manifest["rows"].values())
    written = 0
    for table, frame in build_rows(read, packed):
        share = min(1.0, written / number)
        report(
            f"writing {_SHOWN.get(table, 'the other tables')}",
            _TABLES_BEGIN + (_INDEXES_BEGIN - _TABLES_BEGIN) * share,
        )
        _insert(cursor, table, frame)
        written += frame.height


def _insert(cursor: adbc.Cursor, table: type[SQLModel], frame: pl.DataFrame) -> None:
    """Append rows to a table, in C: a row at a time in Python takes five times as long."""
    name = str(table.__tablename__)
    # ADBC has no booleans, and no columns without a type, as of texts that are all missing.
    stored = frame.with_columns(pl.col(pl.Boolean).cast(pl.Int8), pl.col(pl.Null).cast(pl.String))
    for part in stored.iter_slices(_BATCH):
        cursor.adbc_ingest(name, part, mode="append")
