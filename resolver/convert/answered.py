"""The different cells of one column, each answered once: numbered by Polars, kept as columns, looked up by number.

Memory is bounded: with `cap` different cells the dictionary starts anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ..identifiers.names import make_encodable
from ..resolve.options import OnMany
from .report.collisions import KEPT_GENES, KEPT_TEXTS, Collision, Collisions

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cells import Kind
    from .formats.base import Texts
    from .plan import Plan
    from .rendering import Rendered
    from .report.summary import ColumnCounts

    Answer = Callable[[pl.Series], Rendered]

CAP = 2_000_000  # different cells: more than a release has identifiers


class Found(NamedTuple):
    """The rows that the cells of a batch became, by number; `origin` is the cell of each (None: one row each)."""

    rows: pl.Series
    origin: pl.Series | None


class AnsweredColumn:
    """Answers the cells of one column, and counts them in `counts`. Not to be shared between threads.

    `answer` renders different cells; `columns` is the number of columns that it renders. Of the first `cap` different
    cells it counts which became the same gene, unless the collisions of `counts` are None.
    """

    def __init__(self, counts: ColumnCounts, plan: Plan, columns: int, answer: Answer, *, cap: int = CAP) -> None:
        self.counts = counts
        self._plan = plan
        self._width = columns
        self._answer = answer
        self._cap = cap
        self._is_exploding = plan.options.on_many is OnMany.EXPLODE
        self._kinds: list[Kind] = []
        self._is_first = True  # the dictionary
        self._start()

    def _start(self) -> None:
        self._dtype = pl.Categorical(pl.Categories.random())
        self._keeper = pl.Series(dtype=self._dtype)  # without a column of its type Polars forgets the numbers
        self._known = 0
        self._columns = [pl.Series(dtype=pl.String) for _ in range(self._width)]
        self._kind_of = pl.Series(dtype=pl.UInt32)
        self._genes = pl.Series(dtype=pl.Int32)
        self._first = pl.Series(dtype=pl.UInt32)  # of each cell its first row, and the number of its rows
        self._many = pl.Series(dtype=pl.UInt32)
        self._times = pl.Series(dtype=pl.UInt64)  # how often each row was found since the last count

    def find(self, texts: Texts) -> Found:
        """Return the rows that some cells become; those that were not met before are answered."""
        if self._known >= self._cap:
            self.add_up()
            self._is_first = False
            self._start()
        column = (
            texts
            if isinstance(texts, pl.Series)
            else pl.Series([make_encodable(one) for one in texts], dtype=pl.String)
        )
        codes = column.fill_null("").cast(self._dtype).to_physical()
        number = 0 if codes.is_empty() else int(codes.max()) + 1  # type: ignore[arg-type]
        if number > self._known:
            self._learn(number)
        found = self._explode(codes) if self._is_exploding else Found(codes, None)
        seen = found.rows.sort().rle().struct.unnest()  # a third of the time of hashing
        self._times.scatter(seen["value"], self._times.gather(seen["value"]) + seen["len"])
        return found

    def list_columns(self, rows: pl.Series) -> list[pl.Series]:
        """Return the new cells of rows."""
        return [column.gather(rows) for column in self._columns]

    def _texts_of(self, codes: pl.Series) -> pl.Series:
        return codes.cast(pl.UInt32).cat.to(self._dtype).cast(pl.String)

    def _learn(self, number: int) -> None:
        """Answer the cells up to this number that are not known."""
        rendered = self._answer(self._texts_of(pl.int_range(self._known, number, dtype=pl.UInt32, eager=True)))
        self._kinds = rendered.kinds
        base = len(self._kind_of)
        self._kind_of = _extend(self._kind_of, rendered.kind_of)
        self._times = _extend(self._times, pl.zeros(len(rendered.kind_of), dtype=pl.UInt64, eager=True))
        self._genes = _extend(self._genes, rendered.genes)
        self._columns = [_extend(column, more) for column, more in zip(self._columns, rendered.columns, strict=True)]
        if self._is_exploding:
            many = rendered.rows_of
            self._first = _extend(self._first, base + many.cum_sum() - many)
            self._many = _extend(self._many, many)
        self._known = number

    def _explode(self, codes: pl.Series) -> Found:
        first, many = self._first.gather(codes), self._many.gather(codes)
        rows = pl.select(pl.int_ranges(first, first + many, dtype=pl.UInt32)).to_series()
        frame = pl.DataFrame([pl.int_range(len(codes), dtype=pl.UInt32, eager=True).alias("origin"), rows.alias("row")])
        exploded = frame.explode("row")
        return Found(exploded["row"], exploded["origin"])

    def add_up(self) -> None:
        """Count what was found since the last call: by what the rows came to, those not resolved by their texts too."""
        kinds, rows = self._kinds, (self._times > 0).arg_true()
        if rows.is_empty():
            return
        counts, kind_of = self._times.gather(rows), self._kind_of.gather(rows)
        seen = pl.DataFrame([rows.alias("row"), counts.alias("count"), kind_of.alias("kind")])
        self._times.scatter(rows, 0)
        for kind, times in seen.group_by("kind").agg(pl.col("count").sum()).iter_rows():
            self.counts.add_kind(kinds[kind], times)
        if self.counts.collisions is not None:
            self.counts.collisions = (
                self._count_collisions(seen) if self._is_first else self.counts.collisions._replace(is_cut=True)
            )
        missed = pl.Series([place for place, kind in enumerate(kinds) if kind.is_miss], dtype=pl.UInt32)
        misses = seen.filter(pl.col("kind").is_in(missed.implode()))
        if misses.is_empty():
            return
        kept = self.counts.limit_misses(misses.height)
        if kept < misses.height:
            misses = misses.top_k(kept, by="count")
        cells = misses["row"]
        if self._is_exploding:
            cells = self._first.search_sorted(cells, side="right") - 1
        for text, times, kind in zip(self._texts_of(cells), misses["count"], misses["kind"], strict=True):
            self.counts.misses[text, kinds[kind].outcome, kinds[kind].reason] += times
        self.counts.prune()

    def _count_collisions(self, seen: pl.DataFrame) -> Collisions:
        """Return which different cells became the same gene; later dictionaries are not counted, since cells recur."""
        decided = pl.Series([place for place, kind in enumerate(self._kinds) if kind.is_decided], dtype=pl.UInt32)
        rows = seen.filter(pl.col("kind").is_in(decided.implode()))
        cells = self._first.search_sorted(rows["row"], side="right") - 1 if self._is_exploding else rows["row"]
        rows = rows.select("count", genes=self._genes.gather(rows["row"]), cell=cells)
        if self._is_exploding:  # a list of one gene twice is one cell
            rows = rows.group_by("genes", "cell").agg(pl.col("count").sum())
        by_gene = (
            rows.group_by("genes")
            .agg(cells=pl.len(), rows=pl.col("count").sum(), first=pl.col("cell").min())
            .filter(pl.col("cells") > 1)
        )
        if by_gene.is_empty():
            return Collisions()
        largest = by_gene.sort("rows", "cells", "first", "genes", descending=[True, True, False, False]).head(
            KEPT_GENES
        )
        shown = pl.col("cell").sort_by("count", "cell", descending=[True, False]).head(KEPT_TEXTS)
        texts = dict(rows.join(largest, on="genes", how="semi").group_by("genes").agg(shown).iter_rows())
        return Collisions(
            by_gene.height,
            int(by_gene["cells"].sum()),
            int(by_gene["rows"].sum()),
            tuple([
                Collision((genes,) if genes > 0 else (), cells, times,
                          tuple(self._texts_of(pl.Series(texts[genes], dtype=pl.UInt32))))
                for genes, cells, times, _ in largest.iter_rows()
            ]),
        )  # fmt: skip


def _extend(column: pl.Series, more: pl.Series) -> pl.Series:
    return more if column.is_empty() else pl.concat([column, more.cast(column.dtype)], rechunk=True)
