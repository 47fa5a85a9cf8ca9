"""Where converted rows go: what every writer of tables has, and the writer of text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    import polars as pl

    from .added import Added
    from .chunks import Chunk


class SinkShape(NamedTuple):
    """What a table is written with: its name for messages, its own columns, those added, and whether names are told."""

    name: str
    header: tuple[str, ...]
    added: tuple[str, ...]
    has_header: bool = True

    def list_names(self) -> list[str]:
        """Return a name for each column, each once: one that is there already gets a number."""
        names: dict[str, None] = {}
        for name in (*self.header, *self.added):
            told, number = name, 2
            while told in names:
                told, number = f"{name}_{number}", number + 1
            names[told] = None
        return list(names)


class TableSink:
    """Writes a table to a stream, a chunk of rows at a time, between `with` and its end; an exception leaves it undone.

    A kind of table says how it takes rows of text (`write_rows`) and frames (`write_frame`).
    """

    def __init__(self, out: BinaryIO, shape: SinkShape) -> None:
        self.out = out
        self.shape = shape

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.end()
        else:
            self.abandon(error)

    def begin(self) -> None:
        """Write what comes before the rows."""

    def end(self) -> None:
        """Write what comes behind the rows."""

    def abandon(self, error: BaseException) -> None:
        """Let go of what is held, since `error` ended the writing."""

    def write(self, chunk: Chunk, added: Added) -> None:
        """Write the rows of a chunk with their new cells."""
        from .chunks import FrameChunk

        if isinstance(chunk, FrameChunk):
            frame = chunk.frame if added.origin is None else chunk.frame[added.origin]
            self.write_frame(join_frame(frame, added, self.shape.list_names()))
            return
        rows, cells = chunk.list_rows(), added.list_rows()
        origin = range(len(rows)) if added.origin is None else added.origin
        self.write_rows([[*rows[place], *new] for place, new in zip(origin, cells, strict=True)])

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text, the new cells behind the table's own."""
        raise NotImplementedError

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame, whose columns are named as the shape says, with nulls for new cells without content."""
        from .chunks import FrameChunk

        self.write_rows(FrameChunk(frame, 1).list_rows())


class TextSink(TableSink):
    """Writes CSV, TSV and their like: UTF-8, quotes where they are needed, a line feed behind each row."""

    def __init__(self, out: BinaryIO, shape: SinkShape, delimiter: str = ",") -> None:
        super().__init__(out, shape)
        self._delimiter = delimiter

    def begin(self) -> None:
        """Write the header."""
        if self.shape.has_header:
            self.write_rows([[*self.shape.header, *self.shape.added]])

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text."""
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=self._delimiter, lineterminator="\n").writerows(rows)
        self.out.write(written.getvalue().encode())

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame; what is no text is told as text."""
        import polars as pl

        from .frame_text import as_texts

        texts = pl.DataFrame([as_texts(column).fill_null("") for column in frame])
        if any(texts.select(pl.all().str.contains("\r", literal=True).any()).row(0)):
            self.write_rows(texts.rows())  # polars leaves a lone carriage return without quotes
            return
        texts = texts.with_columns(pl.all().replace("", None))
        written = io.BytesIO()
        texts.write_csv(written, include_header=False, separator=self._delimiter, quote_style="necessary")
        self.out.write(written.getvalue())


def join_frame(frame: pl.DataFrame, added: Added, names: list[str]) -> pl.DataFrame:
    """Return a frame with the new cells as columns behind its own."""
    import polars as pl

    columns = [*frame.get_columns(), *added.list_series()]
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])
