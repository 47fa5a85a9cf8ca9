"""What `resolver convert` reports: five lines, JSON, silence; help and completion; the bar on a terminal."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner, Result

from docs.generate import command_paths
from resolver.cli.app import make_app
from resolver.cli.options import complete_list, complete_one

TABLE = "gene,n\nTP53,1\nP04637,2\nDEC1,3\n,4\n1-Mar,5\nIL7,6\n"


def convert(data_dir: Path, table: Path, *options: str) -> Result:
    """Return what the command prints on a table of human genes."""
    return CliRunner().invoke(
        make_app("convert"),
        ["convert", str(table), "--to", "symbol", "--species", "human", *options],
        env={"RESOLVER_DATA_DIR": str(data_dir), "COLUMNS": "1000"},
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table with a collision, another match, a damaged date and an empty cell."""
    path = tmp_path / "genes.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_conversion_ends_with_five_lines_and_what_is_worth_a_look(data_dir: Path, table: Path) -> None:
    done = convert(data_dir, table, "-o", str(table.with_name("out.csv")))
    assert done.exit_code == 0
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("note:", "column "))]
    assert [line.partition(":")[0] for line in lines[:5]] == ["rows", "gene", "species", "assumed", "next"]
    assert "4 resolved (66.7%), 0 ambiguous, 0 retired, 1 not found (16.7%), 1 empty (16.7%)" in lines[1]
    assert "resolver repair" in lines[4]
    assert lines[5].startswith("collisions: 2 different identifiers map to only 1 gene (2 rows).")
    assert any(line.startswith("also: 1 row") for line in lines)


def test_quiet_writes_the_table_alone(data_dir: Path, table: Path) -> None:
    done = convert(data_dir, table, "--quiet")
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == "gene,n,symbol,outcome,reason,matched_as,retired_from,also"
    report, receipt = table.with_name("r.html"), table.with_name("r.json")
    done = convert(data_dir, table, "-q", "--report", str(report), "--receipt", str(receipt))
    assert done.stderr == ""
    assert report.exists()
    assert json.loads(receipt.read_bytes())["collisions"]["gene"]["genes"] == 1


def test_quiet_keeps_errors_and_warnings(data_dir: Path, table: Path) -> None:
    table.write_text("gene\nIL7\nnone such\nnor this\n", encoding="utf-8")
    done = convert(data_dir, table, "--quiet", "--column", "gene")
    assert done.exit_code == 1
    assert "WARNING" in done.stderr
    assert "rows:" not in done.stderr
    done = convert(data_dir, table, "--quiet", "--column", "no such")
    assert (done.exit_code, done.stderr.splitlines()[0][:6]) == (2, "error:")


def test_json_writes_the_summary_to_stdout(data_dir: Path, table: Path) -> None:
    out = table.with_name("out.csv")
    done = convert(data_dir, table, "--json", "-q", "-o", str(out))
    summary = json.loads(done.stdout)
    assert (done.stdout.count("\n"), done.stderr, done.exit_code) == (1, "", 0)
    assert (summary["rows"], summary["output"], summary["warning"]) == (6, str(out), None)
    (column,) = summary["columns"]
    assert column["outcomes"]["empty"] == 1
    assert column["collisions"]["largest"][0]["texts"] == ["TP53", "P04637"]
    assert [one["cause"] for one in column["causes"]] == ["date_to_decide"]
    assert summary["next_step"]
    assert out.exists()


@pytest.mark.parametrize("options", [[], ["-o", "-"], ["--dry-run"], ["--dry-run", "-o", "out.csv"]])
def test_json_without_a_file_for_the_table_is_refused_in_a_sentence(
    data_dir: Path, table: Path, options: list[str]
) -> None:
    done = convert(data_dir, table, "--json", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: --json ")
    assert hint.strip().endswith(".")


# --- The report ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "delimiter"), [("misses.tsv", "\t"), ("misses.CSV", ",")])
def test_a_report_by_its_suffix_is_a_table_of_misses(data_dir: Path, tmp_path: Path, name: str, delimiter: str) -> None:
    table, report = tmp_path / "list.txt", tmp_path / name
    table.write_text("TP53\nSEPT9x\n1-Mar\nSEPT9x\nCAP\nIL7; SEPT9x\n", encoding="utf-8")
    done = convert(data_dir, table, "--species", "human", "--report", str(report))
    assert "column column" not in done.stderr
    with report.open(newline="", encoding="utf-8") as opened:
        header, *rows = csv.reader(opened, delimiter=delimiter)
    assert header == ["column", "value", "rows", "outcome", "reason", "suggestions"]
    found = {row[1]: row for row in rows}
    assert rows[0][1] == "SEPT9x"
    assert found["SEPT9x"][2:5] == ["2", "not_found", "not_in_release"]
    assert found["SEPT9x"][5].startswith("SEPT9 (SEPTIN9, hgnc:7323)")
    assert "MRT1 (PRSS12, hgnc:9477)" in found["1-Mar"][5]
    assert "CAP1 (hgnc:20040)" in found["CAP"][5]


def test_a_report_of_another_suffix_is_refused_before_any_work(data_dir: Path, table: Path) -> None:
    out = table.with_name("out.csv")
    done = convert(data_dir, table, "-o", str(out), "--report", str(table.with_name("misses.xlsx")))
    assert done.exit_code == 2
    assert "cannot write a report as 'misses.xlsx'" in done.stderr
    assert not out.exists()


# --- Help ---------------------------------------------------------------------------------------------------------


def _paths() -> list[tuple[str, ...]]:
    group = get_command(make_app())
    assert isinstance(group, TyperGroup)
    return command_paths(group)


@pytest.mark.parametrize("path", [(), *_paths()], ids=" ".join)
def test_every_command_has_a_short_option_for_help(path: tuple[str, ...]) -> None:
    short, long = (CliRunner().invoke(make_app(), [*path, option]) for option in ("-h", "--help"))
    assert short.exit_code == 0
    assert short.output == long.output


@pytest.mark.parametrize("command", ["resolve", "convert", "go", "gene"])
def test_help_lists_the_choices_of_namespaces_and_species(command: str) -> None:
    shown = CliRunner().invoke(make_app(), [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    words = " ".join(re.sub(r"[│╭╰─]", " ", shown).split())
    for choice in ("ncbigene, ensembl, hgnc", "human", "mouse"):
        assert choice in words, choice


# --- Completion ---------------------------------------------------------------------------------------------------


def complete(line: str, *, shell: str = "bash") -> list[str]:
    """Return what a shell gets for the last word of a line."""
    words = line.split(" ")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}
    environment |= {"_RESOLVER_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    code = "import sys; sys.argv = ['resolver']; from resolver.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("resolver conv", ["convert"]),
        ("resolver convert t.csv --from ensem", ["ensembl"]),
        ("resolver convert t.csv --to symbol,ensembl.tr", ["symbol,ensembl.transcript"]),
        ("resolver resolve --to mg", ["mgi"]),
        ("resolver resolve --species m", ["mouse"]),
        ("resolver convert t.csv --on-many ex", ["explode"]),
        ("resolver repair t.csv --species h", ["human"]),
        ("resolver nightly sta", ["status", "stale"]),
    ],
)
def test_a_shell_completes_commands_and_values(line: str, expected: list[str]) -> None:
    assert sorted(complete(line)) == sorted(expected)


def test_the_script_for_a_shell_is_printed_and_installed(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    code = "import sys; sys.argv = ['resolver', *sys.argv[1:]]; from resolver.cli.app import main; main()"
    for option in ("--show-completion", "--install-completion"):
        done = subprocess.run(
            [sys.executable, "-c", code, option, "bash"],
            env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "_RESOLVER_COMPLETE" in done.stdout or "installed" in done.stdout
    assert "_RESOLVER_COMPLETE" in (tmp_path / ".bash_completions" / "resolver.sh").read_text()


def test_lists_are_completed_word_by_word_without_those_that_are_there() -> None:
    complete_words = complete_list(("ensembl", "ensembl.protein", "uniprot"))
    assert complete_words("") == ["ensembl", "ensembl.protein", "uniprot"]
    assert complete_words("ensembl,e") == ["ensembl,ensembl.protein"]
    assert complete_one(("human", "mouse"))("H") == ["human"]


# --- On a terminal ------------------------------------------------------------------------------------------------


def on_terminal(data_dir: Path, *arguments: str, **variables: str) -> str:
    """Return what a command writes to a terminal."""
    controller, terminal = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    environment |= {"RESOLVER_DATA_DIR": str(data_dir), "TERM": "xterm-256color", "COLUMNS": "100", **variables}
    with subprocess.Popen(
        [sys.executable, "-m", "resolver", *arguments], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=terminal,
    ) as process:  # fmt: skip
        os.close(terminal)
        written = b""
        while True:
            try:
                part = os.read(controller, 1 << 16)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            written += part
        process.wait(60)
    os.close(controller)
    return written.decode()


def test_the_bar_stays_at_a_hundred_percent_when_the_table_is_written(data_dir: Path, tmp_path: Path) -> None:
    table = tmp_path / "genes.csv"
    table.write_text("gene,n\n" + "IL7,1\nTP53,2\n" * 20_000, encoding="utf-8")
    shown = on_terminal(data_dir, "convert", str(table), "-o", str(tmp_path / "out.csv"))
    bars = [line for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)) if "%" in line]
    last = next(line for line in reversed(bars) if "rows/s" in line and not line.startswith("rows:"))
    assert "100%" in last
    assert "40,000 rows" in last
    assert "━" not in on_terminal(data_dir, "convert", str(table), "-q", "-o", str(tmp_path / "quiet.csv"))


def test_no_color_is_respected(data_dir: Path, tmp_path: Path) -> None:
    table = tmp_path / "genes.csv"
    table.write_text("gene,n\nIL7,1\nnone such,2\nnor this,3\n", encoding="utf-8")
    command = ("convert", str(table), "--column", "gene", "--force", "-o", str(tmp_path / "out.csv"))
    color = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-8]|9[0-7])(?:;[0-9]+)*m")
    assert color.search(on_terminal(data_dir, *command))
    plain = on_terminal(data_dir, *command, NO_COLOR="1")
    assert "WARNING" in plain
    assert color.search(plain) is None
