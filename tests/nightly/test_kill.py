"""A run that is killed again and again leaves what an uninterrupted one does; its errors are reported."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.cli.console import ExitCode
from resolver.store.release import Release, get_current_release
from tests.nightly.killing import environment, finish, kill_again_and_again, read_tables, start
from tests.nightly.runs import curies_of
from tests.upstreams.probed import add_probed, list_unprobed
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World

pytestmark = pytest.mark.long

SOURCES = ("--source", "ncbi_gene", "--source", "ensembl", "--source", "omim", "--source", "mgi")


@pytest.fixture(scope="module")
def release(data_dir: Path) -> Release:
    return get_current_release(data_dir)


@pytest.fixture(scope="module")
def upstreams(release: Release) -> Iterator[Upstreams]:
    with played(World(ReleaseFacts(release.database))) as opened:
        add_probed(opened.world)
        for prefix in ("ncbigene", "ensembl", "omim", "mgi"):
            curies = list_unprobed(curies_of(release, prefix, 2_000))
            for curie in curies[::100]:
                opened.world.merge(curie, curies[1])
            for curie in curies[50::100]:
                opened.world.retire(curie)
        yield opened


def test_a_run_that_is_killed_at_random_moments_leaves_the_marks_of_an_uninterrupted_one(
    tmp_path: Path, data_dir: Path, upstreams: Upstreams
) -> None:
    whole = environment(data_dir, f"sqlite:///{tmp_path / 'whole.db'}", upstreams)
    begun = time.monotonic()
    finish(whole, *SOURCES)
    took_s = time.monotonic() - begun
    broken = environment(data_dir, f"sqlite:///{tmp_path / 'broken.db'}", upstreams)
    killed, has_ended = kill_again_and_again(broken, random.Random(3), 6, 0.9 * took_s, *SOURCES)  # noqa: S311
    if not has_ended:
        finish(broken, *SOURCES)
    assert killed
    expected, found = read_tables(tmp_path / "whole.db"), read_tables(tmp_path / "broken.db")
    assert expected["mark"]
    assert found["lease"] == found["claim"] == []
    assert found == expected


def test_a_second_run_is_refused_with_the_name_of_the_first(
    tmp_path: Path, data_dir: Path, upstreams: Upstreams
) -> None:
    env = environment(data_dir, f"sqlite:///{tmp_path / 'ledger.db'}", upstreams)
    first = start(env, *SOURCES)
    while not _has_lease(tmp_path / "ledger.db"):
        assert first.poll() is None
        time.sleep(0.02)
    second = start(env, *SOURCES)
    _, reported = second.communicate(timeout=300)
    assert second.returncode == ExitCode.RUN_ACTIVE
    assert f"another nightly run is at work: process {first.pid}" in reported
    first.send_signal(signal.SIGTERM)
    _, reported = first.communicate(timeout=20)
    assert first.returncode == ExitCode.OK
    assert "stopped" in reported


def test_a_run_on_a_full_disk_reports_it_and_is_resumed_when_there_is_space(
    tmp_path: Path, data_dir: Path, upstreams: Upstreams
) -> None:
    env = environment(data_dir, f"sqlite:///{tmp_path / 'ledger.db'}", upstreams)
    finish(env, "--source", "omim", "--max-minutes", "5")
    import subprocess
    import sys

    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY));"
        "from resolver.cli.app import main; sys.argv = ['resolver', 'nightly', 'run', '--source', 'ensembl']; main()"
    )
    full = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert full.returncode == ExitCode.OTHER, full.stderr
    assert "Free some disk space" in full.stderr
    reported = finish(env, "--source", "ensembl")
    assert "ensembl    done" in reported
    whole = environment(data_dir, f"sqlite:///{tmp_path / 'whole.db'}", upstreams)
    finish(whole, "--source", "omim")
    finish(whole, "--source", "ensembl")
    assert read_tables(tmp_path / "ledger.db")["mark"] == read_tables(tmp_path / "whole.db")["mark"]


def _has_lease(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        found = connection.execute("SELECT count(*) FROM lease").fetchone()[0] == 1
        connection.close()
    except sqlite3.Error:
        return False
    return bool(found)
