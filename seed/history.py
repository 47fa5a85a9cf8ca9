"""The history of identifiers: which are retired or gone, and what older files that still state them count for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import COMPLETE_LISTS, NO_LONGER_LISTED, WITH_HISTORY

from .evidence import SOURCE_KEY, SOURCES, with_evidence
from .owners import accession_of, date_of, organization, prefix_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# How many retirements in a row are followed.
_DEPTH = 8


def settle_retirements(retirements: pl.DataFrame, records: pl.DataFrame, dates: Mapping[str, str]) -> pl.DataFrame:
    """Return the statements of retirements without those that a newer file of the same organization takes back.

    It does so where it has a record of the identifier.
    """
    listed = (
        records.with_columns(organization=organization(), listed=date_of(dates))
        .group_by("organization", retired="subject")
        .agg(pl.col("listed").max())
    )
    dated = retirements.with_columns(organization=organization(), filed=date_of(dates))
    settled = dated.join(listed, on=["organization", "retired"], how="left", maintain_order="left")
    taken_back = (pl.col("listed") > pl.col("filed")) & (pl.col("filed") != "")
    return settled.filter(~taken_back.fill_null(value=False)).select(retirements.columns)


def find_retired_records(retirements: pl.DataFrame) -> pl.DataFrame:
    """Return (retired, successor) for each retired gene record; null without a successor, or with several.

    An authority does not take an id back, so that its history goes before older files that still have a record of it.
    """
    steps = (
        retirements.filter(prefix_of("retired").is_in(WITH_HISTORY))
        .group_by("retired")
        .agg(successor=pl.col("successor").drop_nulls().unique())
        .with_columns(successor=pl.when(pl.col("successor").list.len() == 1).then(pl.col("successor").list.first()))
    )
    for _ in range(_DEPTH):
        next_step = steps.select(successor="retired", later="successor")
        onward = steps.join(next_step, on="successor", how="left", maintain_order="left")
        is_retired = pl.col("successor").is_in(steps["retired"].implode())
        steps = onward.select("retired", successor=pl.when(is_retired).then("later").otherwise("successor"))
    return steps.filter(pl.col("retired") != pl.col("successor").fill_null("")).sort("retired")


def follow_replaced(stated: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    """Return the statements without those about retired ids; what replaced such an id takes its place.

    An organization that places the successor itself is believed in that, and its statement about the old id is dropped.
    """
    same = ["prefix", "accession"]
    history = retired.select(*_parts("retired"), new_prefix=prefix_of("successor"), successor=accession_of("successor"))
    current = stated.join(history, on=same, how="anti")
    replaced = (
        stated.join(history.drop_nulls().filter(pl.col("prefix") == pl.col("new_prefix")), on=same)
        .with_columns(accession="successor", version=pl.lit(None, dtype=pl.Int32))
        .select(stated.columns)
    )
    placed = current.select(*same, organization=organization()).unique()
    followed = replaced.with_columns(organization=organization()).join(placed, on=[*same, "organization"], how="anti")
    return pl.concat([current, followed.select(stated.columns).unique()])


def find_gone(stated: pl.DataFrame, records: pl.DataFrame, dates: Mapping[str, str]) -> pl.DataFrame:
    """Return the statements about ids that the complete list of their authority, a newer file than theirs, lacks."""
    gone = [stated.clear()]
    for prefix, key in COMPLETE_LISTS.items():
        listed = records.filter(pl.col("source") == key).select(accession=accession_of("subject"))
        if listed.is_empty():
            continue
        unlisted = stated.filter(pl.col("prefix") == prefix).join(listed, on="accession", how="anti")
        newest = date_of(dates).max().over("accession")
        gone.append(unlisted.filter(newest < dates.get(key, ""), (date_of(dates) != "").all().over("accession")))
    return pl.concat(gone)


def retire_gone(gone: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Return ids that are gone as statements of retirements, in favor of the genes whose records had them.

    The evidence is the list that lacks them, and the older files that state them.
    """
    lists = gone.with_columns(source=pl.col("prefix").replace_strict(COMPLETE_LISTS, return_dtype=SOURCE_KEY))
    return (
        pl.concat([gone, lists])
        .join(owners, on="subject")
        .select(
            retired=pl.col("prefix") + ":" + pl.col("accession"),
            successor="gene",
            reason=pl.lit(NO_LONGER_LISTED),
            date=pl.lit(None, dtype=pl.String),
            label=pl.lit(None, dtype=pl.String),
            source=pl.col("source").cast(pl.String),
        )
    )


def find_known_successors(retirements: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Return (curie): the successors of retired identifiers that a source states of a gene or that are retired too."""
    successors = retirements.drop_nulls("successor").select(curie=pl.col("successor").unique())
    same = ["prefix", "accession"]
    current = successors.with_columns(_parts("curie")).join(stated, on=same, how="semi").select("curie")
    return pl.concat([current, successors.join(retirements, left_on="curie", right_on="retired", how="semi")]).unique()


def build_retirement_table(retirements: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return each retired identifier with its successors, or with none.

    UniProt's list is of all species: only what leads to an accession that a gene here has, or had, is taken. Those are
    `known` (`find_known_successors`).
    """
    of_all_species = (prefix_of("retired") == "uniprot") & pl.col("successor").is_not_null()
    led = retirements.filter(of_all_species).join(known, left_on="successor", right_on="curie", how="semi")
    kept = pl.concat([retirements.filter(~of_all_species), led])
    # A row without a successor beside rows with one states only that the identifier itself is gone.
    has_successor = pl.col("successor").is_not_null().any().over("retired")
    return (
        kept.filter(pl.col("successor").is_not_null() | ~has_successor)
        .group_by("retired", "successor")
        .agg(
            pl.col("reason").min(),
            pl.col("date").max(),
            pl.col("label").min(),
            SOURCES,
        )
        .pipe(with_evidence)
        .drop("sources")
        .sort("retired", "successor", nulls_last=True)
    )


def _parts(column: str) -> list[pl.Expr]:
    return [prefix_of(column).alias("prefix"), accession_of(column).alias("accession")]
