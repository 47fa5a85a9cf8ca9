"""Tables of pyarrow: types and metadata stay, new columns are strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from ...errors import BadOption
from ...identifiers.brief import name_kind
from ..formats.base import SMALL_FRAME_ROWS
from .base import VALUE, FrameCells, name_wanted, read_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..formats.base import Texts
    from .base import FrameRequest


def convert_frame(table: object, wanted: Sequence[object], request: FrameRequest) -> pa.Table:
    """Return the table with new columns; a record batch becomes one, and so does an array, as its one column."""
    if isinstance(table, pa.Array | pa.ChunkedArray):
        table = pa.table({VALUE: table})
    elif isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    if not isinstance(table, pa.Table):
        raise BadOption(f"{name_kind(table)} is not a table", hint="Use a Table, a RecordBatch or an Array.")

    def read(position: int, rows: int, step: int) -> Texts:
        cells = table.column(position).slice(0, rows)
        if step > 1:
            cells = cells.take(pa.array(range(0, rows, step), pa.int64()))
        return read_cells(cells, cells.to_pylist, is_small=table.num_rows <= SMALL_FRAME_ROWS)

    header = tuple(table.column_names)
    added = request.add(FrameCells(header, table.num_rows, read), name_wanted(header, wanted))
    converted = table if added.origin is None else table.take(pa.array(added.origin, pa.int64()))
    for name, cells in added.columns.items():
        column = pa.array(cells, pa.string()) if isinstance(cells, list) else cells.to_arrow().cast(pa.string())
        converted = converted.append_column(name, column)
    return converted
