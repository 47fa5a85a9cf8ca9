"""What every table format shares: a source yields batches of rows, a sink writes them with their new cells.

A format is one module of this package and one row of `FORMATS`. Its module has

    open_source(stream, name, reading) -> Source     for formats that are not text
    the class of its sink, a subclass of `Sink`

Text formats yield rows of text; Parquet yields frames, whose columns keep their types. One rule, `values.as_texts`,
decides what a cell that is no text is as text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, ClassVar, NamedTuple

from ...errors import UnreadableTable
from ..plan import name_uniquely

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import Self

    import polars as pl

    # A column of cells: a list where no table engine is loaded, else a series of texts.
    Texts = Sequence[str] | pl.Series

HEAD_ROWS = 10_000  # by which a conversion is planned
BATCH_ROWS = 20_000  # of text that are in memory at once
SMALL_ROWS = 1_000  # up to which no table engine is imported
SMALL_FRAME_ROWS = 5_000  # of a frame that is in memory already: importing one takes as long as some 8,000 rows
_HEAD_CELLS = 1 << 20


class Batch(ABC):
    """Some rows of a table: a subclass has their cells, and `lines` are the numbers of the rows in the file.

    `bad` lists rows of another width that were kept: line, and what is wrong; `unlisted` counts further ones. `dates`
    are the places, by row of the batch and column, whose cells have the type date in a workbook.
    """

    word = "line"  # in messages
    unlisted = 0
    dates: Collection[tuple[int, int]] = ()

    def __init__(self, lines: Sequence[int]) -> None:
        self.lines = lines
        self.bad: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self.lines)

    @abstractmethod
    def list_rows(self) -> list[list[str]]:
        """Return the rows as texts, all of one width."""

    def list_texts(self, position: int) -> Texts:
        """Return the cells of a column as texts; empty, or null, where there is nothing."""
        return [row[position] for row in self.list_rows()]

    def read_frame(self) -> pl.DataFrame:
        """Return the rows as a frame of Polars; columns are in order, their names mean nothing."""
        import polars as pl

        rows = self.list_rows()
        names = [str(place) for place in range(len(rows[0]) if rows else 0)]
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")

    def is_formula(self, row: int, position: int) -> bool:
        """Return whether a cell is computed by a formula of a workbook."""
        del row, position
        return False

    def describe_place(self, row: int) -> str:
        """Return where a row is, for a message: `line 7`."""
        return f"{self.word} {self.lines[row]}"

    def describe_cell(self, row: int, position: int) -> str:
        """Return where a cell of a column is, for a message: the place of its row, in a workbook an address."""
        del position
        return self.describe_place(row)


class RowBatch(Batch):
    """Rows of text."""

    lines: list[int]

    def __init__(self, rows: list[list[str]], lines: list[int]) -> None:
        super().__init__(lines)
        self.rows = rows

    def list_rows(self) -> list[list[str]]:
        """Return the rows."""
        return self.rows


class FrameBatch(Batch):
    """A frame of Polars; `first` is the number of its first row in the table, from 1."""

    word = "row"

    def __init__(self, frame: pl.DataFrame, first: int) -> None:
        super().__init__(range(first, first + frame.height))
        self.frame = frame

    def list_texts(self, position: int) -> pl.Series:
        """Return the cells of a column as texts."""
        from .values import as_texts

        return as_texts(self.frame.to_series(position), is_identifier=True)

    def list_rows(self) -> list[list[str]]:
        """Return the rows as texts."""
        from .values import as_texts

        return [list(row) for row in zip(*[as_texts(one).fill_null("") for one in self.frame], strict=True)]

    def read_frame(self) -> pl.DataFrame:
        """Return the frame."""
        return self.frame


class Source(ABC):
    """A table that is read once, from its beginning to its end.

    `header` names its columns, `head` has the cells of its first rows as texts. `is_small`: the table is known to have
    at most `SMALL_ROWS` rows; `rows` is the number of its rows, None where that is known only at its end. `notes` are
    for the user, and may grow while the table is read. `error` makes an UnreadableTable for this table.

    `has_header`: the names of the columns are in its first row. `first_row` has the cells of that row where it may be
    data after all, which `settle` decides; else it is None. `columns` names those that contain identifiers, where the
    format says so. `left_out` counts lines that are no rows, so far; with `keeps_blank_rows` blank lines among the rows
    are rows without content. `sheets` opens each table of a workbook, by its name.
    """

    header: tuple[str, ...]
    head: list[list[str]]
    is_small: bool
    rows: int | None = None
    has_header = True
    first_row: list[str] | None = None
    columns: tuple[str, ...] = ()
    sheets: Mapping[str, Callable[[], Source]] = MappingProxyType({})

    def __init__(self, name: str, *, keeps_bad: bool = False) -> None:
        self.name = name
        self.notes: list[str] = []
        self.error = partial(UnreadableTable, path=name)
        self.left_out = 0
        self.keeps_blank_rows = False
        self._keeps_bad = keeps_bad

    def settle(self, *, has_header: bool) -> None:  # noqa: B027  (a format may have no doubt)
        """Decide whether the first row names the columns or is data."""

    def keep_bad(self, bad: list[tuple[int, str]], line: int, what: str, hint: str) -> None:
        """Add a bad row to those of a batch; raises UnreadableTable where such rows are not kept."""
        if not self._keeps_bad:
            raise self.error(what, line=line, hint=f"{hint}, or keep such rows with --on-bad-row keep.")
        bad.append((line, what))

    @property
    @abstractmethod
    def bytes_read(self) -> int:
        """The number of bytes of the file that were read so far."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Yield all rows below the header; raises UnreadableTable for what is no row of the table."""


class Added(NamedTuple):
    """The new cells of a batch, column by column: lists of texts, or series.

    `origin` is the row of the batch that each output row comes from; None where each row became one. `tails` replaces
    `columns` where the sink takes it (`Sink.takes_tails`): for each identifier column the new cells of each output row
    as one text, joined and quoted.
    """

    columns: Sequence[Texts] = ()
    origin: list[int] | pl.Series | None = None
    tails: Sequence[Texts] | None = None

    def list_rows(self) -> list[tuple[str, ...]]:
        """Return the new cells row by row."""
        return list(zip(*self.columns, strict=True))

    def list_series(self) -> list[pl.Series]:
        """Return the new cells as series, with null for nothing."""
        import polars as pl

        columns = [one if isinstance(one, pl.Series) else pl.Series(one, dtype=pl.String) for one in self.columns]
        return [column.set(column == "", None) for column in columns]

    def list_origin(self, rows: int) -> Sequence[int]:
        """Return the row that each output row comes from, of so many."""
        if self.origin is None:
            return range(rows)
        return self.origin if isinstance(self.origin, list) else list(self.origin)


class Sink(ABC):
    """Writes a table to a stream, a batch at a time, between `with` and its end; an exception leaves it incomplete.

    `source` is the table that is converted: a format may copy more of its own tables than their cells. `added` are the
    names of the new columns, `renamed` new ones of its own columns, by position. With `takes_tails` a delimiter, large
    batches come with `Added.tails`, joined by it.
    """

    replaces: ClassVar[bool] = False  # has no place for further columns: identifiers are replaced
    copies_in_place: ClassVar[bool] = False  # a table of its own format is copied: a row cannot become several
    keeps_lines = False  # comments, empty lines and lines above the table are written too

    @classmethod
    def choose(cls, source: Source) -> type[Sink]:
        """Return the class that writes a table that comes from this source, for a format that has several."""
        del source
        return cls

    def __init__(
        self,
        out: BinaryIO,
        source: Source,
        added: tuple[str, ...] = (),
        renamed: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        self.out = out
        self.source = source
        self.header = tuple([renamed.get(place, name) for place, name in enumerate(source.header)])
        self.added = added
        self.renamed = renamed
        self.takes_tails: str | None = None

    def list_names(self) -> list[str]:
        """Return a name for each column, each once: a name that is taken gets a number."""
        return name_uniquely([*self.header, *self.added])

    @classmethod  # noqa: B027  (a format may have no limit)
    def check_size(cls, columns: int, rows: int | None) -> None:
        """Raise InputError where the format cannot take a table of this size; `rows` is None where it is unknown."""

    def __enter__(self) -> Self:
        self.begin()
        self.source.keeps_blank_rows = not self.keeps_lines  # else rows would move up
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None:
            self.abandon()
            return
        self.end()
        if self.source.left_out and not self.keeps_lines:
            self.source.notes.append(f"comments and empty lines are left out: {self.source.left_out:,}")

    def begin(self) -> None:  # noqa: B027  (a format may have nothing to do)
        """Write what comes before the rows."""

    def end(self) -> None:  # noqa: B027  (a format may have nothing to do)
        """Write what comes after the rows."""

    def abandon(self) -> None:  # noqa: B027  (a format may have nothing to do)
        """Release resources after an error ended the writing."""

    @abstractmethod
    def write(self, batch: Batch, added: Added) -> None:
        """Write the rows of a batch with their new cells."""

    @abstractmethod
    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the rows of a batch with other texts in some cells: by column, then by row of the batch."""


class TableSink(Sink):
    """Writes a table of any format, given how rows of text (`write_rows`) and frames (`write_frame`) are written."""

    def write(self, batch: Batch, added: Added) -> None:
        """Write the rows of a batch with their new cells."""
        if not isinstance(batch, FrameBatch) and all(isinstance(column, list) for column in added.columns):
            rows, cells = batch.list_rows(), added.list_rows()
            origin = added.list_origin(len(rows))
            self.write_rows([[*rows[place], *new] for place, new in zip(origin, cells, strict=True)])
            return
        frame = batch.read_frame()
        frame = frame if added.origin is None else frame[added.origin]
        self.write_frame(join_frame(frame, added, self.list_names()))

    @abstractmethod
    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text, the new cells after the table's own."""

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame with null for new cells without content."""
        self.write_rows(FrameBatch(frame, 1).list_rows())

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the rows of a batch with other texts in some cells: by column, then by row of the batch.

        Of a frame each of these columns becomes text, whether some of its cells change here or not.
        """
        if not isinstance(batch, FrameBatch):
            self.write_rows(replace_cells(batch.list_rows(), replaced))
            return
        import polars as pl

        columns = batch.frame.get_columns()
        for position, texts in replaced.items():
            cells = pl.Series(columns[position].name, batch.list_texts(position), dtype=pl.String)
            columns[position] = cells.scatter(list(texts), list(texts.values())) if texts else cells
        names = self.list_names()
        self.write_frame(pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)]))


def replace_cells(rows: list[list[str]], replaced: Mapping[int, Mapping[int, str]]) -> list[list[str]]:
    """Return the rows with other texts in some cells: by column, then by row; they are changed in place."""
    for column, texts in replaced.items():
        for row, text in texts.items():
            rows[row][column] = text
    return rows


def join_frame(frame: pl.DataFrame, added: Added, names: Sequence[str]) -> pl.DataFrame:
    """Return a frame with the new cells as columns after its own."""
    import polars as pl

    columns = [*frame.get_columns(), *added.list_series()]
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])


def count_head(columns: int) -> int:
    """Return by how many rows the conversion of a table of so many columns is planned."""
    return max(100, min(HEAD_ROWS, _HEAD_CELLS // max(1, columns)))


def name_columns(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column: that of the header, or its number where that is empty."""
    return tuple(cell.strip() or f"column {number}" for number, cell in enumerate(cells, start=1))


def describe_width(cells: int, width: int) -> str:
    """Return what is wrong with a row of so many cells."""
    return f"{cells} cells, where the table has {width} columns"


def fit_row(cells: list[str], width: int, joiner: str) -> tuple[list[str], str]:
    """Return a row with as many cells as there are columns, and what is wrong with it: the last cell takes the rest."""
    if len(cells) == width:
        return cells, ""
    what = describe_width(len(cells), width)
    if len(cells) < width:
        return cells + [""] * (width - len(cells)), what
    return [*cells[: width - 1], joiner.join(cells[width - 1 :])], what
