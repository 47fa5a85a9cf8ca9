"""Different cells rendered in bulk as columns, in this process or, where there are many, by worker processes.

A worker is `python -m resolver.convert.worker`: it opens the release itself, and gets cells and returns what they
became over its pipes. So it needs nothing of the program that started it, not even a guarded `__main__`.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import polars as pl

from ..resolve.bulk import BulkAccessions
from .cell_rows import describe_rows, list_values
from .cells import kind_of
from .formats.quotes import Quotes
from .notes import note_species

_Given = TypeVar("_Given")
_Returned = TypeVar("_Returned")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..resolve.bulk import Sole
    from .cell_rows import CellRows
    from .cells import CellConverter, Kind

    Call = Callable[[CellConverter, list[_Given]], _Returned]


_FEW = 2_000  # cells; so few are answered one by one
_MANY = 20_000  # cells; fewer are answered sooner than a process starts
_MANY_FOR_STARTED = 2_000  # where the processes are there already
_CHUNK = 4_000
_KEPT = 500_000  # texts of genes


class Rendered(NamedTuple):
    """What different cells became, row by row: new cells as columns, and the place of each row's kind in `kinds`.

    `rows_of` is the number of rows of each cell. Rows with the same number in `genes` have the same genes: that of the
    gene in the release, a negative one for several, 0 for none.
    """

    columns: list[pl.Series]
    kind_of: pl.Series
    kinds: list[Kind]
    rows_of: pl.Series
    genes: pl.Series


class BulkRenderer:
    """Renders different cells of one column, many of them in so many worker processes. To be closed.

    `workers` is their number, by default that of the cores.
    With `tails` a delimiter, the new cells of a row are one quoted text, joined by it.
    """

    def __init__(self, cells: CellConverter, workers: int | None, tails: str | None = None) -> None:
        self._cells = cells
        plan = cells.plan
        self._number = workers or count_cores()
        self._quotes = None if tails is None else Quotes(tails)
        self._workers: list[_Worker] = []
        self._corrected = [cell for cell, _ in plan.corrections]
        self._accessions = BulkAccessions(cells.resolver, plan.options, cells.marks, threads=self._number)
        self._kinds: dict[Kind, int] = {}
        self._several: dict[tuple[int, ...], int] = {}  # of cells with several genes, by which their values are found
        self._forgotten = 0  # how many such were there before
        self._values: pl.DataFrame | None = None

    def render(self, texts: pl.Series) -> Rendered:
        """Return what different cells become; raises SeveralGenes with `on_many=error`."""
        if len(self._several) > _KEPT:
            self._forgotten += len(self._several)
            self._several, self._values = {}, None
        if len(texts) > _MANY:
            self._start_workers()  # they open the release while the accessions are found here
        by_shape = texts.set(texts.is_in(self._corrected), "") if self._corrected else texts
        sole = self._accessions.find(by_shape) if len(texts) > _FEW else None
        rest = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
        parts = []
        if sole is not None and not sole.rows.is_empty():
            parts.append(self._read_sole(sole))
            rest = rest.filter(~rest.is_in(sole.rows["place"].implode()))
        # In the order of the release's indexes, so that the records of neighbors are on the same pages.
        rest = rest.gather(texts.gather(rest).arg_sort())
        begin = 0
        for part in self._call(describe_rows, texts.gather(rest).to_list()):
            parts.append(self._read_part(part, rest.slice(begin, len(part.rows_of))))
            begin += len(part.rows_of)
        rows = pl.concat(parts).sort("cell", maintain_order=True)
        rows_of = rows.group_by("cell", maintain_order=True).len()["len"]
        genes = rows["genes"]
        if self._forgotten:
            genes = rows.select(pl.col("genes") - self._forgotten * (pl.col("genes") < 0).cast(pl.Int32)).to_series()
        return Rendered(self._list_columns(rows), rows["kind"], list(self._kinds), rows_of, genes)

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def _start_workers(self) -> None:
        if not self._workers and self._number > 1:
            self._workers = [_Worker(self._cells) for _ in range(self._number)]

    def _call(self, function: Call[_Given, _Returned], values: list[_Given]) -> Iterator[_Returned]:
        """Yield what the function returns for parts of the values, in order."""
        size = max(1, min(_CHUNK, -(-len(values) // self._number)))
        chunks = [values[begin : begin + size] for begin in range(0, len(values), size)]
        if self._number < 2 or len(values) <= (_MANY_FOR_STARTED if self._workers else _MANY):
            yield from (function(self._cells, chunk) for chunk in chunks)
            return
        self._start_workers()
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            idle.put(worker)

        def run(chunk: list[_Given]) -> _Returned:
            worker = idle.get()
            try:
                return worker.call(function, chunk)
            finally:
                idle.put(worker)

        with ThreadPoolExecutor(self._number) as pool:
            yield from pool.map(run, chunks)

    def _read_part(self, part: CellRows, cells: pl.Series) -> pl.DataFrame:
        """Return the rows of a part as (cell, genes, kind, status cells)."""
        kinds, several = self._kinds, self._several
        genes, numbers = part.genes, [kinds.setdefault(kind, len(kinds)) for kind in part.kinds]
        for row, of_row in part.several.items():
            genes[row] = -1 - several.setdefault(of_row, len(several))
        columns = [
            cells if len(cells) == len(genes) else cells.repeat_by(pl.Series(part.rows_of)).explode(),
            pl.Series("genes", genes, dtype=pl.Int32),
            pl.Series("kind", [numbers[kind] for kind in part.kind_of], dtype=pl.UInt32),
            *[pl.Series(str(number), cells, dtype=pl.String) for number, cells in enumerate(part.own)],
        ]
        return pl.DataFrame([columns[0].alias("cell"), *columns[1:]])

    def _read_sole(self, sole: Sole) -> pl.DataFrame:
        """Return the rows of accessions that were answered by their shape, as `_read_part` does."""
        kinds = self._kinds
        shapes = [note_species(cells, self._cells.rule.species) for cells in sole.shapes]
        numbers = [kinds.setdefault(kind_of(cells, is_empty=False), len(kinds)) for cells in shapes]
        own = len(self._cells.plan.added) - len(self._cells.plan.targets) - 2
        return sole.rows.select(
            pl.col("place").alias("cell"),
            pl.col("gene").alias("genes"),
            pl.lit(pl.Series(numbers, dtype=pl.UInt32)).gather(pl.col("shape")).alias("kind"),
            pl.col("match").alias("0"),
            *[pl.lit("").alias(str(number)) for number in range(1, own)],
        )

    def _list_columns(self, rows: pl.DataFrame) -> list[pl.Series]:
        """Return the new cells of rows: values, outcome, reason and the other status cells."""
        values = self._find_values(rows["genes"])
        kinds = rows["kind"]
        outcome, reason = (
            pl.Series([kind[place] for kind in self._kinds], dtype=pl.String).gather(kinds) for place in (0, 1)
        )
        status = [outcome, reason, *rows.get_columns()[3:]]
        if self._quotes is None:
            return [*values, *status]
        parts = [pl.lit(values[0]), pl.lit(self._quotes.join_columns(status))]
        return [pl.select(pl.concat_str(parts, separator=self._quotes.delimiter)).to_series()]

    def _find_values(self, genes: pl.Series) -> list[pl.Series]:
        """Return the values of each row's genes; those of genes that are new are read."""
        wanted = genes.unique().sort().to_frame("genes")  # as the documents lie in the release
        new = wanted if self._values is None else wanted.join(self._values, on="genes", how="anti")
        if not new.is_empty():
            several = list(self._several)
            numbers = [(one,) if one > 0 else several[-1 - one] if one else () for one in new["genes"]]
            listed = list(chain.from_iterable(self._call(list_values, numbers)))
            columns = [pl.Series(str(place), column) for place, column in enumerate(zip(*listed, strict=True))]
            if self._quotes is not None:
                columns = [self._quotes.join_columns(columns).alias("0")]
            read = new.with_columns(columns)
            self._values = read if self._values is None else pl.concat([self._values, read])
        assert self._values is not None  # noqa: S101  (rows have genes, or the 0 for none)
        found = genes.to_frame("genes").join(self._values, on="genes", how="left", maintain_order="left")
        return found.get_columns()[1:]


class _Worker:
    """A process that runs calls."""

    def __init__(self, cells: CellConverter) -> None:
        self._cells = cells
        path = os.pathsep.join(entry or "." for entry in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "resolver.convert.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        with suppress(OSError):  # it ended: the first call finds that out
            self._send((cells.resolver.reader, cells.plan, cells.rule, cells.marks))

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None  # noqa: S101  (a pipe, see above)
        pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def call(self, function: Call[_Given, _Returned], values: list[_Given]) -> _Returned:
        """Return what the function returns for the values there."""
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._send((function, values))
            returned: _Returned = pickle.load(self._process.stdout)  # noqa: S301  (of our own process)
        except (EOFError, OSError):  # it ended, by an error or a kill: here the error is raised, or there is none
            return function(self._cells, values)
        return returned

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        with suppress(OSError):  # it ended before
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
