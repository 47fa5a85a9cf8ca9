"""Tables of an export: those that a release stores, and `lookup`, which the resolver answers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from ..errors import BadOption
from ..store.warehouse_files import write_duckdb, write_parquet, write_sqlite
from ..store.warehouse_tables import TABLES, read_canonical, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..resolve.resolver import Resolver
    from ..store.warehouse_tables import Table

    # Receives the name of each table that was read, and its number of rows.
    OnTable = Callable[[str, int], None]

_QUERIES_AT_ONCE = 100_000
_WRITERS = {"parquet": write_parquet, "duckdb": write_duckdb, "sqlite": write_sqlite}


def check_folder(folder: Path) -> None:
    """Raise BadOption where a folder contains anything but an export."""
    ours = {f"{table.name}.parquet" for table in TABLES}
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if foreign:
        raise BadOption(
            f"{folder} contains a file that is not of an export: {foreign[0]}", hint="Choose another folder."
        )


def write_tables(resolver: Resolver, to_format: str, draft: Path, on_table: OnTable | None) -> dict[str, int]:
    """Write all tables in a format of `_WRITERS`; return how many rows each has."""

    def read(table: Table) -> Iterator[pl.DataFrame]:
        rows = 0
        parts = _resolve_all(resolver, table) if table.name == "lookup" else read_table(resolver.release, table)
        for part in parts:
            rows += part.height
            yield part
        if on_table is not None:
            on_table(table.name, rows)

    if to_format == "duckdb":
        draft.unlink()  # DuckDB refuses an empty file as damaged
    return _WRITERS[to_format](read, draft)


def _resolve_all(resolver: Resolver, table: Table) -> Iterator[pl.DataFrame]:
    """Yield the answers to all canonical identifiers and names, a row for each gene."""
    canonical = read_canonical(resolver.release)
    while queries := list(islice(canonical, _QUERIES_AT_ONCE)):
        rows: list[tuple[object, ...]] = []
        for (prefix, text), answer in zip(queries, resolver.resolve_many([text for _, text in queries]), strict=True):
            reason = None if answer.reason is None else answer.reason.value
            common = (text, prefix, answer.outcome.value, reason)
            rows += [(*common, found.gene.curie, rank) for rank, found in enumerate(answer.genes, start=1)]
            if not answer.genes:
                rows.append((*common, None, None))
        yield pl.DataFrame(rows, schema=table.schema, orient="row")
