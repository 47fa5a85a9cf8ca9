"""A small release cut from the embedded genome: some thousand whole genes, for tests that read or query all of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from resolver.store.release import Release
from seed.archive import opened_packed
from seed.join import Joined
from seed.packed import Packed, write_packed
from seed.pipeline import unpack_release
from seed.publish import make_current
from seed.tables import read_tables

# One gene of so many, and these; with each, its orthologs.
EVERY = 40
SYMBOLS = ("IL7", "IL6", "TP53", "BRCA1", "NPPA", "MT-TF", "CDKN2A", "INS", "AKT1", "MARCHF1", "SEPTIN9")


def publish_sample(data_dir: Path) -> Release:
    """Publish the sample in a data folder, and return it. Takes some seconds."""
    with opened_packed() as packed, tempfile.TemporaryDirectory() as folder:
        _cut(packed, Path(folder))
        return make_current(data_dir, unpack_release(data_dir, Path(folder)).id)


def _cut(packed: Packed, folder: Path) -> None:
    """Write the packed release of the chosen genes, numbered anew, with all that is stated of them."""
    whole = read_tables(packed)
    chosen = whole.genes.filter((pl.col("id") % EVERY == 0) | pl.col("symbol").is_in(SYMBOLS))["id"]
    near = whole.orthologs.filter(pl.col("gene").is_in(chosen.implode()))["other"]
    wanted = pl.concat([chosen, near]).unique().implode()
    genes = whole.genes.filter(pl.col("id").is_in(wanted))
    genes = genes.with_columns(new=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))

    def renumbered(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        new = pl.col(columns).replace_strict(genes["id"], genes["new"], default=None)
        return frame.with_columns(new).drop_nulls(columns)

    identifiers = renumbered(whole.identifiers, "gene")
    curies = identifiers.select(pl.col("prefix") + ":" + pl.col("accession")).to_series().implode()
    joined = Joined(
        genes=genes.drop("id").rename({"new": "id"}),
        identifiers=identifiers,
        names=renumbered(whole.names, "gene"),
        orthologs=renumbered(whole.orthologs, "gene", "other"),
        products=whole.products.filter(pl.col("transcript").is_in(identifiers["accession"].implode())),
        retirements=whole.retirements.filter(pl.col("successor").is_in(curies) | (pl.int_range(pl.len()) % EVERY == 0)),
        rejected=pl.DataFrame(),
        owners=pl.DataFrame(),
        unplaced=whole.unplaced,
    )
    write_packed(folder, joined, name="sample", sources=packed.manifest["sources"])
