"""Files through Spark: cells keep their very text, what is wrong is said, and counts are those of the local engine."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Tools
from resolver.convert.plan import Reading, make_plan
from resolver.convert.report.summary import Summary
from resolver.convert.spark.paths import PathsConversion, format_of_paths
from resolver.errors import BadOption, ClusterFailed, UnreadableTable
from resolver.resolve.options import read_options

TABLE = (
    'gene_id,note,when\r\nP13232,"says ""hi"", twice",0012\r\nENSG00000104432.12, blank ,1e5\r\n,"",NA\r\n'
    "zz9q,#no comment,TRUE\r\nIL-7,,2020-03-01\r\nncbigene:60454,\\n,nan\r\n"
)
READING = Reading(("gene_id",))


def _write(folder: Path, text: str, name: str = "genes.csv") -> str:
    path = folder / name
    path.write_bytes(text.encode())
    return str(path)


def _parts(folder: Path, pattern: str = "part-*") -> list[Path]:
    return sorted(folder.glob(pattern))


def _convert(spark: Any, resolver: LocalResolver, paths: list[str], out: Path, **options: Any) -> Summary:
    plan = options.pop("plan", make_plan("symbol,uniprot"))
    conversion = PathsConversion(spark, paths, plan, Tools(resolver), options.pop("reading", READING))
    return conversion.write(str(out), **options)


def test_a_text_table_comes_out_as_the_local_engine_writes_it_and_is_counted_alike(
    spark: Any, resolver: LocalResolver, tmp_path: Path
) -> None:
    path = _write(tmp_path, TABLE)
    conversion = PathsConversion(spark, [path], make_plan("symbol,uniprot"), Tools(resolver), READING)
    summary = conversion.write(str(tmp_path / "out"))
    written = io.BytesIO()
    local = open_conversion(
        io.BytesIO(TABLE.encode()), "genes.csv", make_plan("symbol,uniprot"), Tools(resolver), READING
    ).run(written)
    rows = [row for part in _parts(tmp_path / "out") for row in csv.reader(io.StringIO(part.read_text(), newline=""))]
    assert rows == list(csv.reader(io.StringIO(written.getvalue().decode(), newline="")))
    assert (tmp_path / "out" / "_SUCCESS").is_file()
    counted, here = (one.describe() | {"notes": []} for one in (summary, local))
    assert [column.pop("collisions") for column in counted["columns"]] == [None]
    assert [column.pop("collisions")["at_least"] for column in here["columns"]] == [False]
    assert counted == here
    assert conversion.prepared.added == (
        "symbol", "uniprot", "outcome", "reason", "matched_as", "retired_from", "also",
    )  # fmt: skip


def test_exploded_rows_are_counted_as_rows_and_as_written(spark: Any, resolver: LocalResolver, tmp_path: Path) -> None:
    path = _write(tmp_path, "gene\tx\nMUM1\t1\nIL7\t2\n", "genes.tsv")
    plan = make_plan("symbol", read_options({"on_many": "explode", "species": "human"}))
    summary = _convert(spark, resolver, [path], tmp_path / "out", plan=plan, reading=Reading(("gene",)))
    assert (summary.rows, summary.written) == (2, 3)
    assert _parts(tmp_path / "out")[0].read_text().splitlines()[1:3] == [
        "MUM1\t1\tIRF4\tambiguous\tseveral_genes\tprevious_symbol MUM1\t\t",
        "MUM1\t1\tPWWP3A\tambiguous\tseveral_genes\tprevious_symbol MUM1\t\t",
    ]


def test_parquet_keeps_types_and_ndjson_keeps_numbers_as_they_were_written(
    spark: Any, resolver: LocalResolver, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"gene_id": ["P13232", None], "score": [0.5, 1.0]})
    frame.write_parquet(tmp_path / "genes.parquet")
    _convert(spark, resolver, [str(tmp_path / "genes.parquet")], tmp_path / "out")
    read = pl.concat(pl.read_parquet(part) for part in _parts(tmp_path / "out", "part-*.parquet"))
    assert read["score"].to_list() == [0.5, 1.0]
    assert read["symbol"].to_list() == ["IL7", ""]
    lines = _write(tmp_path, '{"gene_id": "P13232", "n": 1e5}\n{"gene_id": "P13232", "n": 0.10}\n', "genes.ndjson")
    _convert(spark, resolver, [lines], tmp_path / "json")
    written = [json.loads(line) for part in _parts(tmp_path / "json") for line in part.read_text().splitlines()]
    assert [(row["n"], row["symbol"]) for row in written] == [("1e5", "IL7"), ("0.10", "IL7")]


def test_what_is_in_the_way_or_not_there_is_said_and_nothing_is_overwritten(
    spark: Any, resolver: LocalResolver, tmp_path: Path
) -> None:
    path = _write(tmp_path, TABLE)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("kept")
    with pytest.raises(BadOption, match="exists already"):
        _convert(spark, resolver, [path], out)
    assert (out / "mine.txt").read_text() == "kept"
    _convert(spark, resolver, [path], out, overwrite=True)
    assert not (out / "mine.txt").exists()
    with pytest.raises(UnreadableTable, match="no such file"):
        _convert(spark, resolver, [str(tmp_path / "none.csv")], tmp_path / "other")
    with pytest.raises(BadOption, match="no common format"):
        format_of_paths(["a.csv", "b.parquet"])
    assert format_of_paths(["s3a://genes/*.parquet", "hdfs:///x/y.parquet"]) == "parquet"
    assert format_of_paths(["a.tsv.gz"]) == "tsv"


def test_rows_of_another_width_stop_the_job_or_are_kept_whole(
    spark: Any, resolver: LocalResolver, tmp_path: Path
) -> None:
    path = _write(tmp_path, "gene_id,x\nP13232,1\nIL7,2,3\nIL7\nP13232,4\nP13232,5\nP13232,6\n")
    with pytest.raises(UnreadableTable, match="another width"):
        _convert(spark, resolver, [path], tmp_path / "out")
    assert not (tmp_path / "out" / "_SUCCESS").exists()
    keeping = Reading(("gene_id",), keep_bad_rows=True)
    _convert(spark, resolver, [path], tmp_path / "kept", reading=keeping)
    rows = [row for part in _parts(tmp_path / "kept") for row in csv.DictReader(io.StringIO(part.read_text()))]
    assert [row["bad_row"] for row in rows] == ["", "IL7,2,3", "IL7", "", "", ""]
    assert [row["symbol"] for row in rows[:2]] == ["IL7", "IL7;Il7"]


def test_files_whose_headers_differ_are_not_mixed_up(spark: Any, resolver: LocalResolver, tmp_path: Path) -> None:
    paths = [_write(tmp_path, "gene_id,x\nP13232,1\n", "a.csv"), _write(tmp_path, "x,gene_id\n1,P13232\n", "b.csv")]
    with pytest.raises((UnreadableTable, ClusterFailed)):
        _convert(spark, resolver, paths, tmp_path / "out")


def test_a_table_without_header_keeps_its_first_row(spark: Any, resolver: LocalResolver, tmp_path: Path) -> None:
    path = _write(tmp_path, "TP53\t1.5\nIL7\t2\n", "genes.tsv")
    plan = make_plan("symbol", read_options({"species": "human"}))
    summary = _convert(spark, resolver, [path], tmp_path / "out", plan=plan, reading=Reading())
    assert summary.rows == 2
    assert any("--header" in note for note in summary.notes)
    lines = [line for part in _parts(tmp_path / "out") for line in part.read_text().splitlines()]
    assert [line.split("\t")[:3] for line in lines] == [["TP53", "1.5", "TP53"], ["IL7", "2", "IL7"]]


def test_what_spark_cannot_read_as_a_table_is_refused(spark: Any, resolver: LocalResolver, tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="lines above the header"):
        _convert(spark, resolver, [_write(tmp_path, "# made by us\ngene_id,x\nP13232,1\n")], tmp_path / "out")
    with pytest.raises(UnreadableTable, match="no table"):
        _convert(spark, resolver, [_write(tmp_path, "", "empty.csv")], tmp_path / "out")


def test_several_genes_end_the_job_where_that_was_asked(spark: Any, resolver: LocalResolver, tmp_path: Path) -> None:
    plan = make_plan("symbol", read_options({"on_many": "error"}))
    # Below the cells that the driver samples when it decides how the column is read.
    others = "".join(f"ENSG00000{number},1\n" for number in range(100_000, 100_500))
    path = _write(tmp_path, f"gene_id,x\n{others}MUM1,2\n")
    with pytest.raises(ClusterFailed, match="SeveralGenes") as raised:
        _convert(spark, resolver, [path], tmp_path / "out", plan=plan)
    assert "several genes" in str(raised.value.hint)
