"""UniProt's list of accessions is queried in another form where the server does not serve one."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from resolver.genes.verdicts import Finding, Obstacle, Verdict
from resolver.live.checker import Checker
from resolver.live.client import Access, LiveClient
from tests.live.checking import tracked

ACCESSIONS = [f"P{number:05d}" for number in range(10_000, 10_950)]


class _Server(ThreadingHTTPServer):
    """Serves `/uniprotkb/accessions` and `/uniprotkb/search`; `refused` is the status of a form: POST, GET, search."""

    def __init__(self, refused: Mapping[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refused = dict(refused)
        self.calls: Counter[str] = Counter()
        self.bodies: list[tuple[str, dict[str, str]]] = []
        self.longest = 0


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.server.longest = max(self.server.longest, len(self.path))
        if parts.path == "/uniprotkb/search":
            self._serve("search", query["query"].removeprefix("accession:(").removesuffix(")").split(" OR "))
        elif parts.path == "/uniprotkb/accessions":
            self._serve("GET", query["accessions"].split(","))
        else:
            self._reply(404, {"url": self.path, "messages": ["Resource not found"]})

    def do_POST(self) -> None:
        assert urlsplit(self.path).query == "format=json"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stated = json.loads(body)
        self.server.bodies.append((self.headers["Content-Type"], stated))
        self._serve("POST", stated["accessions"].split(","))

    def _serve(self, form: str, accessions: list[str]) -> None:
        self.server.calls[form] += 1
        if form in self.server.refused:
            self._reply(self.server.refused[form], {"messages": ["not served"]})
            return
        results = [
            {"entryType": "UniProtKB reviewed (Swiss-Prot)", "primaryAccession": one, "organism": {"taxonId": 9606}}
            for one in accessions
        ]
        self._reply(200, {"results": results})

    def _reply(self, status: int, shown: object) -> None:
        body = json.dumps(shown).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _serving(refused: Mapping[str, int]) -> Iterator[_Server]:
    server = _Server(refused)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _check(server: _Server, accessions: list[str]) -> list[Finding]:
    async def check() -> list[Finding]:
        access = Access(
            urls={"uniprot": f"http://127.0.0.1:{server.server_address[1]}"}, attempts=2, backoff_s=0.01
        )  # fmt: skip
        async with Checker(LiveClient(access)) as checker:
            return await checker.check_all([tracked(f"uniprot:{one}") for one in accessions])

    return asyncio.run(check())


def test_the_list_goes_as_a_json_body_with_the_fields_that_are_read() -> None:
    with _serving({}) as server:
        findings = _check(server, ACCESSIONS)
        assert {finding.verdict for finding in findings} == {Verdict.CURRENT}
        ((content_type, body),) = server.bodies
    assert content_type == "application/json"
    assert body["accessions"].split(",") == ACCESSIONS
    assert "format" not in body  # it is read from the address alone
    assert "organism_id" in body["fields"].split(",")
    assert findings[0].evidence is not None
    assert findings[0].evidence.fields["taxid"] == "9606"


@pytest.mark.parametrize("status", [405, 406, 415, 500])
def test_a_form_that_is_not_served_is_replaced_by_the_next(status: int) -> None:
    with _serving({"POST": status}) as server:
        findings = _check(server, ACCESSIONS)
        calls, longest = dict(server.calls), server.longest
    assert {finding.verdict for finding in findings} == {Verdict.CURRENT}
    assert calls == {"POST": 1, "GET": 3}
    assert longest < 8_000


@pytest.mark.parametrize("status", [405, 500])
def test_the_search_is_the_last_form(status: int) -> None:
    with _serving({"POST": status, "GET": status}) as server:
        findings = _check(server, ACCESSIONS)
        calls = dict(server.calls)
    assert {finding.verdict for finding in findings} == {Verdict.CURRENT}
    assert calls["POST"] == 1
    assert calls["GET"] <= 3  # those that were on their way
    assert calls["search"] == 10


@pytest.mark.parametrize("status", [405, 500])
def test_where_no_form_is_served_there_is_an_obstacle_and_no_verdict(status: int) -> None:
    with _serving({"POST": status, "GET": status, "search": status}) as server:
        findings = _check(server, ACCESSIONS[:3])
    assert {finding.obstacle for finding in findings} == {Obstacle.DOWN}


def test_a_form_that_was_refused_is_not_tried_again_and_one_failure_of_the_server_closes_nothing() -> None:
    many = [f"Q{number:05d}" for number in range(10_000, 19_000)]
    with _serving({"POST": 415}) as server:
        assert {finding.verdict for finding in _check(server, many)} == {Verdict.CURRENT}
        assert server.calls["POST"] <= 4  # those that were on their way
    with _serving({}) as server:
        server.refused["POST"] = 500
        threading.Timer(0.25, server.refused.clear).start()
        assert {finding.verdict for finding in _check(server, ACCESSIONS)} == {Verdict.CURRENT}
