"""Matrices of AnnData, cells by features: columns that are added up, in their own format and type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from ...errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PIECE = 1 << 20  # values that are looked at together


def sum_columns(matrix: Any, into: Sequence[int], name: str) -> Any:  # noqa: ANN401  (dense or sparse, of any type)
    """Return a new matrix in which each column is the sum of the columns that go into it.

    Whole numbers stay whole, and become wider where a sum might not fit. Raises BadOption for a matrix of another
    library, which `name` names.
    """
    target = np.asarray(into)
    matrix = _widen(matrix, target, name)
    width = int(target.max()) + 1 if len(target) else 0
    if isinstance(matrix, np.ndarray):
        return _sum_dense(matrix, target, width)
    shape = (matrix.shape[0], width)
    if matrix.format == "csr":
        indices = target.astype(matrix.indices.dtype)[matrix.indices]
        summed = type(matrix)((matrix.data.copy(), indices, matrix.indptr.copy()), shape=shape)
    else:
        order = np.argsort(target, kind="stable")
        picked = matrix[:, order]
        bounds = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=width))])
        summed = type(matrix)((picked.data, picked.indices, picked.indptr[bounds]), shape=shape)
    summed.sum_duplicates()
    return summed


def _sum_dense(matrix: np.ndarray[Any, Any], target: np.ndarray[Any, Any], width: int) -> np.ndarray[Any, Any]:
    _, first = np.unique(target, return_index=True)
    summed = matrix[:, first]
    for place in sorted(set(range(len(target))) - set(first.tolist())):
        summed[:, target[place]] += matrix[:, place]
    return summed


def _widen(matrix: Any, target: np.ndarray[Any, Any], name: str) -> Any:  # noqa: ANN401
    """Return a matrix of whole numbers in a type in which all sums fit; raises BadOption where it cannot be summed."""
    check_format(matrix, name)
    kind = matrix.dtype.kind
    if kind not in "iu" or matrix.size == 0:
        return matrix
    values = matrix if isinstance(matrix, np.ndarray) else matrix.data
    if not values.size:
        return matrix
    largest = max(int(values.max()), -int(values.min())) * int(np.bincount(target).max())
    return matrix if largest <= np.iinfo(matrix.dtype).max else matrix.astype(np.int64 if kind == "i" else np.uint64)


def check_format(matrix: Any, name: str) -> None:  # noqa: ANN401
    """Raise BadOption for a matrix whose columns cannot be added up here."""
    if isinstance(matrix, np.ndarray) and matrix.ndim == 2 and matrix.dtype.kind in "iufb":
        return
    if sparse.issparse(matrix) and matrix.format in {"csr", "csc"}:
        return
    raise BadOption(
        f"{name} is a {type(matrix).__module__.partition('.')[0]} {type(matrix).__name__}, which cannot be summed",
        hint="Make a NumPy array or a CSR or CSC matrix of it, or choose collisions first, unique or report.",
    )


def has_negatives(matrix: Any) -> bool:  # noqa: ANN401
    """Return whether a matrix has values below zero, as scaled ones have."""
    return any(bool((piece < 0).any()) for piece in _list_pieces(matrix))


def has_fractions(matrix: Any) -> bool:  # noqa: ANN401
    """Return whether a matrix has values that are not whole, as normalized ones are."""
    if matrix.dtype.kind in "iub":
        return False
    return any(bool((piece != np.floor(piece)).any()) for piece in _list_pieces(matrix))


def _list_pieces(matrix: Any) -> Iterator[np.ndarray[Any, Any]]:  # noqa: ANN401
    if isinstance(matrix, np.ndarray):
        rows = max(1, _PIECE // max(1, matrix.shape[1]))
        yield from (matrix[begin : begin + rows] for begin in range(0, matrix.shape[0], rows))
    else:
        yield from (matrix.data[begin : begin + _PIECE] for begin in range(0, len(matrix.data), _PIECE))
