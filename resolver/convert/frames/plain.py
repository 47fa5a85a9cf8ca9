"""Python's own tables: a dict of columns, a list of dicts, and a list of cells, with the libraries that are loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import BadOption
from .base import VALUE, FrameCells, name_wanted, show_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base import FrameRequest

    Columns = dict[Any, Sequence[Any]]


def convert_frame(
    table: object, wanted: Sequence[object], request: FrameRequest
) -> dict[Any, Any] | list[dict[Any, Any]]:
    """Return a dict of columns with the new ones, for a dict or a list of cells; for a list of dicts such a list.

    New columns are lists of texts, with None for no value. Raises BadOption for columns of different lengths.
    """
    rows = _list_cells(table) if isinstance(table, Iterable) and not isinstance(table, Mapping) else []
    are_dicts = bool(rows) and all(isinstance(row, Mapping) for row in rows)
    if isinstance(table, Mapping):
        columns = _list_columns(table)
    elif are_dicts:
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {name: [row.get(name) for row in rows] for name in names}
    else:
        columns = {VALUE: _take_cells(rows)}
    added, origin = _add_columns(columns, wanted, request)
    if are_dicts:
        places = range(len(rows)) if origin is None else origin
        new = [dict(zip(added, cells, strict=True)) for cells in zip(*added.values(), strict=True)]
        return [{**rows[place], **cells} for place, cells in zip(places, new, strict=True)]
    if origin is not None:
        listed = {name: _list_cells(cells) for name, cells in columns.items()}
        columns = {name: [cells[row] for row in origin] for name, cells in listed.items()}
    return {**columns, **added}


def _list_columns(table: Mapping[Any, Any]) -> Columns:
    """Return the columns of a dict; raises BadOption where they are no columns, or differ in length."""
    for name, cells in table.items():
        if isinstance(cells, str) or not (hasattr(cells, "__len__") and hasattr(cells, "__getitem__")):
            raise BadOption(f"{name!r} is no column", hint="Give a list of cells for each name, all of one length.")
    lengths = {len(cells) for cells in table.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"{name!r} {len(cells):,}" for name, cells in list(table.items())[:3])
        raise BadOption(f"the columns differ in length: {shown}", hint="Fill the shorter ones up with None.")
    return dict(table)


def _list_cells(cells: Any) -> list[Any]:  # noqa: ANN401  (a column of any kind)
    """Return the cells of a column; those of numpy as Python's own values."""
    if isinstance(cells, list):
        return cells
    return cells.tolist() if hasattr(cells, "tolist") else list(cells)


def _take_cells(cells: list[Any]) -> list[Any]:
    """Return the cells of a list; raises BadOption for cells that contain others, as those of a matrix."""
    if any(isinstance(cell, Mapping) or (hasattr(cell, "__len__") and not isinstance(cell, str)) for cell in cells):
        raise BadOption(
            "a list of lists is not a table",
            hint='Give a list of identifiers, a dict of columns ({"gene": ["TP53"]}), or a list of dicts.',
        )
    return cells


def _add_columns(
    columns: Columns, wanted: Sequence[object], request: FrameRequest
) -> tuple[dict[str, list[str | None]], list[int] | None]:
    """Return the new columns, and the source row of each new row (None: one for each)."""
    labels, values = list(columns), [_list_cells(cells) for cells in columns.values()]
    rows = len(values[0]) if values else 0

    def read(position: int, rows: int, step: int) -> list[str]:
        return list(map(show_cell, values[position][:rows:step]))

    header = tuple(map(str, labels))
    added = request.add(FrameCells(header, rows, read), name_wanted(labels, wanted))
    cells = {name: one if isinstance(one, list) else one.to_list() for name, one in added.columns.items()}
    return cells, added.origin
