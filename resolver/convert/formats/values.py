"""The text of a cell of a frame, by the type of its column."""

from __future__ import annotations

import polars as pl

from . import LARGEST_EXACT


def as_texts(column: pl.Series, *, is_identifier: bool = False) -> pl.Series:
    """Return the texts of a column, null where its cell is.

    Numbers are their digits, dates as in ISO 8601, bytes the text that they are in UTF-8, else hexadecimal; lists and
    structures are JSON. Of an identifier a number that lost no digit is whole (pandas makes 3574.0 of 3574 where a
    column has gaps), and NaN is an empty cell.
    """
    dtype = column.dtype
    if dtype == pl.String:
        return column
    if dtype == pl.Null:
        return pl.Series(column.name, [None] * len(column), dtype=pl.String)
    if dtype.is_float() and is_identifier:
        return _whole_numbers(column)
    if dtype == pl.Binary:
        return _read_bytes(column)
    if dtype == pl.Duration:
        return column.dt.to_string("iso")
    if dtype.is_nested() or dtype == pl.Object:
        return _as_json(column)
    return column.cast(pl.String)


def is_identifiers(column: pl.Series) -> bool:
    """Return whether all cells of a column are texts or whole numbers, as identifiers are."""
    dtype = column.dtype
    if dtype.is_float():
        return bool((column.is_null() | column.is_nan() | _is_whole(column)).all())
    return dtype == pl.String or dtype == pl.Categorical or isinstance(dtype, pl.Enum) or dtype.is_integer()


def _is_whole(column: pl.Series) -> pl.Series:
    return (column == column.round(0)) & (column.abs() < LARGEST_EXACT)


def _whole_numbers(column: pl.Series) -> pl.Series:
    is_whole = _is_whole(column)
    digits = column.set(~is_whole, None).cast(pl.Int64).cast(pl.String)
    return digits.zip_with(is_whole.fill_null(value=True), column.fill_nan(None).cast(pl.String))


def _read_bytes(column: pl.Series) -> pl.Series:
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        return column.bin.encode("hex")


def _as_json(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Object:
        return pl.Series(column.name, [None if value is None else str(value) for value in column], dtype=pl.String)
    encoded = column.to_frame("v").select(pl.struct("v").struct.json_encode().str.slice(len('{"v":')).str.head(-1))
    return encoded.to_series().set(column.is_null(), None).alias(column.name)
