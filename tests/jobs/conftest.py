"""Stores of jobs on SQLite and on PostgreSQL, with a clock that tests set."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.jobs.store import JobStore
from resolver.store.lease import Holder, name_process
from tests.jobs.stores import Clock, OpenStore


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_store(tmp_path: Path, ledger_url: str) -> Iterator[OpenStore]:
    """Return what opens the same jobs once more, as another process of the service does."""
    opened: list[JobStore] = []

    def open_once_more(folder: str = "jobs", **options: object) -> JobStore:
        opened.append(JobStore(tmp_path / folder, ledger_url, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_once_more
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore, clock: Clock) -> JobStore:
    return open_store(clock=clock)


@pytest.fixture(scope="module")
def ended() -> Holder:
    """Return a process of this machine that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = name_process(process.pid)
    process.kill()
    process.communicate()
    return holder
