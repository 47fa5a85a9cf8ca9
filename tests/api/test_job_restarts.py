"""Jobs outlive the service that runs them, its worker processes and its database server."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from resolver.jobs.store import JobStore
from resolver.store.ledger_tables import JobState
from tests.api.conversions import (
    SMALL,
    await_end,
    await_state,
    code_of_problem,
    large,
    submit,
)
from tests.postgres import make_database, restartable_cluster
from tests.serving import running


@pytest.fixture
def own_data_dir(data_dir: Path, tmp_path: Path) -> Path:
    """Return a data folder with the starter release and no jobs."""
    folder = tmp_path / "data"
    folder.mkdir()
    for path in data_dir.iterdir():
        if path.name in {"releases", "current", "published"}:
            (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.long
def test_a_job_survives_the_death_of_the_service_and_is_done_once(own_data_dir: Path) -> None:
    rows = 2_000_000
    with running(own_data_dir) as (client, server, _):
        address = submit(client, large(rows))
        await_state(client, address, "running")
        while not client.get(address).json()["progress"]["rows"]:
            time.sleep(0.05)
        server.kill()
        server.wait(10)
    with running(own_data_dir) as (client, _, _):
        job = await_end(client, address, seconds=120)
        assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 2, rows)
        with client.stream("GET", job["links"]["result"]) as result:
            assert sum(part.count(b"\n") for part in result.iter_bytes()) == rows + 1
    folder = own_data_dir / "jobs" / address.rpartition("/")[2]
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert left == ["2", "2/receipt.json", "2/report.html", "2/result"]


@pytest.mark.long
def test_a_service_that_is_stopped_puts_its_job_back(own_data_dir: Path) -> None:
    with running(own_data_dir) as (client, _, _):
        address = submit(client, large(2_000_000))
        await_state(client, address, "running")
    store = JobStore(own_data_dir / "jobs", f"sqlite:///{own_data_dir / 'ledger.db'}")
    job = store.get(address.rpartition("/")[2])
    store.close()
    assert (job.state, job.attempt) == (JobState.QUEUED, 0)


def test_of_two_workers_one_runs_a_job(own_data_dir: Path) -> None:
    with running(own_data_dir, "--workers", "2") as (client, _, _):
        addresses = [submit(client) for _ in range(6)]
        ended = [await_end(client, address) for address in addresses]
        assert [(job["state"], job["attempt"]) for job in ended] == [("done", 1)] * 6
        began = sorted((job["started_at"], job["finished_at"]) for job in ended)
        assert all(first[1] <= second[0] for first, second in pairwise(began))


@pytest.mark.long
def test_a_killed_worker_process_of_the_service_loses_its_job_to_another(own_data_dir: Path) -> None:
    rows = 1_000_000
    with running(own_data_dir, "--workers", "2") as (client, _, _):
        address = submit(client, large(rows))
        await_state(client, address, "running")
        os.kill(_find_holder(own_data_dir), signal.SIGKILL)
        while True:  # some connections are to the worker that was killed
            try:
                job = await_end(client, address, seconds=120)
                break
            except httpx.TransportError:
                continue
        assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 2, rows)


def _find_holder(data_dir: Path) -> int:
    """Return the process that runs a job."""
    with closing(sqlite3.connect(data_dir / "ledger.db")) as ledger:
        holder = json.loads(ledger.execute("SELECT holder FROM job WHERE state = 'running'").fetchone()[0])
    return int(holder[1])


@pytest.mark.long
def test_jobs_on_postgresql_outlive_a_service_that_is_killed_and_a_server_that_is_away(own_data_dir: Path) -> None:
    rows = 1_000_000
    with restartable_cluster() as server:
        url = make_database(server.url)
        with running(own_data_dir, variables={"RESOLVER_LEDGER_URL": url}) as (client, service, _):
            killed = submit(client, large(rows))
            await_state(client, killed, "running")
            service.kill()
            service.wait(10)
        with running(own_data_dir, variables={"RESOLVER_LEDGER_URL": url}) as (client, service, _):
            job = await_end(client, killed, seconds=120)
            assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 2, rows)
            cut_off = submit(client, large(rows))
            await_state(client, cut_off, "running")
            server.stop()
            assert code_of_problem(client.get(cut_off)) == (503, "ledger_unreachable")
            refused = client.post("/convert/jobs?to=ncbigene", content=SMALL)
            assert code_of_problem(refused) == (503, "ledger_unreachable")
            time.sleep(5)
            server.start()
            job = await_end(client, cut_off, seconds=120)
            assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 1, rows)
    assert not (own_data_dir / "ledger.db").exists()
