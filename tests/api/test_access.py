"""Access over HTTP: keys, scopes and limits decide before anything of a request is read."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from resolver.access.keyring import KeyRing
from resolver.access.model import Scope
from resolver.access.rates import RateLimiter
from resolver.api.access.log import AccessLog
from resolver.api.access.scopes import PUBLIC, find_needed
from resolver.api.access.sight import Sight
from resolver.api.app import create_app
from resolver.app.access import Access, create_key, revoke_key
from resolver.resolve.resolver import Resolver
from resolver.store.key_table import KeyTable
from tests.serving import running, served


class Closed(NamedTuple):
    """A service that requires keys."""

    client: httpx.Client
    table: KeyTable

    def make(self, *scopes: str, rate: str | None = None, daily: int | None = None) -> dict[str, str]:
        """Return the headers of a new key."""
        text, _ = create_key(self.table, "test", scopes, rate=rate, daily=daily)
        return {"authorization": f"Bearer {text}"}


@contextmanager
def closed(resolver: Resolver, tmp_path: Path, rate_limit: str = "") -> Iterator[Closed]:
    table = KeyTable(f"sqlite:///{tmp_path / 'ledger.db'}")
    ticks = iter(range(10**9))
    # Every look at the clock is four seconds later: each request reads the keys anew.
    ring = KeyRing(table, clock=lambda: 4.0 * next(ticks))
    with served(create_app(lambda: resolver, access=Access(keys=ring, rate_limit=rate_limit))) as client:
        yield Closed(client, table)
    table.close()


@pytest.fixture
def service(resolver: Resolver, tmp_path: Path) -> Iterator[Closed]:
    with closed(resolver, tmp_path) as opened:
        yield opened


def _is_problem(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json().get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["hint"]


def test_without_a_key_only_what_is_public_answers(service: Closed) -> None:
    for path in ("/resolve/P13232", "/search?q=a", "/about", "/metrics", "/stale/report", "/nope", "//resolve/TP53"):
        response = service.client.get(path)
        _is_problem(response, 401, "key_missing")
        assert response.headers["www-authenticate"] == 'Bearer realm="gene-xref-resolver"'
    _is_problem(service.client.post("/convert", content=b"gene\nTP53\n"), 401, "key_missing")
    for path in (PUBLIC - {"/"}) | {"/clients/geneXref.R"}:
        assert service.client.get(path).status_code == 200, path
    assert service.client.get("/", follow_redirects=False).status_code == 307


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_both_headers_are_accepted(service: Closed, header: str) -> None:
    text = service.make("read")["authorization"]
    sent = {header: text if header == "Authorization" else text.removeprefix("Bearer ")}
    assert service.client.get("/resolve/P13232", headers=sent).status_code == 200


@pytest.mark.parametrize("sent", ["Bearer", "Bearer gxr_x", "Bearer gxr_000000000000_" + "A" * 43, "Basic YTpi"])
def test_a_wrong_key_is_refused(service: Closed, sent: str) -> None:
    response = service.client.get("/resolve/P13232", headers={"authorization": sent})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer realm=")


def test_a_revoked_key_is_refused(service: Closed) -> None:
    headers = service.make("read")
    assert service.client.get("/resolve/P13232", headers=headers).status_code == 200
    revoke_key(service.table, headers["authorization"].removeprefix("Bearer "))
    _is_problem(service.client.get("/resolve/P13232", headers=headers), 401, "key_invalid")


def test_the_log_has_the_id_of_a_revoked_key_and_never_its_secret(resolver: Resolver, tmp_path: Path) -> None:
    out = io.BytesIO()
    with closing(KeyTable(f"sqlite:///{tmp_path / 'ledger.db'}")) as table:
        text, key = create_key(table, "test", ["read"])
        revoke_key(table, key.id)
        app = create_app(lambda: resolver, access=Access(keys=KeyRing(table)))
        log = AccessLog(out.write)
        app.add_middleware(Sight, metrics=app.state.metrics, name_route=app.state.name_route, log=log)
        with served(app) as client:
            assert client.get("/resolve/P13232", headers={"x-api-key": text}).status_code == 401
            assert client.get("/resolve/P13232", headers={"x-api-key": "no key"}).status_code == 401
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["key"], line["status"]) for line in lines] == [(key.id, 401), (None, 401)]
    assert text.rpartition("_")[2].encode() not in out.getvalue()


def test_a_scope_allows_its_own_routes_and_admin_all(service: Closed) -> None:
    requests = {
        "read": ("GET", "/resolve/P13232"),
        "convert": ("POST", "/convert"),
        "live": ("POST", "/check"),
        "metrics": ("GET", "/metrics"),
        "admin": ("POST", "/stale/omim:1"),
    }
    for scope in requests:
        headers = service.make(scope)
        for needed, (method, path) in requests.items():
            response = service.client.request(method, path, headers=headers, json=["TP53"])
            if needed == scope or scope == "admin":
                assert response.json().get("code") != "scope_missing" if "json" in str(response.headers) else True
                assert response.status_code != 401
            else:
                _is_problem(response, 403, "scope_missing")
                assert f'scope="{needed}"' in response.headers["www-authenticate"]
    response = service.client.get("/resolve/P13232?live=true", headers=service.make("read"))
    _is_problem(response, 403, "scope_missing")
    assert response.json()["detail"].endswith("scope live")


def test_an_admin_reviews_marks_from_everywhere(service: Closed) -> None:
    sent = {"action": "acknowledge", "by": "me", "reason": "known"}
    headers = service.make("admin") | {"x-forwarded-for": "192.0.2.1"}
    response = service.client.post("/stale/omim:1", json=sent, headers=headers)
    assert response.json()["code"] != "loopback_only"


def test_every_route_that_changes_something_or_takes_a_table_needs_more_than_read(resolver: Resolver) -> None:
    described = create_app(lambda: resolver).openapi()["paths"]
    reading = {"/resolve", "/diff"}  # lists in a body
    for path, methods in described.items():
        for method in methods:
            scope = {"method": method.upper(), "path": path, "query_string": b"", "root_path": ""}
            if method != "get" and path not in reading and not path.startswith("/v3"):
                assert find_needed(scope) != (Scope.READ,), f"{method} {path}"


def test_an_answer_that_needed_a_key_is_in_no_shared_cache(service: Closed, resolver: Resolver) -> None:
    response = service.client.get("/resolve/P13232", headers=service.make("read"))
    assert response.headers["cache-control"].startswith("private")
    with served(create_app(lambda: resolver)) as opened:
        assert opened.get("/resolve/P13232").headers["cache-control"].startswith("public")


# --- Limits -------------------------------------------------------------------------------------------------------


def test_an_address_has_a_rate_and_is_informed_of_it(resolver: Resolver) -> None:
    access = Access(rate_limit="3/minute", limiter=RateLimiter(clock=lambda: 1_000_000.0))
    with served(create_app(lambda: resolver, access=access)) as client:
        for left in (2, 1, 0):
            response = client.get("/resolve/P13232")
            assert response.status_code == 200
            assert response.headers["ratelimit-policy"] == '"minute";q=3;w=60'
            assert response.headers["ratelimit"] == f'"minute";r={left};t=60'
        refused = client.get("/resolve/P13232")
        _is_problem(refused, 429, "rate_limited")
        assert refused.headers["retry-after"] == "60"
        assert refused.headers["ratelimit"] == '"minute";r=0;t=60'
        assert client.get("/healthz").status_code == 200


def test_a_key_has_its_own_rate_and_day(resolver: Resolver, tmp_path: Path) -> None:
    with closed(resolver, tmp_path, rate_limit="1/hour") as service:
        own, common = service.make("read", rate="1000/second"), service.make("read")
        assert [service.client.get("/about", headers=own).status_code for _ in range(5)] == [200] * 5
        assert [service.client.get("/about", headers=common).status_code for _ in range(2)] == [200, 429]
        daily = service.make("read", rate="1000/second", daily=2)
        responses = [service.client.get("/about", headers=daily) for _ in range(3)]
        assert [response.headers["ratelimit"].split(";")[1] for response in responses] == ["r=1", "r=0", "r=0"]
        _is_problem(responses[2], 429, "quota_exceeded")
        assert 0 < int(responses[2].headers["retry-after"]) <= 86_400


def test_many_wrong_keys_of_an_address_are_refused_unread(service: Closed) -> None:
    right, new = service.make("read"), service.make("read")
    assert service.client.get("/about", headers=right).status_code == 200
    codes = [
        service.client.get("/about", headers={"x-api-key": f"wrong {number}"}).json()["code"] for number in range(22)
    ]
    assert codes == ["key_invalid"] * 20 + ["rate_limited"] * 2
    _is_problem(service.client.get("/about", headers=new), 429, "rate_limited")
    assert service.client.get("/about", headers=right).status_code == 200, "it was verified before"


# --- The command --------------------------------------------------------------------------------------------------


def test_a_service_whose_keys_are_made_by_the_command(data_dir: Path, tmp_path: Path) -> None:
    variables = {"RESOLVER_ACCESS": "keys", "RESOLVER_LEDGER_URL": f"sqlite:///{tmp_path / 'ledger.db'}"}
    headers = {}
    with running(data_dir, "--workers", "2", variables=variables) as service:
        with closing(KeyTable(variables["RESOLVER_LEDGER_URL"])) as table:
            text, key = create_key(table, "test", ["read", "metrics"])
        headers = {"authorization": f"Bearer {text}"}
        assert service.client.get("/resolve/P13232").status_code == 401
        assert service.client.get("/resolve/P13232", headers=headers).status_code == 200
        for _ in range(20):
            with httpx.Client(base_url=service.client.base_url, headers=headers) as other:  # of either process
                assert other.get("/resolve/P13232").status_code == 200
        lines = service.client.get("/metrics", headers=headers).text.splitlines()
        counted = 'gene_xref_http_requests_total{method="GET",route="/resolve/{identifier:path}",status="200"} 21.0'
        assert counted in lines
        assert "gene_xref_workers 2.0" in lines
        with closing(KeyTable(variables["RESOLVER_LEDGER_URL"])) as table:
            revoke_key(table, key.id)
        time.sleep(3.1)
        assert service.client.get("/resolve/P13232", headers=headers).status_code == 401


def test_an_open_service_on_other_addresses_warns_in_one_sentence(data_dir: Path) -> None:
    for variables, warned in ({}, 1), ({"RESOLVER_ACCESS": "open"}, 0), ({"RESOLVER_ACCESS": "keys"}, 0):
        with running(data_dir, "--host", "0.0.0.0", variables=variables) as service:  # noqa: S104
            lines = service.log.read_text(encoding="utf-8").splitlines()
            assert len([line for line in lines if "RESOLVER_ACCESS=keys" in line]) == warned
