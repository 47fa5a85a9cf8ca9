"""Compare two releases, and list the identifiers on which sources contradict each other."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from .packed import GENES, IDENTIFIERS, NAMES, RETIREMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resolver.store.release import Release

    from .packed import Packed

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
    """One kind of change: its number, its number by source file, and the first examples as (what, before, after).

    Of what was added or moved the files of the new release count, of what was removed those of the old one; a change
    that several files state counts for each.
    """

    kind: str
    number: int
    by_source: dict[str, int]
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


def compare_packed(old: Packed, new: Packed, examples: int | None = 10) -> list[Change]:
    """Return what was added, removed and moved from `old` to `new`: genes, identifiers, names, and history.

    All examples are returned if `examples` is None. An identifier is compared by the genes of its primary assignment,
    a name by the genes that have it, a retired identifier by its successors. Takes seconds for the whole genome.
    """
    changes = []
    for what, moved, read in (
        ("genes", "renamed", _read_genes),
        ("identifiers", "moved", _read_identifiers),
        ("names", "moved", _read_names),
        ("history", "moved", _read_history),
    ):
        both = read(old).join(read(new), on="what", how="full", coalesce=True, suffix="_new").sort("what")
        added = pl.col("value").is_null()
        removed = pl.col("value_new").is_null()
        for kind, condition in (("added", added), ("removed", removed), (moved, ~added & ~removed)):
            rows = both.filter(condition & pl.col("value").ne_missing(pl.col("value_new")))
            changes.append(_describe(f"{what} {kind}", rows, examples))
    return changes


def _describe(kind: str, rows: pl.DataFrame, examples: int | None) -> Change:
    files = rows.select(pl.coalesce("evidence_new", "evidence").str.split(",").list.unique().alias("file")).explode(
        "file"
    )
    numbers = files.drop_nulls().group_by("file").len().sort("len", "file", descending=[True, False])
    shown = rows.select("what", pl.col("value").fill_null(""), pl.col("value_new").fill_null(""))
    if examples is not None:
        shown = shown.gather_every(max(1, shown.height // max(1, examples))).head(examples)
    return Change(kind, rows.height, dict(numbers.iter_rows()), tuple(shown.iter_rows()))


def _read_genes(packed: Packed) -> pl.DataFrame:
    genes = packed.read(GENES).select(what="gene", value="symbol")
    own = packed.read(IDENTIFIERS).select(what=_CURIE, evidence="evidence")
    return genes.join(own.unique("what"), on="what", how="left")


def _read_identifiers(packed: Packed) -> pl.DataFrame:
    placed = packed.read(IDENTIFIERS).filter(pl.col("assignment_rank") == 0)
    return _by_genes(placed.select("gene", "evidence", what=_CURIE), packed)


def _read_names(packed: Packed) -> pl.DataFrame:
    names = packed.read(NAMES)
    return _by_genes(names.select("gene", "evidence", what=pl.col("kind") + " " + pl.col("text")), packed)


def _read_history(packed: Packed) -> pl.DataFrame:
    steps = packed.read(RETIREMENTS).select("evidence", what="retired", value=pl.col("successor").fill_null("retired"))
    return steps.group_by("what").agg(pl.col("value").sort().str.join(" "), _ALL_EVIDENCE)


def _by_genes(rows: pl.DataFrame, packed: Packed) -> pl.DataFrame:
    genes = packed.read(GENES).with_row_index("number", offset=1).select(pl.col("number").cast(pl.Int32), value="gene")
    named = rows.join(genes, left_on="gene", right_on="number").select("what", "value", "evidence")
    # Most are of one gene, and need no grouping, which takes most of the time.
    is_alone = pl.col("what").is_unique()
    several = named.filter(~is_alone).group_by("what").agg(pl.col("value").sort().str.join(" "), _ALL_EVIDENCE)
    return pl.concat([named.filter(is_alone), several])


_CURIE = pl.col("prefix") + ":" + pl.col("accession")
_ALL_EVIDENCE = pl.col("evidence").unique().sort().str.join(",")


def list_conflicts(release: Release) -> list[Claim]:
    """Return every identifier that sources place on more than one gene, a claim for each gene."""
    with _opened(release) as connection:
        rows = connection.execute(_CONFLICTS).fetchall()
    return [
        Claim(identifier, gene, symbol, assignment_rank, tuple(sources.split(",")))
        for identifier, gene, symbol, assignment_rank, sources in rows
    ]
