"""Columns are added up in their own format and type, as NumPy adds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from resolver.convert.annotated.matrices import check_format, has_fractions, has_negatives, sum_columns
from resolver.errors import BadOption
from tests.convert.annotated.objects import FORMATS, as_dense


@given(data=st.data(), form=st.sampled_from(sorted(FORMATS)), dtype=st.sampled_from(["i4", "i8", "f4", "f8", "u2"]))
def test_the_sum_is_that_of_the_values(data: st.DataObject, form: str, dtype: str) -> None:
    width = data.draw(st.integers(1, 8))
    groups = data.draw(st.lists(st.integers(0, width - 1), min_size=width, max_size=width))
    first = list(dict.fromkeys(groups))
    into = [first.index(group) for group in groups]
    values = np.random.default_rng(3).poisson(1, (5, width)).astype(dtype)
    matrix = FORMATS[form](values)
    summed = sum_columns(matrix, into, "X")
    expected = np.zeros((5, len(first)), dtype)
    for place, after in enumerate(into):
        expected[:, after] += values[:, place]
    assert np.array_equal(as_dense(summed), expected)
    assert (type(summed), summed.dtype) == (type(matrix), matrix.dtype)
    assert np.array_equal(as_dense(matrix), values)
    if sparse.issparse(summed):
        assert summed.has_canonical_format


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("dtype", "wide"), [("u1", "u8"), ("i2", "i8"), ("i4", "i8")])
def test_whole_numbers_become_wider_where_a_sum_does_not_fit(form: str, dtype: str, wide: str) -> None:
    largest = np.iinfo(dtype).max
    summed = sum_columns(FORMATS[form](np.full((2, 3), largest, dtype)), [0, 0, 1], "X")
    assert summed.dtype == np.dtype(wide)
    assert as_dense(summed).tolist() == [[2 * largest, largest]] * 2


def test_a_matrix_of_another_library_is_refused() -> None:
    odd: list[Any] = [sparse.coo_matrix(np.eye(2)), np.array([["a"]]), [[1]]]
    for matrix in odd:
        with pytest.raises(BadOption, match=r"the layer x is a .* which cannot be summed"):
            check_format(matrix, "the layer x")


@pytest.mark.parametrize("form", FORMATS)
def test_scaled_and_normalized_values_are_recognized(form: str) -> None:
    counts = FORMATS[form](np.array([[0, 2], [3, 0]], "f4"))
    assert not has_negatives(counts)
    assert not has_fractions(counts)
    assert has_negatives(FORMATS[form](np.array([[0, -1.5]])))
    assert has_fractions(FORMATS[form](np.array([[0, 1.5]])))
