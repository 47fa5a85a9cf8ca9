"""The new cells of some rows: one by one for small tables, a column at a time for all others.

Both give the same; the first loads no table engine and none of the release's ready answers.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SeveralGenes
from ..identifiers.names import make_encodable
from .summary import ColumnCounts, Summary
from .text_convert import SMALL_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from .cells import CellConverter
    from .chunks import Chunk, Texts
    from .local_engine import ColumnConverter
    from .plan import Plan
    from .text_convert import Tools

    FindPlace = Callable[[int], str]


class Added(NamedTuple):
    """The new cells of some rows, column by column, and what they came to.

    `origin` is the row that each output row comes from, by position; None where each row became one.
    """

    columns: Sequence[Texts]
    origin: Sequence[int] | None
    counted: Summary

    def list_rows(self) -> list[tuple[str, ...]]:
        """Return the new cells row by row."""
        return list(zip(*[list(column) for column in self.columns], strict=True))

    def list_series(self) -> list[pl.Series]:
        """Return the new cells as series, with null for nothing."""
        import polars as pl

        columns = [
            column if isinstance(column, pl.Series) else pl.Series(column, dtype=pl.String) for column in self.columns
        ]
        return [column.set(column == "", None) for column in columns]


class CellAdder:
    """Finds the new cells of a table's rows; `name` is what messages call the table. Safe to share between threads."""

    def __init__(self, name: str, plan: Plan, tools: Tools, *, is_small: bool) -> None:
        self._name = name
        self._plan = plan
        self._tools = tools
        self._cells: list[CellConverter] = tools.make_cells(plan)
        self._columns: list[ColumnConverter] | None = None
        self._lock = threading.Lock()
        self._is_small = is_small

    def add(self, texts: Sequence[Texts], find_place: FindPlace) -> Added:
        """Return the new cells of rows whose identifier columns hold these texts, in the plan's order.

        Raises SeveralGenes where `on_many=error` is asked and a cell leads to several, saying where by `find_place`.
        """
        if self._is_small and len(texts[0]) <= SMALL_ROWS:
            return self._add_rows([_list(column) for column in texts], find_place)
        return self._add_columns(texts, find_place)

    def add_to(self, chunk: Chunk) -> Added:
        """Return the new cells of a chunk of rows."""
        return self.add([chunk.list_texts(rule.position) for rule in self._plan.columns], chunk.tell_place)

    def _add_rows(self, texts: Sequence[Sequence[str]], find_place: FindPlace) -> Added:
        plan = self._plan
        summary = Summary([ColumnCounts(rule.name) for rule in plan.columns], rows=len(texts[0]))
        origin: list[int] = []
        written: list[list[str]] = []
        for number, cells in enumerate(zip(*texts, strict=True)):
            converted = []
            for text, column, counts in zip(cells, self._cells, summary.columns, strict=True):
                try:
                    rows = column.convert(make_encodable(text))
                except SeveralGenes as error:
                    where = f"{self._name}, {find_place(number)}"
                    raise SeveralGenes(f"{where}: {error}", answer=error.answer, hint=error.hint) from error
                counts.add_cell(text, rows)
                converted.append([row.list_cells(plan) for row in rows])
            # Only a single column may have become several rows.
            for row in range(len(converted[0])) if len(converted) == 1 else (0,):
                origin.append(number)
                written.append([cell for one in converted for cell in one[row]])
        summary.written = len(written)
        width = len(plan.added) * len(plan.columns)
        columns = list(map(list, zip(*written, strict=True))) if written else [[] for _ in range(width)]
        return Added(columns, None if len(origin) == len(texts[0]) else origin, summary)

    def _add_columns(self, texts: Sequence[Texts], find_place: FindPlace) -> Added:
        from .column_counts import count_column
        from .listed_columns import list_columns
        from .spans import Spans

        with self._lock:
            columns = self._columns = self._columns or self._tools.make_columns(self._plan, self._cells)
        spans = [Spans.of_column(_make_series(column).fill_null("")) for column in texts]
        try:
            found = [column.find(cells) for column, cells in zip(columns, spans, strict=True)]
        except SeveralGenes:
            self._add_rows([_list(column) for column in texts], find_place)  # which says in which row
            raise
        rules = self._plan.columns
        counts = [
            count_column(column, one, cells, rule.name)
            for column, one, cells, rule in zip(columns, found, spans, rules, strict=True)
        ]
        summary = Summary(counts, rows=len(texts[0]), written=len(found[0].code))
        added: list[pl.Series] = [
            cells for column, one in zip(columns, found, strict=True) for cells in list_columns(column, one)
        ]
        return Added(added, None if found[0].text is None else found[0].text.tolist(), summary)


def _list(texts: Texts) -> list[str]:
    return [text or "" for text in texts]


def _make_series(texts: Texts) -> pl.Series:
    import polars as pl

    if isinstance(texts, pl.Series):
        return texts.rename("text")
    return pl.Series("text", [make_encodable(text) for text in texts], dtype=pl.String)
