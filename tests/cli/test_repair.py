"""`resolver repair` as a person meets it: real processes and files."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.repair.tables import TUMORS, write


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a damaged table."""
    return write(tmp_path / "tumors.csv", TUMORS)


def _run(data_dir: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "resolver", "repair", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_a_repaired_copy_and_the_findings(data_dir: Path, table: Path) -> None:
    ended = _run(data_dir, table)
    assert ended.returncode == 1
    assert "column Hugo_Symbol: 56% of its different cells are gene identifiers" in ended.stderr
    assert "column collected: not examined" in ended.stderr
    assert "9 cells repaired, 3 need a decision" in ended.stderr
    assert "12-Sep" in ended.stdout
    assert "MARCH1 (MARCHF1, hgnc:26077)" in ended.stdout
    copy = table.with_name("tumors.repaired.csv")
    assert f"copy: {copy}" in ended.stderr
    assert "\nSEPT12,124404,2019-09-12,1.1" in copy.read_text()
    assert table.read_text() == TUMORS


def test_reports_say_the_same_in_both_formats(data_dir: Path, table: Path, tmp_path: Path) -> None:
    tsv, as_json = tmp_path / "report.tsv", tmp_path / "report.json"
    _run(data_dir, table, "--report", tsv)
    _run(data_dir, table, "--force", "--report", as_json)
    rows = list(csv.DictReader(tsv.read_text().splitlines(), delimiter="\t"))
    report = json.loads(as_json.read_text())
    assert (report["certain"], report["to_decide"]) == (9, 3)
    assert [column["name"] for column in report["columns"]] == ["Hugo_Symbol", "Entrez_Gene_Id"]
    assert report["release"]["title"] == "the whole genome of human and mouse"
    for row, finding in zip(rows, report["findings"], strict=True):
        assert (int(row["line"]), row["column"], row["text"]) == (finding["line"], finding["column"], finding["text"])
        assert (row["certain"] == "yes", row["repaired"] or None) == (finding["certain"], finding["repaired"])
    assert rows[2]["candidates"].startswith(
        "MARCH1 (MARCHF1, hgnc:26077); March1 (Marchf1, mgi:1920175); MARC1 (MTARC1, hgnc:26189)"
    )


def test_a_dry_run_writes_nothing(data_dir: Path, table: Path, tmp_path: Path) -> None:
    ended = _run(data_dir, table, "--dry-run", "--report", tmp_path / "report.tsv")
    assert "9 cells can be repaired" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tumors.csv"]


def test_nothing_is_overwritten_without_force(data_dir: Path, table: Path, tmp_path: Path) -> None:
    copy = write(tmp_path / "tumors.repaired.csv", "mine")
    ended = _run(data_dir, table)
    assert ended.returncode == 2
    assert f"{copy} exists already" in ended.stderr
    assert copy.read_text() == "mine"
    assert _run(data_dir, table, "--force").returncode == 1
    assert copy.read_text() != "mine"


def test_an_undamaged_table_is_copied_only_where_a_copy_is_asked_for(data_dir: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "genes.txt", "gene\r\nTP53\r\nIL7\r\n")
    ended = _run(data_dir, table)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "no damaged cells" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["genes.txt"]
    assert _run(data_dir, table, "-o", tmp_path / "out.txt").returncode == 0
    assert (tmp_path / "out.txt").read_bytes() == table.read_bytes()


def test_all_repaired_ends_with_zero(data_dir: Path, tmp_path: Path) -> None:
    table = write(tmp_path / "genes.csv", "gene\nTP53\nIL7\n12-Sep\n")
    assert _run(data_dir, table).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "No such file"),
        (["tumors.csv", "--column", "Symbol"], "Available: Hugo_Symbol, Entrez_Gene_Id, collected"),
        (["tumors.csv", "--species", "rat"], "unknown species 'rat'"),
        (["tumors.csv", "--report", "report.xlsx"], "Use a name that ends in .tsv or .json."),
        (["tumors.csv", "--force", "-o", "tumors.csv"], "is the table itself"),
        (["tumors.csv", "-o", "a.tsv", "--report", "a.tsv"], "Give them different names."),
        (["tumors.csv", "-o", "no/such/folder.csv"], "cannot be written"),
        (["tumors.csv", "--delimiter", ";;"], "is not a delimiter"),
        (["tumors.csv", "-o", "out.xls"], "Use out.xlsx, for example."),
        (["tumors.csv", "-o", "out.json"], "Use out.ndjson, for example."),
    ],
)
def test_bad_input_says_what_to_do(data_dir: Path, table: Path, arguments: list[str], message: str) -> None:
    paths = [str(table.parent / word) if "." in word else word for word in arguments]
    ended = _run(data_dir, *paths)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_and_a_small_text_table_load_no_heavy_library(data_dir: Path, table: Path) -> None:
    script = (
        "import sys\nsys.argv = ['resolver', 'repair', *sys.argv[1:]]\n"
        "from resolver.cli.app import make_app\napp = make_app()\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "heavy = {'xlsxwriter', 'polars', 'sqlalchemy', 'fastapi'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir)}
    for arguments in (["--help"], [str(table)]):
        command = [sys.executable, "-c", script, *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert ended.returncode == 0, ended.stderr


LIST = "gene,note\nTP53,a\nBRCA1,b\n1-Mar,c\n1-Mar,d\n12-Sep,e\n2-Sep,f\nMYC,g\n"


def test_a_person_decides_all_cells_with_a_text_or_one(data_dir: Path, tmp_path: Path) -> None:
    table, report = write(tmp_path / "list.csv", LIST), tmp_path / "damage.tsv"
    ended = _run(data_dir, table, "--species", "human")
    assert "1 cells repaired, 3 need a decision" in ended.stderr
    hint = '--set "1-Mar=MARCH1" for all such cells, --set "line 4=MARCH1" for one'
    assert f"decide them with --set: {hint}" in ended.stderr
    decisions = ["--set", "1-mar=MARCH1", "--set", "line 5=MARC1", "--set", "2-Sep=SEPT2"]
    ended = _run(data_dir, table, "--species", "human", "--force", "--report", report, *decisions)
    assert (ended.returncode, "4 cells repaired, 0 need a decision" in ended.stderr) == (0, True)
    copy = (tmp_path / "list.repaired.csv").read_text()
    assert copy == "gene,note\nTP53,a\nBRCA1,b\nMARCH1,c\nMARC1,d\nSEPT12,e\nSEPT2,f\nMYC,g\n"
    rows = list(csv.DictReader(report.read_text().splitlines(), delimiter="\t"))
    assert [(row["place"], row["repaired"], row["certain"], row["decided"]) for row in rows] == [
        ("line 4", "MARCH1", "no", "yes"),
        ("line 5", "MARC1", "no", "yes"),
        ("line 6", "SEPT12", "yes", "no"),
        ("line 7", "SEPT2", "no", "yes"),
    ]


def test_a_workbook_names_cells_as_its_program_does_and_decided_ones_become_text(
    data_dir: Path, tmp_path: Path
) -> None:
    table = tmp_path / "list.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    days = [date(2015, 3, 1), date(2015, 9, 9), date(2015, 9, 9)]
    for row in ([1, "gene"], [2, "TP53"], [3, "BRCA1"], *([number, day] for number, day in enumerate(days, start=4))):
        sheet.append(row)
    sheet["B4"].number_format = sheet["B5"].number_format = sheet["B6"].number_format = "d-mmm"
    workbook.save(table)
    shown = _run(data_dir, table, "--dry-run", "--species", "human")
    assert "2015-09-09 (9-Sep)" in shown.stdout
    assert "B5" in shown.stdout
    decisions = ["--set", "1-Mar=MARC1", "--set", "9-Sep=SEPT9", "--set", "B6=SET9"]
    ended = _run(data_dir, table, "--species", "human", *decisions)
    assert "3 cells repaired, 0 need a decision" in ended.stderr
    copied = openpyxl.load_workbook(tmp_path / "list.repaired.xlsx").worksheets[0]
    assert [copied.cell(row, 2).value for row in range(4, 7)] == ["MARC1", "SEPT9", "SET9"]
    assert {copied.cell(row, 2).number_format for row in range(2, 7)} == {"@"}


@pytest.mark.parametrize(
    ("decision", "problem"),
    [
        ("1-Mar", "--set '1-Mar' is no decision"),
        ("=MARCH1", "is no decision"),
        ("1-Mar=MARHC1", "MARHC1 matches no gene"),
        ("3-Mar=MARCH3", "--set: no damaged cell is 3-Mar"),
    ],
)
def test_a_decision_that_cannot_be_used_is_refused_and_nothing_is_written(
    data_dir: Path, tmp_path: Path, decision: str, problem: str
) -> None:
    table = write(tmp_path / "list.csv", LIST)
    ended = _run(data_dir, table, "--species", "human", "--set", decision)
    assert ended.returncode == 2
    assert problem in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
