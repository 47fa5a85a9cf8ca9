"""Writes the tables of a warehouse: a folder of Parquet files, one DuckDB file, or one SQLite file."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ..errors import BadOption
from .warehouse_tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .warehouse_tables import Table

    # Reads a table in parts.
    ReadTable = Callable[[Table], Iterable[pl.DataFrame]]

_SQLITE_TYPES = {pl.String: "TEXT", pl.Int64: "INTEGER", pl.Boolean: "INTEGER"}
# The columns that joins use.
_INDEXED = {
    "gene": ("gene",),
    "xref": ("gene", "curie", "identifier"),
    "name": ("gene", "folded"),
    "ortholog": ("gene",),
    "product": ("transcript", "protein"),
    "retirement": ("retired", "successor"),
    "lookup": ("text", "gene"),
    "source_file": ("key",),
    "release": (),
}


def write_parquet(read: ReadTable, folder: Path) -> dict[str, int]:
    """Write a Parquet file for each table into a folder, and return how many rows each has."""
    counts = {}
    for table in TABLES:
        rows = pl.concat(read(table))
        rows.write_parquet(folder / f"{table.name}.parquet", compression="zstd", row_group_size=262_144)
        counts[table.name] = rows.height
    return counts


def write_sqlite(read: ReadTable, path: Path) -> dict[str, int]:
    """Write the tables, with indexes, into an empty SQLite file, and return how many rows each has."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")  # an interrupted draft is thrown away
        connection.execute("PRAGMA synchronous=OFF")
        counts = {table.name: _fill_sqlite(connection, table, read(table)) for table in TABLES}
        connection.commit()
    return counts


def _fill_sqlite(connection: sqlite3.Connection, table: Table, parts: Iterable[pl.DataFrame]) -> int:
    columns = ", ".join(f'"{column.name}" {_SQLITE_TYPES[column.dtype]}' for column in table.columns)
    connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
    places = ", ".join("?" * len(table.columns))
    number = 0
    for rows in parts:
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows.iter_rows())  # noqa: S608  (our own names)
        number += rows.height
    for column in _INDEXED[table.name]:
        connection.execute(f'CREATE INDEX "{table.name}_by_{column}" ON "{table.name}" ("{column}")')
    return number


def write_duckdb(read: ReadTable, path: Path) -> dict[str, int]:
    """Write the tables into a new DuckDB file, and return how many rows each has; BadOption without DuckDB."""
    try:
        import duckdb
    except ImportError as error:
        raise BadOption(
            "DuckDB is not installed", hint="Install it beside the program: pip install 'gene-xref-resolver[duckdb]'."
        ) from error
    # DuckDB reads Parquet files itself; to read a frame it would need one more library.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        counts = write_parquet(read, Path(folder))
        with duckdb.connect(str(path)) as connection:
            for table in TABLES:
                file = _quote(str(Path(folder) / f"{table.name}.parquet"))
                connection.execute(f'CREATE TABLE "{table.name}" AS SELECT * FROM read_parquet({file})')  # noqa: S608  (our own names)
                connection.execute(f'COMMENT ON TABLE "{table.name}" IS {_quote(table.row)}')
                for column in table.columns:
                    described = _quote(column.description)
                    connection.execute(f'COMMENT ON COLUMN "{table.name}"."{column.name}" IS {described}')
    return counts


def _quote(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
