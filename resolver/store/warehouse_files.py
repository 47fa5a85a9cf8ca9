"""Writes the tables of a warehouse: a folder of Parquet files, one DuckDB file, or one SQLite file."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ..errors import BadOption
from .warehouse_tables import TABLES, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from .release import Release
    from .warehouse_tables import Table

    OnTable = Callable[[str, int], None]

_SQLITE_TYPES = {pl.String: "TEXT", pl.Int64: "INTEGER", pl.Boolean: "INTEGER"}
# What is joined by, so that a database finds it without a scan.
_INDEXED = {
    "gene": ("gene",),
    "xref": ("gene", "curie", "identifier"),
    "name": ("gene", "folded"),
    "ortholog": ("gene",),
    "product": ("transcript", "protein"),
    "retirement": ("retired", "successor"),
    "source_file": ("key",),
    "release": (),
}


def write_parquet_tables(release: Release, folder: Path, on_table: OnTable | None = None) -> dict[str, int]:
    """Write a Parquet file for each table into a folder that is there, and return how many rows each has."""
    counts = {}
    for table in TABLES:
        rows = pl.concat(read_table(release, table))
        rows.write_parquet(folder / f"{table.name}.parquet", compression="zstd", row_group_size=262_144)
        counts[table.name] = rows.height
        _tell(on_table, table.name, rows.height)
    return counts


def write_sqlite(release: Release, path: Path, on_table: OnTable | None = None) -> dict[str, int]:
    """Write the tables, with indexes, into an empty SQLite file, and return how many rows each has."""
    counts = {}
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=OFF")  # a draft that is killed is thrown away
        connection.execute("PRAGMA synchronous=OFF")
        for table in TABLES:
            counts[table.name] = _fill_sqlite(connection, release, table)
            _tell(on_table, table.name, counts[table.name])
        connection.commit()
    finally:
        connection.close()
    return counts


def _fill_sqlite(connection: sqlite3.Connection, release: Release, table: Table) -> int:
    columns = ", ".join(f'"{column.name}" {_SQLITE_TYPES[column.dtype]}' for column in table.columns)
    connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
    places = ", ".join("?" * len(table.columns))
    number = 0
    for rows in read_table(release, table):
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows.iter_rows())  # noqa: S608  (our own names)
        number += rows.height
    for column in _INDEXED[table.name]:
        connection.execute(f'CREATE INDEX "{table.name}_by_{column}" ON "{table.name}" ("{column}")')
    return number


def write_duckdb(release: Release, path: Path, on_table: OnTable | None = None) -> dict[str, int]:
    """Write the tables into a new DuckDB file, and return how many rows each has; BadOption where DuckDB is missing."""
    try:
        import duckdb
    except ImportError as error:
        raise BadOption(
            "DuckDB is not installed", hint="Install it beside the program: pip install 'gene-xref-resolver[duckdb]'."
        ) from error
    # By way of Parquet files, which DuckDB reads itself: to take a frame it would need one more library.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        counts = write_parquet_tables(release, Path(folder), on_table)
        with duckdb.connect(str(path)) as connection:
            for table in TABLES:
                file = str(Path(folder) / f"{table.name}.parquet").replace("'", "''")
                connection.execute(f"CREATE TABLE \"{table.name}\" AS SELECT * FROM read_parquet('{file}')")  # noqa: S608  (our own names)
                told = f"{table.row}".replace("'", "''")
                connection.execute(f"COMMENT ON TABLE \"{table.name}\" IS '{told}'")
                for column in table.columns:
                    told = column.holds.replace("'", "''")
                    connection.execute(f'COMMENT ON COLUMN "{table.name}"."{column.name}" IS \'{told}\'')
    return counts


def _tell(on_table: OnTable | None, name: str, rows: int) -> None:
    if on_table is not None:
        on_table(name, rows)
