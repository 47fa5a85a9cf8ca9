"""Build each gene's part of an answer in advance: one JSON object, set-based.

All its keys are always present; lists may be empty and values null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import NAME_KINDS, MatchKind
from resolver.identifiers.model import Level
from resolver.identifiers.namespaces import BY_PREFIX, XREF_GROUPS
from resolver.identifiers.species import SPECIES

from .owners import accession_of

if TYPE_CHECKING:
    from seed.join import Joined

_POSITION = ("chromosome", "start", "end", "strand", "assembly", "map_location")


def build_documents(joined: Joined) -> pl.DataFrame:
    """Return (id, document): the gene's own part of an answer, as JSON text, for every gene."""
    species = {taxon: known.name for taxon, known in SPECIES.items()}
    xrefs = _xrefs(joined)
    alternates = _alternates(joined)
    names = _names(joined)
    phenotypes = _listed(joined.identifiers.filter(pl.col("relation") == Level.PHENOTYPE.value), "omim", "phenotypes")
    parts = (*xrefs, *names, phenotypes, alternates)
    frame = joined.genes
    for part in parts:
        frame = frame.join(part, left_on="id", right_on="gene", how="left")
    filled = frame.with_columns(
        *(pl.col(part.columns[1]).fill_null(pl.lit([], dtype=part.dtypes[1])) for part in parts),
        curie=pl.col("gene"),
        species=pl.col("taxon").replace_strict(species, return_dtype=pl.String),
        location=pl.struct(_POSITION),
    )
    document = pl.struct(
        "curie",
        "symbol",
        "name",
        "taxon",
        "species",
        "gene_type",
        "location",
        xrefs=pl.struct(pl.col(f"xref {prefix}").alias(prefix) for prefix in XREF_GROUPS),
        names=pl.struct(*(kind.value for kind in NAME_KINDS if kind is not MatchKind.SYMBOL)),
        phenotypes=pl.col("phenotypes"),
        alternates=pl.col("alternates"),
    )
    return filled.select("id", document=document.struct.json_encode()).sort("id")


def _with_pairs(identifiers: pl.DataFrame, joined: Joined) -> pl.DataFrame:
    curie = pl.col("prefix") + ":" + pl.col("accession")
    paired = identifiers.with_columns(curie=curie).join(_pairs(joined), on="curie", how="left")
    return paired.with_columns(pl.col("pairs").fill_null(pl.lit([], dtype=pl.List(pl.String))))


def _pairs(joined: Joined) -> pl.DataFrame:
    """Return (curie, pairs): the proteins that each transcript makes, the transcripts that make each protein."""
    one, other = joined.products.select("transcript", "protein"), joined.products.select("protein", "transcript")
    both = pl.concat([frame.rename(dict(zip(frame.columns, ("curie", "pair"), strict=True))) for frame in (one, other)])
    return both.group_by("curie").agg(pairs=accession_of("pair").sort())


def _xrefs(joined: Joined) -> list[pl.DataFrame]:
    # An accession that stronger evidence assigns to another gene is no xref of this one; the tables keep it.
    placed = joined.identifiers.filter(
        (pl.col("assignment_rank") == 0) & (pl.col("relation") != Level.PHENOTYPE.value) & ~pl.col("alternate")
    )
    placed = _with_pairs(placed, joined)
    return [_listed(placed, prefix, f"xref {prefix}") for prefix in XREF_GROUPS]


def _alternates(joined: Joined) -> pl.DataFrame:
    """Return each gene's alternate Ensembl genes; their products are found as such, and not listed."""
    genes = joined.identifiers.filter(
        (pl.col("assignment_rank") == 0) & pl.col("alternate") & (pl.col("relation") == Level.GENE.value)
    )
    genes = genes.with_columns(pairs=pl.lit([], dtype=pl.List(pl.String)))  # genes make no pairs
    return _listed(genes, "ensembl", "alternates")


def _listed(identifiers: pl.DataFrame, prefix: str, column: str) -> pl.DataFrame:
    """Return (gene, column): each gene's xrefs in one namespace as a list, best first."""
    namespace = BY_PREFIX[prefix]
    lead, trail = namespace.display.split("{}")
    shown = pl.lit(lead) + pl.col("accession") + pl.lit(trail)
    page = pl.lit(None, dtype=pl.String)
    for form in namespace.forms:
        before, after = form.page.split("{}")
        address = pl.lit(before) + pl.col("accession") + pl.lit(after)
        is_alone = len({form.page for form in namespace.forms}) == 1
        page = address if is_alone else pl.when(pl.col("relation") == form.level.value).then(address).otherwise(page)
    extra = [pl.col("relation").alias("level") if name == "level" else pl.col(name) for name in namespace.shows]
    xref = pl.struct(shown.alias("identifier"), (pl.lit(f"{prefix}:") + pl.col("accession")).alias("curie"), *extra,
                     page.alias("url"))  # fmt: skip
    return (
        identifiers.filter(pl.col("prefix") == prefix)
        .sort("gene", "rank")
        .group_by("gene", maintain_order=True)
        .agg(xref.alias(column))
    )


def _names(joined: Joined) -> list[pl.DataFrame]:
    """Return each gene's names, one list for each kind, in alphabetical order, without its symbol."""
    return [
        joined.names.filter(pl.col("kind") == kind.value)
        .sort("gene", "folded")
        .group_by("gene", maintain_order=True)
        .agg(pl.col("text").alias(kind.value))
        for kind in NAME_KINDS
        if kind is not MatchKind.SYMBOL
    ]
