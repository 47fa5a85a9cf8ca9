"""The tables of a release, derived from its packed form: ranks, folded names, match tiers, both ways of each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import MATCH_TIERS, NAME_KINDS

from .names import folded_name
from .order import position_in
from .packed import GENES, IDENTIFIERS, NAMES, ORTHOLOGS, PRODUCTS, RETIREMENTS, UNPLACED

if TYPE_CHECKING:
    from .packed import Packed


@dataclass(frozen=True, slots=True)
class Tables:
    """What a release states, complete; `gene` numbers are those of `genes.id`.

    `identifiers` come by namespace, gene and rank; `names` by kind, gene and folded name.
    """

    genes: pl.DataFrame
    identifiers: pl.DataFrame
    names: pl.DataFrame
    orthologs: pl.DataFrame
    products: pl.DataFrame
    retirements: pl.DataFrame
    unplaced: pl.DataFrame


def read_tables(packed: Packed) -> Tables:
    """Return the tables of a packed release. Takes a second or two for the whole genome."""
    return Tables(
        genes=packed.read(GENES).with_row_index("id", offset=1).cast({"id": pl.Int32}),
        identifiers=packed.read(IDENTIFIERS).with_columns(rank=position_in("prefix", "gene")),
        names=packed.read(NAMES).with_columns(
            folded=folded_name("text"),
            tier=pl.col("kind").replace_strict(
                {kind.value: MATCH_TIERS[kind] for kind in NAME_KINDS}, return_dtype=pl.Int8
            ),
        ),
        orthologs=_both_ways(packed.read(ORTHOLOGS)),
        products=packed.read(PRODUCTS),
        retirements=packed.read(RETIREMENTS),
        unplaced=packed.read(UNPLACED),
    )


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return each pair from either gene, with its rank among the pairs of that gene: best supported first."""
    turned = pairs.rename({"gene": "other", "other": "gene"}).select(pairs.columns)
    both = pl.concat([pairs, turned]).sort("gene", "support", "other", descending=[False, True, False])
    return both.with_columns(rank=position_in("gene"))
