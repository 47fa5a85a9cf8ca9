"""What the tests of jobs in a ledger share: a clock, and the steps of a job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from resolver.jobs.model import Job
from resolver.jobs.store import JobStore
from resolver.store.ledger_engine import open_engine

OpenStore = Callable[..., JobStore]


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


def submit(store: JobStore, sent: bytes = b"sent", *, waiting: int = 100, key: str | None = None) -> Job:
    upload = store.begin_upload()
    upload.write(sent)
    try:
        return store.submit(upload, "convert", {"options": {}, "name": "table"}, waiting=waiting, max_s=60, key=key)
    finally:
        upload.drop()


def claim(store: JobStore, slots: int = 1) -> Job:
    job = store.claim(slots)
    assert job is not None
    return job


def make(store: JobStore, job: Job, result: bytes = b"made") -> None:
    """Do the work of a job."""
    source, out = store.open_attempt(job)
    with source, out:
        out.write(result)


def move_lease(ledger_url: str, seconds: int) -> None:
    """Let time pass for the leases of all jobs that run."""
    engine = open_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE job SET lease_until = lease_until - :seconds"), {"seconds": seconds})
    engine.dispose()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Return what the calls return that begin at the same time."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], object]) -> object:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))
