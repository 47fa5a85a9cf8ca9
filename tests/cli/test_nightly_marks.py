"""`resolver nightly stale`, `history`, and reviews of marks, on a terminal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from resolver.cli.app import make_app
from resolver.cli.console import ExitCode
from tests.nightly.marked import write_marks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_marks(f"sqlite:///{tmp_path / 'ledger.db'}")
    return tmp_path


def _convert(data_dir: Path, ledger: str, *words: str) -> str:
    env = {"RESOLVER_DATA_DIR": str(data_dir), "RESOLVER_LEDGER_URL": ledger}
    shown = CliRunner().invoke(make_app(), ["convert", *words, "--to", "symbol"], env=env)
    assert shown.exit_code == ExitCode.OK
    return str(shown.stderr)


def test_a_conversion_without_stale_says_that_rows_have_marks(data_dir: Path, folder: Path, tmp_path: Path) -> None:
    ledger, table = f"sqlite:///{folder / 'ledger.db'}", tmp_path / "genes.csv"
    table.write_text("gene,n\nP13232,1\nP13232,2\nNM_000880.2,3\nIL6,4\n", encoding="utf-8")
    assert "3 rows have an identifier that is marked stale. To see them, add --stale." in _convert(
        data_dir, ledger, str(table)
    )
    assert "--stale" not in _convert(data_dir, ledger, str(table), "--stale")
    assert "--stale" not in _convert(data_dir, f"sqlite:///{tmp_path / 'none.db'}", str(table))
    table.write_text("gene,n\nIL6,4\n", encoding="utf-8")
    assert "--stale" not in _convert(data_dir, ledger, str(table))
    table.write_text("gene,n\n" + "P13232,1\n" * 1_200, encoding="utf-8")
    assert "1,200 rows have an identifier that is marked stale" in _convert(
        data_dir, ledger, str(table), "-o", str(tmp_path / "out.csv")
    )


def _run(folder: Path, *words: str) -> Any:
    env = {"RESOLVER_DATA_DIR": str(folder), "COLUMNS": "120", "LOGNAME": "ada"}
    return CliRunner().invoke(make_app(), ["nightly", *words], env=env)


def test_the_table_has_a_row_for_each_mark_with_its_successor_and_page(folder: Path) -> None:
    shown = _run(folder, "stale")
    assert shown.exit_code == ExitCode.OK
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("refseq:NM_000880.3")]
    assert line.split()[1:] == [
        "IL7", "human", "version", "behind", "refseq:NM_000880.4", "2026-11-19",
        "https://www.ncbi.nlm.nih.gov/nuccore/NM_000880.3",
    ]  # fmt: skip
    assert "Q99999" not in shown.stdout
    assert "6 marked: 3 replaced" in shown.stderr


def test_filters_and_formats_are_those_of_the_service(folder: Path) -> None:
    listed = json.loads(_run(folder, "stale", "--format", "json", "--namespace", "entrez").stdout)
    assert [mark["curie"] for mark in listed] == ["ncbigene:3574"]
    table = _run(folder, "stale", "--format", "csv", "--review", "dismissed", "--since", "2026-11-18").stdout
    assert [row["curie"] for row in csv.DictReader(io.StringIO(table))] == ["uniprot:Q99999"]
    assert _run(folder, "stale", "--species", "mouse", "--format", "ndjson").stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "begin"),
    [("x.csv", "curie,"), ("x.tsv", "curie\t"), ("x.json", "["), ("x.jsonl", "{"), ("x.sssom.tsv", "#curie_map"),
     ("x.txt", "identifier ")],
)  # fmt: skip
def test_a_file_has_the_format_that_its_name_says(folder: Path, name: str, begin: str) -> None:
    target = folder / name
    shown = _run(folder, "stale", "-o", str(target))
    assert (shown.exit_code, shown.stdout) == (ExitCode.OK, "")
    assert target.read_text(encoding="utf-8").startswith(begin)


@pytest.mark.parametrize(
    "words",
    [("--format", "xml"), ("--verdict", "current"), ("--since", "soon"), ("--review", "x"), ("--species", "rat")],
)
def test_what_cannot_be_read_is_bad_input(folder: Path, words: tuple[str, ...]) -> None:
    assert _run(folder, "stale", *words).exit_code == ExitCode.BAD_INPUT


def test_reviews_of_several_marks_are_kept_in_their_history(folder: Path) -> None:
    assert _run(folder, "ack", "P13232", "ncbigene:3574", "--reason", "ticket 7").exit_code == ExitCode.OK
    assert _run(folder, "dismiss", "P13232", "--reason", "not ours", "--by", "bob").stdout == (
        "uniprot:P13232  replaced  dismissed\n"
    )
    assert _run(folder, "comment", "P13232", "see the list").exit_code == ExitCode.OK
    assert _run(folder, "reopen", "P13232").stdout == "uniprot:P13232  replaced  open\n"
    history = _run(folder, "history", "uniprot:P13232").stdout
    assert "https://www.uniprot.org/uniprotkb/P13232/history" in history
    for text in ("run 1", "changed: replaced uniprot:P01579  run 2", "by ada  ticket 7", "by bob  not ours",
                 "by ada  see the list", "reopened"):  # fmt: skip
        assert text in history


def test_a_dismissal_needs_a_reason_and_a_mark(folder: Path) -> None:
    assert _run(folder, "dismiss", "P13232").exit_code == ExitCode.BAD_INPUT
    assert _run(folder, "dismiss", "P13232", "--reason", " ").exit_code == ExitCode.BAD_INPUT
    missing = _run(folder, "ack", "P05231")
    assert missing.exit_code == ExitCode.OTHER
    assert "P05231 is not marked" in missing.stderr


def test_the_report_has_news_held_back_verdicts_and_ages(folder: Path) -> None:
    shown = _run(folder, "report").stdout
    assert "ensembl 116 since 2026-04: no news for" in shown
    assert "changes in run 2: 4 set, 1 changed, 1 lifted" in shown
    assert "not marked until another run confirms them: 60 of mgi" in shown


def test_without_a_ledger_nothing_is_made(tmp_path: Path) -> None:
    for words in (("stale",), ("history", "P13232"), ("ack", "P13232")):
        assert _run(tmp_path, *words).exit_code == ExitCode.OTHER
    assert list(tmp_path.iterdir()) == []
