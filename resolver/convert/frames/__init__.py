"""What all frames of Python's table libraries share: which columns are read, and what is added to them."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ..resolve.options import as_text
from .cores import count_workers
from .odds import choose_rules, read_rules
from .summary import ColumnCounts, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

    from .added import Added
    from .chunks import Texts
    from .converting import OnSummary
    from .plan import Plan
    from .text_convert import Reading, Tools

    Columns = Sequence[list[str | None] | pl.Series]

_CHUNK_ROWS = 1 << 18
_LARGEST_EXACT = 2**53


class FrameRequest(NamedTuple):
    """What is asked of a frame: a plan whose columns are still to be chosen, by what, and how cells are read."""

    plan: Plan
    tools: Tools
    reading: Reading
    on_summary: OnSummary | None = None

    def tell(self, summary: Summary) -> None:
        """Hand the summary on, and warn where so few rows lead to genes that something must be wrong."""
        for column in summary.columns:
            if column.is_alarming:
                warnings.warn(
                    f"only {column.share_found:.0%} of the cells of {column.name!r} lead to genes: is it the right "
                    "column, and are its identifiers of human or mouse?", stacklevel=5,
                )  # fmt: skip
        if self.on_summary is not None:
            self.on_summary(summary)


class FrameCells(NamedTuple):
    """What a conversion needs of a frame: the names of its columns, how many rows it has, and its cells as texts.

    `read` gives the texts of a column, by position, from one row up to another.
    """

    header: tuple[str, ...]
    rows: int
    read: Callable[[int, int, int], Texts]


class FrameAdded(NamedTuple):
    """The new columns of a frame, with null for nothing; `origin` is the row each comes from (None: one for each).

    Of a small frame the columns are lists, of others series of Polars.
    """

    columns: Mapping[str, list[str | None] | pl.Series]
    origin: list[int] | None


def add_cells(cells: FrameCells, wanted: Sequence[str], request: FrameRequest) -> FrameAdded:
    """Return the new columns of a frame that is in memory, and tell the summary."""
    from .added import CellAdder
    from .chunks import HEAD_ROWS
    from .text_convert import SMALL_ROWS

    plan = choose_columns(cells, wanted, request, HEAD_ROWS)
    is_small = cells.rows <= SMALL_ROWS
    adder = CellAdder("the frame", plan, request.tools, is_small=is_small)
    summary = Summary([ColumnCounts(rule.name) for rule in plan.columns])

    def add(span: tuple[int, int]) -> tuple[Added, Columns]:
        begin, end = span
        texts = [cells.read(rule.position, begin, end) for rule in plan.columns]
        added = adder.add(texts, lambda row: f"row {begin + row + 1}")
        return added, _list_with_nulls(added) if is_small else added.list_series()

    spans = list(pairwise([*range(0, cells.rows, _CHUNK_ROWS), cells.rows])) or [(0, 0)]
    with ThreadPoolExecutor(min(count_workers(), len(spans))) as pool:
        parts, columns = zip(*pool.map(add, spans), strict=True)
    for part in parts:
        summary.merge(part.counted)
    request.tell(summary)
    named: dict[str, list[str | None] | pl.Series] = dict(
        zip(plan.name_added(cells.header), _join_columns(columns), strict=True)
    )
    return FrameAdded(named, _join_origins(parts, spans))


def _join_origins(parts: Sequence[Added], spans: Sequence[tuple[int, int]]) -> list[int] | None:
    """Return the row of the frame that each output row comes from; None where each row became one."""
    if all(part.origin is None for part in parts):
        return None
    origin: list[int] = []
    for (begin, end), part in zip(spans, parts, strict=True):
        origin += range(begin, end) if part.origin is None else [begin + row for row in part.origin]
    return origin


def _list_with_nulls(added: Added) -> list[list[str | None]]:
    return [[text or None for text in column] for column in added.columns]


def _join_columns(parts: Sequence[Columns]) -> Columns:
    """Return the new columns of all parts."""
    if len(parts) == 1:
        return parts[0]
    import polars as pl

    return [pl.concat(pl.Series(piece) for piece in pieces) for pieces in zip(*parts, strict=True)]


def choose_columns(cells: FrameCells, wanted: Sequence[str], request: FrameRequest, head_rows: int) -> Plan:
    """Return the plan for the wanted columns of a frame, or the one that names genes best."""
    rows = min(cells.rows, head_rows, max(100, (1 << 20) // max(1, len(cells.header))))
    resolver, plan, split = request.tools.resolver, request.plan, request.reading.split

    def read_head(number: int) -> list[str]:
        return [text or "" for text in cells.read(number, 0, rows)]

    if wanted:
        rules = read_rules(cells.header, read_head, resolver, plan, wanted, split)
    else:
        rules, _ = choose_rules(cells.header, read_head, resolver, plan, split=split)
    return request.plan.with_columns(tuple(rules))


def name_wanted(labels: Sequence[object], wanted: Sequence[object]) -> list[str]:
    """Return the wanted columns as `choose_rules` takes them; a label that is no text, such as 0, by its number."""
    named = []
    for one in wanted:
        places = [] if isinstance(one, str) else [place for place, label in enumerate(labels) if label == one]
        named.append(f"#{places[0] + 1}" if places else str(one))
    return named


def tell_cell(value: object) -> str:
    """Return a Python value as the text of a cell: a whole number without decimals, nothing for None and NaN."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT:
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    return as_text(value)
