"""What every table has, whichever file it stands in: a header, and rows of text with the lines on which they stand."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path


class Row(NamedTuple):
    """A row of data; `line` is where it begins, 1 being the first of the file.

    `dates` are the columns in which the file itself says that the cell is a date, as only a workbook can.
    """

    line: int
    cells: Sequence[str]
    dates: frozenset[int] = frozenset()


if TYPE_CHECKING:
    # New texts for some cells of a row, by column.
    Replace = Callable[[Row], Mapping[int, str]]


class Table(Protocol):
    """A table that can be read any number of times, and copied with other texts in some of its cells.

    `header` names every column; `notes` are for the person: what was not looked at, or cannot be kept in a copy.
    """

    path: Path
    header: tuple[str, ...]
    notes: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header; raises UnreadableTable where one breaks the layout."""
        ...

    def write_copy(self, target: Path, replace: Replace, text_columns: Collection[int] = ()) -> None:
        """Write the table to `target` with the texts that `replace` gives; every other cell keeps its very text.

        A workbook's cells in `text_columns` become text, so that a spreadsheet leaves them alone from then on.
        """
        ...


def name_columns(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column: what its header says, and its number where that is empty."""
    return tuple(cell.strip() or f"column {number}" for number, cell in enumerate(cells, start=1))


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a path to write to, which takes the place of `target` when the block ends well, and else is removed."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.unlink(missing_ok=True)  # of a process that was killed, and had the same number
        draft.touch(exist_ok=False)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}", hint="Choose a folder that can be written to."
        ) from error
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
