"""Build each gene's part of an answer in advance: one JSON object, set-based, and compressed.

All its keys are always present; lists may be empty and values null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import zstandard

from resolver.genes.ranking import NAME_KINDS, MatchKind
from resolver.identifiers.model import Level
from resolver.identifiers.namespaces import BY_PREFIX, XREF_GROUPS
from resolver.identifiers.species import SPECIES
from resolver.resolve.links import add_links

from .owners import accession_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tables import Tables

# Genes of a part, by which memory is bounded.
_PART = 2_500
# Two thousand genes, from all over the genome, are enough to learn what documents have in common. Above level 3,
# compressing takes three times as long for a tenth less.
_SAMPLES, _FEWEST_SAMPLES = 2_000, 100
_DICTIONARY_BYTES = 112_640
_LEVEL = 3

_POSITION = ("chromosome", "start", "end", "strand", "assembly", "map_location")


def build_documents(tables: Tables) -> Iterator[pl.DataFrame]:
    """Return (id, document) in parts: each gene's own part of an answer as bytes of JSON, in the order of `genes`.

    Memory grows with the size of a part, not with the number of genes.
    """
    pairs = _pairs(tables)
    for genes in tables.genes.iter_slices(_PART):  # whose numbers follow one another
        are_theirs = pl.col("gene").is_between(pl.lit(genes["id"][0]), pl.lit(genes["id"][-1]))
        yield _build_part(tables, genes, are_theirs, pairs)


def compress_documents(tables: Tables) -> tuple[bytes, pl.DataFrame]:
    """Return a zstd dictionary, and the number and compressed document of each gene as (id, document).

    Documents repeat one another far more than themselves: with a dictionary of them they take an eighth.
    """
    every = max(1, tables.genes.height // _SAMPLES)
    genes = tables.genes.gather_every(every)
    sampled = _build_part(tables, genes, pl.col("gene").is_in(genes["id"].implode()), _pairs(tables))
    samples = sampled["document"].to_list()
    if len(samples) < _FEWEST_SAMPLES:  # too few to learn from: the documents themselves are the dictionary
        content = b"".join(samples)[-_DICTIONARY_BYTES:]
        dictionary = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    else:
        dictionary = zstandard.train_dictionary(_DICTIONARY_BYTES, samples)
    compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=dictionary, write_dict_id=False)
    parts = []
    for part in build_documents(tables):
        compressed = [compressor.compress(document) for document in part["document"]]
        parts.append(part.select("id", document=pl.Series(compressed, dtype=pl.Binary)))
    return dictionary.as_bytes(), pl.concat(parts)


def _build_part(tables: Tables, genes: pl.DataFrame, are_theirs: pl.Expr, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return (id, document) of these genes; `are_theirs` selects their rows of other tables."""
    identifiers, names = tables.identifiers.filter(are_theirs), tables.names.filter(are_theirs)
    phenotypes = _listed(identifiers.filter(pl.col("relation") == Level.PHENOTYPE.value), "omim", "phenotypes")
    parts = (*_xrefs(identifiers, pairs), *_names(names), phenotypes, _alternates(identifiers))
    frame = genes
    for part in parts:
        frame = frame.join(part, left_on="id", right_on="gene", how="left")
    species = {taxon: known.name for taxon, known in SPECIES.items()}
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
    encoded = filled.select("id", "taxon", document=document.struct.json_encode()).sort("id")
    linked = [add_links(text.encode(), taxon) for _, taxon, text in encoded.iter_rows()]
    return encoded.select("id", document=pl.Series(linked, dtype=pl.Binary))


def _pairs(tables: Tables) -> pl.DataFrame:
    """Return (curie, pairs): the proteins that each transcript makes, the transcripts that make each protein."""
    one, other = tables.products.select("transcript", "protein"), tables.products.select("protein", "transcript")
    both = pl.concat([frame.rename(dict(zip(frame.columns, ("curie", "pair"), strict=True))) for frame in (one, other)])
    return both.group_by("curie").agg(pairs=accession_of("pair").sort())


def _xrefs(identifiers: pl.DataFrame, pairs: pl.DataFrame) -> list[pl.DataFrame]:
    # An accession that stronger evidence assigns to another gene is no xref of this one; the tables keep it.
    placed = identifiers.filter(
        (pl.col("assignment_rank") == 0) & (pl.col("relation") != Level.PHENOTYPE.value) & ~pl.col("alternate")
    ).with_columns(curie=pl.col("prefix") + ":" + pl.col("accession"))
    paired = placed.join(pairs, on="curie", how="left").with_columns(_filled("pairs"))
    return [_listed(paired, prefix, f"xref {prefix}") for prefix in XREF_GROUPS]


def _filled(column: str) -> pl.Expr:
    return pl.col(column).fill_null(pl.lit([], dtype=pl.List(pl.String)))


def _alternates(identifiers: pl.DataFrame) -> pl.DataFrame:
    """Return each gene's alternate Ensembl genes; their products are found as such, and not listed."""
    genes = identifiers.filter(
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


def _names(names: pl.DataFrame) -> list[pl.DataFrame]:
    """Return each gene's names, one list for each kind, in alphabetical order, without its symbol."""
    return [
        names.filter(pl.col("kind") == kind.value)
        .sort("gene", "folded")
        .group_by("gene", maintain_order=True)
        .agg(pl.col("text").alias(kind.value))
        for kind in NAME_KINDS
        if kind is not MatchKind.SYMBOL
    ]
