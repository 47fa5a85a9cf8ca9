"""What genes have of the columns that are asked for, one joined text for each set of genes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ..identifiers.species import SPECIES
from ..resolve.options import Consensus
from .ready_texts import read_lookup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from .plan import Plan
    from .targets import Target


class ReadyValues:
    """Reads the columns of a plan; `several` are the sets of several genes (place, gene), ordered by place."""

    def __init__(self, folder: Path, plan: Plan, several: Mapping[str, NDArray[np.generic]]) -> None:
        self._folder = folder
        self._plan = plan
        self._several = pl.DataFrame(several)
        self._genes = read_lookup(folder, "genes")
        self._sets = int(self._genes["gene"].to_numpy().max(initial=0)) + 1  # no gene has the number 0

    def list_values(self, target: Target) -> pl.Series:
        """Return for each set of genes the values of a target, joined, each once; empty where there is none."""
        listed = self._read_values(target)
        by_gene = self._join_by_gene(listed)
        if not self._several.height:
            return by_gene
        joined = (
            self._several.join(listed, on="gene", how="left", maintain_order="left")
            .group_by("place", maintain_order=True)
            .agg(pl.col("value").drop_nulls().unique(maintain_order=True))
            .select(pl.col("value").list.join(self._plan.separator))
        )
        return pl.concat([by_gene, joined["value"]]).rechunk()

    def _join_by_gene(self, listed: pl.DataFrame) -> pl.Series:
        """Return the values of each gene as one text, in the place of its number; empty where it has none."""
        number, gene = self._sets, listed["gene"].to_numpy()
        places = np.full(number, listed.height, dtype=np.int64)
        places[gene[::-1]] = np.arange(listed.height)[::-1]  # the first of each
        first = pl.concat([listed["value"], pl.Series([""])]).rechunk().gather(pl.Series(places))
        has_more = np.bincount(gene, minlength=number) > 1
        if not has_more.any():
            return first
        more = (
            listed.filter(pl.Series(has_more[gene]))
            .group_by("gene", maintain_order=True)
            .agg(pl.col("value").str.join(self._plan.separator))
        )
        at = np.arange(number)
        at[more["gene"].to_numpy()] = number + np.arange(more.height)
        return pl.concat([first, more["value"]]).rechunk().gather(pl.Series(at))

    def _read_values(self, target: Target) -> pl.DataFrame:
        """Return (gene, value) of one target, best first."""
        if target.prefix is None:
            genes = self._genes
            if target.member == "species":
                names = {taxon: species.name for taxon, species in SPECIES.items()}
                return genes.select("gene", value=pl.col("taxon").replace_strict(names, return_dtype=pl.String))
            return genes.select("gene", value=target.member).drop_nulls()
        xrefs = pl.scan_parquet(self._folder / "xrefs.parquet").filter(pl.col("prefix") == target.prefix)
        if target.levels:
            xrefs = xrefs.filter(pl.col("level").is_in(target.levels))
        consensus = self._plan.options.consensus
        if consensus is not Consensus.ANY:
            xrefs = xrefs.filter(pl.col(consensus.value))
        listed = xrefs.select("gene", value="identifier").collect().rechunk()
        return listed.unique("gene", keep="first", maintain_order=True) if self._plan.best else listed
