"""The text of a cell of a frame, by the type of its column."""

from __future__ import annotations

import polars as pl

# Floats do not distinguish all whole numbers above it.
_LARGEST_EXACT = 2**53


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


def read_identifiers(column: pl.Series) -> pl.Series | None:
    """Return texts and whole numbers as the texts of identifiers, empty for nothing; None for any other column."""
    dtype = column.dtype
    if dtype.is_float():
        is_whole = column.is_null() | column.is_nan() | ((column == column.round(0)) & (column.abs() < _LARGEST_EXACT))
        return _whole_numbers(column).fill_null("") if is_whole.all() else None
    if dtype == pl.String or dtype == pl.Categorical or isinstance(dtype, pl.Enum) or dtype.is_integer():
        return column.cast(pl.String).fill_null("")
    return None


def _whole_numbers(column: pl.Series) -> pl.Series:
    number = pl.col("number")
    is_whole = (number == number.round(0)) & (number.abs() < _LARGEST_EXACT)
    digits = pl.when(is_whole).then(number).cast(pl.Int64, strict=False).cast(pl.String)
    text = pl.when(is_whole).then(digits).when(number.is_nan()).then(None).otherwise(number.cast(pl.String))
    return column.to_frame("number").select(text.alias(column.name)).to_series()


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
