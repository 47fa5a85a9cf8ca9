"""Different cells rendered in bulk as plain lists, in this process or, where there are many, in worker processes.

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
from itertools import chain, cycle
from typing import TYPE_CHECKING, NamedTuple

from .cells import Kind, name_match
from .formats.quotes import Quotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..store.gene_reader import GeneReader
    from .cells import CellConverter
    from .plan import CellRule, Plan

_MANY = 20_000  # cells; fewer are answered sooner than a process starts
_MANY_FOR_STARTED = 2_000  # where the processes are there already
_CHUNK = 4_000


class Rendered(NamedTuple):
    """What different cells became, row by row: new cells as columns, and the place of each row's kind in `kinds`.

    `rows_of` is the number of rows of each cell.
    """

    columns: list[list[str]]
    kind_of: list[int]
    kinds: list[Kind]
    rows_of: list[int]


class WorkerTask(NamedTuple):
    """What a worker renders: the cells of one column of a plan. With `tails` a delimiter, a row is one quoted text."""

    reader: GeneReader
    plan: Plan
    rule: CellRule
    marks: Mapping[str, tuple[str, str]] | None
    tails: str | None


def render(texts: Sequence[str], cells: CellConverter, plan: Plan, tails: str | None) -> Rendered:
    """Return what different cells become; raises SeveralGenes as `cells` does."""
    quotes = None if tails is None else Quotes(tails)
    rows: list[Sequence[str]] = []
    joined: list[str] = []
    kinds: dict[tuple[str, str, str, int, bool, bool], int] = {}
    kind_of: list[int] = []
    rows_of: list[int] = []
    for text, converted in zip(texts, cells.convert_all(texts), strict=True):
        is_empty = not text.strip() or text in plan.missing
        rows_of.append(len(converted))
        for one in converted:
            match = name_match(one.matched_as) if one.matched_as else ""
            kind = (one.outcome, one.reason, match, one.genes, bool(one.stale), is_empty)
            kind_of.append(kinds.setdefault(kind, len(kinds)))
            if quotes is None:
                rows.append(one.list_cells(plan))
            else:
                joined.append(quotes.join(one.list_cells(plan)))
    columns: list[list[str]] = [joined] if quotes is not None else [list(column) for column in zip(*rows, strict=True)]
    return Rendered(columns or [[] for _ in plan.added], kind_of, [Kind(*kind) for kind in kinds], rows_of)


class BulkRenderer:
    """Renders different cells of one column, many of them in so many worker processes. To be closed."""

    def __init__(self, task: WorkerTask, cells: CellConverter, workers: int) -> None:
        self._task = task
        self._cells = cells
        self._number = workers
        self._workers: list[_Worker] = []

    def render(self, texts: list[str]) -> Rendered:
        """Return what different cells become; raises SeveralGenes with `on_many=error`."""
        if len(texts) <= (_MANY_FOR_STARTED if self._workers else _MANY) or self._number < 2:
            return render(texts, self._cells, self._task.plan, self._task.tails)
        if not self._workers:
            self._workers = [_Worker(self._task, self._cells) for _ in range(self._number)]
        size = min(_CHUNK, -(-len(texts) // self._number))
        chunks = [texts[begin : begin + size] for begin in range(0, len(texts), size)]
        shares = [chunks[place :: len(self._workers)] for place in range(len(self._workers))]
        with ThreadPoolExecutor(len(self._workers)) as pool:
            parts = list(pool.map(_Worker.render_all, self._workers, shares))
        turns = [iter(part) for part in parts]
        return _join([next(turn) for turn, _ in zip(cycle(turns), chunks)])

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.close()
        self._workers = []


class _Worker:
    """A process that renders cells."""

    def __init__(self, task: WorkerTask, cells: CellConverter) -> None:
        self._task, self._cells = task, cells
        path = os.pathsep.join(entry or "." for entry in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "resolver.convert.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        self._send(task)

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None  # noqa: S101  (a pipe, see above)
        pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def render_all(self, chunks: list[list[str]]) -> list[Rendered]:
        """Return what the chunks of cells become."""
        assert self._process.stdout is not None  # noqa: S101
        rendered = []
        for chunk in chunks:
            try:
                self._send(chunk)
                rendered.append(pickle.load(self._process.stdout))  # noqa: S301  (of our own process)
            except (EOFError, OSError):  # it ended, by an error or a kill: here the error is raised, or there is none
                rendered.append(render(chunk, self._cells, self._task.plan, self._task.tails))
        return rendered

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        with suppress(OSError):  # it ended before
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _join(parts: Sequence[Rendered]) -> Rendered:
    kinds: dict[Kind, int] = {}
    kind_of: list[int] = []
    for part in parts:
        numbers = [kinds.setdefault(kind, len(kinds)) for kind in part.kinds]
        kind_of += [numbers[kind] for kind in part.kind_of]
    columns = [list(chain.from_iterable(pieces)) for pieces in zip(*[part.columns for part in parts], strict=True)]
    return Rendered(columns, kind_of, list(kinds), [many for part in parts for many in part.rows_of])


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
