"""Cells that are more than one identifier: lists by what resolves, footnote marks, and days that were symbols."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.convert.parts import make_pattern, set_mark_aside, split_cell
from resolver.identifiers.damage import is_day
from resolver.resolve.resolver import Resolver
from tests.convert.mixes import BLOCKS, ROWS
from tests.convert.test_choice import convert_text

# Cells of a column, and the symbols that they become.
COLUMNS: dict[str, dict[str, str]] = {
    "a hyphen between blanks, a cross and a comma": {
        "KRAS - EGFR": "KRAS;EGFR",
        "HLA-A - NKX2-5": "HLA-A;NKX2-5",
        "PTEN": "PTEN",
        "RB1, CDK4": "RB1;CDK4",
        "RB1 x CDK4": "RB1;CDK4",
        "HLA-DRA": "HLA-DRA",
        "GPR75-ASB3": "GPR75-ASB3",
    },
    "slashes": {"KRAS/EGFR/PTEN": "KRAS;EGFR;PTEN", "RB1": "RB1", "NKX2-5/HLA-A": "NKX2-5;HLA-A"},
    "three slashes": {"KRAS /// EGFR": "KRAS;EGFR", "RB1": "RB1", "PTEN///CDK4": "PTEN;CDK4"},
    "separators at the end": {"KRAS,": "KRAS", "EGFR,PTEN,": "EGFR;PTEN", "RB1,": "RB1"},
    "numbers, which vote together": {"3845 /// 1956": "KRAS;EGFR", "5728": "PTEN", "675 /// 5925": "BRCA2;RB1"},
    "parts that are unknown or missing": {"KRAS;NOVEL1": "KRAS", "EGFR;NA": "EGFR", "RB1;CDK4": "RB1;CDK4"},
    "contaminants": {"P01116;CON__P02533": "KRAS", "P00533": "EGFR", "CON__P02533": ""},
    "marks of footnotes": {
        "KRAS*": "KRAS", "EGFR\u2020": "EGFR", "RB1#": "RB1", "PTEN (del)": "PTEN", "CDK4 **": "CDK4",
        "CYP2D6*4": "", "HLA-A*02:01": "",
    },
    "blanks between accessions": {"P01116 P00533": "KRAS;EGFR", "P60484": "PTEN", "P38398  P60484": "BRCA1;PTEN"},
    "no blank in a full name": {"tumor protein p53": "TP53", "interleukin 7": "IL7", "insulin RET": "", "RB1": "RB1"},
    "no separator in a name": {
        "MIR4679-2": "MIR4679-2", "HLA-A": "HLA-A", "NKX2-5": "NKX2-5", "KRTAP5-1": "KRTAP5-1", "IL7": "IL7",
    },
}  # fmt: skip


@pytest.mark.parametrize("how", [ROWS, BLOCKS], ids=["rows", "blocks"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_cells_are_taken_apart_by_what_resolves(resolver: Resolver, how: dict[str, Any], kind: str) -> None:
    cells = COLUMNS[kind]
    table = "gene_id\tn\n" + "".join(f"{cell}\t1\n" for cell in cells)
    rows, _, _ = convert_text(resolver, table, how, species="human")
    assert {row[0]: row[2] for row in rows} == cells


def test_what_was_left_out_is_the_reason(resolver: Resolver) -> None:
    table = "gene\tn\nKRAS;NOVEL1\t1\nEGFR*\t1\nRB1;CDK4\t1\nnowhere1;nowhere2\t1\n"
    rows, summary, _ = convert_text(resolver, table, species="human")
    assert [row[3:5] for row in rows] == [
        ["resolved", "parts_not_found"], ["resolved", "mark_set_aside"], ["resolved", ""],
        ["not_found", "not_in_release"],
    ]  # fmt: skip
    assert summary.columns[0].reasons["parts_not_found"] == 1


@pytest.mark.parametrize("how", [ROWS, BLOCKS], ids=["rows", "blocks"])
def test_days_among_symbols_are_damage_and_cast_no_vote(resolver: Resolver, how: dict[str, Any]) -> None:
    symbols, serials = ["KRAS", "EGFR", "PTEN"], filter(is_day, map(str, range(44_440, 44_452)))
    days = [day for day in serials if resolver.resolve(day, namespace="hgnc").genes][:4]
    assert len(days) == 4
    table = "gene\tn\n" + "".join(f"{cell}\t1\n" for cell in [*symbols, *days])
    rows, summary, prepared = convert_text(resolver, table, how, species="human")
    assert [row[2] for row in rows] == [*symbols, *[""] * len(days)]
    assert {row[4] for row in rows[len(symbols) :]} == {"spreadsheet_damage"}
    assert any("dates that a spreadsheet made of symbols" in note for note in summary.notes)
    assert prepared.plan.columns[0].has_dates
    numbers = "hgnc_id\tn\n" + "".join(f"{cell}\t1\n" for cell in ["6407", "3236", *days])
    rows, _, prepared = convert_text(resolver, numbers, how)
    assert not prepared.plan.columns[0].has_dates
    assert all(row[2] for row in rows)


@pytest.mark.parametrize("cell", ["CYP2D6*4", "HLA-A*02:01", "Gt(ROSA)26Sor", "U2B''", "(P)RR", "*", "Tg(Pax6)"])
def test_what_only_looks_like_a_mark_stays(cell: str) -> None:
    assert set_mark_aside(cell) is None


def test_parts_are_those_with_content() -> None:
    import re

    pattern = re.compile(make_pattern([",", " - "]) or "")
    assert split_cell(pattern, " A,B ,, C - D-E, NA", {"NA"}) == ["A", "B", "C", "D-E"]
