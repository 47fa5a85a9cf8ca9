"""What the cells of a column came to, counted a block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..resolve.outcome import Outcome
from .answer_kinds import MATCHES
from .loops.row_kernels import count_rows
from .summary import ColumnCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .local_engine import ColumnConverter, Found
    from .plan import Plan
    from .spans import Spans

_MISSES_A_BLOCK = 1_000


def count_column(column: ColumnConverter, found: Found, texts: Spans, name: str) -> ColumnCounts:
    """Return the counts of one column of a block, by output row; of many different misses the most frequent."""
    counts = ColumnCounts(name)
    ready = column.ready
    is_miss = np.array([kind.outcome != Outcome.RESOLVED for kind in ready.kinds])
    is_asked_miss = np.array([one.outcome != Outcome.RESOLVED for one in found.asked], dtype=np.bool_)
    kinds, matches, asked = (np.zeros(size, dtype=np.int64) for size in (len(is_miss), len(MATCHES), len(found.asked)))
    missed = np.empty(len(found.code), dtype=np.int64)
    rows = found.code, found.answer, found.row
    misses = count_rows(*rows, ready.kind_of, ready.match_of, is_miss, is_asked_miss, (kinds, matches, asked), missed)
    for kind, many in zip(ready.kinds, kinds.tolist(), strict=True):
        if many:
            counts.outcomes[kind.outcome] += many
            counts.genes[kind.genes] += many
            if kind.reason:
                counts.reasons[kind.reason] += many
    for word, many in zip(MATCHES, matches.tolist(), strict=True):
        if many and word:
            counts.matched[word] += many
    for one, many in zip(found.asked, asked.tolist(), strict=True):
        counts.add_cell("-", (one,), many)  # whether it is empty is told below
    counts.misses.clear()
    if column.plan.stale:
        counts.stale += int(np.count_nonzero(column.mark_of.take(found.code[found.code >= 0])))
    _count_misses(counts, column, found, texts, missed[:misses])
    return counts


def _count_misses(
    counts: ColumnCounts, column: ColumnConverter, found: Found, texts: Spans, missed: NDArray[np.int64]
) -> None:
    """Count the texts that were not resolved, the most frequent of them each by itself, and the empty cells."""
    cells = texts.take(missed if found.text is None else found.text.take(missed))
    which, firsts = cells.group()
    # By kind of answer, and behind the kinds by what was asked. The rows of one exploded cell may differ in it.
    told = [
        *((kind.outcome, kind.reason) for kind in column.ready.kinds),
        *((a.outcome, a.reason) for a in found.asked),
    ]
    answer, row = found.answer.take(missed), found.row.take(missed)
    kind = np.where(row >= 0, len(column.ready.kinds) + row, column.ready.kind_of.take(answer, mode="clip"))
    pairs, times = np.unique(which * len(told) + kind, return_counts=True)
    cell, kind = firsts.take(pairs // len(told)), pairs % len(told)
    may_be_blank = np.array([outcome == Outcome.UNRECOGNIZED for outcome, _ in told])
    is_blank = may_be_blank.take(kind)
    suspects = np.flatnonzero(is_blank)
    is_blank[suspects] = [_is_blank(text, column.plan) for text in cells.list_bytes(cell.take(suspects))]
    counts.empty = int(times[is_blank].sum())
    filled = int((~is_blank).sum())
    counts.is_cut = filled > _MISSES_A_BLOCK
    often = np.argsort(np.where(is_blank, 0, -times), kind="stable")[: min(_MISSES_A_BLOCK, filled)]
    for text, place, many in zip(
        cells.list_bytes(cell.take(often)), kind.take(often).tolist(), times.take(often).tolist(), strict=True
    ):
        counts.misses[text.decode(), *told[place]] += many


def _is_blank(encoded: bytes, plan: Plan) -> bool:
    text = encoded.decode()
    return not text.strip() or text in plan.missing
