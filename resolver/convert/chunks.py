"""Some rows of a table at a time, as its reader gives them and its writer takes them.

Text-like tables give rows of text; Parquet gives frames, whose columns keep their types. What stands in a cell that is
no text is told as text by one rule, `frame_text.as_texts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    # A column of cells: a list where no table engine is loaded, else a series of texts.
    Texts = Sequence[str] | pl.Series

HEAD_ROWS = 10_000
CHUNK_ROWS = 20_000  # rows of text that are held at once


class Chunk(Protocol):
    """Some rows. `bad` lists those of another shape than the table that were kept: line, and what is wrong."""

    bad: list[tuple[int, str]]

    def __len__(self) -> int: ...

    def list_texts(self, position: int) -> Texts:
        """Return the cells of a column as texts; empty, or null, where there is nothing."""
        ...

    def list_rows(self) -> list[list[str]]:
        """Return the rows as texts, all of one width."""
        ...

    def tell_place(self, row: int) -> str:
        """Return where a row stands, for a person: `line 7`."""
        ...


@dataclass(slots=True)
class RowChunk:
    """Rows of text; `lines` says where each stands, `word` what such a place is called."""

    rows: list[list[str]]
    lines: Sequence[int]
    word: str = "line"
    bad: list[tuple[int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def list_texts(self, position: int) -> list[str]:
        """Return the cells of a column."""
        return [row[position] for row in self.rows]

    def list_rows(self) -> list[list[str]]:
        """Return the rows."""
        return self.rows

    def tell_place(self, row: int) -> str:
        """Return where a row stands."""
        return f"{self.word} {self.lines[row]}"


@dataclass(slots=True)
class FrameChunk:
    """A frame of polars; `first` is the number of its first row in the table, from 1."""

    frame: pl.DataFrame
    first: int
    bad: list[tuple[int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.frame.height

    def list_texts(self, position: int) -> pl.Series:
        """Return the cells of a column as texts."""
        from .frame_text import as_texts

        return as_texts(self.frame.to_series(position), is_identifier=True)

    def list_rows(self) -> list[list[str]]:
        """Return the rows as texts."""
        from .frame_text import as_texts

        columns = [as_texts(column).fill_null("").to_list() for column in self.frame]
        return [list(row) for row in zip(*columns, strict=True)]

    def tell_place(self, row: int) -> str:
        """Return where a row stands."""
        return f"row {self.first + row}"


class TableSource(Protocol):
    """A table that is read once, from its beginning to its end.

    `header` names its columns, `head` are the cells of its first rows as texts. `is_small` tells that it is known to
    have fewer than a thousand rows; `rows` how many it has, None where that shows only at its end. `notes` are for the
    person, and may grow while it is read.
    """

    name: str
    header: tuple[str, ...]
    head: list[list[str]]
    is_small: bool
    rows: int | None
    notes: list[str]

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file were read so far."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """Yield all rows below the header; raises UnreadableTable for what is no row of the table."""
        ...
