"""Frames of pandas: index and types stay, new columns have the dtype `string`."""

from __future__ import annotations

import pandas as pd

from ...convert.frames.base import show_cell
from ...errors import BadOption
from .base import Added, Cells


def read_frame(frame: object) -> Cells:
    """Return the cells of a frame as texts; those of a named index are columns too. Raises BadOption for a Series."""
    if not isinstance(frame, pd.DataFrame):
        raise BadOption("a Series is not a table", hint="Use a frame, such as series.to_frame().")
    labels: list[object] = list(frame.columns)
    columns = [frame.iloc[:, place] for place in range(len(labels))]
    if not isinstance(frame.index, pd.RangeIndex):
        for number, name in enumerate(frame.index.names):
            labels.append(("index" if number == 0 else f"level {number}") if name is None else name)
            columns.append(frame.index.get_level_values(number).to_series())
    return Cells(labels, [_show(column) for column in columns])


def add_columns(frame: pd.DataFrame, added: Added) -> pd.DataFrame:
    """Return the frame with the new columns, its rows repeated as these require."""
    converted = frame.copy(deep=False) if added.is_row_for_row else frame.iloc[added.origin]
    for name, cells in added.columns.items():
        converted.insert(converted.shape[1], name, pd.Series(cells, index=converted.index, dtype="string"))
    return converted


def _show(column: pd.Series) -> list[str]:
    missing = column.isna().tolist()
    return ["" if is_missing else show_cell(value) for value, is_missing in zip(column.tolist(), missing, strict=True)]
