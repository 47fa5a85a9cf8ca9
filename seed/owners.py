"""Assign records to genes: by the best direct statement, never by a chain of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import COMMITTEES
from resolver.identifiers.model import Level
from resolver.sources.registry import BY_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

# The strength of a statement that assigns an Ensembl gene to a gene.
_BY_COMMITTEE, _BY_NCBI, _BY_ENSEMBL = 2, 1, 0


# A column of organizations: those behind the files, and ours.
_ORGANIZATION = pl.Enum(sorted({"curated", *(file.source for file in BY_KEY.values())}))


def organization(source: str = "source") -> pl.Expr:
    """Return the organization behind each source key; facts that we wrote ourselves are `curated`."""
    known = {key: file.source for key, file in BY_KEY.items()}
    return pl.col(source).replace_strict(known, default="curated", return_dtype=_ORGANIZATION)


def date_of(dates: Mapping[str, str], source: str = "source") -> pl.Expr:
    """Return the date (ISO) of each source key's file; empty where none is stated."""
    known = pl.Enum(sorted({"", *dates.values()}))
    return pl.col(source).replace_strict(dates, default="", return_dtype=known)


def committee_of(column: str) -> pl.Expr:
    """Return the nomenclature committee of each CURIE of a gene; null where it is of another namespace."""
    return prefix_of(column).replace_strict(COMMITTEES, default=None, return_dtype=_ORGANIZATION)


def is_newest(dates: Mapping[str, str], *same: str) -> pl.Expr:
    """Return whether a row is of the newest of the files of one organization that state something of the `same`.

    A file without a date is never older than another.
    """
    date = date_of(dates)
    return (date == date.max().over(*same, organization())) | (date == "")


def prefix_of(column: str) -> pl.Expr:
    """Return the prefix of a column of CURIEs."""
    return pl.col(column).str.extract(r"^([^:]+):", 1)


def accession_of(column: str) -> pl.Expr:
    """Return the accession of a column of CURIEs."""
    return pl.col(column).str.extract(r":(.+)$", 1)


def find_owners(
    records: pl.DataFrame, stated: pl.DataFrame, retired: pl.DataFrame, dates: Mapping[str, str]
) -> pl.DataFrame:
    """Return (subject, gene, alternate): the gene, named by its primary CURIE, that each gene record belongs to.

    A gene is an HGNC or MGI entry; else an Entrez gene that none of them claims; else an Ensembl gene that none of
    those claims. A record that several genes claim with equal right belongs to all of them; of two files of one
    organization the newer one decides. An Ensembl gene is an
    alternate (on a haplotype or a patch, as a rule) where the gene's nomenclature committee names another one.
    """
    stated = stated.with_columns(object=pl.col("prefix") + ":" + pl.col("accession"), owner=prefix_of("subject"))
    known = (
        records.select(subject=pl.col("subject").unique())
        .join(retired, left_on="subject", right_on="retired", how="anti")
        .with_columns(prefix=prefix_of("subject"))
    )
    committees = list(COMMITTEES)
    named = known.filter(pl.col("prefix").is_in(committees)).select("subject", gene="subject")

    forward = stated.filter(pl.col("owner").is_in(committees) & (pl.col("prefix") == "ncbigene"))
    backward = stated.filter((pl.col("owner") == "ncbigene") & pl.col("prefix").is_in(committees))
    entrez = _best_links(
        pl.concat(
            [
                forward.select(subject="object", gene="subject", source="source"),
                backward.select(subject="subject", gene="object", source="source"),
            ]
        )
        .join(named, on="gene", how="semi")
        .with_columns(strength=(organization() == committee_of("gene")).cast(pl.Int8)),
        dates,
    )
    entrez = entrez.select("subject", "gene")
    lone = known.filter(pl.col("prefix") == "ncbigene").join(entrez, on="subject", how="anti")
    owners = pl.concat([named, entrez, lone.select("subject", gene="subject")])
    # What older files state about a retired record counts for its successor.
    replaced = retired.drop_nulls().join(owners, left_on="successor", right_on="subject")
    owners = pl.concat([owners, replaced.select(subject="retired", gene="gene")])

    is_gene = (pl.col("prefix") == "ensembl") & (pl.col("level") == Level.GENE.value)
    direct = stated.filter(is_gene & pl.col("owner").is_in([*committees, "ncbigene"]))
    inferred = stated.filter((pl.col("owner") == "ensembl") & (pl.col("prefix") == "ncbigene"))
    ensembl = _best_links(
        pl.concat(
            [
                direct.select(
                    "source",
                    subject="object",
                    record="subject",
                    strength=pl.when(pl.col("owner").is_in(committees)).then(_BY_COMMITTEE).otherwise(_BY_NCBI),
                ),
                inferred.select("source", subject="subject", record="object", strength=pl.lit(_BY_ENSEMBL)),
            ]
        )
        .join(owners, left_on="record", right_on="subject")
        .select("subject", "gene", "source", "strength"),
        dates,
    )
    best = pl.col("strength").max().over("gene")
    is_alternate = (pl.col("strength") < best) & (best == _BY_COMMITTEE)
    alone = known.filter(pl.col("prefix") == "ensembl").join(ensembl, on="subject", how="anti")
    others = pl.concat([owners, alone.select("subject", gene="subject")]).with_columns(alternate=pl.lit(value=False))
    linked = ensembl.with_columns(alternate=is_alternate).select("subject", "gene", "alternate")
    return pl.concat([others, linked]).unique(["subject", "gene"]).sort("subject", "gene")


def _best_links(links: pl.DataFrame, dates: Mapping[str, str]) -> pl.DataFrame:
    best = links.filter(pl.col("strength") == pl.col("strength").max().over("subject"))
    return best.filter(is_newest(dates, "subject")).select("subject", "gene", "strength").unique()
