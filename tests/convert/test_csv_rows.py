"""Rows of CSV: what `csv` reads, with cells of any length, and without a change for the caller's process."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.convert.csv_rows import LONGEST, read_rows
from resolver.resolve.resolver import Resolver
from tests.convert.conversions import convert

LONG = "x" * 200_000


@contextmanager
def _limit_of_caller(limit: int) -> Iterator[None]:
    before = csv.field_size_limit(limit)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


def _read(text: str) -> list[list[str]] | str:
    try:
        return list(read_rows(_lines(text), ","))
    except csv.Error:
        return "refused"


def _expected(text: str) -> list[list[str]] | str:
    try:
        return list(csv.reader(_lines(text)))
    except csv.Error:
        return "refused"


@given(st.text(alphabet='ab",\r\n ', max_size=40))
def test_rows_are_those_of_csv_whatever_limit_the_caller_has_set(text: str) -> None:
    expected = _expected(text)
    assert _read(text) == expected
    with _limit_of_caller(1):
        assert _read(text) == expected


def test_a_cell_above_the_limit_of_csv_is_read() -> None:
    text = f'gene,note\nIL7,"{LONG}, ""quoted""\nand more"\nTP53,{LONG}\nEGFR,x\n'
    rows = [["gene", "note"], ["IL7", f'{LONG}, "quoted"\nand more'], ["TP53", LONG], ["EGFR", "x"]]
    assert _read(text) == rows


@pytest.mark.parametrize("of_caller", [10, 1 << 20])
def test_a_cell_above_the_own_limit_is_refused(of_caller: int) -> None:
    with _limit_of_caller(of_caller):
        assert _read("gene\n" + "x" * (LONGEST + 1) + "\n") == "refused"


def test_no_line_behind_a_row_is_taken_before_the_next_row_is_requested() -> None:
    lines = _lines(f"gene\n{LONG}\nIL7\n")
    rows = read_rows(lines, ",")
    assert [next(rows), next(rows)] == [["gene"], [LONG]]
    assert lines.readline() == "IL7\n"


def test_a_conversion_of_long_cells_leaves_the_limit_of_the_process_as_it_was(resolver: Resolver) -> None:
    with _limit_of_caller(1_234):
        converted, _ = convert(resolver, f"gene,note\nIL7,{LONG}\n".encode(), columns=("gene",))
        assert csv.field_size_limit() == 1_234
    assert LONG in converted.decode()
