"""`resolver convert` on bad tables: each ends with the message in docs/bad-tables.md, and leaves no output."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from resolver.cli.app import make_app
from resolver.convert.plan import Reading
from tests.convert.test_bad_tables import CASES, open_case


def stated(reading: Reading) -> list[str]:
    """Return how a table is to be read, as options of the terminal."""
    options = [part for column in reading.columns for part in ("--column", column)]
    for name, value in (("--delimiter", reading.delimiter), ("--encoding", reading.encoding)):
        options += [] if value is None else [name, value]
    return options


@pytest.mark.parametrize("name", CASES)
def test_a_bad_table_ends_with_its_message_a_hint_and_no_output(data_dir: Path, tmp_path: Path, name: str) -> None:
    made, reading, said = CASES[name]
    table, out = tmp_path / "t.csv", tmp_path / "out.csv"
    with open_case(made) as source, table.open("wb") as written:
        shutil.copyfileobj(source, written)
    done = CliRunner().invoke(
        make_app("convert"),
        ["convert", str(table), "--to", "symbol", "-o", str(out), *stated(reading)],
        env={"RESOLVER_DATA_DIR": str(data_dir), "COLUMNS": "1000"},
    )
    assert done.exit_code == 2, done.output
    assert re.search(said, done.stderr), done.stderr
    hint = done.stderr[re.search(said, done.stderr).end() :].split("\n  ", 1)  # type: ignore[union-attr]
    assert len(hint) == 2, done.stderr
    assert hint[1].strip()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv"]


def test_a_table_that_is_its_own_output_is_refused_before_it_is_read(data_dir: Path, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id\nIL7\n")
    done = CliRunner().invoke(
        make_app("convert"),
        ["convert", str(table), "-o", str(table), "--force"],
        env={"RESOLVER_DATA_DIR": str(data_dir), "COLUMNS": "1000"},
    )
    assert (done.exit_code, table.read_text()) == (2, "id\nIL7\n")
    assert "is the table itself" in done.stderr


def test_lines_that_another_format_has_no_place_for_are_reported(data_dir: Path, tmp_path: Path) -> None:
    table = tmp_path / "genes.csv"
    table.write_text("gene,x\nTP53,1\n\n\nIL7,2\n", encoding="utf-8")
    command = ["convert", str(table), "--to", "symbol", "-o", str(tmp_path / "out.ndjson")]
    done = CliRunner().invoke(make_app(), command, env={"RESOLVER_DATA_DIR": str(data_dir)})
    assert "left out" not in done.stderr
    rows = [json.loads(line)["gene"] for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert rows == ["TP53", "", "", "IL7"]


@pytest.mark.parametrize("size", [0, 1_200])
@pytest.mark.parametrize("source", ["csv", "tsv", "txt", "xlsx"])
@pytest.mark.parametrize("target", ["csv", "tsv", "xlsx", "ndjson", "parquet"])
def test_a_blank_row_keeps_its_place_from_every_format_to_every_other(
    data_dir: Path, tmp_path: Path, source: str, target: str, size: int
) -> None:
    genes = ["TP53", "", "", "IL7", *["MYC"] * size, "", "KRAS"]
    table, out = tmp_path / f"in.{source}", tmp_path / f"out.{target}"
    if source == "xlsx":
        workbook = openpyxl.Workbook()
        for gene in ["gene", *genes]:
            workbook.worksheets[0].append([gene or None])
        workbook.save(table)
    else:
        table.write_text("".join(f"{gene}\n" for gene in ["gene", *genes, "", ""]), encoding="utf-8")
    command = ["convert", str(table), "--to", "symbol", "-o", str(out), "--header"]
    done = CliRunner().invoke(make_app(), command, env={"RESOLVER_DATA_DIR": str(data_dir)})
    assert done.exit_code == 0, done.stderr
    if target == "xlsx":
        sheet = openpyxl.load_workbook(out).worksheets[0]
        found = [str(row[0] or "") for row in sheet.iter_rows(min_row=2, values_only=True)]
    elif target == "parquet":
        found = pl.read_parquet(out)["gene"].fill_null("").to_list()
    elif target == "ndjson":
        found = [json.loads(line)["gene"] or "" for line in out.read_text().splitlines()]
    else:
        found = [re.split("[,\t]", line)[0] for line in out.read_text().rstrip("\n").split("\n")[1:]]
    assert found == genes
