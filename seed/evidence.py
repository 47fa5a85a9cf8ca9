"""Sets of source files that make the same statement: bits while statements are grouped, text in the release.

Collecting text for each group takes most of a build; combining one bit for each file takes next to no time.
"""

from __future__ import annotations

import polars as pl

from resolver.sources.registry import FILES

# The key of the statements that we wrote by hand.
CURATED_KEY = "curated.facts"
_KEYS = sorted([*(file.key for file in FILES), CURATED_KEY])
_BITS = {key: 1 << position for position, key in enumerate(_KEYS)}
assert len(_KEYS) <= 64, "more files than bits: gather sources in two columns"  # noqa: S101  (for whoever adds a file)

# A column of source keys: one byte a row.
SOURCE_KEY = pl.Enum(_KEYS)

# In an aggregation: the set of sources of a group.
SOURCES = pl.col("source").replace_strict(_BITS, return_dtype=pl.UInt64).bitwise_or().alias("sources")


def with_evidence(grouped: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `evidence`, the keys of their files separated by commas, and `sources`, their number."""
    sets = grouped["sources"].unique().to_list()
    # The empty set never occurs; it keeps the mapping from being empty where there are no rows.
    spelled = {bits: ",".join(key for key, bit in _BITS.items() if bits & bit) for bits in (0, *sets)}
    return grouped.with_columns(
        evidence=pl.col("sources").replace_strict(spelled, return_dtype=pl.String),
        sources=pl.col("sources").bitwise_count_ones(),
    )
