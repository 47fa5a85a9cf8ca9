"""Jobs over a real socket, from submission to result."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from resolver.api.schemas.jobs import JobShape
from resolver.jobs.runner import Jobs
from resolver.resolve.resolver import Resolver
from tests.api.conversions import (
    SMALL,
    await_condition,
    await_end,
    code_of_problem,
    large,
    serving,
    submit,
)


@pytest.fixture(scope="module")
def opened(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Jobs]]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as both:
        yield both


@pytest.fixture(scope="module")
def client(opened: tuple[httpx.Client, Jobs]) -> httpx.Client:
    return opened[0]


def test_a_job_returns_the_same_table_as_a_conversion(client: httpx.Client, resolver: Resolver) -> None:
    job = await_end(client, submit(client))
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
    job = await_end(client, submit(client))
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
    address = submit(client, large(600_000))
    seen = []
    while (job := client.get(address).json())["state"] not in {"done", "failed"}:
        seen.append(job["progress"])
        time.sleep(0.05)
    assert job["state"] == "done", job
    reported = [progress["rows"] for progress in seen]
    assert reported == sorted(reported)
    assert len({rows for rows in reported if 0 < rows < 600_000}) >= 1
    assert all(progress["percent"] < 100 for progress in seen)
    assert any(progress["rows_per_s"] for progress in seen)
    assert job["summary"]["rows"] == 600_000
    client.delete(address)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "unreadable_table"), (b"gene\nIL7\nTP\x0053\n", "unreadable_table"), (b"sample,p\nS1,0.1\n", "bad_option"),
     (SMALL + b"IL7,1,2\n", "unreadable_table")],
)  # fmt: skip
def test_a_table_that_cannot_be_converted_fails_its_job_and_reports_why(
    client: httpx.Client, content: bytes, code: str
) -> None:
    address = submit(client, content)
    job = await_end(client, address)
    JobShape.model_validate(job, strict=True)
    assert (job["state"], job["error"]["code"], job["links"]["result"]) == ("failed", code, None)
    assert "--" not in job["error"]["hint"]
    assert code_of_problem(client.get(f"{address}/result")) == (409, "no_result")


def test_an_invalid_request_creates_no_job(opened: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = opened
    before = sorted(jobs.store.folder.iterdir())
    assert code_of_problem(client.post("/convert/jobs?to=kegg", content=SMALL)) == (422, "unknown_namespace")
    assert code_of_problem(client.post("/convert/jobs?dry_run=true", content=SMALL)) == (422, "bad_option")
    form = {"data": {"specie": "human"}, "files": {"file": ("a.csv", SMALL)}}
    assert code_of_problem(client.post("/convert/jobs", **form)) == (422, "bad_option")  # type: ignore[arg-type]
    assert sorted(jobs.store.folder.iterdir()) == before


@pytest.mark.parametrize("name", ["0" * 32, "..%2F..", "nope", "folder.id"])
def test_an_unknown_job_is_not_found(client: httpx.Client, name: str) -> None:
    for path in ("", "/result", "/report", "/receipt"):
        answer = client.get(f"/convert/jobs/{name}{path}")
        assert (answer.status_code, answer.json()["code"]) in {(404, "unknown_job"), (404, "no_such_page")}
    assert client.delete(f"/convert/jobs/{name}").status_code == 404


def test_a_finished_job_is_removed_with_its_files(opened: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = opened
    address = submit(client)
    await_end(client, address)
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert not (jobs.store.folder / address.rpartition("/")[2]).exists()


def test_a_key_that_is_sent_again_returns_the_same_job(client: httpx.Client) -> None:
    one, again = (submit(client, key="a") for _ in range(2))
    assert one == again
    assert submit(client, key="b") != one
    other = client.post("/convert/jobs?to=ncbigene", content=SMALL + b"\n", headers={"Idempotency-Key": "a"})
    assert code_of_problem(other) == (422, "key_reused")
    options = client.post("/convert/jobs?to=uniprot", content=SMALL, headers={"Idempotency-Key": "a"})
    assert code_of_problem(options) == (422, "key_reused")


def test_the_same_sent_at_the_same_time_with_a_key_is_one_job(client: httpx.Client) -> None:
    addresses: list[str] = []
    threads = [threading.Thread(target=lambda: addresses.append(submit(client, key="race"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(addresses), len(set(addresses))) == (8, 1)


def test_an_interrupted_upload_leaves_no_files(opened: tuple[httpx.Client, Jobs]) -> None:
    client, jobs = opened

    def broken() -> Iterator[bytes]:
        yield large(100_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        client.post("/convert/jobs", content=broken())
    await_condition(lambda: not list(jobs.store.folder.glob(".new-*")))
