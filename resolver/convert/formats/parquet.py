"""Parquet by polars: read and written a few rows at a time, so that memory does not grow with the table."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Full, Queue
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import polars as pl
from polars.io.plugins import register_io_source

from ...errors import UnreadableTable
from .base import HEAD_ROWS, SMALL_ROWS, FrameBatch, Sink
from .spool import SpooledFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from ..plan import Reading
    from .base import SinkShape, Source

# Rows of a batch, and cells, which are fewer rows where a table is wide.
_BATCH_ROWS, _BATCH_CELLS = 1 << 16, 1 << 22
_HEAD_CELLS = 1 << 20
_GROUP_ROWS = 1 << 17
_WAIT_S = 0.1
# What the types of the columns were in Arrow: told anew when they are written.
_ARROW = "ARROW:schema"


class ParquetSource:
    """A Parquet file; its columns keep their types and values."""

    def __init__(self, file: SpooledFile, name: str) -> None:
        self.name = name
        self._file = file  # which is there as long as this is
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
        """How many bytes of the file were read so far, by the share of its rows."""
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
    """Writes Parquet while the rows come: polars asks for frames in a thread of its own, and is given them in order.

    The metadata of a Parquet table that is converted stays in the file.
    """

    def __init__(self, out: BinaryIO, shape: SinkShape, source: Source | None = None) -> None:
        super().__init__(out, shape, source)
        self._metadata = source.metadata if isinstance(source, ParquetSource) else {}
        self._names = shape.list_names()
        self._queue: Queue[pl.DataFrame | None] = Queue(maxsize=2)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="parquet")
        self._writing: Future[None] | None = None
        self._is_abandoned = False
        self._checked = _ErrorKeeper(out)

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text: each cell is a string, and a new one without content null."""
        columns = list(zip(*rows, strict=True)) if rows else [() for _ in self._names]
        frame = pl.DataFrame(
            [pl.Series(name, cells, dtype=pl.String) for name, cells in zip(self._names, columns, strict=True)]
        )
        self.write_frame(frame.with_columns(pl.col(self._names[len(self.shape.header) :]).replace("", None)))

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame."""
        if self._writing is None:
            self._writing = self._pool.submit(self._write_all, frame.schema)
        self._put(frame)

    def end(self) -> None:
        """Write what is left, and the foot of the file."""
        if self._writing is None:
            self.write_rows([])
        self._put(None)
        self._finish()

    def abandon(self, error: BaseException) -> None:
        """End the writing; what was written is no table."""
        self._is_abandoned = True
        if self._writing is not None:
            self._writing.exception()
        self._pool.shutdown()

    def _put(self, frame: pl.DataFrame | None) -> None:
        assert self._writing is not None  # noqa: S101  (begun by the caller)
        while not self._writing.done():
            try:
                self._queue.put(frame, timeout=_WAIT_S)
            except Full:
                continue
            return
        self._finish()  # which raises what ended it

    def _finish(self) -> None:
        assert self._writing is not None  # noqa: S101
        try:
            self._writing.result()
        except pl.exceptions.PolarsError as error:
            if self._checked.error is not None:
                raise self._checked.error from error
            raise
        finally:
            self._pool.shutdown()

    def _write_all(self, schema: pl.Schema) -> None:
        def give(
            columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
        ) -> Iterator[pl.DataFrame]:
            del columns, predicate, n_rows, batch_size  # nothing is asked of it
            yield from self._frames()

        source = register_io_source(give, schema=dict(schema))
        source.sink_parquet(
            cast("IO[bytes]", self._checked),
            maintain_order=True,
            engine="streaming",
            row_group_size=_GROUP_ROWS,
            metadata=self._metadata,
        )

    def _frames(self) -> Iterator[pl.DataFrame]:
        while not self._is_abandoned:
            try:
                frame = self._queue.get(timeout=_WAIT_S)
            except Empty:
                continue
            if frame is None:
                return
            yield frame
        raise InterruptedError("the output was abandoned")


class _ErrorKeeper(io.RawIOBase):
    """Passes bytes on, and keeps the error of the disk, of which polars tells the words alone."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.error: OSError | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all bytes."""
        try:
            self._out.write(data)
        except OSError as error:
            self.error = error
            raise
        return len(data)
