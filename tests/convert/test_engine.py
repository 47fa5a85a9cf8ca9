"""The engine by itself: each different cell is answered once, in bounded memory and linear time, here or in workers."""

from __future__ import annotations

import io
import time
from collections import Counter
from typing import Any

import polars as pl
import pytest

from resolver.convert.answered import AnsweredColumn
from resolver.convert.cells import CellConverter, Kind
from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Engine, Tools
from resolver.convert.plan import CellRule, Plan, Reading, make_plan
from resolver.convert.rendering import BulkRenderer, Rendered
from resolver.convert.report.summary import ColumnCounts
from resolver.errors import SeveralGenes
from resolver.resolve.options import read_options
from resolver.resolve.resolver import Resolver
from tests.convert.mixes import BLOCKS, ROWS, convert, read

RULE = CellRule(0, "id")
PLAN = make_plan("symbol").with_columns((RULE,))


class Answering:
    """Answers each cell with itself, and counts how often each is answered."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def __call__(self, texts: pl.Series) -> Rendered:
        """Return the cells themselves."""
        self.times.update(texts)
        kind = Kind("not_found", "not_in_release", "", 0, is_stale=False, is_empty=False)
        zeros = pl.zeros(len(texts), dtype=pl.UInt32, eager=True)
        return Rendered([texts], zeros, [kind], zeros + 1, zeros)


def test_each_different_cell_is_answered_once_and_counted_each_time() -> None:
    answer = Answering()
    column = AnsweredColumn(ColumnCounts("id"), PLAN, 1, answer)
    for _ in range(3):
        found = column.find(pl.Series(["a", "b", None, "a"]))
        assert column.list_columns(found.rows)[0].to_list() == ["a", "b", "", "a"]
    assert answer.times == {"a": 1, "b": 1, "": 1}
    for _ in range(2):  # each is counted once
        column.add_up()
        assert column.counts.outcomes["not_found"] == 12
        assert column.counts.misses["a", "not_found", "not_in_release"] == 6


def test_a_full_dictionary_starts_anew_and_loses_no_count() -> None:
    answer = Answering()
    column = AnsweredColumn(ColumnCounts("id"), PLAN, 1, answer, cap=10)
    for begin in range(0, 100, 8):
        texts = [str(number) for number in range(begin, begin + 8)]
        assert column.list_columns(column.find(pl.Series(texts)).rows)[0].to_list() == texts
    column.add_up()
    assert column.counts.outcomes["not_found"] == 104
    assert column.find(pl.Series(["0"])).rows.len() == 1
    assert answer.times["0"] == 2


def _crafted(number: int) -> pl.Series:
    """Return cells of one length that begin alike, end alike and have the same letters."""
    return pl.Series([f"{'ENSG' * 20}{one:06d}{str(one).zfill(6)[::-1]}{'0' * 40}" for one in range(number)])


def test_a_hundred_thousand_crafted_cells_take_linear_time() -> None:
    def measure(number: int) -> float:
        cells, column = _crafted(number), AnsweredColumn(ColumnCounts("id"), PLAN, 1, Answering())
        begun = time.process_time()
        column.find(cells)
        return time.process_time() - begun

    measure(1_000)
    assert measure(100_000) < 20 * measure(10_000) + 1


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_no_text_of_a_table_is_taken_for_a_mark_of_ours(resolver: Resolver, how: dict[str, Any]) -> None:
    data = b"gene\nTP53\n\x1eend\x1e\nBRCA1\nEGFR\n"
    out, summary, _ = convert(data, make_plan("symbol"), Tools(resolver), Reading(columns=("gene",)), **how)
    assert [row[0] for row in read(out)] == ["gene", "TP53", "\x1eend\x1e", "BRCA1", "EGFR"]
    assert summary.rows == 4


def _many_cells(resolver: Resolver) -> list[str]:
    """Return more different cells than one process answers alone, some of them known."""
    made = [f"ENSG{number:011d}" for number in range(104_000, 129_000)]
    return ["IL7", "TP53", "MUM1", "", "1-Mar", *made]


@pytest.mark.parametrize("stated", [{}, {"on_many": "explode"}])
def test_workers_render_what_this_process_renders(resolver: Resolver, stated: dict[str, str]) -> None:
    plan = make_plan("symbol,uniprot", read_options(stated)).with_columns((RULE,))
    cells, texts = CellConverter(resolver, plan, RULE), pl.Series(_many_cells(resolver))
    for tails in (None, ","):
        alone, beside = BulkRenderer(cells, 1, tails), BulkRenderer(cells, 2, tails)
        here, there = alone.render(texts), beside.render(texts)
        beside.close()
        for one, other in zip(
            [*here.columns, here.rows_of, here.genes], [*there.columns, there.rows_of, there.genes], strict=True
        ):
            assert one.equals(other)
        kinds = ([rendered.kinds[kind] for kind in rendered.kind_of] for rendered in (here, there))
        assert next(kinds) == next(kinds)


def test_an_error_in_a_worker_names_the_line(resolver: Resolver) -> None:
    cells = [f"ENSG{number:011d}" for number in range(800_000, 825_000)]  # of no gene
    cells.append("MUM1")
    data = "\n".join(["id", *cells]).encode()
    plan = make_plan("symbol", read_options({"on_many": "error"}))
    ready = open_conversion(io.BytesIO(data), "t.csv", plan, Tools(resolver), Reading(columns=("id",)))
    with pytest.raises(SeveralGenes, match=f"line {len(cells) + 1}: "):
        ready.run(io.BytesIO())


def test_an_engine_gives_its_counts_in_parts(resolver: Resolver) -> None:
    plan: Plan = PLAN
    with Engine("cells", plan, Tools(resolver), is_small=False) as engine:
        engine.add([pl.Series(["TP53", "nothing"])], str)
        first = engine.take_summary()
        engine.add([pl.Series(["TP53"])], str)
        second = engine.take_summary()
    assert (first.rows, first.columns[0].outcomes["resolved"], second.rows) == (2, 1, 1)
    assert second.columns[0].outcomes == {"resolved": 1}
