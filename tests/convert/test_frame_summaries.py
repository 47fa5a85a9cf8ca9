"""Summaries, notes and warnings of conversions of frames."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.options import rename_for_python
from resolver.convert.report.summary import Summary
from resolver.errors import BadOption

ADDED = ["symbol", "outcome", "reason", "matched_as", "retired_from", "also"]


def test_a_column_whose_name_is_an_identifier_is_warned_of(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"TP53": ["IL7", "MYC", "KRAS"]})
    with pytest.warns(UserWarning, match="'TP53' looks like one of its cells"):
        assert len(resolver.convert(frame, to="symbol")) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolver.convert(pd.DataFrame({0: ["IL7", "MYC"]}), to="symbol")


def test_a_list_is_warned_of_at_the_line_that_converts_it(resolver: LocalResolver) -> None:
    with pytest.warns(UserWarning, match="match genes") as raised:
        resolver.convert(["x1y", "y2z", "z3x", "TP53"], column="value")
    assert raised[0].filename == __file__


def test_a_target_by_another_name_is_added_by_its_own_and_noted(resolver: LocalResolver) -> None:
    summaries: list[Summary] = []
    converted: Any = resolver.convert(["IL32"], to="entrez,hgnc,MGI id", on_summary=summaries.append)
    assert list(converted)[1:4] == ["ncbigene", "hgnc", "mgi"]
    assert "entrez is added as the column ncbigene" in summaries[0].notes
    assert not any("hgnc" in note for note in summaries[0].notes)


def test_reprs_are_one_short_line(resolver: LocalResolver) -> None:
    summaries: list[Summary] = []
    resolver.convert({"gene": ["IL32", "nothing at all"] * 40, "n": list(range(80))}, on_summary=summaries.append)
    (summary,) = summaries
    assert repr(summary) == "<Summary 80 rows: 'gene' 40 resolved, 40 not_found>"
    for shown in (summary, summary.columns[0], summary.columns[0].causes[0], resolver, resolver.release):
        assert "\n" not in repr(shown)
        assert 10 < len(repr(shown)) <= 120
    assert repr(resolver) == f"<Resolver {resolver.release.id} {resolver.release.title}>"


def test_a_summary_has_the_receipt_the_causes_and_the_misses(resolver: LocalResolver, tmp_path: Path) -> None:
    summaries: list[Summary] = []
    cells = [
        *(f"ENSG00000{number}" for number in (141510, 104432, 133703)),
        "ENSG0000104432",
        "nothing at all",
        "MUM1",
    ] * 5
    frames: list[Any] = [
        pd.DataFrame({"gene": cells}), pl.DataFrame({"gene": cells}), pa.table({"gene": cells}), {"gene": cells}
    ]  # fmt: skip
    options: Any = {"column": "gene", "to": "symbol", "species": "human"}
    for frame in frames:
        resolver.convert(frame, **options, on_summary=summaries.append)
    resolver.convert(pl.LazyFrame({"gene": cells}), **options, on_summary=summaries.append).collect()
    pl.DataFrame({"gene": cells}).write_csv(tmp_path / "a.csv")
    summaries.append(resolver.convert_file(tmp_path / "a.csv", tmp_path / "b.csv", **options))
    for summary in summaries:
        causes = {cause["cause"]: cause for cause in summary.causes}
        assert causes["unknown_text"]["rows"] == 10
        assert causes["several_genes"]["column"] == "gene"
        misses = {miss["text"]: miss for miss in summary.misses}
        assert misses["ENSG0000104432"]["suggestions"] == ["ENSG00000104432"]
        assert "Did you mean ENSG00000104432" in misses["ENSG0000104432"]["hint"]
        assert (misses["nothing at all"]["rows"], misses["nothing at all"]["cause"]) == (5, "unknown_text")
        receipt = summary.build_receipt()
        name = "a.csv" if summary is summaries[-1] else "the frame"
        assert receipt["methods_sentence"].startswith(
            f"The column gene of {name} (30 rows) was converted with Gene Xref"
        )
        assert receipt["table"]["added"] == ADDED
        assert receipt["counts"]["gene"] == dict(+summary.columns[0].outcomes)
        assert receipt["parameters"]["species"] == "human"
        assert copy.deepcopy(summary).build_receipt() == receipt
        for text in (*summary.notes, *summary.assumed, str(summary.describe()), str(summary.causes)):
            assert "--" not in text
    assert "summary.misses lists suggestions" in summaries[0].causes[0]["next_step"]
    part = Summary([])
    assert part.misses == []
    with pytest.raises(BadOption, match="a part of a table has no receipt"):
        part.build_receipt()


def test_notes_name_options_as_python_writes_them(resolver: LocalResolver) -> None:
    summaries: list[Summary] = []
    genes = [found["symbol"] for found in resolver.search("cdk", species="human", limit=40)["hits"]]
    resolver.convert({"gene": genes}, on_summary=summaries.append)
    (summary,) = summaries
    assert "(species='any' switches this off)" in " ".join(summary.notes)
    assert "species='any' keeps both" in " ".join(summary.assumed)
    assert rename_for_python("--column 'my gene' or --column id, --species human; with --from. --no-header") == (
        "column='my gene' or column='id', species='human'; with namespace=…. header=False"
    )


def test_the_age_of_the_release_comes_first_where_it_lacks_well_formed_identifiers(resolver: LocalResolver) -> None:
    unknown = [f"ENSG{number:011d}" for number in range(900_000, 900_020)]
    frame = pd.DataFrame({"gene": [*unknown, *["TP53"] * 10]})
    with pytest.warns(UserWarning, match="33% of the cells of 'gene' match genes") as raised:
        resolver.convert(frame, column="gene", to="symbol")
    message = str(raised[0].message)
    age = f"20 cells are well-formed identifiers that the release does not contain ({resolver.release.id}, with sources"
    assert message.index(age) < message.index("resolver seed") < message.index("Otherwise check the column")
    with pytest.raises(BadOption, match="no column contains") as refused:
        resolver.convert(frame.head(20), to="symbol")
    assert "100% Ensembl ids not in the release" in str(refused.value.hint)
    assert str(refused.value.hint).startswith("The release may be too old for them")


def test_retired_identifiers_with_a_successor_that_is_not_there_are_counted(resolver: LocalResolver) -> None:
    replaced = ["ncbigene:107986421", "ncbigene:105373102", "ncbigene:106783496", "ncbigene:113743974"]
    frame = pd.DataFrame({"gene": [*replaced * 5, *["TP53"] * 10]})
    with pytest.warns(UserWarning, match="20 of them with a successor that it does not contain either"):
        converted = resolver.convert(frame, column="gene", to="symbol")
    assert list(converted["reason"][:4]) == ["not_in_release"] * 4


def test_few_genes_give_a_warning(resolver: LocalResolver) -> None:
    with pytest.warns(UserWarning, match="only 33% of the cells of 'gene' match genes") as raised:
        resolver.convert(pd.DataFrame({"gene": ["x1y", "y2z", "TP53"]}), column="gene")
    assert raised[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolver.convert(pd.DataFrame({"gene": ["TP53", "KRAS"]}), column="gene")
