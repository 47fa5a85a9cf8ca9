"""Whether the first row of a table is a header: like the rows below, it is data."""

from __future__ import annotations

import io

import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.first_row import is_data
from resolver.resolve.options import DEFAULT
from tests.convert.conversions import open_bytes
from tests.convert.layouts import PLAN


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["TP53", "MYC"], True),
        (["p53", "MYC", "EGFR"], True),
        (["tp53", "myc"], True),
        (["IDs", "TP53", "MYC"], False),
        (["SET", "TP53", "MYC"], False),
        (["Hits of Monday", "TP53", "MYC"], None),
        (["ENSG00000141510", "ENSG00000104432"], True),
        (["ENSG00000999999", "ENSG00000104432"], True),
        (["7157", "3574"], True),
        (["1-Mar", "TP53", "MYC"], True),
        (["ensembl_gene_id", "ENSG00000104432"], False),
        (["entrez", "7157", "3574"], False),
        (["TP53\tx", "IL7\ty"], True),
        (["TP53\t1.5", "IL7\t2"], True),
        (["NOVELX\t-1.5", "IL7\t2"], True),
        (["NOVELX\t1", "IL7\t2"], None),
        (["N_unmapped\t1\t1", "N_ambiguous\t2\t1", "ENSG00000104432\t1\t1"], True),
        (["IMPACT\tcount", "IL7\t2"], False),
        (["gene\t1\t2", "TP53\t5\t6"], False),
        (["\t1.5\t2.5", "TP53\t5\t6"], False),
        (["sample\tTP53\tMYC", "s1\t5\t6"], False),
        (["TP53", *[]], True),
        (["gene", *[]], False),
    ],
)
def test_a_first_row_is_data_if_its_cells_are_like_those_below(
    resolver: LocalResolver, rows: list[str], expected: bool | None
) -> None:
    first, *below = [row.split("\t") for row in rows]
    assert is_data(first, below, resolver, DEFAULT) is expected


@pytest.mark.parametrize("has_header", [None, True, False])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_a_first_row_is_can_be_specified_and_is_reported(
    resolver: LocalResolver, kind: str, has_header: bool | None
) -> None:
    out = io.BytesIO()
    open_bytes(resolver, b"TP53,1\nMYC,2\n", kind, plan=PLAN, columns=(), has_header=False).run(out)
    data = out.getvalue() if kind == "xlsx" else b"TP53,1\nMYC,2\n"
    ready = open_bytes(resolver, data, "csv", plan=PLAN, columns=("#1",), has_header=has_header)
    summary = ready.run(io.BytesIO())
    assert summary.rows == (1 if has_header else 2)
    assert any(note.endswith("if it is a header: --header") for note in summary.notes) is (has_header is None)
