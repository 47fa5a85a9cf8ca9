"""The parts that frames of all table libraries share: the columns that are read, and those that are added."""

from __future__ import annotations

import inspect
import warnings
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ...resolve.options import as_text
from ..choice import prepare
from ..engine import Engine
from ..first_row import is_data
from ..formats import LARGEST_EXACT
from ..formats.base import SMALL_FRAME_ROWS, count_head
from ..head import SOME_ROWS, Head, read_texts
from ..merging import CollisionWarning
from ..options import rename_for_python
from ..report.advice import advise
from ..report.misses import add_details

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import polars as pl

    from ..engine import Tools
    from ..formats.base import Texts
    from ..merging import CollisionChoice
    from ..plan import Plan, Reading
    from ..profile import Prepared
    from ..report.summary import Summary

    OnSummary = Callable[[Summary], None]


_PACKAGE = __name__.partition(".")[0]
NAME = "the frame"  # in messages
VALUE = "value"  # the name of the one column of a list, or of a series without a name
_COMPARED = 50  # cells, with the name of their column


class FrameRequest(NamedTuple):
    """The requested conversion of a frame: a plan whose columns are still to be chosen, and how cells are read.

    `collisions` is for AnnData and MuData: what to do with features that become one gene (None: report them, and warn).
    """

    plan: Plan
    tools: Tools
    reading: Reading
    on_summary: OnSummary | None = None
    collisions: CollisionChoice | None = None

    def add(self, cells: FrameCells, wanted: Sequence[str]) -> FrameAdded:
        """Return the new columns of a frame that is in memory, and report the summary."""
        prepared = self.prepare(cells, wanted)
        is_small = cells.rows <= cells.small_rows
        with Engine(NAME, prepared.plan, self.tools, is_small=is_small) as engine:
            texts = [read_texts(rule, lambda place: cells.read(place, cells.rows, 1)) for rule in prepared.plan.columns]
            added = engine.add(texts, lambda row: f"row {row + 1}")
            self.finish(engine, prepared)
        columns = [[text or None for text in column] for column in added.columns] if is_small else added.list_series()
        origin = None if added.origin is None else list(added.origin)
        return FrameAdded(dict(zip(prepared.added, columns, strict=True)), origin)

    def prepare(self, cells: FrameCells, wanted: Sequence[str]) -> Prepared:
        """Return the conversion of the wanted columns of a frame, or of the one that matches genes best."""
        rows = min(cells.rows, count_head(len(cells.header)))
        resolver, plan = self.tools.resolver, self.plan

        @cache
        def read_head(number: int, step: int = 1) -> list[str]:
            return [text or "" for text in cells.read(number, rows, step)]

        head = Head(read_head, lambda number: read_head(number, max(1, rows // SOME_ROWS)))
        prepared = prepare(cells.header, head, resolver, plan, wanted, self.reading.split)
        for rule in () if wanted else prepared.plan.columns:
            below = [[text] for text in read_head(rule.position)[:_COMPARED]]
            if not rule.name.isdigit() and is_data([rule.name], below, resolver, plan.options):
                what = f"The name of the column {rule.name!r} looks like one of its cells."
                warn(f"{what} If it is one, read the table without a header.")
        return prepared

    def finish(self, engine: Engine, prepared: Prepared) -> None:
        """Report the summary of a conversion that has ended."""
        summary = engine.summarize()
        summary.notes += prepared.notes
        add_details(summary, self.tools.resolver, prepared, NAME)
        self.report(summary)

    def report(self, summary: Summary, collided: str | None = None) -> None:
        """Pass the summary on, and warn where many cells match no gene, and of features of one gene (`collided`).

        Of these there is no warning if it was chosen to report them.
        """
        if collided is not None and self.collisions is None:
            warn(
                f"{collided}, and keep their old names (the new one is in the column of the target). "
                "Choose collisions='sum' to add up their counts, 'first' to keep one of each gene, 'unique' to number "
                "them, or 'report' to leave them so without this warning.",
                CollisionWarning,
            )
        for column in summary.columns:
            if (advice := advise(column, self.tools.resolver.release)) is not None:
                only = "only " if column.is_alarming else ""
                share = f"{only}{column.share_found:.0%} of the cells of {column.name!r} match genes."
                warn(f"{share} {rename_for_python(advice)}")
        summary.use_names(rename_for_python)
        if self.on_summary is not None:
            self.on_summary(summary)


class FrameCells(NamedTuple):
    """The header and the number of rows of a frame; `read` returns the texts of a column, of so many rows.

    With a step it returns those of every second, third … of these rows. A frame of up to `small_rows` is converted
    without a table engine.
    """

    header: tuple[str, ...]
    rows: int
    read: Callable[[int, int, int], Texts]
    small_rows: int = SMALL_FRAME_ROWS


class FrameAdded(NamedTuple):
    """The new columns of a frame, with null for nothing: lists for a small frame, else series of Polars.

    `origin` is the source row of each new row (None: one for each).
    """

    columns: Mapping[str, list[str | None] | pl.Series]
    origin: list[int] | None


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line that called this package."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level + 1)


def read_cells(cells: object, list_values: Callable[[], Iterable[object]], *, is_small: bool = False) -> Texts:
    """Return the texts of a column of any library, without Polars those of a small one, by its values."""
    texts = None if is_small else _read_whole(cells)
    return [show_cell(value) for value in list_values()] if texts is None else texts


def _read_whole(cells: object) -> pl.Series | None:
    """Return the texts of a column; None where its cells must be read one by one."""
    import polars as pl

    from ..formats.values import as_texts, is_identifiers

    try:
        column = pl.Series("", cells, nan_to_null=True)  # type: ignore[arg-type]
        return as_texts(column, is_identifier=True).fill_null("") if is_identifiers(column) else None
    except (ImportError, TypeError, ValueError, pl.exceptions.PolarsError):  # no pyarrow, a type that Polars lacks
        return None


def name_wanted(labels: Sequence[object], wanted: Sequence[object]) -> list[str]:
    """Return the names of the wanted columns; a label that is no text, such as 0, becomes `#` and its number."""
    named = []
    for one in wanted:
        places = [] if isinstance(one, str) else [place for place, label in enumerate(labels) if label == one]
        named.append(f"#{places[0] + 1}" if places else str(one))
    return named


def show_cell(value: object) -> str:
    """Return a Python value as the text of a cell: a whole number without decimals, nothing for None and NaN."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT:
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    return as_text(value)
