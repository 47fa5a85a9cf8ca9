"""One answer in every way: the resolver alone, cell by cell, by blocks of a table, and by whole columns.

RESOLVER_EXAMPLES=1000 tries the mixes as often.
"""

from __future__ import annotations

import os
import re
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from resolver.convert.engine import Engine, Tools
from resolver.convert.plan import Reading, make_plan
from resolver.errors import SeveralGenes, UnreadableTable
from resolver.resolve.options import read_options
from resolver.resolve.resolver import Resolver
from tests.convert.mixes import (
    BLOCKS,
    ROWS,
    Requested,
    cells_of,
    convert,
    convert_one_by_one,
    gzipped,
    is_table_text,
    plans,
    read,
    rule_of,
    written,
)
from tests.resolve.samples import Texts
from tests.resolve.test_golden import ROWS as GOLDEN

_TRIED = int(os.environ.get("RESOLVER_EXAMPLES", "25"))
_SAMPLE = 3_000


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    """Return strategies on the starter release."""
    return Texts(resolver)


def assert_all_agree(resolver: Resolver, cells: list[str], requested: Requested) -> None:
    """Convert a column in every way, and compare cells, rows and counts."""
    rows = [[f"r{number}", cell] for number, cell in enumerate(cells)]
    data = written(["n", "id"], rows)
    tools = Tools(resolver, requested.marks)
    reading = Reading(columns=("id",), split=requested.split, delimiter=",")
    came_to: list[Any] = []
    for how in (ROWS, BLOCKS, {"small_rows": -1}):
        try:
            out, summary, conversion = convert(data, requested.plan, tools, reading, **how)
        except SeveralGenes as error:
            came_to.append(str(error))
        else:
            came_to.append((read(out), summary))
    assert came_to[0] == came_to[1] == came_to[2]
    if isinstance(came_to[0], str):
        assert "line" in came_to[0]
        return
    table, plan = came_to[0][0][1:], conversion.prepared.plan
    rule = plan.columns[0]
    with Engine("cells", plan, tools, is_small=False) as engine:
        added = engine.add([pl.Series(cells, dtype=pl.String)], str)
    columns = [pl.Series(column).to_list() for column in added.columns]
    assert [list(row) for row in zip(*columns, strict=True)] == [row[2:] for row in table]
    assert [rows[number] for number in added.list_origin(len(cells))] == [row[:2] for row in table]
    if rule.lists is None:
        alone = convert_one_by_one(cells, requested, rule_of(cells, requested, resolver), resolver)
        assert [list(one.list_cells(plan)) for rows_of in alone for one in rows_of] == [row[2:] for row in table]


# A failing mix is reported without shrinking, which takes longer than reading it.
@settings(
    max_examples=_TRIED,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_mixes_with_damage_are_answered_alike_in_every_way(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    assert_all_agree(resolver, data.draw(cells_of(texts)), data.draw(plans(texts.curies)))


@pytest.mark.parametrize("namespace", sorted({row.namespace for row in GOLDEN}))
@pytest.mark.parametrize("species", ["", "human", "mouse"])
def test_the_golden_table_is_answered_alike_in_every_way(resolver: Resolver, namespace: str, species: str) -> None:
    cells = [row.text for row in GOLDEN if row.namespace == namespace and is_table_text(row.text)]
    stated = {"from": namespace or None, "species": species or None}
    plan = make_plan("symbol,ensembl,uniprot,refseq", read_options(stated))
    assert_all_agree(resolver, cells, Requested(plan, None, {}))


def test_rows_of_one_exploded_list_are_counted_each_by_its_own_outcome(resolver: Resolver) -> None:
    plan = make_plan("symbol", read_options({"on_many": "explode"}))
    assert_all_agree(resolver, ["nonsense!!|zfin:ZDB-GENE-1|Il7", "IL7|1-Mar"], Requested(plan, "|", {}))


def test_several_genes_where_that_is_an_error_are_told_with_their_line(resolver: Resolver) -> None:
    plan = make_plan("symbol", read_options({"on_many": "error"}))
    data = written(["id"], [["P13232"], ["MUM1"]])
    for how in (ROWS, BLOCKS):
        with pytest.raises(SeveralGenes, match="line 3"):
            convert(data, plan, Tools(resolver), Reading(columns=("id",), delimiter=","), **how)


# --- Fidelity: what was in the table is in the table --------------------------------------------------------------

_LINE_ENDS = st.sampled_from(["\n", "\r\n"])
_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8) | st.sampled_from(
    ["0012", "1e5", "TRUE", "NA", "nan", "2001-03-01", "", " x ", 'a "b" c', "two\nlines", "x;y|z,w\tv", "'", "=1+1"]
)


@settings(max_examples=2 * _TRIED, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=8)),
    st.sampled_from(",;\t|"),
    _LINE_ENDS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["", "gzip", "zstd"]),
    st.sampled_from([1, 7, 64, 1 << 24]),
    st.booleans(),
)
def test_every_cell_and_row_of_a_table_comes_out_as_it_went_in(
    resolver: Resolver,
    table: list[list[str]],
    delimiter: str,
    end: str,
    encoding: str,
    packing: str,
    block_size: int,
    by_rows: bool,
) -> None:
    import zstandard

    width = len(table[0]) if table else 1
    rows = [["IL7", *row] for row in table]
    header = ["gene", *(f"c{number}" for number in range(width))]
    data = written(header, rows, delimiter, end).decode().encode(encoding)
    data = gzipped(data) if packing == "gzip" else zstandard.compress(data) if packing == "zstd" else data
    how = ROWS if by_rows else {"small_rows": -1, "block_size": block_size}
    reading = Reading(columns=("gene",), delimiter=delimiter)
    out, summary, _ = convert(data, make_plan("symbol"), Tools(resolver), reading, **how)
    converted = read(out, delimiter)
    assert [cells[: width + 1] for cells in converted] == [header, *rows]
    assert [cells[width + 1] for cells in converted[1:]] == ["IL7;Il7"] * len(rows)
    assert summary.rows == summary.written == len(rows)
    assert out.startswith(b"\xef\xbb\xbf") is (encoding == "utf-8-sig")


@pytest.mark.parametrize("how", [ROWS, BLOCKS, {"small_rows": -1}])
def test_lines_are_kept_byte_for_byte_with_their_quotes_and_empty_ones_in_their_places(
    resolver: Resolver, how: dict[str, Any]
) -> None:
    lines = ['id,"a"', 'IL7,"x"', "", 'P13232,"two ""quotes"""', 'IL7,"line', 'end"', "IL7,  0012  ", "IL7,é"]
    data = "\r\n".join(lines).encode() + b"\r\n"
    out, _, _ = convert(data, make_plan("symbol"), Tools(resolver), Reading(columns=("id",)), **how)
    kept = [re.split(r",symbol|,IL7;Il7,|,IL7,", line)[0] for line in out.decode().split("\r\n")]
    assert kept == [*lines, ""]


@pytest.mark.parametrize("how", [ROWS, BLOCKS, {"small_rows": -1}])
def test_ragged_rows_are_kept_in_their_places_where_that_is_asked(resolver: Resolver, how: dict[str, Any]) -> None:
    data = b"id,a,b\nIL7,1,2\nIL7\nIL7,1,2,3\n\nIL7,4,5\n"
    reading = Reading(columns=("id",), delimiter=",", keep_bad_rows=True)
    out, summary, _ = convert(data, make_plan("symbol"), Tools(resolver), reading, **how)
    assert [row[:3] for row in read(out)[1:]] == [
        ["IL7", "1", "2"],
        ["IL7", "", ""],
        ["IL7", "1", "2,3"],
        ["IL7", "4", "5"],
    ]
    assert [line for line, _ in summary.bad_lines] == [3, 4]


@pytest.mark.parametrize("block_size", [1, *range(16, 80, 7)])
def test_a_quote_within_a_cell_never_cuts_a_row_of_several_lines(resolver: Resolver, block_size: int) -> None:
    lines = ["id,n", 'IL7,5"', 'TP53,"two', 'lines, ""7"', 'EGFR,6" or 7"', '# a "comment', 'KRAS,"', "x", '"', "IL7,"]
    data = "".join(f"{line}\n" for line in lines).encode()
    reading, plan, tools = Reading(columns=("id",), delimiter=","), make_plan("symbol"), Tools(resolver)
    by_rows, summary, _ = convert(data, plan, tools, reading, **ROWS)
    assert summary.rows == 5
    assert convert(data, plan, tools, reading, small_rows=-1, block_size=block_size)[0] == by_rows


@pytest.mark.parametrize("how", [ROWS, BLOCKS, {"small_rows": -1}])
def test_a_row_that_does_not_end_is_reported_with_the_line_on_which_it_begins(
    resolver: Resolver, how: dict[str, Any]
) -> None:
    data = b'id,n\nIL7,5"\nTP53,"two\nlines"\nEGFR,"6\nKRAS,7\nIL7,8\n'
    with pytest.raises(UnreadableTable, match="line 5: a quote that is opened here is not closed"):
        convert(data, make_plan("symbol"), Tools(resolver), Reading(columns=("id",), delimiter=","), **how)
