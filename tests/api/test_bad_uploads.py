"""Bad tables sent as jobs: each fails with the message in docs/bad-tables.md, with the option names of REST."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from resolver.resolve.resolver import Resolver
from tests.api.conversions import await_end, large, serving, small_disk
from tests.convert.test_bad_tables import CASES, open_case


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as (opened, _):
        yield opened


# Large tables are made when they are read.
_CASES = [pytest.param(name, marks=pytest.mark.long if callable(case[0]) else ()) for name, case in CASES.items()]


@pytest.mark.parametrize("name", _CASES)
def test_a_bad_table_fails_with_its_message_and_a_hint(client: httpx.Client, tmp_path: Path, name: str) -> None:
    made, reading, said = CASES[name]
    table = tmp_path / "t.csv"
    with open_case(made) as source, table.open("wb") as written:
        shutil.copyfileobj(source, written)
    stated = {"column": reading.columns[0] if reading.columns else None, "encoding": reading.encoding}
    stated["delimiter"] = reading.delimiter
    options = {name: value for name, value in stated.items() if value is not None}
    with table.open("rb") as body:
        answer = client.post("/convert/jobs", files={"file": ("t.csv", body)}, params={"to": "symbol", **options})
    if answer.status_code == 202:
        job = await_end(client, answer.headers["location"])
        assert job["state"] == "failed", job
        error = job["error"]
        assert client.get(f"{answer.headers['location']}/result").status_code == 409
    else:  # what is seen before anything is read
        assert answer.status_code == 422, answer.text
        error = answer.json()
    assert re.search(said, error["detail"]), error
    assert error["hint"]
    assert "--" not in error["hint"]


def test_a_full_disk_fails_the_job_and_frees_its_space(resolver: Resolver, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, serving(resolver, disk / "jobs") as (client, _):
        where = client.post("/convert/jobs?to=ensembl,uniprot,refseq", content=large(40_000)).headers["location"]
        job = await_end(client, where)
        assert (job["state"], job["error"]["code"]) == ("failed", "disk_full"), job
        assert "disk of the service is full" in job["error"]["detail"]
        assert client.delete(where).status_code == 204
        small = client.post("/convert/jobs?to=symbol", content=large(1_000)).headers["location"]
        assert await_end(client, small)["state"] == "done"


def test_an_upload_to_a_full_disk_is_a_problem(resolver: Resolver, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, serving(resolver, disk / "jobs") as (client, _):
        answer = client.post("/convert/jobs?to=symbol", content=large(1_000_000))
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full"), answer.text
        assert not list((disk / "jobs").glob(".new-*"))
