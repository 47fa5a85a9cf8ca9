"""Jobs that are cancelled, crash, or meet a limit, a locked ledger or a full folder: each ends once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from resolver.api.app import create_app
from resolver.api.schemas.jobs import JobShape
from resolver.jobs.model import Limits
from resolver.resolve.resolver import Resolver
from tests.api.conversions import (
    SMALL,
    await_condition,
    await_end,
    await_state,
    code_of_problem,
    large,
    open_jobs,
    serving,
    small_disk,
    submit,
)
from tests.serving import served

WAITING = "tests.jobs.waiting_work"


def test_a_job_that_runs_is_cancelled_and_its_process_ends(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", module=WAITING) as (client, jobs):
        address = submit(client)
        running = await_state(client, address, "running")
        assert running["attempt"] == 1
        child = _await_child(tmp_path)
        assert client.delete(address).json()["state"] == "cancelled"
        await_condition(lambda: not _is_alive(child))
        assert client.get(address).json()["state"] == "cancelled"
        assert code_of_problem(client.get(f"{address}/result")) == (409, "no_result")
        assert not (jobs.store.folder / address.rpartition("/")[2]).exists()
        assert client.delete(address).status_code == 204


def test_a_process_that_dies_fails_its_job(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", module=WAITING) as (client, _):
        address = submit(client)
        os.kill(_await_child(tmp_path), signal.SIGKILL)
        job = await_end(client, address)
        assert (job["state"], job["error"]["code"]) == ("failed", "work_failed")
        assert "signal 9" in job["error"]["detail"]


def test_a_job_ends_after_its_time_limit_with_the_reason(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", Limits(max_s=60), module=WAITING) as (client, jobs):
        answer = client.post("/convert/jobs?max_minutes=0.02", content=SMALL)
        child = _await_child(tmp_path)
        job = await_end(client, answer.headers["location"])
        JobShape.model_validate(job, strict=True)
        assert (job["state"], job["error"]["code"], job["links"]["result"]) == ("failed", "out_of_time", None)
        assert "0.02 minutes" in job["error"]["detail"]
        await_condition(lambda: not _is_alive(child))
        await_condition(lambda: not (jobs.store.folder / job["id"]).exists())
        form = {"data": {"max_minutes": "0.02"}, "files": {"file": ("a.csv", SMALL)}}
        answer = client.post("/convert/jobs", **form)  # type: ignore[arg-type]
        assert await_end(client, answer.headers["location"])["error"]["code"] == "out_of_time"
        for refused in ("0", "-1", "1.01", "nan", "inf", "long", ""):
            answer = client.post(f"/convert/jobs?max_minutes={refused}", content=SMALL)
            assert code_of_problem(answer) == (422, "bad_option"), refused


def test_every_job_has_the_time_limit_of_the_service(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", Limits(max_s=0.5), module=WAITING) as (client, _):
        assert await_end(client, submit(client))["error"]["code"] == "out_of_time"


def test_a_job_without_its_input_fails_alone(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", module=WAITING) as (client, jobs):
        running, damaged = submit(client), submit(client)
        (jobs.store.folder / damaged.rpartition("/")[2] / "input").unlink()
        await_state(client, running, "running")
        client.delete(running)
        job = await_end(client, damaged)
        assert (job["state"], job["error"]["code"]) == ("failed", "work_failed")
        assert "input of the job cannot be read" in job["error"]["detail"]
        await_state(client, submit(client), "running")


def test_records_of_an_earlier_version_do_no_harm(resolver: Resolver, tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "job.json").write_bytes(b'{"id": "')
    with serving(resolver, tmp_path / "jobs") as (client, _):
        assert code_of_problem(client.get(f"/convert/jobs/{folder.name}")) == (404, "unknown_job")
        assert await_end(client, submit(client))["state"] == "done"


def test_a_ledger_that_is_locked_delays_jobs_and_fails_none(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs") as (client, _):
        address = submit(client, large(200_000))
        await_state(client, address, "running")
        with closing(sqlite3.connect(tmp_path / "jobs" / "ledger.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(4)
            assert client.get(address).json()["state"] == "running"
            other.execute("COMMIT")
        job = await_end(client, address)
        assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 1, 200_000)


def test_without_a_ledger_jobs_are_refused_with_what_to_do(resolver: Resolver, tmp_path: Path) -> None:
    jobs = open_jobs(resolver.release.folder.parent.parent, tmp_path / "jobs", url="sqlite:////nowhere/ledger.db")
    with served(create_app(lambda: resolver, jobs=jobs)) as client:
        answer = client.post("/convert/jobs?to=ncbigene", content=SMALL)
        assert code_of_problem(answer) == (503, "ledger_unreachable")
        assert "RESOLVER_LEDGER_URL" in answer.json()["hint"]
        assert code_of_problem(client.get(f"/convert/jobs/{'a' * 32}")) == (404, "unknown_job")
        assert client.post("/convert?to=ncbigene", content=SMALL).status_code == 200


def test_on_a_read_only_disk_jobs_are_refused_with_what_to_do(resolver: Resolver, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with serving(resolver, disk / "jobs") as (client, _):
            address = submit(client)
            assert await_end(client, address)["state"] == "done"
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with serving(resolver, disk / "jobs") as (client, _):
            for answer in (client.post("/convert/jobs?to=ncbigene", content=SMALL), client.get(address)):
                assert code_of_problem(answer) == (503, "ledger_unreachable")
                assert "rights on the data folder" in answer.json()["hint"]
            assert client.post("/convert?to=ncbigene", content=SMALL).status_code == 200


def test_too_many_waiting_jobs_are_refused_with_retry_after(resolver: Resolver, tmp_path: Path) -> None:
    limits = Limits(jobs_waiting=2, max_bytes=1_000)
    with serving(resolver, tmp_path / "jobs", limits, module=WAITING) as (client, _):
        one, two = submit(client), submit(client)
        answer = client.post("/convert/jobs", content=SMALL)
        assert code_of_problem(answer) == (429, "service_busy")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get(two).json()["state"] == "queued"
        client.delete(one)
        assert code_of_problem(client.post("/convert/jobs", content=large(4_000))) == (413, "too_many")
        assert client.post("/convert/jobs", content=SMALL).status_code == 202


def test_a_job_is_bounded_in_rows(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", Limits(max_rows=3)) as (client, _):
        job = await_end(client, submit(client))
    assert (job["state"], job["error"]["code"]) == ("failed", "too_many")


def _await_child(folder: Path) -> int:
    """Return the process that waits in the place of a conversion, for a job below a folder."""
    await_condition(lambda: any(folder.rglob("result")) and bool(_waiting()))
    return _waiting()[-1]


def _waiting() -> list[int]:
    listed = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", WAITING], capture_output=True, text=True, check=False
    )
    return [int(line) for line in listed.stdout.split()]


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False
