"""Frames of Python's table libraries: the same frame, with new columns.

Which library made a frame is told by its class; nothing of a library is imported before a frame of it comes. Each has a
module with a function `convert_frame(frame, request)`.
"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, Unpack

from ..errors import BadOption
from ..resolve.options import DEFAULT, as_text, read_options
from ..resolve.resolver import Resolver
from .odds import choose_rules, find_column
from .plan import DEFAULT_SEPARATOR, make_plan, tell_marks
from .summary import ColumnCounts, Summary
from .text_convert import Reading, Tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

    from .added import Added
    from .chunks import Texts
    from .plan import Plan
    from .text_convert import KeptAnswers, Progress

    OnSummary = Callable[[Summary], None]
    OnProgress = Callable[[Progress], None]

Frame = TypeVar("Frame")

# The module that converts the frames of a library, by the name of the library's package.
MODULES = {
    "pandas": "resolver.convert.pandas_frames",
    "polars": "resolver.convert.polars_frames",
    "pyarrow": "resolver.convert.arrow_frames",
    "pyspark": "resolver.convert.spark_frames",
}
_CHUNK_ROWS = 1 << 18
_WORKERS = 2
_LARGEST_EXACT = 2**53


class Asked(TypedDict, total=False):
    """What can be asked of a conversion besides its columns, as people state it."""

    namespace: str
    species: str | int
    to_species: str | int
    consensus: str
    on_many: str
    separator: str
    best: bool
    stale: bool
    missing: str
    split: str


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


class ConvertingResolver(Resolver):
    """A resolver that converts tables too: frames of Python's table libraries, and files.

    What it prepared for its last large table it keeps in memory, some 200 MB of the whole genome.
    """

    @cached_property
    def _answers(self) -> KeptAnswers:
        return {}

    def convert(
        self,
        frame: Frame,
        *,
        column: object = None,
        to: str | Iterable[str] | None = None,
        on_summary: OnSummary | None = None,
        **asked: Unpack[Asked],
    ) -> Frame:
        """Return a frame of the same kind, row for row, with the columns `to` and four that say how it was found.

        With `stale=True` two more tell what the nightly job marked: its verdict, and what to use now.

        It takes a DataFrame of pandas, Polars or Spark, a LazyFrame, or a Table of pyarrow. `column` names the
        identifiers (several: a list; None: found by content). `on_many="explode"` makes a row of each gene.
        `on_summary` is told what it came to. Raises MissingColumn, BadOption, UnknownNamespace and UnknownSpecies;
        warns where under half of the cells lead to genes.
        """
        plan, reading = _read_asked(to, asked)
        names = column if isinstance(column, list) else [] if column is None else [column]
        request = FrameRequest(plan, self._tools(plan), reading, on_summary)
        module: Any = import_module(_find_module(frame))
        converted: Frame = module.convert_frame(frame, names, request)
        return converted

    def convert_file(
        self,
        source: str | Path,
        target: str | Path,
        *,
        column: str | list[str] | None = None,
        to: str | Iterable[str] | None = None,
        on_progress: OnProgress | None = None,
        reading: Reading | None = None,
        **asked: Unpack[Asked],
    ) -> Summary:
        """Convert a table file to another, whose format its name says, and return what it came to.

        `reading` states what is else found out: delimiter, sheet, encoding, what becomes of bad rows. Raises what
        `convert` raises, UnreadableTable for what is no table, and InputError for what cannot be written.
        """
        from .conversion import create_table_file, format_of, open_conversion, open_table_file

        plan, split = _read_asked(to, asked)
        names = (column,) if isinstance(column, str) else tuple(column or ())
        reading = replace(reading or Reading(), columns=names, split=split.split)
        source, target = Path(source), Path(target)
        with open_table_file(source) as stream:
            conversion = open_conversion(
                stream, str(source), plan, self._tools(plan), reading, to_format=format_of(target.name)
            )
            with create_table_file(target, source) as out:
                return conversion.run(out, on_progress)

    def _tools(self, plan: Plan) -> Tools:
        """Return what converts: with what the nightly job marked, where the plan asks for it."""
        return Tools(self, tell_marks(self.marks, plan.separator) if plan.stale else None, self._answers)


def _read_asked(to: str | Iterable[str] | None, asked: Asked) -> tuple[Plan, Reading]:
    """Return the plan and the reading that are asked for by name."""
    words: dict[str, Any] = dict(asked)
    split = words.pop("split", None)
    shown = {name: words.pop(name) for name in ("separator", "best", "stale", "missing") if name in words}
    if "to" in words or {"fields", "explain", "receipt"} & set(words):
        raise BadOption("a table has no fields, explain or receipt", hint="Ask for columns with to=.")
    options = read_options(words) if words else DEFAULT
    targets = to if to is None or isinstance(to, str) else ",".join(to)
    plan = make_plan(
        targets, options, separator=shown.get("separator", DEFAULT_SEPARATOR), best=shown.get("best", False),
        stale=shown.get("stale", False), missing=shown.get("missing"),
    )  # fmt: skip
    return plan, Reading(split=split)


def _find_module(frame: object) -> str:
    """Return the module that converts such a frame; raises BadOption where there is none."""
    for kind in type(frame).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in MODULES:
            return MODULES[library]
    raise BadOption(
        f"a {type(frame).__name__} is no table", hint=f"Give a frame of {', '.join(MODULES)}, or use convert_file."
    )


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

    columns: dict[str, list[str | None] | pl.Series]
    origin: list[int] | None


def add_cells(cells: FrameCells, wanted: Sequence[str], request: FrameRequest) -> FrameAdded:
    """Return the new columns of a frame that is in memory, and tell the summary."""
    from .added import CellAdder
    from .chunks import HEAD_ROWS
    from .text_convert import SMALL_ROWS

    plan = choose_columns(cells, wanted, request, HEAD_ROWS)
    adder = CellAdder("the frame", plan, request.tools, is_small=cells.rows <= SMALL_ROWS)
    summary = Summary([ColumnCounts(rule.name) for rule in plan.columns])

    def add(span: tuple[int, int]) -> Added:
        begin, end = span
        texts = [cells.read(rule.position, begin, end) for rule in plan.columns]
        return adder.add(texts, lambda row: f"row {begin + row + 1}")

    spans = list(pairwise([*range(0, cells.rows, _CHUNK_ROWS), cells.rows])) or [(0, 0)]
    with ThreadPoolExecutor(min(_WORKERS, len(spans))) as pool:
        parts = list(pool.map(add, spans))
    origin: list[int] = []
    for (begin, end), part in zip(spans, parts, strict=True):
        origin += range(begin, end) if part.origin is None else [begin + row for row in part.origin]
        summary.merge(part.counted)
    request.tell(summary)
    columns = dict(zip(plan.name_added(cells.header), _join_parts(parts), strict=True))
    return FrameAdded(columns, None if len(origin) == cells.rows else origin)


def _join_parts(parts: Sequence[Added]) -> Iterator[list[str | None] | pl.Series]:
    """Yield the new columns of all parts, each in one piece, with null for nothing."""
    if len(parts) == 1 and all(isinstance(column, list) for column in parts[0].columns):
        yield from ([text or None for text in column] for column in parts[0].columns)
        return
    import polars as pl

    for column in zip(*[part.list_series() for part in parts], strict=True):
        yield pl.concat(column).rechunk()


def choose_columns(cells: FrameCells, wanted: Sequence[str], request: FrameRequest, head_rows: int) -> Plan:
    """Return the plan for the wanted columns of a frame, or the one that names genes best."""
    rows = min(cells.rows, head_rows, max(100, (1 << 20) // max(1, len(cells.header))))
    looked_at = {find_column(cells.header, name) for name in wanted} or set(range(len(cells.header)))
    columns = [
        [text or "" for text in cells.read(number, 0, rows)] if number in looked_at else [""] * rows
        for number in range(len(cells.header))
    ]
    head = [list(row) for row in zip(*columns, strict=True)]
    rules, _ = choose_rules(
        cells.header, head, request.tools.resolver, request.plan, tuple(wanted), request.reading.split
    )
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
