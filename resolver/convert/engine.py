"""The one engine of all conversions: different cells → each answered once → rendered → joined back in order.

Columns of a small table (`Source.is_small`) are lists, and no table engine is imported. A larger one comes in batches,
whose identifier columns are columns of Polars (`answered`). Memory does not grow with the table.
"""

from __future__ import annotations

import gc
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..errors import SeveralGenes
from ..identifiers.names import make_encodable
from .cells import CellConverter
from .choice import prepare
from .first_row import settle_header
from .formats.base import Added
from .head import read_texts, take_cells
from .in_place import Replacing
from .report.assumed import list_assumptions
from .report.misses import add_details
from .report.summary import ColumnCounts, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from typing import Self

    from ..resolve.resolver import Resolver
    from .answered import AnsweredColumn
    from .formats.base import Batch, Sink, Source, Texts
    from .plan import Plan, Reading
    from .profile import Prepared
    from .rendering import BulkRenderer

    FindPlace = Callable[[int], str]
    Read = tuple[Batch, list[Texts]]
    Write = Callable[[], None]

_WAITING = 2  # batches that wait to be converted, and to be written


class Progress(NamedTuple):
    """How far a conversion is: rows converted, and bytes of the file read."""

    rows: int
    bytes_read: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What a conversion works with: a resolver, and what the nightly job marked (verdict, what to use now) by CURIE."""

    resolver: Resolver
    marks: Mapping[str, tuple[str, str]] | None = None

    def make_cells(self, plan: Plan) -> list[CellConverter]:
        """Return a converter for the cells of each column of the plan."""
        return [CellConverter(self.resolver, plan, rule, self.marks) for rule in plan.columns]


class Engine:
    """Finds the new cells of a table's rows, and counts what they come to in `summary`. To be closed.

    `name` is what messages call the table. With `tails` a delimiter, the new cells of large tables are rendered as one
    text, joined by it. `workers` is how many processes answer many different cells at once (None: one for each core; 1:
    this process alone). Not to be shared between threads.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        tools: Tools,
        *,
        is_small: bool,
        tails: str | None = None,
        workers: int | None = None,
    ) -> None:
        self._name = name
        self._plan = plan
        self._reader = tools.resolver.reader
        self._tails = tails
        self._is_small = is_small
        self._workers = workers
        self._cells = tools.make_cells(plan)
        self._columns: list[AnsweredColumn] = []
        self._renderers: list[BulkRenderer] = []
        self.summary = self._new_summary()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for renderer in self._renderers:
            renderer.close()

    def add(self, texts: Sequence[Texts], find_place: FindPlace) -> Added:
        """Return the new cells of rows whose identifier columns have these texts, in the plan's order.

        Raises SeveralGenes with `on_many=error` where a cell matches several, with its place by `find_place`.
        """
        try:
            added = self._add_rows(texts) if self._is_small else self._add_columns(texts)
        except SeveralGenes:
            self._raise_with_place(texts, find_place)
            raise
        self.summary.rows += len(texts[0])
        return added

    def _new_summary(self) -> Summary:
        return Summary([ColumnCounts(rule.title, vote=rule.species) for rule in self._plan.columns])

    def take_summary(self) -> Summary:
        """Return what the rows came to since the last call: its misses are not grouped, its collisions not counted."""
        summary = self.summary
        for counts in summary.columns:
            counts.collisions = None
        self._add_up()
        self.summary = self._new_summary()
        for column, counts in zip(self._columns, self.summary.columns, strict=False):
            column.counts = counts
        return summary

    def summarize(self) -> Summary:
        """Return what the rows came to so far."""
        self._add_up()
        for counts, cells in zip(self.summary.columns, self._cells, strict=True):
            if counts.collisions is not None:
                counts.collisions = counts.collisions.complete(cells.find_genes)
        self.summary.explain(self._reader)
        self.summary.assumed = list_assumptions(self._plan)
        return self.summary

    def _add_up(self) -> None:
        for column in self._columns:
            column.add_up()

    def _add_rows(self, texts: Sequence[Texts]) -> Added:
        plan, summary = self._plan, self.summary
        columns = [[cell or "" for cell in column] for column in texts]
        with _without_collection():
            converted = [
                cells.convert_all(list(map(make_encodable, column)))
                for cells, column in zip(self._cells, columns, strict=True)
            ]
            for column, rows_of, counts in zip(columns, converted, summary.columns, strict=True):
                counts.add_cells([("" if plan.is_missing(text) else text) for text in column], rows_of)
            # Only a single column may have become several rows.
            listed = [[row.list_cells(plan) for row in rows] for rows in converted[0]]
            for others in converted[1:]:
                listed = [[(*rows[0], *other[0].list_cells(plan))] for rows, other in zip(listed, others, strict=True)]
        written = list(chain.from_iterable(listed))
        summary.written += len(written)
        added = list(map(list, zip(*written, strict=True))) or [[] for _ in plan.added for _ in plan.columns]
        if len(written) == len(listed):
            return Added(added, None)
        return Added(added, [number for number, rows in enumerate(listed) for _ in rows])

    def _raise_with_place(self, texts: Sequence[Texts], find_place: FindPlace) -> None:
        """Raise SeveralGenes for the first cell that matches several genes, with its place."""
        for number, cells in enumerate(zip(*texts, strict=True)):
            for text, column in zip(cells, self._cells, strict=True):
                try:
                    column.convert(make_encodable(text or ""))
                except SeveralGenes as error:
                    where = f"{self._name}, {find_place(number)}"
                    raise SeveralGenes(f"{where}: {error}", answer=error.answer, hint=error.hint) from error

    def _add_columns(self, texts: Sequence[Texts]) -> Added:
        columns = self._columns or self._open_columns()
        found = [column.find(cells) for column, cells in zip(columns, texts, strict=True)]
        self.summary.written += len(found[0].rows)
        added = [cells for column, one in zip(columns, found, strict=True) for cells in column.list_columns(one.rows)]
        origin = found[0].origin
        return Added(added, origin) if self._tails is None else Added((), origin, added)

    def _open_columns(self) -> list[AnsweredColumn]:
        from .answered import AnsweredColumn
        from .rendering import BulkRenderer

        self._renderers = [BulkRenderer(cells, self._workers, self._tails) for cells in self._cells]
        width = len(self._plan.added) if self._tails is None else 1
        self._columns = [
            AnsweredColumn(counts, self._plan, width, renderer.render)
            for counts, renderer in zip(self.summary.columns, self._renderers, strict=True)
        ]
        return self._columns


class Conversion:
    """A conversion of a table, ready to run: `prepared` shows what it will do; `run` does it, once.

    `written` is the name of the format that it writes. Raises MissingColumn and BadOption for columns that do not
    exist or do not contain genes.
    """

    def __init__(
        self, source: Source, sink: type[Sink], plan: Plan, tools: Tools, reading: Reading, written: str = ""
    ) -> None:
        self._source = source
        self.written = written
        self._sink = sink
        self._tools = tools
        if sink.replaces and not plan.in_place:
            plan = plan.replacing()
        settle_header(source, tools.resolver, plan.options, reading.columns)
        wanted = reading.columns or source.columns
        self.prepared = prepare(source.header, take_cells(source.head), tools.resolver, plan, wanted, reading.split)
        source.notes += self.prepared.notes
        self.prepared.notes = source.notes  # which may grow while the table is read
        sink.check_size(len(source.header) + len(self.prepared.added), source.rows)

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows with their new cells; the table is not converted."""
        return preview(self.prepared, self._tools, rows)

    def run(self, out: BinaryIO, on_progress: Callable[[Progress], None] | None = None) -> Summary:
        """Write the converted table, and return what it came to; raises what the table and the disk raise.

        `on_progress` is called after each batch; an exception that it raises ends the conversion.
        """
        source, plan = self._source, self.prepared.plan
        replacing = Replacing(plan, self._tools.make_cells(plan)) if plan.in_place else None
        read = ((batch, [read_texts(rule, batch.list_texts) for rule in plan.columns]) for batch in source.batches())
        with self._sink(out, source, self.prepared.added) as sink:
            tails = None if plan.in_place else sink.takes_tails
            with Engine(source.name, plan, self._tools, is_small=source.is_small, tails=tails) as engine:
                summary = engine.summary
                with _in_threads(read, is_small=source.is_small) as (batches, do_next):
                    for batch, texts in batches:
                        added = engine.add(texts, batch.describe_place)
                        if replacing is None:
                            do_next(partial(sink.write, batch, added))
                        else:
                            do_next(partial(sink.write_replaced, batch, replacing.find(texts, added)))
                        do_next(partial(summary.count_bad, batch))  # of which writing may have found more
                        if on_progress is not None:
                            on_progress(Progress(summary.rows, source.bytes_read))
                engine.summarize()
        summary.notes = self.prepared.notes
        if replacing is not None:
            summary.notes.append(replacing.describe())
        add_details(summary, self._tools.resolver, self.prepared, PurePath(source.name).name)
        return summary


def preview(prepared: Prepared, tools: Tools, rows: int) -> list[list[str]]:
    """Return the first rows of a table with their new cells."""
    plan = prepared.plan
    converters = tools.make_cells(plan)
    if plan.in_place:
        replacing = Replacing(plan, converters)
        return [replacing.preview(row) for row in prepared.head[:rows]]
    shown = []
    for row in prepared.head[:rows]:
        cells = list(row)
        for rule, converter in zip(plan.columns, converters, strict=True):
            (text,) = read_texts(rule, take_cells([row]).read)
            cells += converter.convert(text)[0].list_cells(plan)
        shown.append(cells)
    return shown


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause Python's search for reference cycles, which takes an eighth of the time and finds none here."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _in_threads(read: Iterable[Read], *, is_small: bool) -> Iterator[tuple[Iterable[Read], Callable[[Write], None]]]:
    """Give the batches and what runs a write; of a large table reading and writing go on beside the conversion."""
    if is_small:
        yield read, lambda write: write()
        return
    with ThreadPoolExecutor(1, "read") as reader, ThreadPoolExecutor(1, "write") as writer:
        waiting: deque[Future[None]] = deque()

        def do_next(write: Write) -> None:
            waiting.append(writer.submit(write))
            if len(waiting) > 2 * _WAITING:  # two for each batch
                waiting.popleft().result()

        yield _read_ahead(read, reader), do_next
        for future in waiting:
            future.result()


def _read_ahead(read: Iterable[Read], thread: ThreadPoolExecutor) -> Iterator[Read]:
    batches = iter(read)
    ahead = deque(thread.submit(next, batches, None) for _ in range(_WAITING))
    while (one := ahead.popleft().result()) is not None:
        ahead.append(thread.submit(next, batches, None))
        yield one
