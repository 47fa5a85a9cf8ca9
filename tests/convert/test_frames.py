"""Frames of Python's libraries: the same kind, index and types as they were, new columns of strings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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
from resolver.convert.report.summary import Summary
from resolver.errors import MissingColumn

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


def test_pandas_rows_become_several_with_their_index(resolver: LocalResolver) -> None:
    frame = pd.DataFrame({"gene": ["IL7", "IL32"]}, index=["x", "y"])
    converted = resolver.convert(frame, column="gene", to="symbol", on_many="explode")
    assert list(zip(converted.index, converted["symbol"], strict=True)) == [("x", "IL7"), ("x", "Il7"), ("y", "IL32")]


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


def test_an_empty_frame_gets_its_columns(resolver: LocalResolver) -> None:
    for frame in (pd.DataFrame({"gene": pd.array([], "string")}), pl.DataFrame({"gene": []}), pa.table({"gene": []})):
        converted: Any = resolver.convert(frame, column="gene", to="symbol")
        assert converted.shape == (0, 7)


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
