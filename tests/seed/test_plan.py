"""What a build would use: the files that are here, those that could be fetched, and what it would cost."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from resolver.errors import SourceUnreachable
from resolver.sources.registry import BY_KEY
from seed.plan import FilePlan, estimate_build, plan_build
from tests.seed.lying_server import LyingServer, lying_server
from tests.seed.upstreams import HASTY, UPSTREAM
from tests.serving import free_port


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with lying_server() as opened:
        yield opened


def _plans(*folders: Path) -> dict[str, FilePlan]:
    return {each.file.key: each for each in plan_build(folders)}


def _run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "resolver", "seed", "plan", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


# --- Which file is taken ---


def test_an_older_stand_in_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "MRK_List2.rpt").write_text("x")
    assert _plans(tmp_path)["mgi.marker_list"].is_stand_in
    (tmp_path / "MRK_List1.rpt").write_text("x")
    assert not _plans(tmp_path)["mgi.marker_list"].is_stand_in


def test_the_highest_release_of_a_file_is_taken(tmp_path: Path) -> None:
    for release in ("99", "101", "100"):
        (tmp_path / f"Homo_sapiens.GRCh38.{release}.entrez.tsv.gz").write_text("x")
    path = _plans(tmp_path)["ensembl.entrez.human"].path
    assert path is not None
    assert "101" in path.name


# --- Dates ---


def test_a_fetched_file_has_the_date_that_its_upstream_stated(tmp_path: Path) -> None:
    (tmp_path / "sec_ac.txt").write_text("x")
    note = {"last_modified": "Wed, 08 Oct 2025 07:00:00 GMT"}
    (tmp_path / "sec_ac.txt.meta.json").write_bytes(orjson.dumps(note))
    assert _plans(tmp_path)["uniprot.secondary"].date == "2025-10-08"


def test_a_file_from_elsewhere_has_the_date_of_its_newest_row_else_its_own(tmp_path: Path) -> None:
    copy = tmp_path / "Homo_sapiens.gene_info"
    copy.write_bytes((UPSTREAM / copy.name).read_bytes())
    (tmp_path / "sec_ac.txt").write_text("x")
    for path in tmp_path.iterdir():
        os.utime(path, (1_000_000_000, 1_000_000_000))
    newest = max(line.split("\t")[14] for line in copy.read_text().splitlines()[1:])
    plans = _plans(tmp_path)
    assert plans["ncbi.gene_info.human"].date.replace("-", "") == newest
    assert plans["uniprot.secondary"].date == "2001-09-09"


def test_a_file_that_cannot_be_read_can_be_planned(tmp_path: Path) -> None:
    (tmp_path / "gene_history").write_text("not the layout\n")
    (tmp_path / "Mus_musculus.gene_info.gz").write_text("no gzip file")
    dates = [_plans(tmp_path)[key].date for key in ("ncbi.gene_history", "ncbi.gene_info.mouse")]
    assert all(dates)


# --- What upstreams say ---


def test_a_plan_asks_the_upstream_for_size_and_date_and_fetches_nothing(server: LyingServer, tmp_path: Path) -> None:
    server.put("/docs/sec_ac.txt", b"x" * 1234)
    there, gone = (
        replace(BY_KEY["uniprot.secondary"], url=server.url(f"/docs/{name}")) for name in ("sec_ac.txt", "no")
    )
    (planned,) = plan_build([tmp_path / "nowhere"], files=[there], query=True, policy=HASTY)
    assert (planned.path, planned.size, planned.date) == (None, 1234, "2026-11-20")
    (unknown,) = plan_build([tmp_path / "nowhere"], files=[gone], query=True, policy=HASTY)
    assert (unknown.size, unknown.date, unknown.problem) == (None, "", None)
    assert [seen.sent for seen in server.seen] == [0, 0]
    assert list(tmp_path.iterdir()) == []


def test_an_upstream_that_is_down_is_noted_with_its_files() -> None:
    file = replace(BY_KEY["uniprot.secondary"], url=f"http://127.0.0.1:{free_port()}/sec_ac.txt")
    (planned,) = plan_build([], files=[file], query=True, policy=HASTY)
    assert isinstance(planned.problem, SourceUnreachable)


# --- What it would cost ---


def _sized(key: str, size: int, name: str = "x.gz") -> FilePlan:
    return FilePlan(BY_KEY[key], None, size, url=f"https://example.org/{name}")


def test_a_large_file_of_all_species_costs_reading_and_little_else() -> None:
    whole = estimate_build([_sized("ncbi.gene_info.human", 100_000_000)])
    mostly_left_out = estimate_build([_sized("ncbi.gene2refseq", 2_000_000_000)])
    assert mostly_left_out.build_s < whole.build_s
    assert mostly_left_out.build_s > 60, "to read it takes a minute"
    assert mostly_left_out.disk_bytes < 2_000_000_000 + whole.disk_bytes


def test_a_plain_file_counts_as_much_as_it_would_compressed() -> None:
    plain, compressed = _sized("mgi.marker_list", 50_000_000, "x.rpt"), _sized("mgi.marker_list", 10_000_000)
    assert estimate_build([plain]).build_s == pytest.approx(estimate_build([compressed]).build_s)


def test_the_measured_build_is_estimated_as_measured() -> None:
    cost = estimate_build([_sized("ncbi.gene_info.human", 31_000_000)])
    assert 50 < cost.build_s < 75
    assert 0.6e9 < cost.disk_bytes - cost.fetched_bytes < 0.7e9


def test_files_of_unknown_size_are_counted_apart_and_those_that_are_missing_not_at_all(tmp_path: Path) -> None:
    unknown = FilePlan(BY_KEY["ncbi.mane"], None, None, url="https://example.org/a.gz")
    missing = FilePlan(BY_KEY["ncbi.mane"], None, None)
    assert estimate_build([unknown, missing]).unknown == 1
    (tmp_path / "sec_ac.txt.gz").write_bytes(gzip.compress(b"x" * 1000))
    here = estimate_build(_plans(tmp_path).values())
    assert (here.fetched_bytes, here.unknown) == (0, 0)
    assert here.disk_bytes > 0


# --- At the terminal ---


def test_a_plan_names_what_is_missing_and_what_it_would_add(tmp_path: Path) -> None:
    (tmp_path / "sec_ac.txt").write_bytes((UPSTREAM / "sec_ac.txt").read_bytes())
    ended = _run(tmp_path / "data", "--from", str(tmp_path))
    lines = ended.stderr.splitlines()
    place = next(place for place, line in enumerate(lines) if "hgnc_complete_set*.txt" in line)
    assert lines[place].endswith("missing")
    assert lines[place + 1].strip().startswith("adds approved human symbols")
    assert next(line for line in lines if "sec_ac.txt" in line).endswith("available")
    assert "secondary UniProt accessions" not in ended.stderr


def test_a_plan_can_be_read_at_80_columns(tmp_path: Path) -> None:
    for path in UPSTREAM.rglob("*"):
        if path.is_file():
            name = f"{path.parent.name}.{path.name}.gz" if "_core_" in path.parent.name else f"{path.name}.gz"
            (tmp_path / name).write_bytes(gzip.compress(path.read_bytes()))
    for folder in (tmp_path, tmp_path / "sub"):
        folder.mkdir(exist_ok=True)
        ended = _run(tmp_path / "data", "--from", str(folder))
        assert ended.returncode == 0, ended.stderr
        assert max(len(line) for line in ended.stderr.splitlines()) <= 80


@pytest.mark.parametrize("arguments", [["plan", "--from"], ["build", "--from"], ["--from"]])
def test_a_folder_that_is_not_there_is_told_as_such(tmp_path: Path, arguments: list[str]) -> None:
    environment = os.environ | {"RESOLVER_DATA_DIR": str(tmp_path / "data")}
    for name, problem in (("nowhere", "does not exist"), ("file", "is not a folder")):
        (tmp_path / "file").write_text("x")
        command = [sys.executable, "-m", "resolver", "seed", *arguments, str(tmp_path / name)]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert ended.returncode == 2
        assert f"{tmp_path / name} {problem}" in ended.stderr
