"""Compare two releases, and list the identifiers on which sources contradict each other."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolver.store.release import Release

_IDENTIFIERS = """
    SELECT i.prefix || ':' || i.accession AS curie, group_concat(g.curie, ' ') AS genes
    FROM {schema}.identifier i JOIN {schema}.gene g ON g.id = i.gene_id
    WHERE i.assignment_rank = 0 GROUP BY i.accession, i.prefix
"""
_CHANGES = {
    "genes added": "SELECT n.curie, n.symbol, '' FROM new.gene n LEFT JOIN old.gene o USING (curie) "
    "WHERE o.curie IS NULL ORDER BY n.id",
    "genes removed": "SELECT o.curie, o.symbol, '' FROM old.gene o LEFT JOIN new.gene n USING (curie) "
    "WHERE n.curie IS NULL ORDER BY o.id",
    "genes renamed": "SELECT n.curie, o.symbol, n.symbol FROM new.gene n JOIN old.gene o USING (curie) "
    "WHERE o.symbol <> n.symbol ORDER BY n.id",
    "identifiers added": "SELECT n.curie, '', n.genes FROM temp.new_identifier n "
    "LEFT JOIN temp.old_identifier o USING (curie) WHERE o.curie IS NULL ORDER BY n.curie",
    "identifiers removed": "SELECT o.curie, o.genes, '' FROM temp.old_identifier o "
    "LEFT JOIN temp.new_identifier n USING (curie) WHERE n.curie IS NULL ORDER BY o.curie",
    "identifiers moved": "SELECT n.curie, o.genes, n.genes FROM temp.new_identifier n "
    "JOIN temp.old_identifier o USING (curie) WHERE o.genes <> n.genes ORDER BY n.curie",
}
_CONFLICTS = """
    SELECT i.prefix || ':' || i.accession, g.curie, g.symbol, i.assignment_rank, e.sources
    FROM identifier i JOIN gene g ON g.id = i.gene_id JOIN evidence e ON e.id = i.evidence_id
    WHERE (i.accession, i.prefix) IN (
        SELECT accession, prefix FROM identifier
        WHERE relation NOT IN ('group', 'phenotype')
        GROUP BY accession, prefix HAVING count(*) > 1
    ) AND i.relation <> 'phenotype'
    ORDER BY i.prefix, i.accession, i.assignment_rank, i.gene_id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: its number, and the first examples as (what, before, after)."""

    kind: str
    number: int
    examples: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One of several genes that sources assign an identifier to; `assignment_rank` 0 has the strongest evidence."""

    identifier: str
    gene: str
    symbol: str
    assignment_rank: int
    sources: tuple[str, ...]


@contextmanager
def _opened(release: Release) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{release.database}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def compare_releases(old: Release, new: Release, examples: int | None = 10) -> list[Change]:
    """Return what was added, removed, renamed and moved from `old` to `new`; all of it if `examples` is None."""
    connection = sqlite3.connect("file::memory:", uri=True)
    try:
        for schema, release in (("old", old), ("new", new)):
            connection.execute(f"ATTACH 'file:{release.database}?mode=ro' AS {schema}")
            connection.execute(f"CREATE TEMP TABLE {schema}_identifier AS {_IDENTIFIERS.format(schema=schema)}")
            connection.execute(f"CREATE INDEX temp.{schema}_key ON {schema}_identifier (curie)")
        changes = []
        for kind, statement in _CHANGES.items():
            rows = connection.execute(statement).fetchall()
            changes.append(Change(kind, len(rows), tuple(rows if examples is None else rows[:examples])))
        return changes
    finally:
        connection.close()


def list_conflicts(release: Release) -> list[Claim]:
    """Return every identifier that sources place on more than one gene, a claim for each gene."""
    with _opened(release) as connection:
        rows = connection.execute(_CONFLICTS).fetchall()
    return [
        Claim(identifier, gene, symbol, assignment_rank, tuple(sources.split(",")))
        for identifier, gene, symbol, assignment_rank, sources in rows
    ]
