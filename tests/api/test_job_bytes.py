"""The limit of bytes of all jobs together: what is stored, what is announced, and what arrives without a length."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from resolver.api.app import create_app
from resolver.errors import JobsFull, TooMany
from resolver.jobs.budget import StorageBudget
from resolver.jobs.child import Starter
from resolver.jobs.model import Limits
from resolver.jobs.runner import JobRunner, Jobs
from resolver.jobs.store import JobStore
from resolver.resolve.resolver import Resolver
from tests.api.conversions import await_end, large
from tests.serving import served

LIMIT = 1_000_000


@pytest.fixture
def service(resolver: Resolver, tmp_path: Path) -> Iterator[tuple[httpx.Client, Jobs]]:
    limits = Limits()
    store = JobStore(tmp_path / "jobs", f"sqlite:///{tmp_path / 'ledger.db'}", max_total_bytes=LIMIT)
    starter = Starter("resolver.app.worker", resolver.release.folder.parent.parent)
    jobs = Jobs(store, JobRunner(store, starter, limits, poll_every_s=0.02), starter, limits)
    with served(create_app(lambda: resolver, jobs=jobs)) as client:
        client.timeout = httpx.Timeout(120)
        yield client, jobs


def test_what_all_jobs_together_cannot_store_is_refused_unread(service: tuple[httpx.Client, Jobs]) -> None:
    client, _ = service
    response = client.post("/convert/jobs", content=b"gene\n" + b"TP53\n" * LIMIT)
    assert (response.status_code, response.json()["code"]) == (413, "too_many")
    assert response.json()["hint"]


def test_stored_results_count_until_they_are_removed(service: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = service
    table = large(8_000)
    job = client.post("/convert/jobs?to=ensembl", content=table)
    assert job.status_code == 202, job.text
    assert await_end(client, job.headers["location"])["state"] == "done"
    stored = jobs.store.budget.measure(again=True)
    assert stored > 100_000
    refused = client.post("/convert/jobs", content=b"g" * (LIMIT - stored + 1))
    assert (refused.status_code, refused.json()["code"]) == (507, "jobs_full")
    assert client.delete(job.headers["location"]).status_code == 204
    assert client.post("/convert/jobs", content=table).status_code == 202


def test_a_result_over_the_limit_ends_its_job(service: tuple[httpx.Client, Jobs], tmp_path: Path) -> None:
    client, _ = service
    rows = b"gene\n" + b"TP53\n" * 60_000  # 0.3 MB; its result is larger than the limit
    job = client.post("/convert/jobs?to=ensembl,uniprot,refseq,symbol,name", content=rows)
    assert job.status_code == 202, job.text
    (tmp_path / "jobs" / "other").write_bytes(b"x" * LIMIT)
    ended = await_end(client, job.headers["location"])
    if ended["state"] == "failed":  # a fast machine is done before the first look
        assert ended["error"]["code"] == "jobs_full"
    assert not list((tmp_path / "jobs").glob("*/*/scratch"))


def test_uploads_that_are_announced_together_do_not_all_fit(service: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = service
    host, port = client.base_url.host, client.base_url.port or 80
    with socket.create_connection((host, port)) as slow:
        head = f"POST /convert/jobs HTTP/1.1\r\nHost: {host}\r\nContent-Length: {LIMIT * 6 // 10}\r\n\r\ngene\n"
        slow.sendall(head.encode())
        until = time.monotonic() + 10
        while not list(jobs.store.folder.glob(".new-*")) and time.monotonic() < until:
            time.sleep(0.02)
        refused = client.post("/convert/jobs", content=b"g" * (LIMIT * 6 // 10))
        assert (refused.status_code, refused.json()["code"]) == (507, "jobs_full")
    until = time.monotonic() + 10
    while list(jobs.store.folder.glob(".new-*")) and time.monotonic() < until:
        time.sleep(0.02)
    accepted = client.post("/convert/jobs", content=large(4_000))
    assert accepted.status_code == 202, "an upload that broke off is not counted any more"


def test_reservations_of_threads_never_exceed_the_limit(tmp_path: Path) -> None:
    budget = StorageBudget(tmp_path, 1_000)
    accepted: list[int] = []

    def reserve() -> None:
        try:
            budget.reserve(300)
        except JobsFull:
            return
        accepted.append(1)

    threads = [threading.Thread(target=reserve) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accepted) == 3
    with pytest.raises(TooMany):
        budget.reserve(1_001)
    StorageBudget(tmp_path / "nowhere").check(10**15)
