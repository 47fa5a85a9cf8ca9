"""What the tests of conversions over REST share: a service with its own data folder and limits, and tables."""

from __future__ import annotations

import csv
import io
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.jobs import JobShape
from resolver.jobs.child import Starter
from resolver.jobs.model import Limits
from resolver.jobs.runner import JobRunner, Jobs
from resolver.jobs.store import JobStore
from resolver.resolve.resolver import Resolver
from tests.serving import served

HEADER = b"gene,padj\n"
ROWS = b"IL7,0012\nP04637,1e5\nENSG00000104432.14,NA\nnosuch,TRUE\n"
SMALL = HEADER + ROWS
ENDS = {"done", "failed", "cancelled"}


def large(rows: int) -> bytes:
    """Return a table of so many rows."""
    return HEADER + ROWS * (rows // 4)


def open_jobs(
    data_dir: Path, folder: Path, limits: Limits | None = None, module: str = "resolver.app.worker", url: str = ""
) -> Jobs:
    """Return jobs in a folder of their own, which contains their ledger too, on the release of a data folder."""
    limits = limits or Limits()
    folder.mkdir(exist_ok=True)
    store = JobStore(folder, url or f"sqlite:///{folder / 'ledger.db'}")
    starter = Starter(module, data_dir)
    return Jobs(store, JobRunner(store, starter, limits, poll_every_s=0.02), starter, limits)


@contextmanager
def serving(
    resolver: Resolver, folder: Path, limits: Limits | None = None, module: str = "resolver.app.worker"
) -> Iterator[tuple[httpx.Client, Jobs]]:
    """Give a client of a service, and its jobs."""
    jobs = open_jobs(resolver.release.folder.parent.parent, folder, limits, module)
    with served(create_app(lambda: resolver, jobs=jobs)) as client:
        client.timeout = httpx.Timeout(120)
        yield client, jobs


def read_cells(answer: httpx.Response) -> list[list[str]]:
    """Return the cells of a table that came back."""
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.reader(io.StringIO(answer.text)))


def read_problem(answer: httpx.Response) -> ProblemShape:
    """Return the problem of an answer, which has a hint."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:500]
    problem = ProblemShape.model_validate(answer.json())
    assert problem.status == answer.status_code
    assert problem.hint
    return problem


def code_of_problem(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a problem."""
    problem = read_problem(answer)
    return problem.status, problem.code


def submit(client: httpx.Client, content: bytes = SMALL, key: str | None = None) -> str:
    """Submit a conversion to Entrez ids as a job, and return its address."""
    how = {} if key is None else {"Idempotency-Key": key}
    answer = client.post("/convert/jobs", content=content, params={"to": "ncbigene"}, headers=how)
    assert answer.status_code == 202, answer.text
    JobShape.model_validate(answer.json(), strict=True)
    assert answer.headers["location"] == answer.json()["links"]["self"]
    return str(answer.headers["location"])


def send_slowly(seconds: float, sent: bytes) -> Iterator[bytes]:
    """Yield a body in ten parts."""
    for start in range(0, len(sent), 1 + len(sent) // 10):
        yield sent[start : start + 1 + len(sent) // 10]
        time.sleep(seconds / 10)


def await_condition(is_so: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not become so"
        time.sleep(0.05)


def await_end(client: httpx.Client, address: str, *, seconds: float = 300) -> dict[str, Any]:
    """Return a job when it is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(address).json()
        if job["state"] in ENDS:
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job did not end in {seconds} s: {job}")


def await_state(client: httpx.Client, address: str, state: str, *, seconds: float = 30) -> dict[str, Any]:
    """Return a job when it is in a state."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job: dict[str, Any] = client.get(address).json()
        if job["state"] == state:
            return job
        assert job["state"] not in ENDS, job
        time.sleep(0.02)
    raise AssertionError(f"the job was not {state} in {seconds} s: {job}")


@contextmanager
def small_disk(folder: Path, megabytes: int = 4) -> Iterator[Path]:
    """Return a folder on a disk of its own with a few free megabytes; skips where none can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
