"""Building a release: the same input gives the same content, and a build that fails leaves the live one alone."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from resolver.errors import ReleaseCorrupt
from resolver.sources.base import Facts
from resolver.store.release import Release, get_current_release, open_release, releases_folder
from seed.join import join_facts
from seed.pipeline import Naming, build_starter_release, finish_release, with_statements
from seed.starter.read import read_starter_facts, read_starter_sources
from seed.verify import verify_release


def _build(facts: Facts, data_dir: Path) -> Release:
    sources = with_statements(read_starter_sources(), facts)
    naming = Naming("starter", "a release of a test")
    return finish_release(join_facts(facts), sources, data_dir=data_dir, naming=naming, report=lambda _stage: None)


def test_the_same_input_gives_the_same_content_hash(data_dir: Path, tmp_path: Path) -> None:
    first, second = get_current_release(data_dir), build_starter_release(tmp_path)
    assert second.content_hash == first.content_hash
    assert second.id == first.id
    differing = {key for key in first.manifest if first.manifest[key] != second.manifest[key]}
    assert differing <= {"built_at"}


def test_other_facts_give_another_hash(data_dir: Path, tmp_path: Path) -> None:
    facts = read_starter_facts()
    facts.names = [frame.filter(pl.col("text") != "PBGF") for frame in facts.names]
    other = _build(facts, tmp_path)
    assert other.content_hash != get_current_release(data_dir).content_hash


def test_a_second_build_verifies_and_keeps_what_is_there(data_dir: Path) -> None:
    before = get_current_release(data_dir)
    stamp = before.database.stat().st_mtime_ns
    stages: list[str] = []
    again = build_starter_release(data_dir, stages.append)
    assert again.database.stat().st_mtime_ns == stamp
    assert "writing the database" not in stages
    assert "verifying" in stages


def test_a_release_without_the_golden_gene_is_not_published(tmp_path: Path) -> None:
    facts = read_starter_facts()
    facts.identifiers = [frame.filter(pl.col("accession") != "P13232") for frame in facts.identifiers]
    with pytest.raises(ReleaseCorrupt, match="P13232 is not_found"):
        _build(facts, tmp_path)
    assert not (tmp_path / "current").exists()
    assert list(releases_folder(tmp_path).iterdir()) == []


def test_rows_that_point_at_nothing_are_found(tmp_path: Path) -> None:
    release = build_starter_release(tmp_path)
    with sqlite3.connect(release.database) as connection:
        connection.execute("DELETE FROM gene WHERE symbol = 'TP53'")
    with pytest.raises(ReleaseCorrupt, match="point at nothing"):
        verify_release(open_release(release.folder))


@pytest.mark.parametrize("stage", ["joining statements into genes", "writing the database", "verifying"])
def test_a_build_killed_in_any_stage_leaves_the_live_release_and_a_rerun_ends_equal(
    data_dir: Path, tmp_path: Path, stage: str
) -> None:
    script = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom seed.pipeline import build_starter_release\n"
        f"stop = lambda stage: os.kill(os.getpid(), signal.SIGKILL) if stage == {stage!r} else None\n"
        "build_starter_release(Path(sys.argv[1]), stop)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "current").exists()
    rebuilt = build_starter_release(tmp_path)
    assert rebuilt.content_hash == get_current_release(data_dir).content_hash
    assert [path.name for path in releases_folder(tmp_path).iterdir()] == [rebuilt.id]


def test_two_builds_at_once_publish_one_release(tmp_path: Path) -> None:
    script = "import sys\nfrom pathlib import Path\nfrom seed.pipeline import build_starter_release\n"
    script += "build_starter_release(Path(sys.argv[1]))\n"
    builds = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(2)]
    assert [build.wait(120) for build in builds] == [0, 0]
    assert len(list(releases_folder(tmp_path).iterdir())) == 1
