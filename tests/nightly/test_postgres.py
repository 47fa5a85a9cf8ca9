"""A nightly run with a ledger on PostgreSQL, and two schedulers at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.cli.console import ExitCode
from resolver.store.ledger_reader import open_reader
from resolver.store.marks_reader import read_marks
from resolver.store.release import get_current_release
from tests.nightly.killing import environment, start
from tests.nightly.runs import curies_of
from tests.postgres import cluster, make_database, restartable_cluster
from tests.upstreams.probed import add_probed
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import played
from tests.upstreams.world import World

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with cluster() as server:
        yield make_database(server)


def test_of_two_schedulers_at_once_one_runs_and_one_reports_the_other(url: str, data_dir: Path) -> None:
    release = get_current_release(data_dir)
    with played(World(ReleaseFacts(release.database))) as upstreams:
        add_probed(upstreams.world)
        curies = curies_of(release, "ensembl", 30)
        upstreams.world.merge(curies[0], curies[1])
        upstreams.world.retire(curies[2])
        upstreams.faults.add("ensembl", "latency", seconds=0.3)
        env = environment(data_dir, url, upstreams)
        nightly_runs = [start(env, "--source", "ensembl") for _ in range(2)]
        reported = [nightly_run.communicate(timeout=120)[1] for nightly_run in nightly_runs]
    codes = [nightly_run.returncode for nightly_run in nightly_runs]
    assert sorted(codes) == [ExitCode.OK, ExitCode.RUN_ACTIVE], reported
    refused = reported[codes.index(ExitCode.RUN_ACTIVE)]
    assert f"process {nightly_runs[codes.index(ExitCode.OK)].pid} on " in refused or "has just begun" in refused
    assert {mark.curie: mark.verdict.value for mark in read_marks(url)} == {
        curies[0]: "replaced",
        curies[2]: "retired",
    }
    reader = open_reader(url)
    assert [run["state"] for run in reader.list_runs()] == ["done"]
    reader.close()


def test_answers_show_the_marks_of_a_ledger_on_postgresql(url: str, data_dir: Path) -> None:
    begun = time.monotonic()
    curie = next(iter(read_marks(url))).curie
    env = {"RESOLVER_DATA_DIR": str(data_dir), "RESOLVER_LEDGER_URL": url, "PATH": ""}
    command = [sys.executable, "-m", "resolver", "resolve", curie]
    shown = subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout
    assert f"stale: {curie}" in shown
    assert time.monotonic() - begun < 60


def test_a_server_that_is_unreachable_for_some_seconds_does_not_end_the_run(data_dir: Path) -> None:
    release = get_current_release(data_dir)
    with restartable_cluster() as server, played(World(ReleaseFacts(release.database))) as upstreams:
        url = make_database(server.url)
        add_probed(upstreams.world)
        curies = curies_of(release, "ncbigene", 40)
        upstreams.world.merge(curies[0], curies[1])
        upstreams.faults.add("ncbi", "latency", seconds=1.0)
        env = environment(data_dir, url, upstreams)
        run = start(env, "--source", "ncbi_gene", "--source", "omim")
        while not upstreams.counts.ids["ncbi.esummary"]:
            assert run.poll() is None
            time.sleep(0.05)
        server.stop()
        time.sleep(6)
        assert run.poll() is None
        server.start()
        _, reported = run.communicate(timeout=180)
        assert run.returncode == ExitCode.OK, reported
        assert {mark.curie for mark in read_marks(url)} == {curies[0]}
        reader = open_reader(url)
        assert reader.find_lease() is None
        assert [part["state"] for part in reader.list_runs(1)[0]["sources"]] == ["done", "done"]
        reader.close()
