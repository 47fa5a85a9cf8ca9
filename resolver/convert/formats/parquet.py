"""Parquet by polars: read and written a few rows at a time, so that memory does not grow with the table."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from ...errors import UnreadableTable
from .base import HEAD_ROWS, SMALL_ROWS, FrameBatch, Sink
from .spool import SpooledFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..plan import Reading
    from .base import Source

# Rows of a batch, and cells, which are fewer rows where a table is wide.
_BATCH_ROWS, _BATCH_CELLS = 1 << 16, 1 << 22
_HEAD_CELLS = 1 << 20
_GROUP_ROWS = 1 << 17
# The types of the columns in Arrow: Polars writes them anew.
_ARROW = "ARROW:schema"


class ParquetSource:
    """A Parquet file; its columns keep their types and values."""

    def __init__(self, file: SpooledFile, name: str) -> None:
        self.name = name
        self._file = file  # which exists as long as this object
        path = file.path
        self._size = path.stat().st_size
        self._done = 0
        try:
            self._scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
            self.header = tuple(self._scan.collect_schema().names())
            self._number: int = self._scan.select(pl.len()).collect().item()
            self.rows: int | None = self._number
            taken = max(100, min(HEAD_ROWS, _HEAD_CELLS // max(1, len(self.header))))
            self.head = FrameBatch(self._scan.head(taken).collect(), 1).list_rows()
            self.metadata = {key: value for key, value in pl.read_parquet_metadata(path).items() if key != _ARROW}
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self._damaged(error) from error
        if not self.header:
            raise UnreadableTable("has no columns", path=name, hint="Give a Parquet file with a column of identifiers.")
        self.is_small = self._number < SMALL_ROWS
        self.notes = [f"read as Parquet, {self._number:,} rows"]

    @property
    def bytes_read(self) -> int:
        """The number of bytes of the file that were read so far, by the share of its rows."""
        return self._size * self._done // max(1, self._number)

    def batches(self) -> Iterator[FrameBatch]:
        """Yield all rows in their order; at least one batch, which may be without rows."""
        size = max(1, min(_BATCH_ROWS, _BATCH_CELLS // len(self.header)))
        try:
            for frame in self._scan.collect_batches(chunk_size=size, maintain_order=True, lazy=True):
                yield FrameBatch(frame, self._done + 1)
                self._done += frame.height
            if not self._done:
                yield FrameBatch(self._scan.head(0).collect(), 1)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> UnreadableTable:
        return UnreadableTable(
            f"is a damaged Parquet file: {error}", path=self.name, hint="Is it complete? Copy or write it again."
        )


def open_source(stream: BinaryIO, name: str, reading: Reading) -> Source:
    """Return the Parquet table in a stream; nothing of how text is read applies to it."""
    del reading
    return ParquetSource(SpooledFile(stream), name)


class ParquetSink(Sink):
    """Writes Parquet. Polars writes a table as a whole: until its end the rows wait in files of Arrow's on disk.

    The metadata of a Parquet table that is converted stays in the file.
    """

    def begin(self) -> None:
        """Make room for the rows."""
        self._folder = TemporaryDirectory(prefix="resolver-")
        self._parts: list[Path] = []

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text: each cell is a string, and a new one without content null."""
        names = self.shape.list_names()
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        self.write_frame(frame.with_columns(pl.col(names[len(self.shape.header) :]).replace("", None)))

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame."""
        part = Path(self._folder.name, f"{len(self._parts)}.arrow")
        with part.open("wb") as file:
            frame.write_ipc(file, compression="lz4")
        self._parts.append(part)

    def end(self) -> None:
        """Write the file."""
        if not self._parts:
            self.write_rows([])
        metadata = self.source.metadata if isinstance(self.source, ParquetSource) else {}
        with self._folder:
            scan = pl.scan_ipc(self._parts, glob=False)
            try:
                scan.sink_parquet(self.out, maintain_order=True, row_group_size=_GROUP_ROWS, metadata=metadata)
            except pl.exceptions.PolarsError as error:
                raise OSError(str(error)) from error

    def abandon(self) -> None:
        """Remove the rows."""
        self._folder.cleanup()
