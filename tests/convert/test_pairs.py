"""Cells with two identifiers of one gene are one gene; lists stay lists, and contaminants leave them alone."""

from __future__ import annotations

import io

import pytest

from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Tools
from resolver.convert.plan import Reading, make_plan
from resolver.resolve.options import read_options
from resolver.resolve.resolver import Resolver

HUMAN = read_options({"species": "human"})


def _convert(resolver: Resolver, cells: list[str]) -> tuple[list[str], list[str]]:
    """Return the symbol and the outcome of each cell of a column `id`."""
    data = "\n".join(["id\tx", *(f"{cell}\t1" for cell in cells)]).encode()
    plan = make_plan("symbol", HUMAN)
    ready = open_conversion(io.BytesIO(data), "t.tsv", plan, Tools(resolver), Reading(columns=("id",)))
    out = io.BytesIO()
    ready.run(out)
    rows = [line.split("\t") for line in out.getvalue().decode().splitlines()]
    return [row[2] for row in rows[1:]], [row[3] for row in rows[1:]]


PAIRS = ["TP53|7157", "IL7|3574", "METTL1|4234", "?|100130426", "BRCA1|672"]


def test_a_column_of_pairs_is_a_column_of_genes(resolver: Resolver) -> None:
    symbols, outcomes = _convert(resolver, PAIRS)
    assert symbols == ["TP53", "IL7", "METTL1", "VPS13A-AS1", "BRCA1"]
    assert outcomes == ["resolved", "resolved", "resolved", "retired", "resolved"]


def test_a_large_column_of_pairs_is_answered_like_a_small_one(resolver: Resolver) -> None:
    symbols, _ = _convert(resolver, PAIRS * 3_000)
    assert symbols == ["TP53", "IL7", "METTL1", "VPS13A-AS1", "BRCA1"] * 3_000


def test_a_pair_that_disagrees_is_ambiguous_in_a_column_of_pairs(resolver: Resolver) -> None:
    assert _convert(resolver, [*PAIRS, "TP53|3574"])[1][-1] == "ambiguous"


def test_in_a_column_of_lists_a_pair_counts_only_if_it_agrees(resolver: Resolver) -> None:
    symbols, outcomes = _convert(resolver, ["TP53|IL7", "BRCA1|MYC|EGFR", "IL7|P04637", "TP53|P04637", "TP53|Q9ZZZ9"])
    assert symbols == ["TP53;IL7", "BRCA1;MYC;EGFR", "IL7;TP53", "TP53", "TP53"]
    assert outcomes == ["resolved"] * 5  # a part that is not found is noted as the reason


def test_a_list_of_accessions_is_no_pair(resolver: Resolver) -> None:
    assert _convert(resolver, ["P04637|P13232", "P04637|P13232|P38398"])[0] == ["TP53;IL7", "TP53;IL7;BRCA1"]


def test_contaminants_and_decoys_leave_the_rest_of_a_list_alone(resolver: Resolver) -> None:
    cells = ["P04637;P13232", "CON__P02533;P04637", "P13232;REV__P04637", "CON__P02533", "CON__P02533;CON__P13645"]
    symbols, outcomes = _convert(resolver, cells)
    assert symbols == ["TP53;IL7", "TP53", "IL7", "", ""]
    assert outcomes == ["resolved"] * 3 + ["not_found"] * 2


def test_a_list_beside_contaminants_alone_is_detected(resolver: Resolver) -> None:
    assert _convert(resolver, ["P04637", "CON__P02533;P04637"])[0] == ["TP53", "TP53"]


@pytest.mark.parametrize(("own", "symbol"), [("9999999_at", "TP53"), ("1007_s_at", "")])
def test_numbers_of_probe_sets_are_read_as_their_column_says(resolver: Resolver, own: str, symbol: str) -> None:
    assert _convert(resolver, ["7157_at", own])[0] == [symbol, ""]
