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
from resolver.store.release import get_current_release
from seed.archive import EMBEDDED
from seed.packed import open_packed
from seed.plan import FilePlan, estimate_build, find_released_dates, plan_build
from seed.upstream import read_upstream_version
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


def test_a_file_from_elsewhere_has_the_date_that_is_stated_beside_it(tmp_path: Path) -> None:
    (tmp_path / "dates.tsv").write_text("# file\tversion\tdate\nHomo_sapiens.gene_info\t\t2021-07-11\ta note\n")
    (tmp_path / "deeper").mkdir()
    for name in ("Homo_sapiens.gene_info", "Mus_musculus.gene_info"):
        (tmp_path / "deeper" / name).write_bytes((UPSTREAM / name).read_bytes())
    plans = _plans(tmp_path)
    assert plans["ncbi.gene_info.human"].date == "2021-07-11"
    assert plans["ncbi.gene_info.mouse"].date == ""  # neither that of its newest row nor that of the copy


def test_the_server_s_date_of_a_fetched_file_goes_before_a_list(tmp_path: Path) -> None:
    (tmp_path / "sec_ac.txt").write_text("x")
    (tmp_path / "dates.tsv").write_text("sec_ac.txt\t2025_04\t2020-01-01\n")
    note = {"last_modified": "Wed, 08 Oct 2025 07:00:00 GMT"}
    (tmp_path / "sec_ac.txt.meta.json").write_bytes(orjson.dumps(note))
    file = BY_KEY["uniprot.secondary"]
    assert read_upstream_version(file, tmp_path / "sec_ac.txt") == ("2025_04", "2025-10-08")


@pytest.mark.parametrize(
    ("key", "name", "version"),
    [
        ("ncbi.mane", "MANE.GRCh38.v1.5.summary.txt.gz", "1.5"),
        ("ensembl.annotation.human", "Homo_sapiens.GRCh38.114.gtf.gz", "114"),
        ("ensembl.annotation.mouse", "gencode.vM37.annotation.gtf.gz", "37"),
        ("ensembl.entrez.mouse", "Mus_musculus.GRCm39.109.entrez.tsv", "109"),
        ("ncbi.gene_history", "gene_history.gz", ""),
    ],
)
def test_the_version_of_a_file_is_in_its_name_unless_it_is_stated(
    key: str, name: str, version: str, tmp_path: Path
) -> None:
    assert read_upstream_version(BY_KEY[key], tmp_path / name) == (version, "")
    (tmp_path / "dates.tsv").write_text(f"{name}\t7\t2026\n")
    assert read_upstream_version(BY_KEY[key], tmp_path / name) == ("7", "2026")


def test_a_file_that_cannot_be_read_can_be_planned(tmp_path: Path) -> None:
    (tmp_path / "gene_history").write_text("not the layout\n")
    (tmp_path / "Mus_musculus.gene_info.gz").write_text("no gzip file")
    plans = _plans(tmp_path)
    assert all(plans[key].size for key in ("ncbi.gene_history", "ncbi.gene_info.mouse"))


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
    cost = estimate_build([_sized("ncbi.gene_info.human", 41_000_000)])
    assert 80 < cost.build_s < 100
    assert 0.4e9 < cost.disk_bytes - cost.fetched_bytes < 0.6e9


def test_files_of_unknown_size_are_counted_apart_and_those_that_are_missing_not_at_all(tmp_path: Path) -> None:
    unknown = FilePlan(BY_KEY["ncbi.mane"], None, None, url="https://example.org/a.gz")
    missing = FilePlan(BY_KEY["ncbi.mane"], None, None)
    assert estimate_build([unknown, missing]).unknown == 1
    (tmp_path / "sec_ac.txt.gz").write_bytes(gzip.compress(b"x" * 1000))
    here = estimate_build(_plans(tmp_path).values())
    assert (here.fetched_bytes, here.unknown) == (0, 0)
    assert here.disk_bytes > 0


@pytest.mark.parametrize(
    ("published", "released", "is_newer"),
    [
        ("2026-11-20", "2026-06-20", True),
        ("2026-06-20", "2026-06-20", False),
        ("2014-05-02", "2014", False),
        ("2014-05-02", "2014-05", False),
        ("2025-01-01", "2014", True),
        ("2026-11-20", "", False),
        ("", "2014", False),
        ("2026-11-20", None, False),
    ],
)
def test_a_file_is_newer_if_its_date_is_later_than_the_release_states(
    published: str, released: str | None, is_newer: bool
) -> None:
    plan = FilePlan(BY_KEY["hgnc.complete_set"], None, None, published=published, released=released)
    assert plan.is_newer is is_newer


def test_the_dates_of_the_current_release_are_those_of_its_manifest(small_data_dir: Path, tmp_path: Path) -> None:
    release_id, dates = find_released_dates(small_data_dir)
    assert release_id == get_current_release(small_data_dir).id
    assert "hgnc.complete_set" in dates
    embedded, dates = find_released_dates(tmp_path)
    assert embedded == open_packed(EMBEDDED).id
    assert dates["hgnc.complete_set"] == "2026-06-20"


# --- At the terminal ---


def test_a_plan_says_what_is_newer_than_in_the_current_release(tmp_path: Path) -> None:
    (tmp_path / "sec_ac.txt").write_bytes((UPSTREAM / "sec_ac.txt").read_bytes())
    (tmp_path / "withdrawn.txt").write_bytes((UPSTREAM / "withdrawn.txt").read_bytes())
    (tmp_path / "dates.tsv").write_text("withdrawn.txt\t\t2026-11-01\nsec_ac.txt\t\t2026-11-01\n")
    shown = _run(tmp_path / "data", "--from", str(tmp_path)).stderr.splitlines()
    place = next(place for place, line in enumerate(shown) if "withdrawn.txt" in line)
    assert shown[place + 1].strip() == "newer: the release has that of 2022-04-12"
    assert "1 are newer than those of the current release, 12 were not used for it" in shown


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
