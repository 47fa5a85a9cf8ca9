"""What a column of texts leads to, as columns of a table: the targets, then the status columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .local_engine import ColumnConverter, Found


def list_columns(column: ColumnConverter, found: Found) -> list[pl.Series]:
    """Return the output columns as they are: the targets, then the status columns."""
    ready, answer, row = column.ready, found.answer, found.row
    sets = np.where(answer >= 0, ready.set_of.take(answer, mode="clip"), -1) if len(ready.set_of) else answer
    columns = [
        _fill(sets, row, values, [one.values[number] for one in found.asked])
        for number, values in enumerate(ready.values)
    ]
    columns.append(_fill(answer, row, ready.columns.outcome, [one.outcome for one in found.asked]))
    columns.append(_fill(answer, row, ready.columns.reason, [one.reason for one in found.asked]))
    columns.append(_list_matches(column, found))
    retired = [one.retired_from for one in found.asked]
    columns.append(_fill(answer, row, ready.columns.retired_from, retired))
    if column.plan.stale:
        columns += _list_marks(column, found)
    return [cells.alias(name) for cells, name in zip(columns, column.plan.added, strict=True)]


def _list_matches(column: ColumnConverter, found: Found) -> pl.Series:
    ready = column.ready.columns.matched_as(found.code)
    if not found.asked:
        return ready
    asked = pl.Series([one.matched_as for one in found.asked], dtype=pl.String)
    return ready.zip_with(pl.Series(found.code >= 0), asked.gather(pl.Series(np.maximum(found.row, 0))))


def _list_marks(column: ColumnConverter, found: Found) -> list[pl.Series]:
    """Return the columns of what the nightly job marked: the verdict, and what to use now."""
    place = np.where(found.code >= 0, column.mark_of.take(found.code, mode="clip"), np.int32(-1))
    verdicts, now = (pl.Series(words, dtype=pl.String) for words in zip(*column.marks, strict=True))
    stale = _fill(place, found.row, verdicts, [one.stale for one in found.asked])
    return [stale, _fill(place, found.row, now, [one.use_now for one in found.asked])]


def _fill(
    places: NDArray[np.int32] | NDArray[np.int64], rows: NDArray[np.int64], ready: pl.Series, asked: list[str]
) -> pl.Series:
    """Return one output column: `ready` where a place is not negative, else what was asked."""
    if not asked:
        return ready.gather(pl.Series(places))
    # In one piece, since gathering from several takes twenty times as long.
    both = pl.concat([ready, pl.Series(asked, dtype=pl.String)]).rechunk()
    return both.gather(pl.Series(np.where(places >= 0, places, len(ready) + rows)))
