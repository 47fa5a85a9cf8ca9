"""A whole column at a time, on this machine: what a release has ready is joined, the rest is asked once for each text.

Cost: some tenths of a microsecond for a text that is written as its authority writes it, with or without a version, be
it known or not; some ten microseconds for each other text that is different. Memory: the release's texts and
answers (about 0.5 GB for the whole genome) and a few blocks, whatever the number of rows.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from ..identifiers.namespaces import BY_PREFIX
from ..resolve.outcome import Outcome, Reason
from .cells import Converted
from .ready_answers import ReadyAnswers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from .cells import CellConverter
    from .plan import CellRule, Plan

_RNA_AND_PROTEIN = ("NM", "NR", "XM", "XR", "NP", "XP")
# Accessions of these shapes that a release does not have can be nothing else: they are told without being asked.
_SURE_SHAPES = "|".join(
    [form.pattern for form in BY_PREFIX["ensembl"].forms] + [f"(?:{'|'.join(_RNA_AND_PROTEIN)})_[0-9]{{6,9}}"]
)
_SURE = rf"^(?:{_SURE_SHAPES})(?:\.[0-9]{{1,4}})?$"
_VERSION = "^[0-9]{1,4}$"
_UNKNOWN = Converted((), Outcome.NOT_FOUND.value, Reason.NOT_IN_RELEASE.value, "", "")


class Asked(NamedTuple):
    """The texts that were asked one by one: their rows, where each text's rows begin, and how many they are."""

    rows: list[Converted]
    begins: list[int]
    counts: list[int]


class Found(NamedTuple):
    """What a column of texts leads to.

    For each output row: `text` the text it comes from, by position (None: one row for each text, in order), `code` the
    ready text (-1: it was asked), `answer` the ready answer (-1 there too), `row` the asked row (-1 else).
    """

    text: NDArray[np.int64] | None
    code: NDArray[np.int32]
    answer: NDArray[np.int64]
    row: NDArray[np.int64]
    asked: list[Converted]


class ColumnConverter:
    """Converts the cells of one column, a block at a time; safe to share between threads."""

    def __init__(
        self,
        lookup: Path,
        plan: Plan,
        rule: CellRule,
        cells: CellConverter,
        marks: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.plan = plan
        self.ready = ReadyAnswers(lookup, plan, rule)
        self._cells = cells
        self._lock = threading.Lock()
        self._is_open = not plan.options.namespaces and not plan.missing
        self._marks = [("", ""), *(marks or {}).values()]
        self._mark_of = self._find_marked(marks or {})

    def find(self, texts: pl.Series) -> Found:
        """Return what the texts (nulls are empty cells) lead to, in their order."""
        texts = texts.fill_null("")
        code = self.ready.index.find(texts)
        missed = np.flatnonzero(code < 0)
        rows: list[Converted] = []
        row = np.full(len(code), -1, dtype=np.int64)
        counts: NDArray[np.int64] | None = None
        if len(missed):
            code[missed] = self._find_versioned(texts.gather(pl.Series(missed)))
            missed = missed[code[missed] < 0]
        if len(missed):
            rest = texts.gather(pl.Series(missed))
            different = rest.unique()
            asked = self._ask(different)
            which = _places_among(different, rest)
            row[missed] = np.asarray(asked.begins, dtype=np.int64)[which]
            rows = asked.rows
            many = np.asarray(asked.counts, dtype=np.int64)
            if (many != 1).any():
                counts = np.ones(len(code), dtype=np.int64)
                counts[missed] = many[which]
        answer = np.where(code >= 0, self.ready.answer_of[np.maximum(code, 0)].astype(np.int64), -1)
        if counts is None:
            return Found(None, code, answer, row, rows)
        text = np.repeat(np.arange(len(code)), counts)
        within = np.arange(len(text)) - np.repeat(np.cumsum(counts) - counts, counts)
        row = row[text] + np.where(row[text] >= 0, within, 0)
        return Found(text, code[text], answer[text], row, rows)

    def list_columns(self, found: Found) -> list[pl.Series]:
        """Return the output columns as they are: the targets, then the status columns."""
        of_answer = [*self.ready.values, self.ready.outcome, self.ready.reason]
        columns = [
            fill(found.answer, found.row, ready, [one.cells[number] for one in found.asked])
            for number, ready in enumerate(of_answer)
        ]
        columns.append(self._list_matches(found))
        retired = [one.retired_from for one in found.asked]
        columns.append(fill(found.answer, found.row, self.ready.retired_from, retired))
        if self.plan.stale:
            columns += self.list_marks(found)
        return [column.alias(name) for column, name in zip(columns, self.plan.added, strict=True)]

    def _list_matches(self, found: Found) -> pl.Series:
        ready = self.ready.matched_as(found.code)
        if not found.asked:
            return ready
        asked = pl.Series([one.matched_as for one in found.asked], dtype=pl.String)
        return ready.zip_with(pl.Series(found.code >= 0), asked.gather(pl.Series(np.maximum(found.row, 0))))

    def tell(self, found: Found, place: int) -> tuple[str, str]:
        """Return outcome and reason of one output row."""
        if found.code[place] >= 0:
            answer = int(found.answer[place])
            return self.ready.outcome[answer], self.ready.reason[answer]
        row = found.asked[found.row[place]]
        return row.outcome, row.reason

    def count_marked(self, found: Found) -> int:
        """Return how many of the output rows that stand ready were led to their gene by a marked identifier."""
        if len(self._marks) < 2:
            return 0
        return int((self._mark_of[found.code[found.code >= 0]] > 0).sum())

    def list_marks(self, found: Found) -> list[pl.Series]:
        """Return the columns of what the nightly job marked: the verdict, and what to use now."""
        place = np.where(found.code >= 0, self._mark_of[np.maximum(found.code, 0)], np.int32(-1))
        verdicts, now = (pl.Series(column, dtype=pl.String) for column in zip(*self._marks, strict=True))
        stale = fill(place, found.row, verdicts, [one.stale for one in found.asked])
        return [stale, fill(place, found.row, now, [one.use_now for one in found.asked])]

    def _find_versioned(self, missed: pl.Series) -> NDArray[np.int32]:
        """Return the ready text of each accession with a version, -1 for all others."""
        dot = missed.str.find(".", literal=True)
        has_dot = np.flatnonzero(dot.is_not_null().to_numpy())
        code = np.full(len(missed), -1, dtype=np.int32)
        if not len(has_dot) or self.plan.missing:
            return code
        dotted = missed.gather(pl.Series(has_dot)).to_frame("text").with_columns(dot=dot.gather(pl.Series(has_dot)))
        split = dotted.select(
            stem=pl.col("text").str.slice(0, pl.col("dot")),
            is_version=pl.col("text").str.slice(pl.col("dot") + 1).str.contains(_VERSION),
        )
        found = self.ready.index.find(split["stem"])
        fits = (found >= 0) & split["is_version"].to_numpy()
        fits &= self.ready.takes_version[np.maximum(found, 0)]
        code[has_dot] = np.where(fits, found, np.int32(-1))
        return code

    def _ask(self, different: pl.Series) -> Asked:
        """Return what different texts lead to; those that can be nothing but an unknown accession share one row."""
        asked = Asked([_UNKNOWN._replace(values=("",) * len(self.plan.targets))], [], [])
        is_sure = different.str.contains(_SURE).to_list() if self._is_open else [False] * len(different)
        with self._lock:  # what was answered is kept for all blocks
            for text, sure in zip(different.to_list(), is_sure, strict=True):
                rows = () if sure else self._cells.convert(text)
                asked.begins.append(0 if sure else len(asked.rows))
                asked.counts.append(1 if sure else len(rows))
                asked.rows.extend(rows)
        return asked

    def _find_marked(self, marks: Mapping[str, tuple[str, str]]) -> NDArray[np.int32]:
        """Return for each ready text the place of its mark, 0 for none."""
        place = np.zeros(len(self.ready.answer_of), dtype=np.int32)
        if marks:
            is_marked = self.ready.find_match(pl.Series(list(marks)))
            places = {f"identifier {curie}": number for number, curie in enumerate(marks, start=1)}
            place[is_marked] = [places[text] for text in self.ready.matched_as(is_marked).to_list()]
        return place


def fill(
    places: NDArray[np.int32] | NDArray[np.int64], rows: NDArray[np.int64], ready: pl.Series, asked: list[str]
) -> pl.Series:
    """Return one output column: `ready` where a place is not negative, else what was asked."""
    if not asked:
        return ready.gather(pl.Series(places))
    # In one piece, since gathering from several takes twenty times as long.
    both = pl.concat([ready, pl.Series(asked, dtype=pl.String)]).rechunk()
    return both.gather(pl.Series(np.where(places >= 0, places, len(ready) + rows)))


def _places_among(different: pl.Series, texts: pl.Series) -> NDArray[np.int64]:
    numbered = different.to_frame("text").with_row_index("place")
    return texts.to_frame("text").join(numbered, on="text", how="left", maintain_order="left")["place"].to_numpy()
