"""The tables of an export: those that a release stores, and the one that the resolver answers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from ..store.warehouse_tables import read_canonical, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..resolve.resolver import Resolver
    from ..store.warehouse_tables import Table

_QUERIES_AT_ONCE = 100_000


def read_exported(resolver: Resolver, table: Table) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table in parts; raises ReleaseCorrupt where they cannot be read."""
    return _resolve_all(resolver, table) if table.name == "lookup" else read_table(resolver.release, table)


def _resolve_all(resolver: Resolver, table: Table) -> Iterator[pl.DataFrame]:
    """Yield what the resolver answers to each canonical identifier and name, a row for each gene."""
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
