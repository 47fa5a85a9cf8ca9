"""Frames of Polars, in memory and lazy: types stay, new columns are strings, null where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars.io.plugins import register_io_source

from ...errors import BadOption
from ...identifiers.brief import name_kind
from ..engine import Engine
from ..formats.base import HEAD_ROWS, SMALL_ROWS, FrameBatch, join_frame
from ..formats.values import as_texts
from ..head import read_texts
from .base import NAME, VALUE, FrameCells, name_wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .base import FrameRequest

_BATCH_ROWS = 1 << 16


def convert_frame(frame: object, wanted: Sequence[object], request: FrameRequest) -> pl.DataFrame | pl.LazyFrame:
    """Return the frame with new columns; of a lazy one only the first rows are read now.

    A Series is the one column of a frame.
    """
    if isinstance(frame, pl.LazyFrame):
        return _convert_lazy(frame, wanted, request)
    if isinstance(frame, pl.Series):
        frame = frame.to_frame(frame.name or VALUE)
    if not isinstance(frame, pl.DataFrame):
        raise BadOption(f"{name_kind(frame)} is not a table", hint="Use a DataFrame, a LazyFrame or a Series.")
    added = request.add(_read_cells(frame), name_wanted(frame.columns, wanted))
    kept = frame if added.origin is None else frame[added.origin]
    return kept.with_columns([pl.Series(name, column, dtype=pl.String) for name, column in added.columns.items()])


def _read_cells(frame: pl.DataFrame) -> FrameCells:
    def read(position: int, rows: int, step: int) -> pl.Series:
        cells = frame.to_series(position).head(rows)
        return as_texts(cells if step == 1 else cells.gather_every(step), is_identifier=True).fill_null("")

    return FrameCells(tuple(frame.columns), frame.height, read, SMALL_ROWS)


def _convert_lazy(frame: pl.LazyFrame, wanted: Sequence[object], request: FrameRequest) -> pl.LazyFrame:
    schema = frame.collect_schema()
    head = _read_cells(frame.head(HEAD_ROWS).collect())
    prepared = request.prepare(head, name_wanted(head.header, wanted))
    plan, added = prepared.plan, prepared.added

    def give(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        with Engine(NAME, plan, request.tools, is_small=head.rows <= SMALL_ROWS) as engine:
            for frame_part in frame.collect_batches(
                chunk_size=batch_size or _BATCH_ROWS, maintain_order=True, lazy=True
            ):
                batch = FrameBatch(frame_part, engine.summary.rows + 1)
                new = engine.add([read_texts(rule, batch.list_texts) for rule in plan.columns], batch.describe_place)
                kept = frame_part if new.origin is None else frame_part[new.origin]
                joined = join_frame(kept, new, [*head.header, *added])
                joined = joined if left is None else joined.head(left)
                left = None if left is None else left - joined.height
                joined = joined if predicate is None else joined.filter(predicate)
                yield joined if columns is None else joined.select(columns)
                if left == 0:
                    return
            request.finish(engine, prepared)

    return register_io_source(give, schema={**schema, **dict.fromkeys(added, pl.String)})
