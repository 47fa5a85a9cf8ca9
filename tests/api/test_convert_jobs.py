"""Jobs over a real socket: each ends once, whatever is cancelled, crashes or restarts."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.jobs import JobShape
from resolver.jobs.model import Limits
from resolver.jobs.runner import Jobs
from resolver.jobs.store import JobStore
from resolver.resolve.resolver import Resolver
from resolver.store.ledger_tables import JobState
from tests.api.conversions import SMALL, await_end, await_state, large, open_jobs, serving, small_disk
from tests.postgres import make_database, restartable_cluster
from tests.serving import running, served

WAITING = "tests.jobs.waiting_work"


@pytest.fixture(scope="module")
def opened(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Jobs]]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as both:
        yield both


@pytest.fixture(scope="module")
def client(opened: tuple[httpx.Client, Jobs]) -> httpx.Client:
    return opened[0]


def _submit(client: httpx.Client, content: bytes = SMALL, key: str | None = None) -> str:
    how = {} if key is None else {"Idempotency-Key": key}
    answer = client.post("/convert/jobs", content=content, params={"to": "ncbigene"}, headers=how)
    assert answer.status_code == 202, answer.text
    JobShape.model_validate(answer.json(), strict=True)
    assert answer.headers["location"] == answer.json()["links"]["self"]
    return str(answer.headers["location"])


def _problem(answer: httpx.Response) -> tuple[int, str]:
    problem = ProblemShape.model_validate(answer.json())
    assert (problem.status, problem.hint is not None) == (answer.status_code, True)
    return problem.status, problem.code


# --- From beginning to end ----------------------------------------------------------------------------------------


def test_a_job_returns_the_same_table_as_a_conversion(client: httpx.Client, resolver: Resolver) -> None:
    job = await_end(client, _submit(client))
    shape = JobShape.model_validate(job, strict=True)
    assert (shape.state, shape.attempt, shape.options) == ("done", 1, {"to": "ncbigene"})
    assert shape.summary is not None
    assert (shape.summary.rows, shape.progress.percent) == (4, 100)
    (column,) = shape.summary.columns
    assert column.collisions is not None
    assert sum(column.outcomes.values()) == 4
    texts = [shape.summary.next_step or "", *shape.summary.assumed, *(one.next_step for one in column.causes)]
    assert [text for text in texts if "--" in text] == []  # options have their names of REST
    assert shape.release is not None
    assert shape.release.id == resolver.release.id
    result = client.get(job["links"]["result"])
    assert result.text == client.post("/convert?to=ncbigene", content=SMALL).text
    assert result.headers["content-type"].startswith("text/csv")
    assert "table.converted.csv" in result.headers["content-disposition"]
    part = client.get(job["links"]["result"], headers={"range": "bytes=0-3"})
    assert (part.status_code, part.text) == (206, "gene")


def test_a_job_has_a_report(client: httpx.Client) -> None:
    job = await_end(client, _submit(client))
    answer = client.get(job["links"]["report"])
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "nosuch" in answer.text


def test_a_form_becomes_a_job_too(client: httpx.Client) -> None:
    files = {"file": ("my genes.csv", SMALL)}
    answer = client.post("/convert/jobs", data={"to": "ncbigene"}, files=files)
    job = await_end(client, answer.headers["location"])
    assert (job["state"], job["name"], job["options"]) == ("done", "my genes.csv", {"to": "ncbigene"})


def test_a_large_job_reports_its_progress(client: httpx.Client) -> None:
    address = _submit(client, large(1_200_000))
    seen = []
    while (job := client.get(address).json())["state"] not in {"done", "failed"}:
        seen.append(job["progress"])
        time.sleep(0.05)
    assert job["state"] == "done", job
    reported = [progress["rows"] for progress in seen]
    assert reported == sorted(reported)
    assert len({rows for rows in reported if 0 < rows < 1_200_000}) >= 1
    assert all(progress["percent"] < 100 for progress in seen)
    assert any(progress["rows_per_s"] for progress in seen)
    assert job["summary"]["rows"] == 1_200_000
    client.delete(address)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "unreadable_table"), (b"gene\nIL7\nTP\x0053\n", "unreadable_table"), (b"sample,p\nS1,0.1\n", "bad_option"),
     (SMALL + b"IL7,1,2\n", "unreadable_table")],
)  # fmt: skip
def test_a_table_that_cannot_be_converted_fails_its_job_and_reports_why(
    client: httpx.Client, content: bytes, code: str
) -> None:
    address = _submit(client, content)
    job = await_end(client, address)
    JobShape.model_validate(job, strict=True)
    assert (job["state"], job["error"]["code"], job["links"]["result"]) == ("failed", code, None)
    assert "--" not in job["error"]["hint"]
    assert _problem(client.get(f"{address}/result")) == (409, "no_result")


def test_an_invalid_request_creates_no_job(opened: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = opened
    before = sorted(jobs.store.folder.iterdir())
    assert _problem(client.post("/convert/jobs?to=kegg", content=SMALL)) == (422, "unknown_namespace")
    assert _problem(client.post("/convert/jobs?dry_run=true", content=SMALL)) == (422, "bad_option")
    form = {"data": {"specie": "human"}, "files": {"file": ("a.csv", SMALL)}}
    assert _problem(client.post("/convert/jobs", **form)) == (422, "bad_option")  # type: ignore[arg-type]
    assert sorted(jobs.store.folder.iterdir()) == before


@pytest.mark.parametrize("name", ["0" * 32, "..%2F..", "nope", "folder.id"])
def test_an_unknown_job_is_not_found(client: httpx.Client, name: str) -> None:
    for path in ("", "/result", "/report", "/receipt"):
        answer = client.get(f"/convert/jobs/{name}{path}")
        assert (answer.status_code, answer.json()["code"]) in {(404, "unknown_job"), (404, "no_such_page")}
    assert client.delete(f"/convert/jobs/{name}").status_code == 404


def test_a_finished_job_is_removed_with_its_files(opened: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = opened
    address = _submit(client)
    await_end(client, address)
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert not (jobs.store.folder / address.rpartition("/")[2]).exists()


# --- The same twice -----------------------------------------------------------------------------------------------


def test_a_key_that_is_sent_again_returns_the_same_job(client: httpx.Client) -> None:
    one, again = (_submit(client, key="a") for _ in range(2))
    assert one == again
    assert _submit(client, key="b") != one
    other = client.post("/convert/jobs?to=ncbigene", content=SMALL + b"\n", headers={"Idempotency-Key": "a"})
    assert _problem(other) == (422, "key_reused")
    options = client.post("/convert/jobs?to=uniprot", content=SMALL, headers={"Idempotency-Key": "a"})
    assert _problem(options) == (422, "key_reused")


def test_the_same_sent_at_the_same_time_with_a_key_is_one_job(client: httpx.Client) -> None:
    addresses: list[str] = []
    threads = [threading.Thread(target=lambda: addresses.append(_submit(client, key="race"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(addresses), len(set(addresses))) == (8, 1)


# --- Cancelling, crashing, limits ---------------------------------------------------------------------------------


def test_a_job_that_runs_is_cancelled_and_its_process_ends(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", module=WAITING) as (client, jobs):
        address = _submit(client)
        running = await_state(client, address, "running")
        assert running["attempt"] == 1
        child = _await_child(tmp_path)
        assert client.delete(address).json()["state"] == "cancelled"
        _await(lambda: not _is_alive(child))
        assert client.get(address).json()["state"] == "cancelled"
        assert _problem(client.get(f"{address}/result")) == (409, "no_result")
        assert not (jobs.store.folder / address.rpartition("/")[2]).exists()
        assert client.delete(address).status_code == 204


def test_a_process_that_dies_fails_its_job(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", module=WAITING) as (client, _):
        address = _submit(client)
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
        _await(lambda: not _is_alive(child))
        _await(lambda: not (jobs.store.folder / job["id"]).exists())
        form = {"data": {"max_minutes": "0.02"}, "files": {"file": ("a.csv", SMALL)}}
        answer = client.post("/convert/jobs", **form)  # type: ignore[arg-type]
        assert await_end(client, answer.headers["location"])["error"]["code"] == "out_of_time"
        for refused in ("0", "-1", "1.01", "nan", "inf", "long", ""):
            answer = client.post(f"/convert/jobs?max_minutes={refused}", content=SMALL)
            assert _problem(answer) == (422, "bad_option"), refused


def test_every_job_has_the_time_limit_of_the_service(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", Limits(max_s=0.5), module=WAITING) as (client, _):
        assert await_end(client, _submit(client))["error"]["code"] == "out_of_time"


def test_a_job_without_its_input_fails_alone(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", module=WAITING) as (client, jobs):
        running, damaged = _submit(client), _submit(client)
        (jobs.store.folder / damaged.rpartition("/")[2] / "input").unlink()
        await_state(client, running, "running")
        client.delete(running)
        job = await_end(client, damaged)
        assert (job["state"], job["error"]["code"]) == ("failed", "work_failed")
        assert "input of the job cannot be read" in job["error"]["detail"]
        await_state(client, _submit(client), "running")


def test_records_of_an_earlier_version_do_no_harm(resolver: Resolver, tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / ("a" * 32)
    folder.mkdir(parents=True)
    (folder / "job.json").write_bytes(b'{"id": "')
    with serving(resolver, tmp_path / "jobs") as (client, _):
        assert _problem(client.get(f"/convert/jobs/{folder.name}")) == (404, "unknown_job")
        assert await_end(client, _submit(client))["state"] == "done"


def test_a_ledger_that_is_locked_delays_jobs_and_fails_none(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs") as (client, _):
        address = _submit(client, large(200_000))
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
        assert _problem(answer) == (503, "ledger_unreachable")
        assert "RESOLVER_LEDGER_URL" in answer.json()["hint"]
        assert _problem(client.get(f"/convert/jobs/{'a' * 32}")) == (404, "unknown_job")
        assert client.post("/convert?to=ncbigene", content=SMALL).status_code == 200


def test_on_a_read_only_disk_jobs_are_refused_with_what_to_do(resolver: Resolver, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with serving(resolver, disk / "jobs") as (client, _):
            address = _submit(client)
            assert await_end(client, address)["state"] == "done"
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with serving(resolver, disk / "jobs") as (client, _):
            for answer in (client.post("/convert/jobs?to=ncbigene", content=SMALL), client.get(address)):
                assert _problem(answer) == (503, "ledger_unreachable")
                assert "rights on the data folder" in answer.json()["hint"]
            assert client.post("/convert?to=ncbigene", content=SMALL).status_code == 200


def test_too_many_waiting_jobs_are_refused_with_retry_after(resolver: Resolver, tmp_path: Path) -> None:
    limits = Limits(jobs_waiting=2, max_bytes=1_000)
    with serving(resolver, tmp_path / "jobs", limits, module=WAITING) as (client, _):
        one, two = _submit(client), _submit(client)
        answer = client.post("/convert/jobs", content=SMALL)
        assert _problem(answer) == (429, "service_busy")
        assert int(answer.headers["retry-after"]) > 0
        assert client.get(two).json()["state"] == "queued"
        client.delete(one)
        assert _problem(client.post("/convert/jobs", content=large(4_000))) == (413, "too_many")
        assert client.post("/convert/jobs", content=SMALL).status_code == 202


def test_a_job_is_bounded_in_rows(resolver: Resolver, tmp_path: Path) -> None:
    with serving(resolver, tmp_path / "jobs", Limits(max_rows=3)) as (client, _):
        job = await_end(client, _submit(client))
    assert (job["state"], job["error"]["code"]) == ("failed", "too_many")


def test_an_interrupted_upload_leaves_no_files(opened: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = opened

    def broken() -> Iterator[bytes]:
        yield large(100_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        client.post("/convert/jobs", content=broken())
    _await(lambda: not list(jobs.store.folder.glob(".new-*")))


# --- Restarts -----------------------------------------------------------------------------------------------------


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
        address = _submit(client, large(rows))
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
        address = _submit(client, large(2_000_000))
        await_state(client, address, "running")
    store = JobStore(own_data_dir / "jobs", f"sqlite:///{own_data_dir / 'ledger.db'}")
    job = store.get(address.rpartition("/")[2])
    store.close()
    assert (job.state, job.attempt) == (JobState.QUEUED, 0)


def test_of_two_workers_one_runs_a_job(own_data_dir: Path) -> None:
    with running(own_data_dir, "--workers", "2") as (client, _, _):
        addresses = [_submit(client) for _ in range(6)]
        ended = [await_end(client, address) for address in addresses]
        assert [(job["state"], job["attempt"]) for job in ended] == [("done", 1)] * 6
        began = sorted((job["started_at"], job["finished_at"]) for job in ended)
        assert all(first[1] <= second[0] for first, second in pairwise(began))


@pytest.mark.long
def test_a_killed_worker_process_of_the_service_loses_its_job_to_another(own_data_dir: Path) -> None:
    rows = 1_000_000
    with running(own_data_dir, "--workers", "2") as (client, _, _):
        address = _submit(client, large(rows))
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
            killed = _submit(client, large(rows))
            await_state(client, killed, "running")
            service.kill()
            service.wait(10)
        with running(own_data_dir, variables={"RESOLVER_LEDGER_URL": url}) as (client, service, _):
            job = await_end(client, killed, seconds=120)
            assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 2, rows)
            cut_off = _submit(client, large(rows))
            await_state(client, cut_off, "running")
            server.stop()
            assert _problem(client.get(cut_off)) == (503, "ledger_unreachable")
            assert _problem(client.post("/convert/jobs?to=ncbigene", content=SMALL)) == (503, "ledger_unreachable")
            time.sleep(5)
            server.start()
            job = await_end(client, cut_off, seconds=120)
            assert (job["state"], job["attempt"], job["summary"]["rows"]) == ("done", 1, rows)
    assert not (own_data_dir / "ledger.db").exists()


def _await(is_so: object, seconds: float = 20) -> None:
    assert callable(is_so)
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not become so"
        time.sleep(0.05)


def _await_child(folder: Path) -> int:
    """Return the process that waits in the place of a conversion, for a job below a folder."""
    _await(lambda: any(folder.rglob("result")) and bool(_waiting()))
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
