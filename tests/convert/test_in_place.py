"""Identifiers are replaced in place: in cells, in names of columns, and in gene sets."""

from __future__ import annotations

import io
from typing import Any

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.plan import make_plan
from resolver.errors import BadOption, UnreadableTable
from resolver.resolve.options import read_options
from tests.convert.conversions import open_bytes
from tests.convert.layouts import IN_PLACE, PLAN, replace


def test_identifiers_are_replaced_in_place(resolver: LocalResolver) -> None:
    text = 'gene,p\nENSG00000141510,"a,b"\nMUM1,2\nNOVELX,3\n"P04637;ENSG00000104432",4\n"P04637;NOVELX",5\n,6\n'
    written, notes = replace(resolver, text, "a.csv", split=";")
    assert written == 'gene,p\nTP53,"a,b"\nMUM1,2\nNOVELX,3\nTP53;IL7,4\nTP53;NOVELX,5\n,6\n'
    assert notes[-1] == (
        "identifiers are replaced by symbol in 3 cells; 2 that match no gene, or several, keep their text"
    )


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson", "xlsx"])
def test_in_place_no_column_is_added_in_any_format(resolver: LocalResolver, kind: str) -> None:
    begun, again = io.BytesIO(), io.BytesIO()
    rows = "".join(f"{gene},{number}\n" for number, gene in enumerate(["ENSG00000141510", "NOVELX"] * 700))
    open_bytes(resolver, f"gene,p\n{rows}".encode(), kind, plan=IN_PLACE, columns=("gene",)).run(begun)
    open_bytes(resolver, begun.getvalue(), "csv", plan=IN_PLACE, columns=("gene",)).run(again)
    assert again.getvalue().decode() == "gene,p\n" + rows.replace("ENSG00000141510", "TP53")


def test_options_that_do_not_fit_in_place_are_refused(resolver: LocalResolver) -> None:
    for options in ({"to": "symbol,hgnc"}, {"stale": True}, {"options": read_options({"on_many": "explode"})}):
        with pytest.raises(BadOption):
            make_plan(**{"in_place": True} | options)
    assert [target.name for target in make_plan(in_place=True).targets] == ["symbol"]


GMT = "S1\thttp://a\tENSG00000141510\tIL7\r\n# ours\r\n\r\nS2\tna\tMUM1\tNOVELX\tENSG00000104432\t\r\nS3\tna\r\n"
GMX = "S1\tS2\nna\thttp://b\nENSG00000141510\tIL7\n\tENSG00000104432\nMUM1\t\n"


@pytest.mark.parametrize("name", ["a.gmt", "table"])
def test_each_gene_of_a_set_is_replaced_in_its_place(resolver: LocalResolver, name: str) -> None:
    written, notes = replace(resolver, GMT, name, plan=PLAN)
    assert written == GMT.replace("ENSG00000141510", "TP53").replace("ENSG00000104432", "IL7")
    assert "sets: 3" in notes


def test_sets_without_addresses_are_recognized_by_their_genes(resolver: LocalResolver) -> None:
    text = "S1\t\tENSG00000141510\tIL7\tKRAS\t\nS2\t\tTP53\tEGFR\tENSG00000104432\tKRAS\t\n"
    written, notes = replace(resolver, text, "library.txt", plan=PLAN)
    assert written == text.replace("ENSG00000141510", "TP53").replace("ENSG00000104432", "IL7")
    assert "sets: 2" in notes


def test_sets_in_columns_are_written_back_in_columns(resolver: LocalResolver) -> None:
    written, notes = replace(resolver, GMX, "a.gmx", plan=PLAN)
    assert written == GMX.replace("ENSG00000141510", "TP53").replace("ENSG00000104432", "IL7")
    assert "sets: 2" in notes


@pytest.mark.parametrize(
    ("text", "name", "genes"),
    [
        (GMT, "a.gmt", ["S1 TP53", "S1 IL7", "S2 IRF4;PWWP3A", "S2 ", "S2 IL7"]),
        (GMX, "a.gmx", ["S1 TP53", "S2 IL7", "S2 IL7", "S1 IRF4;PWWP3A"]),
    ],
)
def test_other_formats_have_a_row_for_each_gene_of_a_set(
    resolver: LocalResolver, text: str, name: str, genes: list[str]
) -> None:
    written, _ = replace(resolver, text, name, "tsv", plan=PLAN)
    header, *rows = [line.split("\t") for line in written.splitlines()]
    assert header[:4] == ["set", "description", "gene", "symbol"]
    assert [f"{row[0]} {row[3]}" for row in rows] == genes


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("m,ENSG00000141510,MUM1,x 1\nA,0.1,0.2,0.3\n", "a.csv", "m,TP53,MUM1,x 1\nA,0.1,0.2,0.3\n"),
        ("# c\nENSG00000141510\tIL7\nA\t0.1\t0.2\n", "a.tsv", "# c\nTP53\tIL7\nA\t0.1\t0.2\n"),
    ],
)
def test_names_of_columns_are_converted(resolver: LocalResolver, text: str, name: str, expected: str) -> None:
    assert replace(resolver, text, name, plan=PLAN, header_row=True)[0] == expected


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_names_of_columns_are_converted_in_every_format(resolver: LocalResolver, kind: str) -> None:
    begun, new, again = io.BytesIO(), io.BytesIO(), io.BytesIO()
    table = b"gene,ENSG00000141510,IL7\nTP53,1,2\n"
    open_bytes(resolver, table, kind, plan=IN_PLACE, columns=("gene",)).run(begun)
    summary = open_bytes(resolver, begun.getvalue(), plan=PLAN, columns=(), header_row=True).run(new)
    open_bytes(resolver, new.getvalue(), "csv", plan=IN_PLACE, columns=("gene",)).run(again)
    assert again.getvalue() == b"gene,TP53,IL7\nTP53,1,2\n"
    assert summary.rows == 1
    assert summary.columns[0].outcomes["resolved"] == 2


def test_names_of_columns_that_become_the_same_are_reported(resolver: LocalResolver) -> None:
    written, notes = replace(resolver, "m,TP53,ENSG00000141510\nA,1,2\n", "a.csv", plan=PLAN, header_row=True)
    assert written.startswith("m,TP53,TP53\n")
    assert notes[-1] == "several columns have the same name now: TP53"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("m,n\n1,2\n", {}),
        ("m,TP53\n1,2\n", {"has_header": False}),
        ("m,TP53\n1,2\n", {"columns": ("m",)}),
        (GMT, {}),
        ('{"TP53": 1}\n', {}),
    ],
)
def test_a_header_row_that_cannot_be_converted_is_refused(
    resolver: LocalResolver, text: str, how: dict[str, Any]
) -> None:
    with pytest.raises(BadOption):
        replace(resolver, text, "table", plan=PLAN, header_row=True, **how)


def test_a_row_with_more_content_than_the_header_is_still_refused(resolver: LocalResolver) -> None:
    with pytest.raises(UnreadableTable, match="line 3: 3 cells, where the table has 2 columns"):
        replace(resolver, "gene,x\nTP53,1\nIL7,2,3\n", "a.csv", plan=PLAN)
