"""Write `reference.db`: migrate an empty file to the newest schema, then fill it in key order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import create_engine, event
from sqlmodel import SQLModel

from resolver.store import reference_tables as tables
from resolver.store.migrations import upgrade

from .miss_tables import build_retired_names, build_symbol_deletions

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

    from seed.join import Joined

Rows = dict[type[SQLModel], pl.DataFrame]
_BATCH = 50_000


def build_rows(joined: Joined, documents: pl.DataFrame) -> Rows:
    """Return the rows of each table, in key order, evidence replaced by its number."""
    parts = (joined.identifiers, joined.names, joined.orthologs, joined.products, joined.retirements)
    evidence = (
        pl.concat([part.select(sources="evidence") for part in parts])
        .unique()
        .sort("sources")
        .with_row_index("id", offset=1)
    )

    def numbered(frame: pl.DataFrame) -> pl.DataFrame:
        numbers = evidence.select(evidence="sources", evidence_id="id")
        return frame.join(numbers, on="evidence", how="left", maintain_order="left").drop("evidence")

    identifiers = numbered(joined.identifiers).rename({"gene": "gene_id"})
    taxa = joined.genes.select("taxon", gene_id="id")
    names = numbered(joined.names).rename({"gene": "gene_id"}).join(taxa, on="gene_id", maintain_order="left")
    orthologs = numbered(joined.orthologs).rename({"gene": "gene_id", "other": "other_id"})
    retirements = numbered(joined.retirements).with_columns(pl.col("successor").fill_null(""))
    return {
        tables.Evidence: evidence,
        tables.Gene: joined.genes.rename({"gene": "curie"}).drop("readthrough"),
        tables.GeneDocument: documents,
        tables.Identifier: identifiers,
        tables.Name: names,
        tables.Ortholog: orthologs.sort("gene_id", "rank"),
        tables.Product: numbered(joined.products),
        tables.Retirement: retirements.sort("retired", "successor"),
        tables.RetiredName: build_retired_names(joined),
        tables.SymbolDeletion: build_symbol_deletions(joined),
        tables.Unplaced: joined.unplaced,
    }


def hash_rows(rows: Rows) -> str:
    """Return a SHA-256 over the content of all tables; equal content gives an equal hash on every machine."""
    digest = hashlib.sha256()
    for table, frame in sorted(rows.items(), key=lambda item: item[0].__name__):
        digest.update(f"{table.__name__}\n".encode())
        digest.update(frame.select(sorted(frame.columns)).write_csv().encode())
    return digest.hexdigest()


def write_database(path: Path, rows: Rows) -> None:
    """Write a new `reference.db` at `path`, which must not exist yet. Cost is linear in the number of rows."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _trust_the_draft(connection: Connection, _record: object) -> None:
        # An interrupted draft is thrown away, so that syncing it row by row gains nothing.
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")

    with engine.begin() as connection:
        upgrade(connection, "reference")
        for table, frame in rows.items():
            prepared = _as_stored(frame)
            columns = ", ".join(f'"{name}"' for name in prepared.columns)
            marks = ", ".join("?" for _ in prepared.columns)
            name = table.__tablename__
            statement = f"INSERT INTO {name} ({columns}) VALUES ({marks})"  # noqa: S608  (names of our own tables)
            for batch in prepared.iter_slices(_BATCH):
                connection.exec_driver_sql(statement, batch.rows())
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    engine.dispose()


def _as_stored(frame: pl.DataFrame) -> pl.DataFrame:
    if "document" in frame.columns:
        return frame.with_columns(pl.col("document").cast(pl.Binary))
    return frame
