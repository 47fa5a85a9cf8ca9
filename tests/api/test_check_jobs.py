"""Lists that are too long to wait for: checked as jobs, on real sockets on both sides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.jobs import CheckJobShape
from resolver.app.live import LiveChecks
from resolver.app.resolver import LocalResolver
from resolver.jobs.runner import Jobs
from resolver.live.checker import Checker
from resolver.live.client import LiveClient
from resolver.live.kept import KeptVerdicts
from resolver.store.release import get_current_release
from tests.api.conversions import await_end, await_state, open_jobs
from tests.live.checking import access_to
from tests.serving import served
from tests.upstreams.faults import Kind
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World

_TEXTS = ["P13232", "NM_000880.4", "ENSG00000104432", "nonsense!!", "homologene:680", "Il7", "P13232"]


@pytest.fixture
def upstreams(data_dir: Path) -> Iterator[Upstreams]:
    """Return source databases that contain all of the starter release."""
    with played(World(ReleaseFacts(get_current_release(data_dir).database))) as opened:
        yield opened


@contextmanager
def serving(resolver: LocalResolver, upstreams: Upstreams | None, folder: Path) -> Iterator[tuple[httpx.Client, Jobs]]:
    """Yield a client of a service with or without live checks, and its jobs."""
    jobs = open_jobs(resolver.release.folder.parent.parent, folder)
    live = None
    if upstreams is not None:
        live = LiveChecks(Checker(LiveClient(access_to(upstreams)), kept=KeptVerdicts(60)), timeout_s=1.5)
    with served(create_app(lambda: resolver, live, jobs=jobs)) as client:
        yield client, jobs


def submit(client: httpx.Client, texts: list[str]) -> str:
    answer = client.post("/check", json=texts)
    assert answer.status_code == 202, answer.text
    CheckJobShape.model_validate(answer.json(), strict=True)
    return str(answer.headers["location"])


def test_a_long_list_becomes_a_job_with_the_same_findings_as_a_short_list(
    resolver: LocalResolver, upstreams: Upstreams, tmp_path: Path
) -> None:
    upstreams.world.merge("uniprot:P13232", "uniprot:A6QL63")
    upstreams.world.bump("refseq:NM_000880")
    with serving(resolver, upstreams, tmp_path) as (client, _):
        texts = _TEXTS * 40
        where = submit(client, texts)
        job = await_end(client, where)
        CheckJobShape.model_validate(job, strict=True)
        assert (job["state"], job["progress"]["percent"], job["summary"]["rows"]) == ("done", 100.0, len(texts))
        reported = client.get(job["links"]["result"])
        lines = [orjson.loads(line) for line in reported.content.splitlines()]
        assert [line["query"] for line in lines] == texts
        short = client.post("/check", json=_TEXTS).json()
        assert lines[: len(_TEXTS)] == short["checked"]
        assert job["summary"]["verdicts"] == {verdict: 40 * many for verdict, many in short["verdicts"].items()}
        assert job["summary"]["verdicts"]["replaced"] == 80
        assert not upstreams.counts.excesses
        assert client.get(where.replace("/check/", "/convert/")).status_code == 404
        assert client.delete(where).status_code == 204
        assert client.get(where).status_code == 404


def test_options_of_the_call_and_of_single_queries_apply(
    resolver: LocalResolver, upstreams: Upstreams, tmp_path: Path
) -> None:
    with serving(resolver, upstreams, tmp_path) as (client, _):
        queried = [{"id": "3574", "from": "ncbigene"}, *["146660"] * 200]
        where = client.post("/check?from=omim", json=queried).headers["location"]
        lines = client.get(f"{where}/result") if await_end(client, where)["state"] == "done" else None
        assert lines is not None
        reported = [orjson.loads(line)["findings"][0]["curie"] for line in lines.content.splitlines()]
        assert reported == ["ncbigene:3574", *["omim:146660"] * 200]
        assert client.get(where).json()["options"] == {"from": "omim"}


def test_a_job_that_waits_for_a_source_database_can_be_cancelled(
    resolver: LocalResolver, upstreams: Upstreams, tmp_path: Path
) -> None:
    upstreams.faults.add("uniprot", Kind.HANG, seconds=30)
    with serving(resolver, upstreams, tmp_path) as (client, _):
        where = submit(client, ["P13232"] * 201)
        await_state(client, where, "running")
        began = time.monotonic()
        assert client.delete(where).json()["state"] == "cancelled"
        assert client.get(f"{where}/result").status_code == 409
    assert time.monotonic() - began < 10  # the service ends without waiting for the source database


def test_a_job_is_resumed_by_the_next_service(resolver: LocalResolver, upstreams: Upstreams, tmp_path: Path) -> None:
    upstreams.faults.add("uniprot", Kind.HANG, seconds=30)
    with serving(resolver, upstreams, tmp_path) as (client, _):
        where = submit(client, ["P13232"] * 201)
        await_state(client, where, "running")
    upstreams.faults.clear()
    with serving(resolver, upstreams, tmp_path) as (client, _):
        job = await_end(client, where)
        assert (job["state"], job["attempt"]) == ("done", 1)
        assert job["summary"]["verdicts"]["current"] == 201


def test_a_check_job_without_live_checks_fails_with_the_reason(
    resolver: LocalResolver, upstreams: Upstreams, tmp_path: Path
) -> None:
    upstreams.faults.add("uniprot", Kind.HANG, seconds=30)
    with serving(resolver, upstreams, tmp_path) as (client, _):
        where = submit(client, ["P13232"] * 201)
        await_state(client, where, "running")
    with serving(resolver, None, tmp_path) as (client, _):
        job = await_end(client, where)
        assert (job["state"], job["error"]["code"]) == ("failed", "live_off")
        assert "RESOLVER_LIVE" in job["error"]["hint"]
