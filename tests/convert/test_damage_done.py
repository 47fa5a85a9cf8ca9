"""What goes wrong on the way: killed, a full disk, tables of absurd width; and formulas in what we add."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.formats import BY_NAME
from resolver.convert.plan import make_plan
from resolver.convert.targets import list_target_names
from resolver.errors import InputError
from tests.convert.conversions import convert, read_cells

_CONVERT = """
import resource, sys
from pathlib import Path
from resolver import Resolver
from resolver.errors import InputError
data, source, target, limit = sys.argv[1:]
def said(progress): print(progress.rows, flush=True)
resolver = Resolver(Path(data))
if int(limit): resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    resolver.convert_file(source, target, column="gene id", to="symbol", force=True, on_progress=said)
except InputError as error:
    print(f"{type(error).__name__}: {error}; {error.hint}", file=sys.stderr)
    sys.exit(2)
"""


def _write_long(path: Path, rows: int) -> Path:
    ids = ["ENSG00000141510", "P04637", "nothing", "BRCA1"] * (rows // 4)
    text = pl.Series([f"{number * 7919 % 1_000_003:x}" for number in range(rows)])
    pl.DataFrame({"gene id": ids, "x": text}).write_parquet(path)
    return path


@pytest.mark.long
@pytest.mark.parametrize("target", BY_NAME)
def test_killed_half_way_leaves_what_was_there(data_dir: Path, tmp_path: Path, target: str) -> None:
    source, out = _write_long(tmp_path / "in.parquet", 800_000), tmp_path / f"out.{target}"
    out.write_bytes(b"what was there before")
    with subprocess.Popen(
        [sys.executable, "-c", _CONVERT, str(data_dir), str(source), str(out), "0"], stdout=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    assert out.read_bytes() == b"what was there before"


@pytest.mark.parametrize("target", BY_NAME)
def test_a_full_disk_is_reported_and_nothing_is_left(data_dir: Path, tmp_path: Path, target: str) -> None:
    source, out = _write_long(tmp_path / "in.parquet", 100_000), tmp_path / f"out.{target}"
    ran = subprocess.run(
        [sys.executable, "-c", _CONVERT, str(data_dir), str(source), str(out), "100000"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 2, ran.stderr[-2000:]
    assert f"out.{target} cannot be written to its end" in ran.stderr
    assert "Free some disk space" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


@pytest.mark.long
@pytest.mark.parametrize("target", BY_NAME)
def test_a_hundred_thousand_columns_are_converted_or_refused(resolver: LocalResolver, target: str) -> None:
    names = ["gene id", *(f"c{number}" for number in range(99_999))]
    table = (",".join(names) + "\n" + ",".join(["IL32", *["1"] * 99_999]) + "\n").encode()
    begun = time.monotonic()
    if target == "xlsx":
        with pytest.raises(InputError, match="and a workbook takes 16,384"):
            convert(resolver, table, target, plan=make_plan("symbol"))
    else:
        data, _ = convert(resolver, table, target, plan=make_plan("symbol"))
        header, row = read_cells(data, target)
        assert (len(header), row[0], row[99_999], row[100_000]) == (100_006, "IL32", "1", "IL32")
        if target != "parquet":  # which takes polars half a minute each time
            again, _ = convert(resolver, data, plan=make_plan("hgnc"))
            assert read_cells(again, target)[1][100_006] == "HGNC:16830"
    assert time.monotonic() - begun < 240


def test_what_we_add_is_no_formula(sample: LocalResolver) -> None:
    genes = pl.DataFrame({"gene": [row[0] for row in _curies(sample)]})
    converted = sample.convert(genes, column="gene", to=[name for name in list_target_names() if name != "name"])
    for column in converted.columns:  # of a gene its name is what an authority wrote, whatever that is
        texts = converted[column].drop_nulls()
        assert texts.filter(texts.str.contains(r"^[=+\-@\t\r\n]")).to_list() == []
    assert converted.height > 200


def _curies(resolver: LocalResolver) -> list[tuple[str]]:
    with sqlite3.connect(f"file:{resolver.release.database}?mode=ro&immutable=1", uri=True) as connection:
        return connection.execute("SELECT curie FROM gene").fetchall()
