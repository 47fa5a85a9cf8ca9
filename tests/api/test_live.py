"""Live checks over REST and in Python, on real sockets on both sides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.answers import AnswerProblemShape, AnswerShape
from resolver.api.schemas.looking import CheckedListShape
from resolver.app.live import LiveChecks
from resolver.app.resolver import LocalResolver
from resolver.genes.verdicts import Verdict
from resolver.live.checker import Checker
from resolver.live.client import LiveClient
from resolver.live.kept import KeptVerdicts
from resolver.store.release import get_current_release
from tests.live.checking import access_to
from tests.serving import served
from tests.upstreams.faults import Kind
from tests.upstreams.release_facts import ReleaseFacts
from tests.upstreams.server import Upstreams, played
from tests.upstreams.world import World


@pytest.fixture
def upstreams(data_dir: Path) -> Iterator[Upstreams]:
    """Return source databases that contain all of the starter release."""
    with played(World(ReleaseFacts(get_current_release(data_dir).database))) as opened:
        yield opened


@pytest.fixture
def client(resolver: LocalResolver, upstreams: Upstreams) -> Iterator[httpx.Client]:
    checker = Checker(LiveClient(access_to(upstreams)), kept=KeptVerdicts(60))
    with served(create_app(lambda: resolver, LiveChecks(checker, timeout_s=1.5))) as opened:
        yield opened


def test_an_answer_includes_what_its_source_database_reports_today(client: httpx.Client, upstreams: Upstreams) -> None:
    upstreams.world.merge("uniprot:P13232", "uniprot:A6QL63")
    answer = client.get("/resolve/P13232?live=true")
    AnswerShape.model_validate_json(answer.content)
    (finding,) = answer.json()["live"]
    assert (finding["verdict"], finding["use_now"], finding["gene"]) == ("replaced", ["uniprot:A6QL63"], "hgnc:6023")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["genes"][0]["symbol"] == "IL7"


def test_no_source_database_is_queried_without_live(client: httpx.Client, upstreams: Upstreams) -> None:
    for address in ("/resolve/P13232", "/resolve/P13232?live=false"):
        assert "live" not in client.get(address).json()
    assert not upstreams.counts.calls
    assert client.get("/resolve/P13232?live=perhaps").status_code == 422


def test_fields_and_live_go_together(client: httpx.Client) -> None:
    assert set(client.get("/resolve/P13232?live=true&fields=outcome").json()) == {"outcome", "live"}
    assert set(client.get("/resolve/P13232?live=true&fields=converted").json()) == {"live"}


def test_identifiers_outside_the_release_are_queried_too(client: httpx.Client, upstreams: Upstreams) -> None:
    upstreams.world.add("ensembl:ENSG00000999999", version=1)
    answer = client.get("/resolve/ENSG00000999999?live=true")
    assert answer.status_code == 404
    AnswerProblemShape.model_validate_json(answer.content)
    assert answer.json()["live"][0]["verdict"] == "current"


def test_the_deadline_is_kept(client: httpx.Client, upstreams: Upstreams) -> None:
    upstreams.faults.add("uniprot", Kind.HANG, seconds=20)
    began = time.monotonic()
    answer = client.get("/resolve/P13232?live=true")
    assert time.monotonic() - began < 4
    assert answer.json()["live"][0]["obstacle"] == "deadline"
    assert answer.json()["outcome"] == "resolved"


def test_a_list_is_checked_in_order(client: httpx.Client, upstreams: Upstreams) -> None:
    upstreams.world.bump("refseq:NM_000880")
    queried = ["P13232", "NM_000880.4", {"id": "146660", "from": "omim"}, "homologene:680", "", "P13232"]
    answer = client.post("/check", json=queried)
    assert answer.status_code == 200
    CheckedListShape.model_validate_json(answer.content)
    shown = answer.json()
    reported = [[finding["verdict"] for finding in one["findings"]] for one in shown["checked"]]
    assert reported == [["current"], ["version_behind"], ["current"], ["not_checked"], [], ["current"]]
    assert shown["verdicts"]["current"] == 3
    assert upstreams.counts.calls["uniprot.accessions"] == 1
    client.post("/check", json=queried)
    assert upstreams.counts.calls["uniprot.accessions"] == 1  # the verdict is kept


def test_a_service_without_live_checks_queries_no_source_database(resolver: LocalResolver) -> None:
    with served(create_app(lambda: resolver)) as client:
        for answer in (client.get("/resolve/P13232?live=true"), client.post("/check", json=["P13232"])):
            assert (answer.status_code, answer.json()["code"]) == (403, "live_off")
            assert "RESOLVER_LIVE" in answer.json()["hint"]
        assert client.get("/resolve/P13232?live=false").status_code == 200


def test_python_returns_the_same_findings(
    data_dir: Path, upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, address in upstreams.settings.items():
        monkeypatch.setenv(f"RESOLVER_{name.upper()}", address)
    upstreams.world.merge("uniprot:P13232", "uniprot:A6QL63")
    resolver = LocalResolver(data_dir)
    first, second = resolver.check(["P13232", "ENSG00000104432"])
    assert [finding.verdict for finding in first.findings] == [Verdict.REPLACED]
    assert [finding.verdict for finding in second.findings] == [Verdict.CURRENT]
    resolver.check(["P13232"])
    assert upstreams.counts.calls["uniprot.accessions"] == 2  # the second is about the successor
    del resolver, first, second
