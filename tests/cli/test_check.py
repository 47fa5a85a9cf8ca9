"""`resolver check` and `resolver refresh` as a person meets them: real processes, files, and played upstreams."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.store.release import get_current_release
from tests.upstreams.faults import Kind
from tests.upstreams.probed import add_probed
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World

IL7 = ["ncbigene:3574", "ENSG00000104432", "P13232", "NM_000880", "NP_000871", "omim:146660", "HGNC:6023", "MGI:96561"]


@pytest.fixture(scope="module")
def data_dir(sample_dir: Path) -> Path:
    """Return a data folder with the sample: the simulated source databases read all identifiers of it."""
    return sample_dir


@pytest.fixture
def upstreams(data_dir: Path) -> Iterator[Upstreams]:
    """Return upstreams that track all of the sample."""
    with played(World(ReleaseFacts(get_current_release(data_dir).database))) as opened:
        yield opened


def _run(
    data_dir: Path, upstreams: Upstreams, *arguments: str | Path, stdin: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    addresses = {f"RESOLVER_{name.upper()}": url for name, url in upstreams.settings.items()}
    environment = os.environ | addresses | {"RESOLVER_DATA_DIR": str(data_dir), "NO_COLOR": "1"} | more
    command = [sys.executable, "-m", "resolver", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, input=stdin)


def test_all_ids_of_a_gene_that_is_as_it_was_are_current(data_dir: Path, upstreams: Upstreams) -> None:
    ended = _run(data_dir, upstreams, "check", *IL7)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "8 current" in ended.stderr
    assert not upstreams.counts.excesses


def test_stale_identifiers_are_reported_with_evidence_and_replacement(data_dir: Path, upstreams: Upstreams) -> None:
    upstreams.world.merge("uniprot:P13232", "uniprot:A6QL63")
    upstreams.world.bump("refseq:NM_000880")
    ended = _run(data_dir, upstreams, "check", "P13232", "NM_000880.4", "homologene:680")
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert lines[1].split()[:3] == ["uniprot:P13232", "replaced", "uniprot:A6QL63"]
    assert "inactiveReasonType 'MERGED'" in lines[1]
    assert lines[2].split()[:3] == ["refseq:NM_000880.4", "version_behind", "refseq:NM_000880.5"]
    assert "archived" in lines[3]


def test_a_second_opinion_stands_beside_the_evidence(data_dir: Path, upstreams: Upstreams) -> None:
    upstreams.world.merge("ncbigene:3574", "ncbigene:3575")
    ended = _run(data_dir, upstreams, "check", "ncbigene:3574", "--second-opinion")
    assert "MyGene.info agrees: it has ncbigene:3575" in ended.stdout


def test_findings_are_written_as_json_and_tsv(data_dir: Path, upstreams: Upstreams, tmp_path: Path) -> None:
    upstreams.world.demerge("uniprot:P13232", ["uniprot:P99999", "uniprot:P99998"])
    listed = tmp_path / "list.txt"
    listed.write_text("P13232\n\nENSG00000104432\n")
    as_json = _run(data_dir, upstreams, "check", "--json", "--file", listed)
    objects = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [one["query"] for one in objects] == ["P13232", "ENSG00000104432"]
    finding = objects[0]["findings"][0]
    assert finding["use_now"] == ["uniprot:P99999", "uniprot:P99998"]
    assert finding["evidence"]["upstream_release"] == "2026_04"
    as_tsv = _run(data_dir, upstreams, "check", "--tsv", stdin="P13232\nENSG00000104432\n")
    rows = list(csv.DictReader(as_tsv.stdout.splitlines(), delimiter="\t"))
    assert [row["verdict"] for row in rows] == ["replaced", "current"]
    assert rows[0]["use_now"] == "uniprot:P99999 uniprot:P99998"


def test_an_upstream_at_fault_has_an_exit_code_of_its_own(data_dir: Path, upstreams: Upstreams) -> None:
    upstreams.faults.add("ensembl", Kind.HTML)
    ended = _run(data_dir, upstreams, "check", "ENSG00000104432", "P13232", "--timeout", "20")
    assert ended.returncode == 4
    assert "not_understood" in ended.stdout
    assert "it begins: HTTP 200 text/html" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--file", "none.txt"], "Cannot read none.txt"),
        (["check", "P13232", "--json", "--tsv"], "exclude each other"),
        (["check", "P13232", "--from", "nonsense"], "nonsense"),
        (["refresh", "none.csv"], "cannot be read"),
    ],
)
def test_bad_input_says_what_to_do(data_dir: Path, upstreams: Upstreams, arguments: list[str], message: str) -> None:
    ended = _run(data_dir, upstreams, *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_setting_that_cannot_be_read_is_named_without_its_value(data_dir: Path, upstreams: Upstreams) -> None:
    ended = _run(data_dir, upstreams, "check", "P13232", RESOLVER_LIVE_TIMEOUT_S="soon-secret")
    assert ended.returncode == 2
    assert "RESOLVER_LIVE_TIMEOUT_S" in ended.stderr
    assert "secret" not in ended.stderr


def test_a_probe_reports_for_each_expectation_whether_it_is_met(data_dir: Path, upstreams: Upstreams) -> None:
    add_probed(upstreams.world)
    ended = _run(data_dir, upstreams, "check", "--probe")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "FAILED" not in ended.stdout
    assert "UniProt: every reply was as expected" in ended.stderr
    upstreams.world.forget("uniprot:P13232")
    upstreams.faults.add("ensembl", Kind.HTML)
    ended = _run(data_dir, upstreams, "check", "--probe", "--source", "uniprot", "--source", "ensembl")
    assert ended.returncode == 4
    assert ended.stdout.count("FAILED") == 4
    assert "UniProt, uniprot:P13232: UniProt never had it. The fact may have changed" in ended.stderr
    assert "Ensembl: UNEXPECTED replies" in ended.stderr
    ended = _run(data_dir, upstreams, "check", "--probe", "--source", "uniprot", "--json")
    assert ended.returncode == 4
    shown = json.loads(ended.stdout)
    assert (shown["source"], shown["passed"]) == ("uniprot", False)
    assert [result["understood"] for result in shown["results"]] == [False, True, True]


@pytest.mark.parametrize(
    "arguments",
    [("--probe", "P13232"), ("--probe", "--tsv"), ("P13232", "--source", "uniprot"), ("--probe", "--source", "x")],
)
def test_a_probe_takes_sources_that_there_are_and_nothing_else(
    data_dir: Path, upstreams: Upstreams, arguments: tuple[str, ...]
) -> None:
    ended = _run(data_dir, upstreams, "check", *arguments)
    assert ended.returncode == 2
    assert not upstreams.counts.calls


def test_a_former_symbol_of_a_human_gene_is_replaced_by_the_approved_one(data_dir: Path, upstreams: Upstreams) -> None:
    upstreams.world.add("hgnc:6023", symbol="IL7NEW", previous=("IL7",))
    ended = _run(data_dir, upstreams, "check", "IL7", "TP53", "Il7")
    assert ended.returncode == 1
    assert [line.split()[1] for line in ended.stdout.splitlines()[1:]] == ["replaced", "current", "not_checked"]
    assert "hgnc.symbol:IL7NEW" in ended.stdout


TABLE = (
    "id;uniprot;transcript;when\r\n"
    "1;P13232;NM_000880.4;12.09.2020\r\n"
    '2;"P10168 ";refseq:NM_008371;"a;b"\r\n'
    "3;Q5FBX5;ENST00000263851.9;\r\n"
    "4;P04637;NM_000546;x\r\n"
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a list in the manner of a spreadsheet."""
    path = tmp_path / "list.csv"
    path.write_bytes(TABLE.encode())
    return path


def _plant(upstreams: Upstreams) -> None:
    world = upstreams.world
    world.add("uniprot:A6QL63")
    world.add("refseq:NM_009999", taxon=10090)
    world.merge("uniprot:P13232", "uniprot:A6QL63")  # one successor: refreshed
    world.demerge("uniprot:P10168", ["uniprot:P99997", "uniprot:P99998"])  # for a person
    world.merge("refseq:NM_008371", "refseq:NM_009999")  # refreshed within its CURIE
    world.bump("refseq:NM_000880")  # a version behind: refreshed
    world.retire("ensembl:ENST00000263851")  # for a person


def test_a_list_is_refreshed_where_its_upstream_says_one_thing(
    data_dir: Path, upstreams: Upstreams, table: Path, tmp_path: Path
) -> None:
    _plant(upstreams)
    ended = _run(data_dir, upstreams, "refresh", table, "--report", tmp_path / "report.tsv")
    assert ended.returncode == 1, ended.stderr
    assert "3 cells refreshed, 2 need a decision" in ended.stderr
    refreshed = TABLE.replace("1;P13232;NM_000880.4", "1;A6QL63;NM_000880.5")
    refreshed = refreshed.replace('"P10168 ";refseq:NM_008371', "P10168 ;refseq:NM_009999")
    assert (tmp_path / "list.refreshed.csv").read_bytes() == refreshed.encode()
    assert table.read_bytes() == TABLE.encode()
    rows = list(csv.DictReader((tmp_path / "report.tsv").read_text().splitlines(), delimiter="\t"))
    reported = {row["identifier"]: (row["line"], row["verdict"], row["refreshed"], row["left_because"]) for row in rows}
    assert reported == {
        "uniprot:P13232": ("2", "replaced", "A6QL63", ""),
        "refseq:NM_000880": ("2", "version_behind", "NM_000880.5", ""),
        "uniprot:P10168": ("3", "replaced", "", "it was split: a person has to choose"),
        "refseq:NM_008371": ("3", "replaced", "refseq:NM_009999", ""),
        "ensembl:ENST00000263851": ("4", "retired", "", "it was retired without a successor"),
    }


def test_a_dry_run_and_a_list_that_is_fresh_write_nothing(
    data_dir: Path, upstreams: Upstreams, table: Path, tmp_path: Path
) -> None:
    ended = _run(data_dir, upstreams, "refresh", table)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    _plant(upstreams)
    ended = _run(data_dir, upstreams, "refresh", table, "--dry-run", "--report", tmp_path / "report.json")
    assert "3 cells can be refreshed" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_nothing_is_refreshed_by_an_upstream_that_fails(
    data_dir: Path, upstreams: Upstreams, table: Path, tmp_path: Path
) -> None:
    _plant(upstreams)
    for kind in (Kind.TRUNCATED, Kind.ERROR):
        upstreams.faults.add("*", kind)
        ended = _run(data_dir, upstreams, "refresh", table, "--timeout", "5", "--report", tmp_path / "report.json")
        assert ended.returncode == 4
        assert "0 cells refreshed, 0 need a decision" in ended.stderr
        report = json.loads((tmp_path / "report.json").read_text())
        assert {cell["verdict"] for cell in report["cells"]} == {"not_checked"}
        (tmp_path / "report.json").unlink()
    assert not (tmp_path / "list.refreshed.csv").exists()


def test_help_loads_nothing_heavy(data_dir: Path) -> None:
    script = (
        "import sys\nsys.argv = ['resolver', *sys.argv[1:]]\n"
        "from resolver.cli.app import make_app\napp = make_app()\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "heavy = {'httpx', 'sqlalchemy', 'fastapi', 'tenacity'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    for command in ("check", "refresh"):
        ended = subprocess.run(
            [sys.executable, "-c", script, command, "--help"], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
