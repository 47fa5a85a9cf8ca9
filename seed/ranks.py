"""Rank what sources place: the genes of each identifier by evidence, and the identifiers of each gene for display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import AGREED_FILE, AUTHORITIES, LAST_TYPES, LEVEL_ORDER, OF_ONE_GENE

from .evidence import SOURCES, with_evidence
from .order import position_in
from .owners import accession_of, committee_of, date_of, is_newest, organization, prefix_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def rank_assignments(
    stated: pl.DataFrame, owners: pl.DataFrame, genes: pl.DataFrame, dates: Mapping[str, str]
) -> pl.DataFrame:
    """Return one row for each gene and identifier, with its evidence; `assignment_rank` 0 is the strongest evidence."""
    accessions = stated.select("prefix", "accession").unique().with_row_index("key")
    places = owners.join(genes.select("gene", "id"), on="gene")
    # An alternate gene is one whoever names it; its products are alternate where only it is said to have them.
    alternates = (
        places.filter("alternate")
        .select("id", prefix=prefix_of("subject"), accession=accession_of("subject"), itself=pl.lit(value=True))
        .join(accessions, on=["prefix", "accession"])
        .select("id", "key", "itself")
    )
    prefixes = pl.Enum(accessions["prefix"].unique().sort())
    numbered = stated.join(accessions, on=["prefix", "accession"]).drop("accession").cast({"prefix": prefixes})
    rows = (
        _with_strength(numbered, dates)
        .join(places.select("subject", "id", "alternate"), on="subject")
        .drop("subject")
        .join(alternates, on=["id", "key"], how="left")
        .with_columns(alternate=pl.col("alternate") | pl.col("itself").fill_null(value=False))
        .pipe(_with_superseded, genes, dates)
    )
    placed = (
        rows.group_by("id", "key")
        .agg(
            pl.col("version").max(),
            pl.col("mane").max(),  # "select" comes after "plus clinical"
            # A stated relation counts before what the shape suggests, and gene before phenotype.
            relation=pl.coalesce(pl.col("relation").min(), pl.col("level").first()),
            reviewed=pl.col("reviewed").max(),
            strong=pl.col("strong").any(),
            authorities=_count_authorities(),
            alternate=pl.col("alternate").all(),
            sources=SOURCES,
        )
        .pipe(with_evidence)
        .join(genes.select("id", last=pl.col("gene_type").is_in(list(LAST_TYPES))), on="id")
        .with_columns(
            # First whether an authority says so, then how many do, then whether it is a gene of the last types.
            weakness=100 * (~pl.col("strong")).cast(pl.Int32)
            - 2 * pl.col("authorities")
            + pl.col("last").fill_null(value=False).cast(pl.Int32)
        )
    )
    is_contested = pl.col("key").is_duplicated()
    rank = (pl.col("weakness").rank("dense").over("key") - 1).cast(pl.Int8)
    return (
        pl.concat(
            [
                placed.filter(~is_contested).with_columns(assignment_rank=pl.lit(0, dtype=pl.Int8)),
                placed.filter(is_contested).with_columns(assignment_rank=rank),
            ]
        )
        .join(accessions, on="key")
        .cast({"relation": pl.String, "mane": pl.String})
    )


def _count_authorities() -> pl.Expr:
    """Return how many authorities assign an accession to a gene, where it can be of one gene only; else zero."""
    agreed = (pl.col("source") == AGREED_FILE).any().cast(pl.Int32)
    number = pl.col("organization").filter("strong").n_unique().cast(pl.Int32) + agreed
    return pl.when(pl.col("prefix").first().is_in(OF_ONE_GENE)).then(number).otherwise(0)


def _with_strength(stated: pl.DataFrame, dates: Mapping[str, str]) -> pl.DataFrame:
    """Return the statements with `strong`: whether an authority on the accession makes it, in its newest file."""
    authorities = [(prefix, name) for prefix, names in AUTHORITIES.items() for name in sorted(names)]
    strong = pl.DataFrame(authorities, schema=["prefix", "authority"], orient="row")
    named = stated.with_columns(organization=organization())
    strong = strong.select(
        prefix=pl.col("prefix").cast(named.schema["prefix"], strict=False),
        organization=pl.col("authority").cast(named.schema["organization"]),
    ).drop_nulls()
    same = ["prefix", "organization"]
    # What an organization's newer file places elsewhere, its older file does not place here.
    believed = named.join(strong, on=same, how="semi").with_columns(strong=is_newest(dates, "key"))
    others = named.join(strong, on=same, how="anti").with_columns(strong=pl.lit(value=False))
    return pl.concat([believed, others])


def _with_superseded(rows: pl.DataFrame, genes: pl.DataFrame, dates: Mapping[str, str]) -> pl.DataFrame:
    """Return the rows; those of a gene's Entrez records that a newer file of its committee contradicts are alternate.

    That file names another record of the gene. The older one still leads to the gene, but is no xref of it.
    """
    is_entrez = pl.col("prefix") == "ncbigene"
    entrez = rows.filter(is_entrez).join(genes.select("id", committee=committee_of("gene")), on="id")
    date = date_of(dates)
    decided = pl.when(pl.col("organization") == pl.col("committee")).then(date).max().over("id")
    is_older = (date.max().over("id", "key") < decided) & (date != "")
    superseded = entrez.with_columns(alternate=pl.col("alternate") | is_older.fill_null(value=False))
    return pl.concat([rows.filter(~is_entrez), superseded.select(rows.columns)])


def rank_identifiers(placed: pl.DataFrame) -> pl.DataFrame:
    """Rank the identifiers of each gene and namespace: genes first, then MANE Select, reviewed, well supported."""
    order = [
        pl.col("assignment_rank"),
        pl.col("alternate"),
        pl.col("relation").replace_strict(LEVEL_ORDER, return_dtype=pl.Int8),
        pl.col("mane").replace_strict({"select": 0, "plus clinical": 1}, default=2, return_dtype=pl.Int8),
        ~pl.col("reviewed").fill_null(value=False),
        -pl.col("sources").cast(pl.Int32),
        pl.col("accession").str.len_chars(),
        pl.col("accession"),
    ]
    return placed.sort("prefix", "id", *order).with_columns(rank=position_in("prefix", "id"))
