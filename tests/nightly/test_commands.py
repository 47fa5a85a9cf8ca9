"""Nightly runs on a terminal: run, report, status; marks that follow a release; what is deployed."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from resolver.cli.app import make_app
from resolver.cli.console import ExitCode
from resolver.genes.verdicts import TrackedIdentifier
from resolver.identifiers.model import Identifier
from resolver.nightly.job import is_followed
from resolver.store.tracked_reader import TrackedEntry
from tests.nightly.history import write_history
from tests.test_deployment import parse_command

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("nightly_runs")
    write_history(f"sqlite:///{made / 'ledger.db'}")
    return made


def _run(folder: Path, *words: str) -> Any:
    env = {"RESOLVER_DATA_DIR": str(folder), "COLUMNS": "120"}
    return CliRunner().invoke(make_app(), ["nightly", *words], env=env)


def test_the_report_shows_coverage_marks_and_runs(folder: Path) -> None:
    shown = _run(folder, "report")
    assert shown.exit_code == ExitCode.OK
    assert "ncbi_gene" in shown.stdout
    assert re.search(r"run 10 .* problems: refseq", shown.stdout)
    reported = json.loads(_run(folder, "report", "--json").stdout)
    assert {one["source"] for one in reported["coverage"]} == {
        "ncbi_gene",
        "refseq",
        "ensembl",
        "uniprot",
        "mgi",
        "omim",
    }


def test_the_report_is_written_as_a_page_and_for_prometheus(folder: Path, tmp_path: Path) -> None:
    page, figures = tmp_path / "report.html", tmp_path / "nightly.prom"
    assert _run(folder, "report", "--html", str(page), "--prometheus", str(figures)).exit_code == ExitCode.OK
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "gene_xref_nightly_run_seconds 1260" in figures.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_status_reports_the_last_run(folder: Path, tmp_path: Path) -> None:
    shown = _run(folder, "status")
    assert shown.exit_code == ExitCode.OK
    assert "run 14  done" in shown.stdout
    assert _run(tmp_path, "status").exit_code == ExitCode.OTHER
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("run", "--source", "nope"), ("serve", "--at", "25:00")])
def test_bad_input_is_reported(folder: Path, words: tuple[str, ...]) -> None:
    assert _run(folder, *words).exit_code == ExitCode.BAD_INPUT


# --- Marks and releases -------------------------------------------------------------------------------------------


def an_entry(version: int | None, *genes: str) -> TrackedEntry:
    return TrackedEntry(TrackedIdentifier(Identifier("refseq", "NM_1", version)), genes, 9606)


@pytest.mark.parametrize(
    ("verdict", "successors", "entry", "followed"),
    [
        ("retired", "", None, True),  # the release lists it no more
        ("retired", "", an_entry(1, "a:1"), False),
        ("replaced", "refseq:NM_2", an_entry(1, "a:1"), False),
        ("version_behind", "refseq:NM_1.7", an_entry(6, "a:1"), False),
        ("version_behind", "refseq:NM_1.7", an_entry(7, "a:1"), True),
        ("version_behind", "refseq:NM_1.7", an_entry(None, "a:1"), True),
        ("moved_gene", "", an_entry(1, "a:1"), False),
        ("moved_gene", "", an_entry(1, "a:2"), True),
    ],
)
def test_a_mark_is_dropped_when_the_release_follows_the_change_and_not_before(
    verdict: str, successors: str, entry: TrackedEntry | None, followed: bool
) -> None:
    mark: dict[str, object] = {"verdict": verdict, "successors": successors, "genes": "a:1"}
    assert is_followed(mark, entry) is followed


# --- What is deployed ---------------------------------------------------------------------------------------------


def _words_of(line: str) -> list[str]:
    words = shlex.split(line)
    start = next(place for place, word in enumerate(words) if word.endswith("/bin/resolver"))
    return words[start + 1 :]


def test_the_deployment_examples_run_existing_commands() -> None:
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    cron = [line for line in lines if " nightly run" in line and not line.startswith("#")]
    assert len(cron) == 1
    parse_command(_words_of(cron[0]))
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / "gene-xref-nightly.service", encoding="utf-8")
    parse_command(_words_of(unit["Service"]["ExecStart"]))
    assert unit["Service"]["Type"] == "oneshot"
    timer = configparser.ConfigParser(strict=False, interpolation=None)
    timer.read(DEPLOY / "systemd" / "gene-xref-nightly.timer", encoding="utf-8")
    assert timer["Timer"]["OnCalendar"].endswith("02:30")


def test_the_kubernetes_cron_job_runs_one_confined_run_at_a_time() -> None:
    job = yaml.safe_load((DEPLOY / "kubernetes" / "nightly.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in {"OnFailure", "Never"}
    (container,) = pod["containers"]
    parse_command(container["args"])
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
