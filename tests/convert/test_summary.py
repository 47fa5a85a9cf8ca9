"""The summary of a conversion: collisions, misses by cause, other matches, empty cells, and what to do next."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.answered import AnsweredColumn
from resolver.convert.cells import Converted, Kind
from resolver.convert.engine import Tools
from resolver.convert.plan import CellRule, Reading, make_plan
from resolver.convert.rendering import Rendered
from resolver.convert.report.causes import CAUSES, Cause, find_cause
from resolver.convert.report.collisions import KEPT_GENES, KEPT_TEXTS
from resolver.convert.report.lines import list_details, list_lines
from resolver.convert.report.receipt import build_conversion_receipt
from resolver.convert.report.summary import ColumnCounts, Summary
from resolver.identifiers.foreign import FOREIGN
from resolver.resolve.options import read_options
from resolver.resolve.outcome import Outcome
from resolver.resolve.table import Cells
from tests.convert.mixes import BLOCKS, ROWS, convert, read, written
from tests.convert.test_report import a_conversion, a_report

CELLS = (
    "DEC1", "TP53", "ENSG00000141510.14", "ENSG00000141510", "MARCH1", "MARCHF1", "MARCHF1", "", "NA", "MUM1", "1-Mar",
    "RP11-34P13.7", "ENSG00900999999", "ENSRNOG00000010756", "CON__P02533", "TP53.1", "BRAF V600E", "EML4-ALK",
    "no such name", "hgnc:13117",
)  # fmt: skip


def summarize(
    resolver: LocalResolver, cells: tuple[str, ...] = CELLS, how: dict[str, Any] | None = None, **options: Any
) -> tuple[list[list[str]], Summary]:
    """Return the rows and the summary of a conversion of human cells."""
    plan = make_plan("symbol", read_options({"species": "human"} | options))
    data = written(["gene"], [[cell] for cell in cells])
    reading = Reading(columns=("gene",), delimiter=",")
    out, summary, _ = convert(data, plan, Tools(resolver), reading, **(how or ROWS))
    return read(out), summary


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_different_identifiers_of_one_gene_are_counted_and_listed(resolver: LocalResolver, how: dict[str, Any]) -> None:
    (counts,) = summarize(resolver, how=how)[1].columns
    found = counts.describe()["collisions"]
    assert (found["genes"], found["identifiers"], found["rows"], found["at_least"]) == (2, 5, 6, False)
    assert found["largest"] == [
        {
            "gene": "TP53 (hgnc:11998)",
            "identifiers": 3,
            "rows": 3,
            "texts": ["TP53", "ENSG00000141510.14", "ENSG00000141510"],
        },
        {"gene": "MARCHF1 (hgnc:26077)", "identifiers": 2, "rows": 3, "texts": ["MARCHF1", "MARCH1"]},
    ]
    assert "combine the rows" in found["next_step"]


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_the_same_identifier_twice_is_no_collision_and_neither_is_one_that_is_ambiguous(
    resolver: LocalResolver, how: dict[str, Any]
) -> None:
    (counts,) = summarize(resolver, ("IL7", "IL7", "MUM1", "mum1", ""), how=how)[1].columns
    found = counts.describe()["collisions"]
    assert (found["genes"], found["next_step"]) == (0, None)


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_genes_of_both_species_collide_as_pairs(resolver: LocalResolver, how: dict[str, Any]) -> None:
    (counts,) = summarize(resolver, ("TP53", "p53", "Trp53", "P04637"), how=how, species="any")[1].columns
    assert [one["gene"] for one in counts.describe()["collisions"]["largest"]] == [
        "TP53 (hgnc:11998), Trp53 (mgi:98834)"
    ]


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_orthologs_collide_in_the_species_that_is_requested(resolver: LocalResolver, how: dict[str, Any]) -> None:
    (counts,) = summarize(resolver, ("TP53", "ENSG00000141510"), how=how, to_species="mouse")[1].columns
    assert [one["gene"] for one in counts.describe()["collisions"]["largest"]] == ["Trp53 (mgi:98834)"]


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_the_rows_of_exploded_cells_collide_gene_by_gene(resolver: LocalResolver, how: dict[str, Any]) -> None:
    cells = ("TP53", "ENSG00000141510", "Trp53")
    (counts,) = summarize(resolver, cells, how=how, species="any", on_many="explode")[1].columns
    collisions = counts.describe()["collisions"]
    found = {one["gene"]: set(one["texts"]) for one in collisions["largest"]}
    assert found["TP53 (hgnc:11998)"] == {"TP53", "ENSG00000141510"} | (found["TP53 (hgnc:11998)"] & {"Trp53"})
    assert collisions["rows"] == sum(one["rows"] for one in collisions["largest"])


def a_column(genes: int, texts: int, cap: int = 1_000_000) -> AnsweredColumn:
    """Return a column whose cells `g.t` become the gene g."""

    def answer(cells: pl.Series) -> Rendered:
        kind = Kind("resolved", "", "symbol", 1, is_stale=False, is_empty=False)
        numbers = cells.str.split(".").list.first().cast(pl.Int32)
        zeros = pl.zeros(len(cells), dtype=pl.UInt32, eager=True)
        return Rendered([cells], zeros, [kind], zeros + 1, numbers)

    plan = make_plan("symbol").with_columns((CellRule(0, "id"),))
    column = AnsweredColumn(ColumnCounts("id"), plan, 1, answer, cap=cap)
    for text in range(texts):
        column.find(pl.Series([f"{gene}.{text}" for gene in range(1, genes + 1)]))
    column.add_up()
    return column


def test_few_of_many_collisions_are_listed_and_all_are_counted() -> None:
    found = a_column(3 * KEPT_GENES, 2 * KEPT_TEXTS).counts.collisions
    assert found is not None
    assert (found.genes, found.identifiers, found.is_cut) == (3 * KEPT_GENES, 6 * KEPT_GENES * KEPT_TEXTS, False)
    assert len(found.largest) == KEPT_GENES
    assert {len(one.texts) for one in found.largest} == {KEPT_TEXTS}


def test_beyond_the_cap_the_collisions_are_the_least() -> None:
    found = a_column(10, 6, cap=30).counts.collisions
    assert found is not None
    assert (found.genes, found.identifiers, found.is_cut) == (10, 30, True)


def test_parts_of_a_column_without_collisions_have_none_when_they_are_added() -> None:
    counts = ColumnCounts("id", collisions=None)
    counts.merge(ColumnCounts("id", collisions=None))
    assert counts.describe()["collisions"] is None


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_another_gene_of_the_same_name_is_in_a_column_of_its_own_and_counted(
    resolver: LocalResolver, how: dict[str, Any]
) -> None:
    rows, summary = summarize(resolver, ("DEC1", "IL7", "DEC1"), how=how)
    assert rows[0][1:] == ["symbol", "outcome", "reason", "matched_as", "retired_from", "also"]
    assert rows[1][1:] == ["DELEC1", "resolved", "", "previous_symbol DEC1", "", "BHLHE40"]
    assert rows[2][-1] == ""
    assert summary.columns[0].describe()["also"] == 2


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_cells_without_content_are_empty_and_not_unrecognized(resolver: LocalResolver, how: dict[str, Any]) -> None:
    rows, summary = summarize(resolver, ("", "NA", "None", "?", "IL7", "!!"), how=how)
    assert [row[2] for row in rows[1:]] == ["empty", "empty", "empty", "empty", "resolved", "unrecognized"]
    assert [row[3] for row in rows[1:]] == ["", "", "", "", "", "malformed"]
    counts = summary.columns[0].describe()
    assert (counts["outcomes"]["empty"], counts["empty"], counts["outcomes"]["unrecognized"]) == (4, 4, 1)
    assert [one["text"] for one in counts["misses"]] == ["!!"]


@pytest.mark.parametrize("how", [ROWS, BLOCKS])
def test_misses_are_grouped_by_cause(resolver: LocalResolver, how: dict[str, Any]) -> None:
    causes = {one["cause"]: one for one in summarize(resolver, how=how)[1].columns[0].describe()["causes"]}
    assert {cause: one["examples"] for cause, one in causes.items()} == {
        "variant": ["BRAF V600E", "EML4-ALK"],
        "clone_name": ["RP11-34P13.7"],
        "contaminant": ["CON__P02533"],
        "date_to_decide": ["1-Mar"],
        "made_unique": ["TP53.1"],
        "other_release": ["ENSG00900999999"],
        "other_species": ["ENSRNOG00000010756"],
        "retired": ["hgnc:13117"],
        "several_genes": ["MUM1"],
        "unknown_text": ["no such name"],
    }
    assert "resolver repair" in causes["date_to_decide"]["next_step"]
    assert (causes["variant"]["rows"], causes["variant"]["identifiers"]) == (2, 2)


def test_an_identifier_of_several_genes_has_another_remedy_than_a_name_of_several(resolver: LocalResolver) -> None:
    columns = summarize(resolver, ("P68431", "MUM1"), how=ROWS)[1].columns
    causes = {one["cause"]: one for one in columns[0].describe()["causes"]}
    assert causes["shared_identifier"]["examples"] == ["P68431"]
    assert causes["several_genes"]["examples"] == ["MUM1"]
    assert "--" not in causes["shared_identifier"]["next_step"]


def test_each_cause_has_a_meaning_and_one_remedy() -> None:
    assert set(CAUSES) == set(Cause)
    assert all(meaning and next_step.endswith(".") for meaning, next_step in CAUSES.values())


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.example)
def test_what_is_out_of_scope_has_a_cause_that_is_not_unknown(resolver: LocalResolver, kind: Any) -> None:
    cause = find_cause(kind.example, "not_found", "out_of_scope", resolver.reader)
    assert cause in {
        Cause.CONTAMINANT, Cause.CLONE_NAME, Cause.VARIANT, Cause.OTHER_SPECIES, Cause.NOT_A_GENE
    }  # fmt: skip
    assert (cause is Cause.CONTAMINANT) is kind.is_artifact


def test_the_first_five_lines_are_rows_outcomes_species_assumptions_and_the_next_step(
    resolver: LocalResolver,
) -> None:
    summary = summarize(resolver)[1]
    lines = list(list_lines(summary, 2.0, "out.csv"))
    assert [line.partition(":")[0] for line in lines] == ["rows", "gene", "species", "assumed", "next"]
    assert lines[0] == "rows: 20 in 2.0 s (10 rows/s), to out.csv"
    assert "7 resolved (35.0%), 1 ambiguous (5.0%), 1 retired (5.0%), 9 not found (45.0%), 2 empty (10.0%)" in lines[1]
    assert lines[3] == "assumed: nothing"
    assert lines[4] == f"next: {summary.describe()['next_step']}"
    details = "\n".join(list_details(summary))
    assert "collisions: 5 different identifiers map to only 2 genes (6 rows)." in details
    assert "also: 1 row whose text" in details
    assert "  1 row: dates and numbers of a spreadsheet whose original symbol is not certain (1-Mar)." in details


def test_where_all_resolves_there_is_nothing_to_do_but_for_collisions(resolver: LocalResolver) -> None:
    assert list(list_lines(summarize(resolver, ("IL7", "TP53"))[1], 1.0))[-1].startswith("next: nothing to do")
    assert "2 identifiers map to only 1 gene." in list(list_lines(summarize(resolver, ("TP53", "P04637"))[1], 1.0))[-1]


def test_what_the_table_decided_is_assumed(resolver: LocalResolver) -> None:
    data = ("gene\n" + "\n".join(["IL7", "TP53", "BRCA1", "EGFR", "MYC"]) + "\n").encode()
    _, summary, _ = convert(data, make_plan("symbol"), Tools(resolver), Reading(), **ROWS)
    assert summary.assumed == ["column gene (100% of its different values match genes)"]


def test_report_and_receipt_show_collisions_and_causes(resolver: LocalResolver) -> None:
    html, summary, _ = a_report(resolver, CELLS, species="human")
    assert "Different identifiers that became the same gene" in html
    assert '<span data-count="collisions.genes">2</span>' in html
    assert "TP53, ENSG00000141510.14, ENSG00000141510" in html
    for cause in summary.columns[0].causes:
        assert f'data-count="causes.{cause.cause.value}">{cause.rows}<' in html
        assert cause.advice.next_step in html
    summary, prepared = a_conversion(resolver, CELLS, species="human")
    receipt = build_conversion_receipt(resolver.reader, prepared, summary, name="genes.csv")
    assert receipt["collisions"]["gene_id"]["genes"] == 2
    assert {one["cause"] for one in receipt["causes"]["gene_id"]} >= {"date_to_decide", "clone_name"}
    assert receipt["also"] == {"gene_id": 1}
    orjson.dumps(receipt)


def test_frames_give_the_same_summary(resolver: LocalResolver) -> None:
    summaries: list[Summary] = []
    frame = pl.DataFrame({"gene": list(CELLS)})
    resolver.convert(frame, column="gene", to="symbol", species="human", on_summary=summaries.append)
    many = pl.concat([frame] * 100)
    with pytest.warns(UserWarning, match="match genes"):
        resolver.convert(many, column="gene", to="symbol", species="human", on_summary=summaries.append)
    few, large = (one.columns[0].describe()["collisions"] for one in summaries)
    assert (few["genes"], few["identifiers"], few["rows"]) == (2, 5, 6)
    assert (large["genes"], large["identifiers"], large["rows"]) == (2, 5, 600)
    assert summaries[0].columns[0].describe()["causes"] != []


def test_cells_with_control_characters_are_visible_in_lines_and_valid_in_json(resolver: LocalResolver) -> None:
    cells = ("\x1b[31mno such\x1b[0m", "IL7", "IL7\u202e", "\u200bIL7")
    summary = summarize(resolver, cells)[1]
    details = "\n".join(list_details(summary))
    assert "\x1b" not in details
    assert "\u202e" not in details
    assert "␛[31mno such" in details
    orjson.dumps(summary.describe())


def test_half_a_surrogate_pair_is_valid_in_a_receipt(resolver: LocalResolver) -> None:
    kind = Cells(Outcome.RESOLVED, None, ("symbol IL7",), (), (1,))
    counts = ColumnCounts("id")
    counts.add_cells(["IL7", "IL7\ud800"], [[Converted((), kind)]] * 2)
    counts.explain(resolver.reader)
    orjson.dumps(counts.describe())
    assert counts.describe()["collisions"]["identifiers"] == 2
