"""The names of genes: their kinds, folded texts and spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import (
    CUT_SYNONYMS,
    LAST_TYPES,
    MATCH_TIERS,
    NAME_AUTHORITIES,
    NAME_KINDS,
    UNOFFICIAL_TIERS,
    MatchKind,
)
from resolver.identifiers.names import ASCII_MARKS, GREEK, LOOK_ALIKES

from .evidence import SOURCES, with_evidence
from .owners import committee_of, date_of, organization

if TYPE_CHECKING:
    from collections.abc import Mapping


_MARKS = ASCII_MARKS | LOOK_ALIKES


def folded_name(column: str) -> pl.Expr:
    """Fold a column of names as `resolver.identifiers.names.fold_name` does."""
    folded = pl.col(column).str.normalize("NFKC").str.replace_many(_MARKS).str.to_lowercase()
    folded = folded.str.replace_many(GREEK).str.normalize("NFKC")
    return folded.str.replace_all(r"[\s\x1c-\x1f]+", " ").str.strip_chars()


def drop_cut_synonyms(named: pl.DataFrame) -> pl.DataFrame:
    """Return the names of genes without synonyms that are only the beginning of another synonym (`CUT_SYNONYMS`)."""
    for key, judge in CUT_SYNONYMS.items():
        synonyms = named.filter(source=key, kind=MatchKind.ALIAS.value).select("subject", "gene", "text").unique()
        longer = synonyms.select("subject", longer="text")
        begins = pl.col("longer").str.starts_with(pl.col("text")) & (pl.col("longer") != pl.col("text"))
        cut = synonyms.join(longer, on="subject").filter(begins).select("subject", "gene", "text").unique()
        known = named.filter(organization() == judge).select("gene", "text")
        cut = cut.join(known, on=["gene", "text"], how="anti").with_columns(
            source=pl.lit(key), kind=pl.lit(MatchKind.ALIAS.value)
        )
        named = named.join(cut, on=["subject", "gene", "text", "source", "kind"], how="anti", maintain_order="left")
    return named


def build_name_table(
    names: pl.DataFrame, owners: pl.DataFrame, genes: pl.DataFrame, dates: Mapping[str, str]
) -> pl.DataFrame:
    """Return the names of each gene, each once, in its best kind and spelling; others are `spellings`."""
    symbols = genes.select("id", "symbol", gene_name="gene")
    named = drop_cut_synonyms(names.join(owners, on="subject"))
    spelled = (
        named.join(symbols, left_on="gene", right_on="gene_name")
        .with_columns(kind=_kind(dates), folded=folded_name("text"))
        .with_columns(official=organization().is_in(sorted(NAME_AUTHORITIES)))
        .group_by("folded", "id", "kind", "text")
        .agg(SOURCES, pl.col("official").any())
        .pipe(with_evidence)
        .with_columns(tier=_official_tier())
        .sort(
            "folded", "id", "tier", "official", "sources", "text", descending=[False, False, False, True, True, False]
        )
    )
    same = ["folded", "id"]
    best = spelled.unique(same, keep="first", maintain_order=True)
    spellings = (
        spelled.join(best.select(*same, best="text"), on=same)
        .filter(pl.col("text") != pl.col("best"))
        .group_by(same)
        .agg(spellings=pl.col("text").unique().sort().str.join("\n"))
    )
    return (
        best.join(spellings, on=same, how="left")
        .with_columns(pl.col("spellings").fill_null(""))
        .select("folded", "kind", "text", "spellings", "evidence", "tier", gene="id")
        .sort("folded", "tier", "gene")
    )


def _official_tier() -> pl.Expr:
    tiers = {kind.value: MATCH_TIERS[kind] for kind in NAME_KINDS}
    return pl.col("kind").replace_strict(tiers, return_dtype=pl.Int8)


def match_tier(gene_type: pl.Expr) -> pl.Expr:
    """Return the match tier of each name: by its kind, whether an authority states it, and the type of its gene."""
    authorities = "|".join(sorted(name.lower() for name in NAME_AUTHORITIES))
    is_official = pl.col("evidence").str.contains(rf"(?:^|,)(?:{authorities})[.]")
    unofficial = {kind.value: tier for kind, tier in UNOFFICIAL_TIERS.items()}
    is_last = gene_type.is_in(list(LAST_TYPES)) & (pl.col("kind") != MatchKind.SYMBOL.value)
    return (
        pl.when(is_last.fill_null(value=False))
        .then(gene_type.replace_strict(LAST_TYPES, default=None, return_dtype=pl.Int8))
        .when(~is_official & pl.col("kind").is_in(list(unofficial)))
        .then(pl.col("kind").replace_strict(unofficial, default=None, return_dtype=pl.Int8))
        .otherwise(_official_tier())
    )


def _kind(dates: Mapping[str, str]) -> pl.Expr:
    """Return the kind of each name on its gene.

    The symbol of the gene's nomenclature committee is approved; what an older file of the committee calls its symbol is
    a previous symbol, and another source's symbol is an alias.
    """
    is_symbol = pl.col("kind") == MatchKind.SYMBOL.value
    committee = committee_of("gene")
    is_approved = (pl.col("text") == pl.col("symbol")) & committee.is_not_null()
    is_of_committee = is_symbol & (organization() == committee)
    newest = pl.when(is_of_committee).then(date_of(dates)).max().over("gene")
    was_approved = is_of_committee & (date_of(dates) < newest) & (date_of(dates) != "")
    return (
        pl.when(is_symbol & ~is_approved & was_approved.fill_null(value=False))
        .then(pl.lit(MatchKind.PREVIOUS_SYMBOL.value))
        .when(is_symbol & ~is_approved)
        .then(pl.lit(MatchKind.ALIAS.value))
        .otherwise("kind")
    )
