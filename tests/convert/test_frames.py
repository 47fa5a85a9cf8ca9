"""Frames of Python's libraries: the same kind, index and types as they were, new columns of strings."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import resolver as resolver_package
from resolver.app.resolver import LocalResolver
from resolver.convert.frames import MODULES
from resolver.convert.options import rename_for_python
from resolver.convert.report.summary import Summary
from resolver.errors import BadOption, MissingColumn, UnknownNamespace
from resolver.genes.marks import Mark, Marks
from resolver.genes.verdicts import Verdict

ADDED = ["symbol", "outcome", "reason", "matched_as", "retired_from", "also"]


@pytest.mark.parametrize("many", [1, 500])
def test_pandas_keeps_index_and_types(resolver: LocalResolver, many: int) -> None:
    once = pd.DataFrame(
        {
            "gene": pd.Categorical(["TP53", "KRAS", "TP53"]),
            "entrez": [7157.0, None, 3845.0],
            "count": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2019-03-01", "2019-03-01", "2019-03-02"]),
        },
        index=pd.Index(["a", "b", "a"], name="sample"),
    )
    frame = pd.concat([once] * many)
    before = frame.copy(deep=True)
    summaries: list[Summary] = []
    converted = resolver.convert(frame, column="gene", to="ensembl", species="human", on_summary=summaries.append)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(converted[frame.columns.to_list()], frame)
    assert list(converted.columns[4:]) == ["ensembl", *ADDED[1:]]
    assert {str(converted[name].dtype) for name in converted.columns[4:]} == {"string"}
    assert converted["ensembl"].tolist()[:3] == ["ENSG00000141510", "ENSG00000133703", "ENSG00000141510"]
    assert converted["reason"].isna().all()
    assert (summaries[0].rows, summaries[0].columns[0].outcomes["resolved"]) == (3 * many, 3 * many)
    numbers = resolver.convert(frame, column="entrez", to="symbol", namespace="ncbigene")
    assert numbers["symbol"].tolist()[0] == "TP53"
    assert numbers["symbol"].isna().sum() == many
    assert numbers["entrez"].dtype == float


def test_a_column_whose_name_is_an_identifier_is_warned_of(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"TP53": ["IL7", "MYC", "KRAS"]})
    with pytest.warns(UserWarning, match="'TP53' looks like one of its cells"):
        assert len(resolver.convert(frame, to="symbol")) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolver.convert(pd.DataFrame({0: ["IL7", "MYC"]}), to="symbol")


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


@pytest.mark.parametrize("values", [["7157", "3845"], [7157, 3845], [7157.0, 3845.0], pd.array([7157, 3845], "Int64")])
def test_pandas_ids_of_any_type_are_read_as_digits(resolver: LocalResolver, values: Any) -> None:
    converted = resolver.convert(pd.DataFrame({"entrez": values}), column="entrez", to="symbol", namespace="ncbigene")
    assert converted["symbol"].tolist() == ["TP53", "KRAS"]


def test_pandas_columns_may_have_any_label_and_identifiers_may_be_the_index(resolver: LocalResolver) -> None:
    numbered = resolver.convert(pd.DataFrame({0: ["x"], 1: ["IL32"]}), column=1, to="symbol")
    assert list(numbered.columns) == [0, 1, *ADDED]
    indexed = pd.DataFrame({"counts": [5, 6]}, index=["IL32", "BRCA1"])
    assert resolver.convert(indexed, to="ncbigene", species="human")["ncbigene"].tolist() == ["9235", "672"]
    named = indexed.rename_axis("gene")
    assert resolver.convert(named, column="gene", to="ncbigene").index.equals(named.index)
    twice = pd.DataFrame([["IL32", "x"]], columns=["a", "a"])
    with pytest.raises(MissingColumn, match="2 columns are named 'a'"):
        resolver.convert(twice, column="a")
    assert resolver.convert(twice, column="#1", to="symbol")["symbol"].tolist() == ["IL32"]


NAMES = ["TP53", "ENSG00000104432", None]


@pytest.mark.parametrize("many", [1, 700])
def test_a_series_becomes_a_frame_that_is_aligned_with_it(resolver: LocalResolver, many: int) -> None:
    convert: Any = resolver.convert  # of which the types are those of frames
    index = pd.Index(range(7, 7 + 3 * many))
    for series, name in ((pd.Series(NAMES * many, index), "value"), (pd.Series(NAMES * many, index, name="g"), "g")):
        converted = convert(series, to="symbol", species="human")
        assert converted.index.equals(index)
        assert list(converted.columns) == [name, *ADDED]
        assert converted["symbol"].tolist()[:2] == ["TP53", "IL7"]
        assert converted["symbol"].isna().sum() == many
    numbers = convert(pd.Series([1.5, 2.5], index=["TP53", "IL7"]), to="hgnc", species="human")
    assert numbers["hgnc"].to_dict() == {"TP53": "HGNC:11998", "IL7": "HGNC:6023"}
    indexed = convert(pd.Index(["TP53", "IL7"]), to="symbol", species="human")
    assert indexed["symbol"].to_dict() == {"TP53": "TP53", "IL7": "IL7"}
    of_polars = convert(pl.Series("gene", NAMES * many), to="symbol", species="human")
    assert isinstance(of_polars, pl.DataFrame)
    assert of_polars.columns == ["gene", *ADDED]
    of_arrow = convert(pa.array(NAMES * many), to="symbol", species="human")
    assert isinstance(of_arrow, pa.Table)
    assert of_arrow["symbol"].to_pylist()[:3] == of_polars["symbol"].to_list()[:3] == ["TP53", "IL7", None]
    batch = convert(pa.record_batch({"gene": NAMES * many}), to="symbol", species="human")
    assert batch["symbol"].equals(of_arrow["symbol"])


@pytest.mark.parametrize("many", [1, 700])
def test_lists_and_dicts_are_converted_to_columns(resolver: LocalResolver, many: int) -> None:
    convert: Any = resolver.convert
    options: Any = {"to": "symbol", "species": "human"}
    symbols = ["TP53", "IL7", None] * many
    for cells in (NAMES * many, tuple(NAMES * many), np.array(NAMES * many, dtype=object)):
        converted = convert(cells, **options)
        assert list(converted) == ["value", *ADDED]
        assert (converted["value"], converted["symbol"]) == (NAMES * many, symbols)
    columns: dict[str, list[Any]] = {"n": list(range(3 * many)), "gene": NAMES * many}
    before = {name: list(cells) for name, cells in columns.items()}
    of_dict = convert(columns, **options)
    assert list(of_dict) == ["n", "gene", *ADDED]
    assert columns == before == {name: of_dict[name] for name in columns}
    assert of_dict["symbol"] == symbols
    rows = [{"gene": gene, "n": number} for number, gene in enumerate(NAMES * many)]
    of_rows = convert([*rows, {"n": -1}], **options)
    assert [row["symbol"] for row in of_rows] == [*symbols, None]
    assert of_rows[1] | rows[1] == of_rows[1]
    assert "gene" not in of_rows[-1]
    several = convert({"n": np.array([1, 2]), "gene": ["IL7", "IL32"]}, to="symbol", on_many="explode")
    assert (several["n"], several["symbol"]) == ([1, 1, 2], ["IL7", "Il7", "IL32"])
    assert convert([7157, 3574.0, float("nan"), 3845], **options)["symbol"] == ["TP53", "IL7", None, "KRAS"]
    assert convert([], **options)["symbol"] == []


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


def test_a_list_is_warned_of_at_the_line_that_converts_it(resolver: LocalResolver) -> None:
    with pytest.warns(UserWarning, match="match genes") as raised:
        resolver.convert(["x1y", "y2z", "z3x", "TP53"], column="value")
    assert raised[0].filename == __file__


def test_pandas_rows_become_several_with_their_index(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"gene": ["IL7", "IL32"]}, index=["x", "y"])
    converted = resolver.convert(frame, column="gene", to="symbol", on_many="explode")
    assert list(zip(converted.index, converted["symbol"], strict=True)) == [("x", "IL7"), ("x", "Il7"), ("y", "IL32")]


def test_several_columns_and_a_list_of_targets(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"a": ["IL32"], "b": ["P01116"]})
    converted = resolver.convert(frame, column=["a", "b"], to=["symbol", "hgnc"])
    assert converted["a.symbol"].tolist() == ["IL32"]
    assert converted["b.symbol"].tolist() == ["KRAS"]


@pytest.mark.parametrize("many", [1, 2000])
def test_polars_frames_stay_polars_frames(resolver: LocalResolver, many: int) -> None:
    once = pl.DataFrame({"gene": ["IL32", "IL7", None], "n": [1, None, 3]})
    frame = pl.concat([once] * many)
    converted = resolver.convert(frame, column="gene", to="symbol")
    assert isinstance(converted, pl.DataFrame)
    assert converted.select("gene", "n").equals(frame)
    assert converted["symbol"].to_list() == ["IL32", "IL7;Il7", None] * many
    assert converted.columns == ["gene", "n", *ADDED]
    exploded = resolver.convert(frame, column="gene", to="symbol", on_many="explode")
    assert exploded["symbol"].to_list() == ["IL32", "IL7", "Il7", None] * many


@pytest.mark.parametrize("many", [1, 60_000])
def test_a_lazy_frame_stays_lazy_and_in_order(resolver: LocalResolver, many: int) -> None:
    once = pl.DataFrame({"gene": ["IL32", "IL7", None], "n": [1, 2, 3]})
    frame = pl.concat([once] * many)
    summaries: list[int] = []
    lazy = resolver.convert(
        frame.lazy(), column="gene", to="symbol", on_summary=lambda summary: summaries.append(summary.rows)
    )
    assert isinstance(lazy, pl.LazyFrame)
    assert not summaries
    assert lazy.collect().equals(resolver.convert(frame, column="gene", to="symbol"))
    assert summaries == [3 * many]
    assert lazy.filter(pl.col("symbol") == "IL32").select("n").collect()["n"].to_list() == [1] * many
    assert lazy.head(2).collect()["symbol"].to_list() == ["IL32", "IL7;Il7"]
    assert lazy.collect_schema().names() == ["gene", "n", *ADDED]


def test_arrow_tables_keep_their_schema(resolver: LocalResolver) -> None:
    table = pa.table(
        {"gene": pa.array(["IL32", "IL7", None]).dictionary_encode(), "n": pa.array([1, None, 3], pa.int16())},
        metadata={"by": "us"},
    )
    converted = resolver.convert(table, column="gene", to="symbol")
    assert converted.select(["gene", "n"]).equals(table)
    assert converted.schema.metadata == {b"by": b"us"}
    assert converted["symbol"].to_pylist() == ["IL32", "IL7;Il7", None]
    assert converted.schema.field("symbol").type == pa.string()
    exploded = resolver.convert(table, column="gene", to="symbol", on_many="explode")
    assert exploded["n"].to_pylist() == [1, None, None, 3]


KINDS = {
    "objects": pd.Series(["TP53", None, "IL7", "no gene"], dtype=object),
    "objects of several types": pd.Series([7157, "IL7", 3845.0, None], dtype=object),
    "half of a surrogate pair": pd.Series(["TP53", "\ud800", "IL7", "x1y"], dtype=object),
    "strings": pd.Series(["TP53", None, "IL7", "no gene"], dtype="str"),
    "strings in Python": pd.Series(["TP53", None, "IL7", ""], dtype="string[python]"),
    "strings of Arrow": pd.Series(["TP53", None, "IL7", ""], dtype=pd.ArrowDtype(pa.string())),
    "categories": pd.Series(["TP53", None, "IL7", "no gene"], dtype="category"),
    "categories of numbers": pd.Series([7157, None, 3845, 7157], dtype="category"),
    "whole numbers": pd.Series([7157, 3845, 1, 0]),
    "numbers with gaps": pd.Series([7157, None, 3845, 1], dtype="Int64"),
    "floats with gaps": pd.Series([7157.0, None, 3845.0, -0.0]),
    "floats": pd.Series([7157.0, 3574.5, 1e20, float("inf")]),
    "yes and no": pd.Series([True, False, True, True]),
    "dates": pd.Series(pd.to_datetime(["2019-03-01", "", "2019-09-07", "2019-03-01"])),
}
FULL = 1_000  # rows; a longer frame goes by whole columns


@pytest.mark.filterwarnings("ignore:only .* of the cells")
@pytest.mark.parametrize("cells", KINDS.values(), ids=KINDS)
def test_long_frames_are_read_as_short_ones_are(resolver: LocalResolver, cells: pd.Series[Any]) -> None:
    frame = pd.DataFrame({"entrez": pd.concat([cells] * (FULL // 2), ignore_index=True)})
    options: dict[str, Any] = {"column": "entrez", "to": "symbol"}
    long = resolver.convert(frame, **options)
    pieces = [resolver.convert(frame.iloc[begin : begin + FULL], **options) for begin in range(0, len(frame), FULL)]
    pd.testing.assert_frame_equal(long, pd.concat(pieces))
    try:
        table = pa.table({"entrez": pa.Array.from_pandas(frame["entrez"])})
    except (pa.ArrowException, UnicodeError):
        return  # Arrow has no such column
    whole = resolver.convert(table, **options)
    parts = [resolver.convert(table.slice(begin, FULL), **options) for begin in range(0, len(frame), FULL)]
    assert whole.to_pylist() == pa.concat_tables(parts).to_pylist()


def test_long_frames_of_pandas_need_no_pyarrow(data_dir: Path, tmp_path: Path) -> None:
    for installed in Path(pd.__file__).parents[1].iterdir():
        if not installed.name.startswith("pyarrow"):
            (tmp_path / installed.name).symlink_to(installed)
    script = (
        "import importlib.util, pandas as pd; from pathlib import Path; from resolver import Resolver\n"
        "assert importlib.util.find_spec('pyarrow') is None\n"
        f"resolver = Resolver(Path({str(data_dir)!r}))\n"
        "frame = pd.DataFrame({'gene': ['IL32', None, 'IL7'] * 1000, 'entrez': [7157.0, None, 3845.0] * 1000})\n"
        "converted = resolver.convert(frame, column=['gene', 'entrez'], to='symbol')\n"
        "assert converted.iloc[-3:]['gene.symbol'].fillna('').tolist() == ['IL32', '', 'IL7;Il7'], converted\n"
        "numbers = converted.iloc[-3:]['entrez.symbol'].fillna('').tolist()\n"
        "assert numbers == ['TP53', '', 'KRAS'], converted\n"
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(resolver_package.__file__).parents[1])])
    # Without `site`, which would add the packages that are installed.
    subprocess.run([sys.executable, "-S", "-c", script], check=True, env={**os.environ, "PYTHONPATH": paths})


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


EMPTY: list[Any] = [
    pd.DataFrame({"gene": []}), pd.DataFrame({"x": []}), pd.DataFrame({"x": [], "n": []}), pd.Series([None, None]),
    pd.DataFrame({"x": [None], "y": [None]}), pd.DataFrame({"gene": [None, None], "n": [1.5, 2.5]}), [None, ""], [],
    {"x": [None]}, pl.DataFrame({"gene": []}), pl.DataFrame({"x": [None], "y": [None]}),
    pa.table({"x": pa.array([], "str")}),
    pl.LazyFrame({"x": [], "y": []}), [{"a": None}], pd.DataFrame(index=pd.Index([], name="gene")),
]  # fmt: skip


@pytest.mark.parametrize("frame", EMPTY, ids=range(len(EMPTY)))
def test_a_table_without_content_is_converted_to_empty_cells_with_a_note(resolver: LocalResolver, frame: Any) -> None:
    summaries: list[Summary] = []
    converted: Any = resolver.convert(frame, to="symbol", on_summary=summaries.append)
    converted = converted.collect() if isinstance(converted, pl.LazyFrame) else converted
    columns = converted[0] if isinstance(converted, list) else converted
    for name in ADDED:
        assert name in (columns.column_names if isinstance(columns, pa.Table) else columns)
    (summary,) = summaries
    assert any(re.fullmatch(r"all cells of (gene|x|value|a) are empty", note) for note in summary.notes)
    assert summary.columns[0].outcomes.total() == summary.columns[0].empty == summary.rows


@pytest.mark.parametrize("frame", [pd.DataFrame(), pl.DataFrame(), {}, pa.table({}), [{}]], ids=range(5))
def test_a_table_without_columns_is_refused_without_candidates(resolver: LocalResolver, frame: Any) -> None:
    with pytest.raises(BadOption, match="the table has no columns") as raised:
        resolver.convert(frame)
    assert "column=" not in str(raised.value.hint)
    assert "candidates" not in str(raised.value.hint)


def test_an_empty_frame_gets_its_columns(resolver: LocalResolver) -> None:
    for frame in (pd.DataFrame({"gene": pd.array([], "string")}), pl.DataFrame({"gene": []}), pa.table({"gene": []})):
        converted: Any = resolver.convert(frame, column="gene", to="symbol")
        assert converted.shape == (0, 7)


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


def test_small_frames_load_their_own_library_alone(data_dir: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from resolver import Resolver\n"
        f"resolver = Resolver(Path({str(data_dir)!r}))\n"
        "known = {'polars', 'pandas', 'pyarrow', 'numpy', 'duckdb', 'pyspark', 'openpyxl'}\n"
        "assert not known & set(sys.modules), known & set(sys.modules)\n"
        "import pandas as pd\n"
        "own = known & set(sys.modules)\n"
        "resolver.convert(pd.DataFrame({'gene': ['TP53'] * 999}), column='gene')\n"
        "assert known & set(sys.modules) == own, known & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_each_library_has_its_module() -> None:
    assert {"pandas", "polars", "pyarrow"} <= set(MODULES)


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
