"""Options of a conversion of frames: their names in Python, and what is refused with which hint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.options import rename_for_python
from resolver.errors import BadOption, MissingColumn, UnknownNamespace
from resolver.genes.marks import Mark, Marks
from resolver.genes.verdicts import Verdict

ADDED = ["symbol", "outcome", "reason", "matched_as", "retired_from", "also"]


def test_frames_are_not_converted_in_place(resolver: LocalResolver) -> None:
    with pytest.raises(BadOption, match="in_place is for files"):
        resolver.convert(pd.DataFrame({"gene": ["IL7"]}), in_place=True)


def test_a_file_is_converted_in_place_or_in_its_header(resolver: LocalResolver, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("gene,ENSG00000141510\nENSG00000104432,1\n")
    resolver.convert_file(source, tmp_path / "b.csv", species="human", in_place=True)
    assert (tmp_path / "b.csv").read_text() == "gene,ENSG00000141510\nIL7,1\n"
    resolver.convert_file(source, tmp_path / "c.csv", species="human", header_row=True)
    assert (tmp_path / "c.csv").read_text() == "gene,TP53\nENSG00000104432,1\n"


@pytest.mark.parametrize("many", [1, 500])
def test_what_a_night_has_marked_is_added_where_it_is_asked_for(data_dir: Path, many: int) -> None:
    marks = Marks([Mark("uniprot:P13232", Verdict.REPLACED, ("uniprot:P1", "uniprot:P2"), "2026-11-25", "uniprot")])
    marked = LocalResolver(data_dir)
    marked.marks = marks
    frame = pl.DataFrame({"gene": ["P13232", "IL7", "P04637"] * many})
    converted = marked.convert(frame, column="gene", to="symbol", stale=True, separator="|")
    assert converted.columns == ["gene", *ADDED, "stale", "use_now"]
    assert converted["stale"].to_list()[:3] == ["replaced", None, None]
    assert converted["use_now"].to_list()[-3:] == ["uniprot:P1|uniprot:P2", None, None]
    assert "stale" not in marked.convert(frame, column="gene", to="symbol").columns


def test_what_is_no_table_is_refused_with_what_to_give(resolver: LocalResolver) -> None:
    wrong: list[Any] = [
        {"gene": ["TP53"], "n": [1, 2]}, {"gene": "TP53"}, [["TP53", 1]], np.array([["TP53", "IL7"]]), {"TP53"}, "TP53",
        ["TP53", {"gene": "IL7"}],
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(BadOption) as refused:
            resolver.convert(one)
        assert refused.value.hint
    with pytest.raises(BadOption) as refused:
        resolver.convert({"my sample": ["S1", "S2"], "n": [1, 2]})
    assert "such as column='my sample'" in str(refused.value.hint)
    assert refused.value.__notes__ == [refused.value.hint]


def test_several_columns_and_a_list_of_targets(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"a": ["IL32"], "b": ["P01116"]})
    converted = resolver.convert(frame, column=["a", "b"], to=["symbol", "hgnc"])
    assert converted["a.symbol"].tolist() == ["IL32"]
    assert converted["b.symbol"].tolist() == ["KRAS"]


def test_what_is_no_frame_and_what_cannot_be_asked_is_told(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"gene": ["IL32"]})
    for odd in ({"IL32"}, "genes.csv", None, 1):
        with pytest.raises(BadOption, match="is not a table") as raised:
            resolver.convert(odd, to="symbol")
        assert "pandas" in str(raised.value.hint)
    with pytest.raises(MissingColumn, match="'genes'"):
        resolver.convert(frame, column="genes")
    with pytest.raises(UnknownNamespace):
        resolver.convert(frame, column="gene", to="nonsense")
    with pytest.raises(BadOption, match="no option 'nonsense'"):
        resolver.convert(frame, column="gene", nonsense=1)  # type: ignore[call-arg]
    with pytest.raises(BadOption, match="no column contains identifiers of genes"):
        resolver.convert(pd.DataFrame({"x": ["nothing at all", "none of them"]}))


def test_the_options_of_a_conversion_are_named_as_python_writes_them(resolver: LocalResolver, tmp_path: Path) -> None:
    frame: Any = {"gene": ["IL32"]}
    convert: Any = resolver.convert
    with pytest.raises(BadOption, match="no option 'colum'") as raised:
        convert(frame, colum="gene")
    hint = str(raised.value.hint)
    assert hint.startswith("Did you mean 'column'? Options are ")
    for name in ("column", "best", "collisions", "on_summary", "namespace", "to", "species", "missing", "split"):
        assert re.search(rf"\b{name}\b", hint), name
    assert not re.search(r"\bfrom\b|explain|receipt", hint)
    (tmp_path / "a.csv").write_text("gene\nIL32\n")
    with pytest.raises(BadOption) as raised:
        resolver.convert_file(tmp_path / "a.csv", tmp_path / "b.csv", forse=True)  # type: ignore[call-arg]
    assert str(raised.value.hint).startswith("Did you mean 'force'? ")
    with pytest.raises(BadOption, match="its receipt in the summary") as raised:
        convert(frame, receipt=True)
    assert "build_receipt()" in str(raised.value.hint)
    with pytest.raises(BadOption, match="a table has no explain"):
        convert(frame, explain=True)
    with pytest.raises(UnknownNamespace) as unknown:
        convert(frame, to="ensembel")
    assert "Did you mean 'ensembl'?" in str(unknown.value.hint)


@pytest.mark.parametrize(("value", "kind"), [(1, "an int"), (None, "None"), ({1}, "a set"), (b"x", "a bytes")])
def test_what_is_no_frame_is_named_in_english(resolver: LocalResolver, value: Any, kind: str) -> None:
    with pytest.raises(BadOption, match=f"^{kind} is not a table"):
        resolver.convert(value)


@pytest.mark.parametrize("frame", [pd.DataFrame(), pl.DataFrame(), {}, pa.table({}), [{}]], ids=range(5))
def test_a_table_without_columns_is_refused_without_candidates(resolver: LocalResolver, frame: Any) -> None:
    with pytest.raises(BadOption, match="the table has no columns") as raised:
        resolver.convert(frame)
    assert "column=" not in str(raised.value.hint)
    assert "candidates" not in str(raised.value.hint)


def test_files_are_converted_by_their_names(resolver: LocalResolver, tmp_path: Path) -> None:
    (tmp_path / "genes.csv").write_text("gene,x\nIL32,0012\n", encoding="utf-8")
    summary = resolver.convert_file(tmp_path / "genes.csv", tmp_path / "genes.parquet", to="symbol")
    assert (summary.rows, summary.columns[0].name) == (1, "gene")
    assert pl.read_parquet(tmp_path / "genes.parquet").row(0)[:3] == ("IL32", "0012", "IL32")
    resolver.convert_file(str(tmp_path / "genes.parquet"), str(tmp_path / "out.csv.gz"), column="gene", to="hgnc")
    assert pd.read_csv(tmp_path / "out.csv.gz", dtype=str)["hgnc"].tolist() == ["HGNC:16830"]


def test_orthologs_are_limited_as_on_the_command_line(resolver: LocalResolver, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"gene": ["ENSMUSG00000059552", "ENSMUSG00000058427"]}
    )  # Trp53, and Cxcl2 with three orthologs
    all_of_them = resolver.convert(frame, column="gene", to="symbol", to_species="human")
    sure = resolver.convert(frame, column="gene", to="symbol", to_species="human", orthologs="one_to_one")
    assert ";" in all_of_them["symbol"][1]
    assert sure["symbol"].fillna("").tolist() == ["TP53", ""]
    assert sure["reason"][1] == "several_orthologs"
    frame.to_csv(tmp_path / "genes.csv", index=False)
    out = tmp_path / "out.csv"
    resolver.convert_file(tmp_path / "genes.csv", out, to="symbol", to_species="human", orthologs="one_to_one")
    assert pd.read_csv(out, dtype=str)["symbol"].fillna("").tolist() == ["TP53", ""]


def test_commands_in_hints_are_not_renamed() -> None:
    hint = "Decide each: resolver repair FILE --set 1-Mar=MARCH1. Or omit --species human."
    expected = "Decide each: resolver repair FILE --set 1-Mar=MARCH1. Or omit species='human'."
    assert rename_for_python(hint) == expected
    assert (
        rename_for_python("Run resolver seed fetch, then --no-header.") == "Run resolver seed fetch, then header=False."
    )
