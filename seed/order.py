"""The position of rows in sorted groups, from which ranks follow."""

from __future__ import annotations

import polars as pl


def position_in(*group: str) -> pl.Expr:
    """Return the position of each row among those of its group, which follow one another; the first is 0."""
    row = pl.int_range(pl.len(), dtype=pl.Int32)
    is_first = pl.any_horizontal(pl.col(column).ne_missing(pl.col(column).shift(1)) for column in group)
    return row - pl.when(is_first).then(row).forward_fill().fill_null(0)
