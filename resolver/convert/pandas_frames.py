"""Frames of pandas: index and types stay, new columns have the dtype `string`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..errors import BadOption
from .frames import FrameCells, add_cells, name_wanted, tell_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .frames import FrameRequest


def convert_frame(frame: object, wanted: Sequence[object], request: FrameRequest) -> pd.DataFrame:
    """Return the frame with new columns; identifiers may also stand in its index."""
    if not isinstance(frame, pd.DataFrame):
        raise BadOption("a Series is no table", hint="Give a frame, such as series.to_frame().")
    labels: list[object] = list(frame.columns)
    if not isinstance(frame.index, pd.RangeIndex):
        labels += [(("index" if number == 0 else f"level {number}") if name is None else name)
                   for number, name in enumerate(frame.index.names)]  # fmt: skip

    def read(position: int, begin: int, end: int) -> list[str]:
        if position < frame.shape[1]:
            cells = frame.iloc[begin:end, position]
        else:
            cells = frame.index[begin:end].get_level_values(position - frame.shape[1]).to_series()
        return [
            "" if is_missing else tell_cell(value)
            for value, is_missing in zip(cells.tolist(), cells.isna().tolist(), strict=True)
        ]

    header = tuple(str(label) for label in labels)
    added = add_cells(FrameCells(header, len(frame), read), name_wanted(labels, wanted), request)
    converted = frame.copy(deep=False) if added.origin is None else frame.iloc[added.origin]
    for name, cells in added.columns.items():
        column = cells if isinstance(cells, list) else cells.to_list()
        converted.insert(converted.shape[1], name, pd.Series(column, index=converted.index, dtype="string"))
    return converted
