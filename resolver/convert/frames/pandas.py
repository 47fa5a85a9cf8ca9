"""Frames and Series of pandas: index and types stay, new columns have the dtype `string`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadOption
from ...identifiers.brief import name_kind
from ..formats.base import SMALL_FRAME_ROWS
from .base import VALUE, FrameCells, name_wanted, read_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from ..formats.base import Texts
    from .base import FrameRequest


def convert_frame(frame: object, wanted: Sequence[object], request: FrameRequest) -> pd.DataFrame:
    """Return the frame with new columns; identifiers may also stand in its index.

    A Series is the one column of a frame, an Index that of a frame without columns.
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(VALUE if frame.name is None else frame.name)
    elif isinstance(frame, pd.Index):
        frame = pd.DataFrame(index=frame)
    if not isinstance(frame, pd.DataFrame):
        raise BadOption(f"{name_kind(frame)} is not a table", hint="Use a DataFrame, a Series or an Index.")
    labels: list[object] = list(frame.columns)
    if not isinstance(frame.index, pd.RangeIndex):
        labels += [(("index" if number == 0 else f"level {number}") if name is None else name)
                   for number, name in enumerate(frame.index.names)]  # fmt: skip

    def read(position: int, rows: int, step: int) -> Texts:
        if position < frame.shape[1]:
            cells = frame.iloc[:rows:step, position]
        else:
            cells = frame.index[:rows:step].get_level_values(position - frame.shape[1]).to_series()
        return read_cells(cells, cells.tolist, is_small=len(frame) <= SMALL_FRAME_ROWS)

    header = tuple(str(label) for label in labels)
    added = request.add(FrameCells(header, len(frame), read), name_wanted(labels, wanted))
    converted = frame.copy(deep=False) if added.origin is None else frame.iloc[added.origin]
    for name, cells in added.columns.items():
        column = cells if isinstance(cells, list) else _as_array(cells)
        converted.insert(converted.shape[1], name, pd.Series(column, index=converted.index, dtype="string"))
    return converted


def _as_array(cells: pl.Series) -> object:
    """Return a column as pandas takes it: by pyarrow, which takes a tenth of the time, or without."""
    try:
        return pd.array(cells.to_arrow(), dtype="string")
    except ImportError:
        return cells.to_list()
