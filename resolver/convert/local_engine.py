"""A whole column at a time, on this machine: what a release has ready is joined, the rest is asked once for each text.

Cost: some tenths of a microsecond for a text that is written as its authority writes it, with or without a version, be
it known or not; some microseconds for each different name or accession that no release knows, some fifty for each other
text that is different. Memory: the texts and answers of the release (160 MB for the whole genome, mapped where kept)
and a few blocks, whatever the number of rows.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..resolve.options import OnMany

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from .cells import CellConverter, Converted
    from .plan import Plan
    from .ready_answers import ReadyAnswers
    from .spans import Spans

_KEPT = 200_000


class Found(NamedTuple):
    """What a column of texts leads to.

    For each output row: `text` the text it comes from, by position (None: one row for each text, in order), `code` the
    ready text (-1: it was asked), `answer` the ready answer (-1 there too), `row` its place among `asked` (-1 else).
    `asked` are the different rows that texts became which were asked.
    """

    text: NDArray[np.int64] | None
    code: NDArray[np.int32]
    answer: NDArray[np.int64]
    row: NDArray[np.int64]
    asked: list[Converted]


class Told(NamedTuple):
    """What was asked: for each text the places, among `different`, of the rows that it becomes."""

    rows: list[tuple[int, ...]]
    different: list[Converted]


class _Memory:
    """What texts became: for each the places of its rows among the different ones."""

    def __init__(self) -> None:
        self.known: dict[bytes, tuple[int, ...]] = {}
        self.rows: list[Converted] = []
        self._places: dict[Converted, int] = {}
        self._lock = threading.Lock()

    def keep(self, texts: Iterable[bytes], rows: tuple[Converted, ...]) -> None:
        """Remember of some texts the rows that each of them becomes."""
        with self._lock:
            for row in rows:
                if self._places.setdefault(row, len(self.rows)) == len(self.rows):
                    self.rows.append(row)
            places = tuple([self._places[row] for row in rows])
            self.known.update(dict.fromkeys(texts, places))


class ColumnConverter:
    """Converts the cells of one column, a block at a time; safe to share between threads."""

    def __init__(
        self,
        ready: ReadyAnswers,
        plan: Plan,
        cells: CellConverter,
        marks: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.plan = plan
        self.ready = ready
        self._cells = cells
        self._lock = threading.Lock()
        self._memory = _Memory()
        self._is_exploding = plan.options.on_many is OnMany.EXPLODE
        # Verdict and what to use now, by number; 0 is no mark. By ready text the number of its mark.
        self.marks = [("", ""), *(marks or {}).values()]
        self.mark_of = self._find_marked(marks or {})

    def find(self, texts: Spans) -> Found:
        """Return what the texts lead to, in their order; an empty cell is an empty text."""
        code = self.ready.index.find(texts)
        missed = np.flatnonzero(code < 0)
        answer = self.ready.answer_of.take(code, mode="clip").astype(np.int64)
        row = np.full(len(code), -1, dtype=np.int64)
        if not len(missed):
            return Found(None, code, answer, row, [])
        answer[missed] = -1
        cells = texts.take(missed)
        which, firsts = cells.group()
        told = self._ask(cells.list_bytes(firsts))
        if not self._is_exploding:
            used, numbers = np.unique(np.array([rows[0] for rows in told.rows], dtype=np.int64), return_inverse=True)
            row[missed] = numbers.take(which)
            return Found(None, code, answer, row, [told.different[place] for place in used.tolist()])
        counts = np.array([len(rows) for rows in told.rows])
        numbers = np.array([number for rows in told.rows for number in rows])
        many = np.ones(len(code), dtype=np.int64)
        many[missed] = counts.take(which)
        row[missed] = (np.cumsum(counts) - counts).take(which)
        text = np.repeat(np.arange(len(code)), many)
        within = np.arange(len(text)) - np.repeat(np.cumsum(many) - many, many)
        used, numbers = np.unique(numbers, return_inverse=True)
        row = np.where(code[text] < 0, numbers.take(row[text] + within, mode="clip"), -1)
        return Found(text, code[text], answer[text], row, [told.different[place] for place in used.tolist()])

    def _ask(self, texts: list[bytes]) -> Told:
        """Return what different texts become; it is kept for the next blocks."""
        memory = self._memory
        for text in texts:
            if text not in memory.known:
                with self._lock:
                    rows = self._cells.convert(text.decode())
                memory.keep((text,), rows)
        told = [memory.known[text] for text in texts]
        if len(memory.known) >= _KEPT:
            self._memory = _Memory()  # other threads may still read the old one
        return Told(told, memory.rows)

    def _find_marked(self, marks: Mapping[str, tuple[str, str]]) -> NDArray[np.int32]:
        """Return for each ready text the place of its mark, 0 for none."""
        place = np.zeros(len(self.ready.answer_of), dtype=np.int32)
        if marks:
            is_marked = self.ready.columns.find_match(marks)
            places = {f"identifier {curie}": number for number, curie in enumerate(marks, start=1)}
            place[is_marked] = [places[text] for text in self.ready.columns.matched_as(is_marked).to_list()]
        return place
