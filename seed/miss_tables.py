"""Build the tables for texts that are no name as they stand: similar spellings, symbols of retired records, typos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from resolver.genes.ranking import MATCH_TIERS, MatchKind
from resolver.identifiers.names import fold_loosely

from .names import folded_name

if TYPE_CHECKING:
    from .tables import Tables

# A typo in a short symbol makes another symbol, and one in a number another number: neighbors of these mean nothing.
_SHORTEST, _LONGEST = 4, 16
_NUMBERED = r"^(?:gm|loc|mir|rnu|snord)[0-9]|rik[0-9]*$|^ens"
# LOC3574 is the number of its record, whose history is found by that number; the others are words for a missing value,
# which a table may be full of.
_UNNAMED = r"^(?:loc[0-9]+|newentry|-|none|null|na|n/a|nan|unknown|unnamed|undefined)$"


def build_retired_names(tables: Tables) -> pl.DataFrame:
    """Return (folded, retired): the symbol that each retired record had."""
    return (
        tables.retirements.filter(pl.col("label").is_not_null())
        .select(folded=folded_name("label").str.replace("~withdrawn$", ""), retired="retired")
        .filter(~pl.col("folded").str.contains(_UNNAMED) & (pl.col("folded").str.len_chars() > 0))
        .unique()
        .sort("folded", "retired")
    )


def build_loose_names(tables: Tables) -> pl.DataFrame:
    """Return (loose, folded): the names whose loosely folded text is another than their folded one."""
    names = tables.names["folded"].unique().sort()
    loose = pl.Series([fold_loosely(text) for text in names], dtype=pl.String)
    both = pl.DataFrame({"loose": loose, "folded": names})
    return both.filter((loose != names) & (loose != "")).sort("loose", "folded")


def build_symbol_deletions(tables: Tables) -> pl.DataFrame:
    """Return (deleted, folded): each symbol and official alias with each of its characters left out, and whole.

    Two texts that differ by one edit share such a form, so that typos are found by exact look-ups
    (`resolver.identifiers.typos.deletions` makes the same forms of a query).
    """
    length = pl.col("folded").str.len_chars()
    is_short_name = pl.col("tier") <= MATCH_TIERS[MatchKind.ALIAS]
    symbols = tables.names.filter(is_short_name).select(pl.col("folded").unique())
    symbols = symbols.filter(
        length.is_between(_SHORTEST, _LONGEST) & ~pl.col("folded").str.contains(_NUMBERED)
    )  # fmt: skip
    cut = pl.col("folded").str.slice(0, pl.col("at")) + pl.col("folded").str.slice(pl.col("at") + 1)
    without = symbols.with_columns(at=pl.int_ranges(length)).explode("at").select("folded", deleted=cut)
    whole = symbols.select("folded", deleted="folded")
    return pl.concat([whole, without]).unique().select("deleted", "folded").sort("deleted", "folded")
