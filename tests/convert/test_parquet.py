"""Parquet: types and values stay, in order, with memory that does not grow; identifiers may be of any type."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.plan import make_plan
from resolver.errors import UnreadableTable
from resolver.resolve.options import read_options
from tests.convert.conversions import convert, read_cells

PLAN = make_plan("symbol", read_options({"species": "human"}))
FRAME = pl.DataFrame(
    {
        "gene id": ["TP53", None, "KRAS"],
        "int": [1, None, 3],
        "float": [1e5, float("nan"), None],
        "bool": [True, None, False],
        "date": [date(2019, 3, 1), None, date(2019, 3, 2)],
        "time": [datetime(2019, 3, 1, 12, tzinfo=UTC), None, None],
        "span": [timedelta(seconds=3), None, None],
        "decimal": [Decimal("1.10"), None, Decimal("0.01")],
        "bytes": [b"abc", None, b"\xff"],
        "list": [[1, 2], None, []],
        "struct": [{"a": "x"}, {"a": None}, None],
        "text": ["0012", "", None],
        "kind": pl.Series(["a", "b", None], dtype=pl.Categorical),
    }
)


def _write(frame: pl.DataFrame, **how: Any) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, **how)
    return out.getvalue()


@pytest.mark.parametrize("many", [1, 700])
def test_columns_keep_their_types_and_values(resolver: LocalResolver, many: int) -> None:
    frame = pl.concat([FRAME] * many)
    data, summary = convert(resolver, _write(frame, row_group_size=500), plan=PLAN)
    converted = pl.read_parquet(io.BytesIO(data))
    assert converted.select(frame.columns).equals(frame)
    assert converted.select(frame.columns).schema == frame.schema
    assert converted["symbol"].to_list() == ["TP53", None, "KRAS"] * many
    assert converted.schema["outcome"] == pl.String
    assert converted["outcome"].to_list() == ["resolved", "empty", "resolved"] * many
    assert converted["reason"].to_list() == [None] * 3 * many
    assert summary.rows == 3 * many


def test_what_is_no_text_is_told_as_text(resolver: LocalResolver) -> None:
    header, first, second, third = read_cells(convert(resolver, _write(FRAME), "csv", plan=PLAN)[0], "csv")
    assert dict(zip(header, first, strict=True)) | {"matched_as": ""} == {
        "gene id": "TP53", "int": "1", "float": "100000.0", "bool": "true", "date": "2019-03-01",
        "time": "2019-03-01 12:00:00.000000+00:00", "span": "PT3S", "decimal": "1.10", "bytes": "616263",
        "list": "[1,2]", "struct": '{"a":"x"}', "text": "0012", "kind": "a", "symbol": "TP53", "outcome": "resolved",
        "reason": "", "matched_as": "", "retired_from": "", "also": "",
    }  # fmt: skip
    assert second[:11] == ["", "", "NaN", "", "", "", "", "", "", "", '{"a":null}']
    assert third[8:12] == ["ff", "[]", "", ""]
    objects = [json.loads(line) for line in convert(resolver, _write(FRAME), "ndjson", plan=PLAN)[0].splitlines()]
    assert objects[0]["list"] == [1, 2]
    assert objects[0]["int"] == 1
    assert objects[1]["symbol"] is None


@pytest.mark.parametrize(
    "ids",
    [
        pl.Series([7157, None, 3845]),
        pl.Series([7157.0, float("nan"), 3845.0]),
        pl.Series([7157.0, None, 3845.0], dtype=pl.Float32),
        pl.Series([7157, None, 3845], dtype=pl.UInt16),
        pl.Series(["7157", "", "3845"], dtype=pl.Categorical),
        pl.Series([Decimal(7157), None, Decimal(3845)]),
        pl.Series([b"7157", None, b"3845"]),
    ],
)
@pytest.mark.parametrize("many", [1, 500])
def test_identifiers_of_any_type_are_read_as_their_digits(resolver: LocalResolver, ids: pl.Series, many: int) -> None:
    frame = pl.DataFrame({"entrez": pl.concat([ids] * many)})
    data, _ = convert(
        resolver, _write(frame), plan=make_plan("symbol", read_options({"from": "ncbigene"})), columns=("entrez",)
    )
    converted = pl.read_parquet(io.BytesIO(data))
    assert converted["symbol"].to_list() == ["TP53", None, "KRAS"] * many
    assert converted["entrez"].equals(frame["entrez"])


def test_the_index_of_pandas_stays_as_a_column(resolver: LocalResolver, tmp_path: Path) -> None:
    frame = pd.DataFrame({"gene id": ["IL32", "KRAS"], "n": [1.0, None]}, index=pd.Index(["b", "a"], name="sample"))
    frame.to_parquet(tmp_path / "in.parquet")
    resolver.convert_file(tmp_path / "in.parquet", tmp_path / "out.parquet", column="gene id", to="symbol")
    converted = pd.read_parquet(tmp_path / "out.parquet").set_index("sample")
    pd.testing.assert_frame_equal(converted[["gene id", "n"]], frame)
    assert converted["symbol"].iloc[0] == "IL32"


def test_a_table_without_rows_stays_one(resolver: LocalResolver) -> None:
    for target in ("parquet", "csv", "ndjson", "xlsx"):
        data, summary = convert(resolver, _write(FRAME.clear()), target, plan=PLAN)
        assert summary.rows == 0
        if target == "parquet":
            schema = pl.read_parquet(io.BytesIO(data)).schema
            assert dict(list(schema.items())[:13]) == dict(FRAME.schema)
            assert schema["symbol"] == pl.String


@pytest.mark.parametrize("keep", [0.2, 0.9])
def test_a_file_that_ends_early_is_told(resolver: LocalResolver, keep: float) -> None:
    data = _write(FRAME)
    with pytest.raises(UnreadableTable, match="damaged Parquet"):
        convert(resolver, data[: int(len(data) * keep)], plan=PLAN)


def test_a_page_that_is_damaged_is_told(resolver: LocalResolver) -> None:
    frame = pl.DataFrame({"gene id": [f"ENSG{number:011d}" for number in range(300_000)]})
    data = bytearray(_write(frame, row_group_size=10_000, compression="zstd"))
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    with pytest.raises(UnreadableTable, match="damaged Parquet"):
        convert(resolver, bytes(data), plan=PLAN)


_MEASURE = """
import re, sys
from pathlib import Path
from resolver import Resolver
summary = Resolver(Path(sys.argv[1])).convert_file(sys.argv[2], sys.argv[3], column="gene id", to="symbol,ensembl")
# What getrusage reports is inherited from the process that started this one.
peak = re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())
print(summary.rows, int(peak[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc, as on Linux")
def test_memory_is_that_of_a_few_row_groups(resolver: LocalResolver, data_dir: Path, tmp_path: Path) -> None:
    del resolver
    used = {}
    for millions in (1, 3):
        source, target = tmp_path / f"{millions}.parquet", tmp_path / f"{millions}.out.parquet"
        ids = pl.Series(["ENSG00000141510.3", "IL7", "P04637", "nothing", "BRCA1"] * 200_000)
        frame = pl.DataFrame(
            {"gene id": ids, "text": ids + " and more of it", "number": pl.arange(0, 10**6, eager=True)}
        )
        pl.concat([frame] * millions).write_parquet(source, row_group_size=100_000)
        ran = subprocess.run(
            [sys.executable, "-c", _MEASURE, str(data_dir), str(source), str(target)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        rows, used[millions] = map(int, ran.stdout.split())
        assert rows == millions * 10**6
        written = pl.scan_parquet(target).select("gene id", "number", "text").collect(engine="streaming")
        assert written.equals(pl.concat([frame] * millions).select(written.columns))
    print(f"MiB at 1M and 3M rows: {used}")  # noqa: T201
    assert used[3] < 1.25 * used[1] + 30, used
