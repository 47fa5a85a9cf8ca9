"""One answer whichever way it is asked: the resolver alone, cell by cell, by blocks of a table, and by whole columns.

RESOLVER_EXAMPLES=1000 tries the mixes as often.
"""

from __future__ import annotations

import os
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from resolver.convert.cells import CellConverter
from resolver.convert.listed_columns import list_columns
from resolver.convert.local_engine import ColumnConverter
from resolver.convert.plan import make_plan
from resolver.convert.ready_answers import ReadyAnswers
from resolver.convert.spans import Spans
from resolver.convert.text_convert import Reading, Tools
from resolver.errors import SeveralGenes
from resolver.identifiers.recognize import recognize
from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.options import Options, read_options
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import describe_answer
from tests.convert.mixes import (
    BLOCKS,
    ROWS,
    Asked,
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


def assert_all_agree(resolver: Resolver, cells: list[str], asked: Asked) -> None:
    """Convert a column in every way, and compare cells, rows and counts."""
    rows = [[f"r{number}", cell] for number, cell in enumerate(cells)]
    data = written(["n", "id"], rows)
    tools = Tools(resolver, asked.marks)
    reading = Reading(columns=("id",), split=asked.split, delimiter=",")
    came_to: list[Any] = []
    for how in (ROWS, BLOCKS, {"small_rows": -1}):
        try:
            out, summary, conversion = convert(data, asked.plan, tools, reading, **how)
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
    marks = asked.marks if plan.stale else None
    cell_converter = CellConverter(resolver, plan, rule, None if marks is None else marks.get)
    column_converter = ColumnConverter(ReadyAnswers(resolver.release, plan, rule), plan, cell_converter, marks)
    found = column_converter.find(Spans.of_column(pl.Series(cells, dtype=pl.String).fill_null("")))
    columns = [column.to_list() for column in list_columns(column_converter, found)]
    assert [list(row) for row in zip(*columns, strict=True)] == [row[2:] for row in table]
    origin = range(len(cells)) if found.text is None else found.text.tolist()
    assert [rows[number] for number in origin] == [row[:2] for row in table]
    if rule.lists is None:
        alone = convert_one_by_one(cells, asked, rule_of(cells, asked, resolver), resolver)
        assert [list(one.list_cells(plan)) for rows_of in alone for one in rows_of] == [row[2:] for row in table]


# A failing mix is told as it is: to make it smaller takes longer than to read it.
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
    assert_all_agree(resolver, cells, Asked(plan, None, {}))


def test_a_table_from_a_release_without_ready_texts_of_a_namespace_is_answered(resolver: Resolver) -> None:
    plan = make_plan("symbol", read_options({"from": "homologene"}))
    assert_all_agree(resolver, ["265", "IL7", "1", "hgnc:6023", ""], Asked(plan, None, {}))


def test_rows_of_one_exploded_list_are_counted_each_by_its_own_outcome(resolver: Resolver) -> None:
    plan = make_plan("symbol", read_options({"on_many": "explode"}))
    assert_all_agree(resolver, ["nonsense!!|zfin:ZDB-GENE-1|Il7", "IL7|1-Mar"], Asked(plan, "|", {}))


def test_several_genes_where_that_is_an_error_are_told_with_their_line(resolver: Resolver) -> None:
    plan = make_plan("symbol", read_options({"on_many": "error"}))
    data = written(["id"], [["P13232"], ["MUM1"]])
    for how in (ROWS, BLOCKS):
        with pytest.raises(SeveralGenes, match="line 3"):
            convert(data, plan, Tools(resolver), Reading(columns=("id",), delimiter=","), **how)


def assert_ready_answers_are_those_of(resolver: Resolver) -> None:
    """Compare a sample of what a release holds ready with what its resolver says."""
    lookup = resolver.release.lookup
    ready = pl.read_parquet(lookup / "texts.parquet", columns=["text", "both", "human", "mouse"])
    answers = pl.read_parquet(lookup / "answers.parquet")
    sample = random.Random(7).sample(range(len(ready)), min(_SAMPLE, len(ready)))  # noqa: S311  (a sample, not a secret)
    variants = {"both": Options(), "human": Options(species=HUMAN), "mouse": Options(species=MOUSE)}
    differing = []
    for text, *places in ready[sample].iter_rows():
        for place, options in zip(places, variants.values(), strict=True):
            row = answers.row(place, named=True)
            cells = describe_answer(resolver.answer(recognize(text), options, with_suggestions=False))
            told = (row["outcome"], row["reason"], row["retired_from"], tuple(row["genes"]))
            if told != (cells.outcome, cells.reason, cells.retired_from, cells.genes):
                differing.append((text, told, cells))
    assert differing == []


def test_the_answers_that_the_starter_holds_ready_are_those_of_its_resolver(resolver: Resolver) -> None:
    assert_ready_answers_are_those_of(resolver)


def test_the_answers_that_the_genome_holds_ready_are_those_of_its_resolver(resolver_of_genome: Resolver) -> None:
    assert_ready_answers_are_those_of(resolver_of_genome)


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
def test_lines_are_kept_byte_for_byte_with_their_quotes_and_empty_lines(
    resolver: Resolver, how: dict[str, Any]
) -> None:
    lines = ['id,"a"', 'IL7,"x"', "", 'P13232,"two ""quotes"""', 'IL7,"line', 'end"', "IL7,  0012  ", "IL7,é"]
    data = "\r\n".join(lines).encode() + b"\r\n"
    out, _, _ = convert(data, make_plan("symbol"), Tools(resolver), Reading(columns=("id",)), **how)
    kept = [line.split(",IL7;Il7,")[0].split(",IL7,")[0] for line in out.decode().split("\r\n")[1:]]
    assert kept == [*lines[1:], ""]


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
