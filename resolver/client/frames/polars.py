"""Frames of Polars: types stay, new columns are strings, null where there is nothing."""

from __future__ import annotations

import polars as pl

from ...convert.frames.base import show_cell
from ...errors import BadOption
from .base import Added, Cells


def read_frame(frame: object) -> Cells:
    """Return the cells of a frame as texts. Raises BadOption for a Series and a lazy frame."""
    if isinstance(frame, pl.LazyFrame):
        raise BadOption("a LazyFrame has no rows to send", hint="Collect it first: frame.collect().")
    if not isinstance(frame, pl.DataFrame):
        raise BadOption("a Series is not a table", hint="Use a frame, such as series.to_frame().")
    return Cells(list(frame.columns), [[show_cell(value) for value in column] for column in frame.iter_columns()])


def add_columns(frame: pl.DataFrame, added: Added) -> pl.DataFrame:
    """Return the frame with the new columns, its rows repeated as these require."""
    kept = frame if added.is_row_for_row else frame[added.origin]
    return kept.with_columns([pl.Series(name, cells, dtype=pl.String) for name, cells in added.columns.items()])
