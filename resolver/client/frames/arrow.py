"""Tables of pyarrow: types and metadata stay, new columns are strings."""

from __future__ import annotations

import pyarrow as pa

from ...convert.frames.base import show_cell
from ...errors import BadOption
from .base import Added, Cells


def read_frame(table: object) -> Cells:
    """Return the cells of a table as texts. Raises BadOption for what is no Table."""
    if not isinstance(table, pa.Table):
        raise BadOption(
            f"a {type(table).__name__} is not a table", hint="Use a Table: pa.Table.from_batches makes one."
        )
    columns = [[show_cell(value) for value in column.to_pylist()] for column in table.columns]
    return Cells(list(table.column_names), columns)


def add_columns(table: pa.Table, added: Added) -> pa.Table:
    """Return the table with the new columns, its rows repeated as these require."""
    converted = table if added.is_row_for_row else table.take(pa.array(added.origin, pa.int64()))
    for name, cells in added.columns.items():
        converted = converted.append_column(name, pa.array(cells, pa.string()))
    return converted
