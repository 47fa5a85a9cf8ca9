"""Texts as they lie in memory: one run of bytes, and where each text begins.

What is done for each row of a large table is done on such arrays, so that a row never becomes an object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl
    from numpy.typing import NDArray


_LARGEST = (1 << 32) - 2


class Spans(NamedTuple):
    """Some texts: `data` holds their bytes (and those between them), each at `begins`, `sizes` bytes long."""

    data: bytes
    begins: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of_column(cls, column: pl.Series) -> Spans:
        """Return the texts of a column without nulls."""
        import polars as pl

        sizes = column.str.len_bytes().to_numpy().astype(np.int64)
        joined = column.str.join("").cast(pl.Binary).item() if len(column) else b""
        return cls(joined, np.cumsum(sizes) - sizes, sizes)

    @property
    def octets(self) -> NDArray[np.uint8]:
        """The bytes in which the texts lie."""
        return np.frombuffer(self.data, dtype=np.uint8)

    def take(self, places: NDArray[np.int64]) -> Spans:
        """Return the texts at these places."""
        return Spans(self.data, self.begins.take(places), self.sizes.take(places))

    def group(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each text the number of its kind, and for each kind, as they come, its first text."""
        from .loops.index_kernels import group_texts, make_slots

        which, firsts = np.empty((2, len(self.sizes)), dtype=np.int64)
        different = group_texts(self.octets, self.begins, self.sizes, make_slots(len(self.sizes)), which, firsts)
        return which, firsts[:different]

    def list_bytes(self, places: NDArray[np.int64]) -> list[bytes]:
        """Return the texts at these places as they are encoded; some tenths of a microsecond each."""
        data, begins = self.data, self.begins.take(places)
        ends = begins + self.sizes.take(places)
        return [data[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]


class Pool(NamedTuple):
    """Texts that are written many times: their bytes one behind the other, and where each begins and the last ends.

    A byte lies behind the last, so that a text may be looked at where it begins, though it be empty.
    """

    data: NDArray[np.uint8]
    begins: NDArray[np.uint32]

    @classmethod
    def of_column(cls, column: pl.Series) -> Pool:
        """Return the texts of a column without nulls."""
        spans = Spans.of_column(column)
        return cls._of(spans.data, spans.sizes)

    @classmethod
    def of_bytes(cls, texts: Iterable[bytes]) -> Pool:
        """Return texts that are given one by one."""
        listed = list(texts)
        return cls._of(b"".join(listed), np.fromiter(map(len, listed), np.int64, len(listed)))

    @classmethod
    def _of(cls, data: bytes, sizes: NDArray[np.int64]) -> Pool:
        if len(data) > _LARGEST:
            raise BadOption(
                f"the answers come to {len(data) >> 20:,} MiB: too many for one table", hint="Ask for fewer columns."
            )
        # An array of NumPy's own, which the system is told to lay out in large pages.
        held = np.zeros(len(data) + 1, dtype=np.uint8)
        held[:-1] = np.frombuffer(data, dtype=np.uint8)
        return cls(held, np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint32))
