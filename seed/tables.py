"""The tables of a release, derived from its packed form: ranks, folded names, match tiers, both ways of each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from resolver.identifiers.model import Level

from .names import folded_name, match_tier
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
    genes = packed.read(GENES).with_row_index("id", offset=1).cast({"id": pl.Int32})
    identifiers = packed.read(IDENTIFIERS).with_columns(rank=position_in("prefix", "gene"))
    return Tables(
        genes=genes,
        identifiers=identifiers,
        names=packed.read(NAMES).with_columns(
            folded=folded_name("text"),
            tier=match_tier(pl.col("gene").replace_strict(genes["id"], genes["gene_type"], return_dtype=pl.String)),
        ),
        orthologs=_both_ways(packed.read(ORTHOLOGS), genes, identifiers),
        products=packed.read(PRODUCTS),
        retirements=packed.read(RETIREMENTS),
        unplaced=packed.read(UNPLACED),
    )


def _both_ways(pairs: pl.DataFrame, genes: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Return each pair from either gene, with its rank among the pairs of that gene: best supported first.

    Where support ties, the pair of one homology group goes first, then that of the same symbol.
    """
    groups = identifiers.filter(pl.col("relation") == Level.GROUP.value).select("gene", group="accession")
    shared = (
        pairs.select("gene", "other")
        .join(groups, on="gene")
        .join(groups, left_on=["other", "group"], right_on=["gene", "group"], how="semi")
        .select("gene", "other", in_group=True)
        .unique()
    )
    symbols = genes["symbol"].str.to_lowercase()
    symbol, other_symbol = (pl.col(side).replace_strict(genes["id"], symbols) for side in ("gene", "other"))
    described = pairs.join(shared, on=["gene", "other"], how="left").with_columns(
        pl.col("in_group").fill_null(value=False),
        same_symbol=symbol == other_symbol,
    )
    turned = described.rename({"gene": "other", "other": "gene"}).select(described.columns)
    order = ["gene", "support", "in_group", "same_symbol", "other"]
    both = pl.concat([described, turned]).sort(order, descending=[False, True, True, True, False])
    return both.select(pairs.columns).with_columns(rank=position_in("gene"))
