"""The compiled loops against what Python itself says: its csv module, its dictionaries."""

from __future__ import annotations

import csv
import io
from types import FunctionType
from typing import TYPE_CHECKING, cast

import llvmlite.binding as llvm
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.errors import LoweringError, TypingError

from resolver.convert.loops.compiled import Loop, copy_bytes, read_word
from resolver.convert.loops.compiler import lower
from resolver.convert.loops.row_kernels import find_cells, put_texts
from resolver.convert.spans import Pool, Spans
from resolver.convert.text_index import TextIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

_CELLS = st.text("ab1.,;\"'\n é\t", max_size=12)  # blocks with a carriage return of its own are not read so
_ENDS = st.sampled_from(["\n", "\r\n"])


def read_cells(data: bytes, width: int, wanted: Sequence[int]) -> list[list[bytes]] | None:
    """Return the wanted cells of each line, with the line itself in front; None where they cannot be told."""
    number = data.count(b"\n") + 1
    is_wanted = np.zeros(width, dtype=np.bool_)
    is_wanted[list(wanted)] = True
    lines, sizes = np.empty((2, number), dtype=np.int64)
    begins, cell_sizes = np.empty((2, len(wanted), number), dtype=np.int64)
    octets = np.frombuffer(data, dtype=np.uint8)
    found = find_cells(octets, ord(","), width, is_wanted, lines, sizes, begins, cell_sizes)
    if found < 0:
        return None
    columns = [(lines, sizes), *((begins[place], cell_sizes[place]) for place in range(len(wanted)))]
    texts = [Spans(data, begin[:found], size[:found]).list_bytes(np.arange(found)) for begin, size in columns]
    return [list(row) for row in zip(*texts, strict=True)]


@given(st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=8), _ENDS, st.booleans())
def test_cells_are_those_of_the_csv_module(rows: list[list[str]], end: str, is_ended: bool) -> None:
    rows = [row for row in rows if any(row)]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(rows)
    data = out.getvalue().removesuffix("" if is_ended else end).encode()
    found = read_cells(data, 3, [0, 2])
    if any('"' in row[place] for row in rows for place in (0, 2)):
        assert found is None  # a quote in a cell is doubled, and so its text stands nowhere
        return
    assert found is not None
    assert [row[1:] for row in found] == [[row[0].encode(), row[2].encode()] for row in rows]
    assert end.encode().join(row[0] for row in found) == data.removesuffix(end.encode())


@pytest.mark.parametrize(
    "data",
    [b"a,b\n", b"a,b,c,d\n", b"a,b,c\n\nd,e,f\n", b'a,"b,c\n', b'a,"b"x,c\n', b"a,b,c\nd,e\n", b'"a\n', b"a,b,c\n,"],
)
def test_rows_of_another_width_and_open_quotes_are_left_to_others(data: bytes) -> None:
    assert read_cells(data, 3, [1]) is None


@given(st.lists(st.text("AB19._é", max_size=30), unique=True, max_size=60), st.lists(st.text("AB19._é", max_size=30)))
def test_texts_are_found_where_they_stand_and_nowhere_else(texts: list[str], asked: list[str]) -> None:
    index = TextIndex.of_column(pl.Series(texts, dtype=pl.String))
    found = index.find(Spans.of_column(pl.Series([*asked, *texts], dtype=pl.String)))
    assert found.tolist() == [texts.index(text) if text in texts else -1 for text in [*asked, *texts]]


def test_a_version_is_set_aside_where_the_text_itself_is_not_there_and_may_have_one() -> None:
    texts = pl.Series(["ENSG00000104432", "IL7", "AC012345.1", "AC012345", "NM_000880"])
    index = TextIndex.of_column(texts, np.array([True, False, False, True, True]))
    asked = {
        "ENSG00000104432.12": 0, "ENSG00000104432.": -1, "ENSG00000104432.12345": -1, "ENSG00000104432.1a": -1,
        "IL7.1": -1, "AC012345.1": 2, "AC012345.2": 3, ".1": -1, "NM_000880.4.1": -1, "NM_000880.4": 4, "": -1, "1": -1,
    }  # fmt: skip
    assert index.find(Spans.of_column(pl.Series(list(asked)))).tolist() == list(asked.values())


def test_no_text_is_found_in_an_empty_index() -> None:
    index = TextIndex.of_column(pl.Series([], dtype=pl.String))
    assert index.find(Spans.of_column(pl.Series(["", "a"]))).tolist() == [-1, -1]


@given(st.lists(st.text("ab", max_size=12), max_size=80))
def test_different_texts_are_numbered_as_they_come(texts: list[str]) -> None:
    which, firsts = Spans.of_column(pl.Series(texts, dtype=pl.String)).group()
    different = list(dict.fromkeys(texts))
    assert which.tolist() == [different.index(text) for text in texts]
    assert firsts.tolist() == [texts.index(text) for text in different]


def test_a_pool_knows_where_each_text_begins_and_ends() -> None:
    pool = Pool.of_bytes([b"", b"ab", b"c"])
    assert pool.begins.tolist() == [0, 0, 2, 3]
    assert bytes(pool.data) == b"abc\0"


def test_a_loop_refuses_arrays_of_another_type_or_with_gaps() -> None:
    out, at, data, sizes = np.zeros(8, np.uint8), np.zeros(1, np.int64), np.zeros(8, np.uint8), np.ones(1, np.int64)
    assert put_texts(out, at, data, np.zeros(1, np.int64), sizes) == 0
    assert at.tolist() == [1]
    with pytest.raises(TypeError, match=r"put_texts takes int64\(uint8\[::1\].*, not uint8.* int32\[::1\]"):
        put_texts(out, at, data, np.zeros(1, np.int64), sizes.astype(np.int32))
    with pytest.raises(TypeError, match="gaps"):
        put_texts(out, np.zeros(4, np.int64)[::2], data, np.zeros(1, np.int64), sizes)


def test_what_is_compiled_does_what_its_python_says() -> None:
    """The compiler puts one instruction in the place of each of these."""
    data = np.frombuffer(b"abcdefghij", dtype=np.uint8)
    assert int(read_word(data, 1)) == int.from_bytes(b"bcdefghi", "little")
    out = np.zeros(6, dtype=np.uint8)
    copy_bytes(out, 1, data, 2, 3)
    assert bytes(out) == b"\0cde\0\0"
    cells = b"a,bb\nccc,\n"
    found = read_cells(cells, 2, [0, 1])
    plain = [np.empty((2, 3), np.int64), np.empty((2, 2, 3), np.int64)]
    wanted = np.ones(2, dtype=np.bool_)
    arguments = ord(","), 2, wanted, *plain[0], *plain[1]
    slow = cast("Loop", find_cells).function
    with np.errstate(over="ignore"):
        assert slow(np.frombuffer(cells, dtype=np.uint8), *arguments) == 2
    begins, sizes = plain[1]
    assert found == [
        [line, *(cells[b : b + s] for b, s in zip(begins[:, row], sizes[:, row], strict=True))]
        for row, line in enumerate(cells.splitlines())
    ]


def test_what_would_allocate_is_not_compiled() -> None:
    def allocates(size: int) -> int:
        return len(np.empty(size))

    machine = llvm.Target.from_default_triple().create_target_machine()
    with pytest.raises((RuntimeError, TypingError, LoweringError)):
        lower(cast("FunctionType", allocates), "int64(int64)", machine)
