"""Corrections: a cell is read as another identifier, in every format, and stays in the table as it is."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
import zstandard

from resolver.app.resolver import LocalResolver
from resolver.convert.formats import BY_NAME
from resolver.convert.options import read_corrections
from resolver.convert.plan import make_plan
from resolver.convert.report.receipt import build_conversion_receipt
from resolver.errors import BadOption
from resolver.resolve.options import read_options
from tests.convert.conversions import convert, open_bytes, read_cells, write_csv
from tests.convert.mixes import BLOCKS, ROWS
from tests.convert.test_choice import convert_text
from tests.resolve.samples import read_texts

CORRECT = {"TP35": "TP53", "1-Mar": "hgnc:26077"}
PLAN = make_plan("symbol", read_options({"species": "human"}), correct=CORRECT)
TABLE = write_csv(
    [["TP35", "TP35"], ["IL7", "b"], [" TP35 ", "c"], ["1-Mar", "d"], ["TP35x", "e"]], ["gene id", "note"]
)
CORRECTED = [
    ["TP35", "TP35", "TP53", "corrected"], ["IL7", "b", "IL7", ""], [" TP35 ", "c", "TP53", "corrected"],
    ["1-Mar", "d", "MARCHF1", "corrected"], ["TP35x", "e", "", "not_in_release"],
]  # fmt: skip


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("genes.csv", data)
    return out.getvalue()


def _shown(rows: list[list[str]]) -> list[list[str]]:
    return [[*row[:3], row[4]] for row in rows[1:]]


@pytest.mark.parametrize("kind", BY_NAME)
def test_corrections_apply_in_every_format(resolver: LocalResolver, kind: str) -> None:
    table = convert(resolver, TABLE, kind, plan=make_plan("gene"))[0]  # adds columns, which are the table's then
    data, summary = convert(resolver, table, kind, plan=PLAN)
    header, *rows = read_cells(data, kind)
    places = [0, 1, header.index("symbol"), header.index("reason_2")]
    assert [[row[place] for place in places] for row in rows] == CORRECTED
    assert summary.columns[0].reasons["corrected"] == 3
    assert [text for text, *_ in summary.columns[0].misses] == ["TP35x"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, _zipped])
def test_corrections_apply_to_packed_tables(resolver: LocalResolver, pack: Callable[[bytes], bytes]) -> None:
    assert _shown(read_cells(convert(resolver, pack(TABLE), "csv", plan=PLAN)[0], "csv")) == CORRECTED


@pytest.mark.parametrize("how", [ROWS, BLOCKS], ids=["rows", "blocks"])
def test_cells_and_parts_of_lists_are_corrected_in_identifier_columns_alone(
    resolver: LocalResolver, how: dict[str, Any]
) -> None:
    table = "a\tb\nTP35\tTP35\nIL7;TP35\tIL7\nKRAS;EGFR\tEGFR\nMUM1\tKRAS\n"
    rows, *_ = convert_text(resolver, table, how, "a", species="human", correct="TP35=TP53\x1eMUM1=IRF4")
    assert [row[:3] for row in rows] == [
        ["TP35", "TP35", "TP53"], ["IL7;TP35", "IL7", "IL7;TP53"], ["KRAS;EGFR", "EGFR", "KRAS;EGFR"],
        ["MUM1", "KRAS", "IRF4"],
    ]  # fmt: skip
    rows, *_ = convert_text(resolver, table, how, "a,b", species="human", correct="TP35=TP53")
    assert rows[0][2] == "TP53"
    rows, *_ = convert_text(resolver, table, how, "a", species="human", correct="TP35=TP53", in_place="true")
    assert [row[0] for row in rows] == ["TP53", "IL7;TP53", "KRAS;EGFR", "MUM1"]


def test_an_accession_among_many_is_corrected_too(resolver: LocalResolver) -> None:
    texts = read_texts(
        resolver, "SELECT accession FROM identifier WHERE prefix = 'uniprot' ORDER BY accession LIMIT 3000"
    )
    table = "id\tn\n" + "".join(f"{text}\t1\n" for text in texts)
    rows, *_ = convert_text(
        resolver, table, BLOCKS | {"block_size": 1 << 20}, correct=f"{texts[7]}=KRAS", species="human"
    )
    plain, *_ = convert_text(resolver, table, BLOCKS | {"block_size": 1 << 20}, species="human")
    assert (rows[7][0], rows[7][2], rows[7][4]) == (texts[7], "KRAS", "corrected")
    assert rows[:7] + rows[8:] == plain[:7] + plain[8:]


def test_a_correction_that_matches_nothing_stays_a_miss(resolver: LocalResolver) -> None:
    rows, *_ = convert_text(resolver, "gene\tn\nTP35\t1\nIL7\t1\n", ROWS, "gene", correct="TP35=TP35x")
    assert rows[0][3:5] == ["not_found", "not_in_release"]


def test_corrections_are_in_the_receipt_and_its_sentence(resolver: LocalResolver) -> None:
    conversion = open_bytes(resolver, TABLE, plan=PLAN)
    summary = conversion.run(io.BytesIO())
    receipt = build_conversion_receipt(resolver.reader, conversion.prepared, summary, name="genes.csv")
    assert receipt["parameters"]["correct"] == CORRECT
    assert "2 cell values were corrected by hand" in receipt["methods_sentence"]


def test_frames_take_corrections(resolver: LocalResolver) -> None:
    frame = resolver.convert(pl.DataFrame({"gene": ["TP35", "IL7"]}), to="symbol", species="human", correct=CORRECT)
    assert frame["symbol"].to_list() == ["TP53", "IL7"]
    assert frame["gene"].to_list() == ["TP35", "IL7"]


def test_cells_may_contain_an_equals_sign_and_line_breaks() -> None:
    assert read_corrections(["=1+1=TP53", "a\nb = IL7"]) == {"=1+1": "TP53", "a\nb": "IL7"}


@pytest.mark.parametrize(
    ("corrections", "message"),
    [
        (["TP35"], "'TP35' is no correction"),
        (["=TP53"], "'=TP53' is no correction"),
        (["TP35="], "'TP35=' is no correction"),
        (["TP35=TP53", "TP35=IL7"], "the cell 'TP35' has two corrections"),
    ],
)
def test_what_is_no_correction_is_refused(corrections: list[str], message: str) -> None:
    with pytest.raises(BadOption, match=message) as caught:
        read_corrections(corrections)
    assert caught.value.hint


def test_a_missing_value_cannot_be_corrected() -> None:
    with pytest.raises(BadOption, match="the cell 'NA' counts as empty"):
        make_plan("symbol", correct={"NA": "TP53"})
    assert make_plan("symbol", missing="-", correct={"NA": "TP53"}).corrections == (("NA", "TP53"),)
