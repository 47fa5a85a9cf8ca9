"""Parquet by polars: read and written a few rows at a time, so that memory does not grow with the table."""

from __future__ import annotations

import shutil
import weakref
from contextlib import suppress
from os import fstat, path
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from .base import SMALL_ROWS, FrameBatch, Source, TableSink, count_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...errors import UnreadableTable
    from ..plan import Reading

# Rows of a batch, and cells, which are fewer rows where a table is wide.
_BATCH_ROWS, _BATCH_CELLS = 1 << 16, 1 << 22
_GROUP_ROWS = 1 << 17
# The types of the columns in Arrow: Polars writes them anew.
_ARROW = "ARROW:schema"


class ParquetSource(Source):
    """A Parquet file; its columns keep their types and values."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__(name)
        file = self._place_on_disk(stream)
        self._size = file.stat().st_size
        self._done = 0
        try:
            self._scan = pl.scan_parquet(file, glob=False, hive_partitioning=False)
            self.header = tuple(self._scan.collect_schema().names())
            self._number: int = self._scan.select(pl.len()).collect().item()
            self.head = FrameBatch(self._scan.head(count_head(len(self.header))).collect(), 1).list_rows()
            self.metadata = {key: value for key, value in pl.read_parquet_metadata(file).items() if key != _ARROW}
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self._damaged(error) from error
        if not self.header:
            raise self.error("has no columns", hint="Give a Parquet file with a column of identifiers.")
        self.rows = self._number
        self.is_small = self._number < SMALL_ROWS
        self.notes.append(f"read as Parquet, {self._number:,} rows")

    def _place_on_disk(self, stream: BinaryIO) -> Path:
        """Return the path of a stream that is a file, or of a copy, which exists as long as this object."""
        with suppress(OSError, ValueError, TypeError, AttributeError):  # a pipe or memory has no such name
            file = Path(stream.name)
            if file.is_file() and path.samestat(fstat(stream.fileno()), file.stat()):
                return file
        folder = TemporaryDirectory(prefix="resolver-")
        weakref.finalize(self, folder.cleanup)
        file = Path(folder.name, "table.parquet")
        with file.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        return file

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
        return self.error(f"is a damaged Parquet file: {error}", hint="Is it complete? Copy or write it again.")


def open_source(stream: BinaryIO, name: str, reading: Reading) -> Source:
    """Return the Parquet table in a stream; nothing of how text is read applies to it."""
    del reading
    return ParquetSource(stream, name)


class ParquetSink(TableSink):
    """Writes Parquet. Polars writes a table as a whole: until its end the rows wait in files of Arrow's on disk.

    The metadata of a Parquet table that is converted stays in the file.
    """

    def begin(self) -> None:
        """Make room for the rows."""
        self._folder = TemporaryDirectory(prefix="resolver-")
        self._parts: list[Path] = []

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text: each cell is a string, and a new one without content null."""
        names = self.list_names()
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        self.write_frame(frame.with_columns(pl.col(names[len(self.header) :]).replace("", None)))

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
