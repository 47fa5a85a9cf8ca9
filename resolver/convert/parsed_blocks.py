"""Blocks whose cells hold quotes, or get another delimiter, parsed by Polars: every byte must be accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from .cell_pieces import quote_all
from .quotes import Quotes
from .spans import Spans

if TYPE_CHECKING:
    from .plan import Plan
    from .text_rows import TextShape


def read_cells(data: bytes, number: int, end: str, width: int, delimiter: str) -> pl.DataFrame | None:
    """Return the cells of so many lines as texts, empty where there is nothing; None where a byte is not accounted for.

    `end` ends each line, but for the last, which may have none.
    """
    schema = dict.fromkeys((f"column {place}" for place in range(width)), pl.String)
    try:
        cells = pl.read_csv(data, has_header=False, schema=schema, separator=delimiter)
    except pl.exceptions.PolarsError:
        return None
    if cells.height != number:
        return None
    if end == "\r\n":
        cells = cells.with_columns(cells.to_series(-1).str.strip_suffix("\r"))
    sizes = cells.select(
        size=pl.sum_horizontal(pl.all().str.len_bytes().sum()),
        quotes=pl.sum_horizontal(pl.all().str.count_matches('"', literal=True).sum()),
    ).row(0)
    size, inside = (int(value or 0) for value in sizes)
    around = data.count(b'"') - 2 * inside  # a quote inside is doubled
    ends = len(end) * (number - (not data.endswith(b"\n")))
    told = size + inside + around + number * (width - 1) * len(delimiter.encode()) + ends
    if around % 2 or told != len(data):
        return None
    return cells.with_columns(pl.all().fill_null(""))


def parse_anew(data: bytes, number: int, end: str, shape: TextShape, plan: Plan) -> tuple[Spans, list[Spans]] | None:
    """Return the lines and the cells of each identifier column, where both delimiters may differ; None if in doubt."""
    cells = read_cells(data, number, end, shape.width, shape.read)
    if cells is None:
        return None
    if shape.read == shape.write:
        lines = _find_lines(data, number, end)
        if not lines.sizes.all():
            return None
    else:
        quotes = Quotes(shape.write)
        written = [quote_all(column, quotes) for column in cells]
        lines = Spans.of_column(pl.select(pl.concat_str(written, separator=shape.write)).to_series())
    columns = [cells.to_series(rule.position) for rule in plan.columns]
    return lines, [Spans.of_column(column) for column in columns]


def _find_lines(data: bytes, number: int, end: str) -> Spans:
    """Return the lines without their ends; the last may have none."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n"))
    if len(ends) < number:
        ends = np.append(ends, len(data) + len(end) - 1)
    begins = np.concatenate([[0], ends[:-1] + 1])
    return Spans(data, begins, ends - (len(end) - 1) - begins)
