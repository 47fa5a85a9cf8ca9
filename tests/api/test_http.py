"""HTTP itself: methods, negotiation, compression of answers and bodies, other origins, proxies, sockets."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import zstandard

from resolver.api.app import create_app
from resolver.app.http_options import HttpOptions
from resolver.resolve.resolver import Resolver
from tests.api.conversions import SMALL, large, serving
from tests.serving import end, environment_of, running, served

_TEXT = {"content-type": "text/plain"}


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as (opened, _):
        yield opened


# --- Methods ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/resolve/IL7", "GET, HEAD"),
        ("GET", "/resolve", "POST"),
        ("PUT", "/diff", "GET, HEAD, POST"),
        ("POST", "/stale", "GET, HEAD"),
        ("PUT", "/stale/uniprot:P13232", "GET, HEAD, POST"),
        ("PATCH", "/convert/jobs/x", "DELETE, GET, HEAD"),
        ("POST", "/about", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_allowed_gets_those_that_are(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path",
    ["/resolve/IL7", "/gene/IL7", "/about", "/namespaces", "/sources", "/healthz", "/readyz", "/search?q=il7", "/stale",
     "/history/MUM1", "/orthologs/IL7", "/metrics", "/docs", "/openapi.json", "/", "/nope", "/resolve/nonsense!!"],
)  # fmt: skip
def test_head_is_answered_as_get_is_without_a_body(client: httpx.Client, path: str) -> None:
    headers = {"accept-encoding": "identity"}
    head, got = client.head(path, headers=headers), client.get(path, headers=headers)
    assert (head.status_code, head.content) == (got.status_code, b"")
    names = ["content-type", "etag", "x-release", "location"]
    if path != "/metrics":  # which counts these requests
        names.append("content-length")
    assert {name: head.headers.get(name) for name in names} == {name: got.headers.get(name) for name in names}
    assert client.get("/healthz").status_code == 200  # over the same connection


# --- Negotiation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["image/png", "text/csv", "application/xml", "application/json;q=0", "text/plain"])
def test_what_a_client_does_not_accept_is_a_406(client: httpx.Client, accept: str) -> None:
    for method, path in (("GET", "/resolve/IL7"), ("GET", "/about"), ("POST", "/diff")):
        answer = client.request(method, path, headers={"accept": accept}, json=["IL7"] if method == "POST" else None)
        if path == "/diff" and answer.status_code == 404:  # one release
            continue
        assert answer.status_code == 406, path
        assert answer.json()["code"] == "not_acceptable"
        assert "application/json" in answer.json()["hint"]


@pytest.mark.parametrize(
    "accept",
    ["*/*", "text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json", "",
     "application/*", "application/json, text/plain", "nonsense", "APPLICATION/JSON", "application/json;q=x"],
)  # fmt: skip
def test_what_a_client_accepts_is_json(client: httpx.Client, accept: str) -> None:
    for path in ("/resolve/IL7", "/gene/hgnc:6023", "/stale", "/about"):
        answer = client.get(path, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), path


def test_an_error_is_a_problem_whatever_is_accepted(client: httpx.Client) -> None:
    assert client.get("/resolve/nonsense!!", headers={"accept": "text/csv"}).status_code == 422
    assert (
        client.get("/metrics", headers={"accept": "application/openmetrics-text, text/plain;q=0.5"}).status_code == 200
    )
    assert client.get("/stale/feed", headers={"accept": "application/xml"}).status_code == 200


_QUERIES = ["IL7", "TP53", "nonsense!!", "NR2E1, x"]


@pytest.mark.parametrize(("accept", "delimiter"), [("text/csv", ","), ("text/tab-separated-values", "\t")])
def test_lists_are_answered_as_a_table(client: httpx.Client, accept: str, delimiter: str) -> None:
    answer = client.post("/resolve?to=ncbigene,uniprot", json=_QUERIES, headers={"accept": accept})
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text), delimiter=delimiter))
    assert list(dict.fromkeys(row["query"] for row in rows)) == _QUERIES
    (human,) = [row for row in rows if row["query"] == "IL7" and row["species"] == "human"]
    assert (human["ncbigene"], human["symbol"], human["outcome"]) == ("3574", "IL7", "resolved")


def test_the_preferred_type_of_a_list_is_sent(client: httpx.Client) -> None:
    def kind(accept: str, **sent: object) -> str:
        answer = client.post("/resolve", headers={"accept": accept, **_TEXT}, content="IL7\n")
        return str(answer.headers["content-type"]).partition(";")[0]

    assert kind("*/*") == "application/x-ndjson"
    assert kind("application/json") == "application/json"
    assert kind("text/csv;q=0.5, application/json") == "application/json"
    assert kind("application/jsonl") == "application/x-ndjson"
    assert kind("text/csv, */*;q=0.1") == "text/csv"
    assert client.post("/resolve", json=["IL7"], headers={"accept": "image/png"}).status_code == 406


def test_a_charset_of_a_body_is_read(client: httpx.Client) -> None:
    def send(charset: str, body: bytes, kind: str = "text/plain") -> httpx.Response:
        return client.post("/resolve", content=body, headers={"content-type": f"{kind}; charset={charset}"})

    assert json.loads(send("utf-16", "IL7\n".encode("utf-16")).text.splitlines()[0])["outcome"] == "resolved"
    assert json.loads(send("latin-1", b"caf\xe9").text.splitlines()[0])["query"] == "café"
    assert send("utf-16-le", '["IL7"]'.encode("utf-16-le"), "application/json").json()["answers"][0]["query"] == "IL7"
    for unknown in ("rot13", "klingon", "base64"):
        answer = send(unknown, b"IL7")
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")
    table = "gene;note\nIL7;café\n"
    headers = {"content-type": "text/csv; charset=cp1252"}
    assert client.post("/convert?to=symbol", content=table.encode("cp1252"), headers=headers).text.startswith(
        "gene;note;symbol"
    )
    assert "café" in client.post("/convert?to=symbol", content=table.encode("cp1252"), headers=headers).text


def test_texts_have_a_charset(client: httpx.Client) -> None:
    for answer in (
        client.post("/convert?to=symbol", content=SMALL),
        client.post("/convert?to=symbol", content=large(2_000)),
        client.get("/stale?format=csv"),
        client.get("/metrics"),
        client.get("/gene/hgnc:6023?format=text"),
        client.get("/docs"),
    ):
        assert answer.headers["content-type"].lower().endswith("charset=utf-8"), answer.url


# --- Compressed answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "br"),
     ("*", "zstd"), ("zstd;q=0, gzip", "gzip"), ("deflate", None), ("identity", None), ("", None)],
)  # fmt: skip
def test_an_answer_is_compressed_as_the_client_accepts_it(
    client: httpx.Client, accepted: str, encoding: str | None
) -> None:
    plain = client.get("/resolve/TP53", headers={"accept-encoding": "identity"})
    with client.stream("GET", "/resolve/TP53", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert "accept-encoding" in answer.headers.get("vary", "").lower()
    assert answer.headers["etag"] == plain.headers["etag"]
    if encoding is None:
        assert raw == plain.content
    else:
        assert len(raw) < len(plain.content) / 4
        assert client.get("/resolve/TP53", headers={"accept-encoding": accepted}).content == plain.content


def test_a_long_list_is_compressed_as_it_streams(client: httpx.Client) -> None:
    body = "\n".join(["IL7", "TP53", "P04637"] * 200)
    plain = client.post("/resolve", content=body, headers=_TEXT | {"accept-encoding": "identity"})
    for accepted in ("gzip", "br", "zstd"):
        headers = _TEXT | {"accept-encoding": accepted}
        with client.stream("POST", "/resolve", content=body, headers=headers) as answer:
            parts = list(answer.iter_raw(4096))
        assert sum(map(len, parts)) < len(plain.content) / 5
        assert client.post("/resolve", content=body, headers=headers).content == plain.content


def test_a_converted_table_is_compressed_as_it_streams(client: httpx.Client) -> None:
    for rows in (100, 60_000):
        plain = client.post("/convert?to=symbol", content=large(rows), headers={"accept-encoding": "identity"})
        packed = client.post("/convert?to=symbol", content=large(rows), headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content


def test_an_answer_that_is_small_or_packed_already_is_not_compressed(client: httpx.Client) -> None:
    assert "content-encoding" not in client.get("/healthz").headers
    table = client.post("/convert?to=symbol&format=parquet", content=large(2_000))
    assert "content-encoding" not in table.headers


# --- Compressed bodies --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_compressed_body_is_read(client: httpx.Client, encoding: str, pack: object) -> None:
    assert callable(pack)
    headers = _TEXT | {"content-encoding": encoding}
    body = b"IL7\n" * 50_000
    plain = client.post("/resolve?fields=outcome", content=body, headers=_TEXT)
    assert client.post("/resolve?fields=outcome", content=pack(body), headers=headers).content == plain.content
    two = pack(b"IL7\n") + pack(b"TP53\n")
    assert len(client.post("/resolve", content=two, headers=headers).text.splitlines()) == 3
    expected = client.post("/convert?to=symbol", content=large(60_000)).content
    packed = pack(large(60_000))
    assert client.post("/convert?to=symbol", content=packed, headers={"content-encoding": encoding}).content == expected
    assert client.post("/convert?to=symbol", content=packed).content == expected  # a packed file, as before


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_a_bomb_is_refused(client: httpx.Client, encoding: str, pack: object) -> None:
    assert callable(pack)
    bomb = pack(b" " * (300 << 20))
    assert len(bomb) < 1 << 20
    answer = client.post("/resolve", content=bomb, headers=_TEXT | {"content-encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "nonsense"])
def test_another_coding_is_a_415_with_those_that_are_read(client: httpx.Client, encoding: str) -> None:
    answer = client.post("/resolve", content=b"IL7", headers=_TEXT | {"content-encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")
    assert answer.headers["accept-encoding"] == "gzip, zstd"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "body",
    [b"IL7\n", gzip.compress(b"IL7\n" * 99, mtime=0)[:-4], zstandard.compress(b"IL7\n" * 99)[:-4]],
    ids=["plain", "gzip", "zstd"],
)
def test_a_body_that_is_not_what_it_says_is_a_422(client: httpx.Client, encoding: str, body: bytes) -> None:
    answer = client.post("/resolve", content=body, headers=_TEXT | {"content-encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input"), answer.text


# --- Other origins ------------------------------------------------------------------------------------------------

_ORIGIN = {"origin": "https://genes.example.org"}
_PREFLIGHT = _ORIGIN | {"access-control-request-method": "GET", "access-control-request-headers": "x-request-id"}


def test_any_origin_may_read_answers_to_get_without_credentials(client: httpx.Client) -> None:
    for path in ("/resolve/IL7", "/resolve/nonsense!!", "/nope", "/about"):
        answer = client.get(path, headers=_ORIGIN)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "x-release" in answer.headers["access-control-expose-headers"].lower()
    preflight = client.options("/resolve/IL7", headers=_PREFLIGHT)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD"


def test_other_methods_get_no_permission(client: httpx.Client) -> None:
    assert "access-control-allow-origin" not in client.post("/resolve", json=["IL7"], headers=_ORIGIN).headers
    preflight = client.options("/resolve", headers=_PREFLIGHT | {"access-control-request-method": "POST"})
    assert preflight.status_code == 400


def test_origins_can_be_named_and_switched_off(resolver: Resolver) -> None:
    named = HttpOptions(cors_origins=("https://genes.example.org",))
    with served(create_app(lambda: resolver, http=named)) as client:
        assert client.get("/about", headers=_ORIGIN).headers["access-control-allow-origin"] == _ORIGIN["origin"]
        assert "access-control-allow-origin" not in client.get("/about", headers={"origin": "https://x.org"}).headers
    with served(create_app(lambda: resolver, http=HttpOptions(cors_origins=()))) as client:
        assert "access-control-allow-origin" not in client.get("/about", headers=_ORIGIN).headers
        assert client.options("/about", headers=_PREFLIGHT).status_code == 405


# --- Proxies and sockets ------------------------------------------------------------------------------------------


def test_a_service_behind_a_proxy_knows_its_prefix_and_scheme(data_dir: Path) -> None:
    variables = {"RESOLVER_TRUSTED_PROXIES": "127.0.0.0/8"}
    with running(data_dir, "--root-path", "/genes/", variables=variables) as service:
        assert service.client.get("/openapi.json").json()["servers"] == [{"url": "/genes"}]
        headers = {"x-forwarded-proto": "https", "host": "genes.example.org"}
        feed = service.client.get("/stale/feed", headers=headers).text
        assert 'href="https://genes.example.org/genes/stale/feed"' in feed
        assert service.client.get("/resolve/IL7").status_code == 200
        home = service.client.get("/").text
        assert 'href="/genes/docs"' in home
        assert re.search(r'(?:href|src|action)="/(?!genes/)', home) is None


def test_a_proxy_that_is_not_trusted_is_not_believed(data_dir: Path) -> None:
    with running(data_dir, variables={"RESOLVER_TRUSTED_PROXIES": "10.0.0.1"}) as service:
        headers = {"x-forwarded-proto": "https", "host": "genes.example.org"}
        assert 'href="http://genes.example.org/stale/feed"' in service.client.get("/stale/feed", headers=headers).text


def test_the_addresses_of_jobs_have_the_prefix(data_dir: Path) -> None:
    with running(data_dir, "--root-path", "/genes") as service:
        answer = service.client.post("/convert/jobs?to=symbol", content=SMALL)
        assert answer.headers["location"].startswith("/genes/convert/jobs/")
        assert answer.json()["links"]["self"] == answer.headers["location"]


def test_keep_alive_is_set(data_dir: Path) -> None:
    with (
        running(data_dir, variables={"RESOLVER_KEEP_ALIVE_S": "1"}) as service,
        socket.create_connection(service.address, timeout=20) as connection,
    ):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        began_at = time.monotonic()
        while connection.recv(4096):
            pass
        assert 0.5 < time.monotonic() - began_at < 5


@pytest.mark.parametrize("workers", [1, 2])
def test_a_unix_socket_is_served_and_removed(data_dir: Path, tmp_path: Path, workers: int) -> None:
    path = tmp_path / "resolver.sock"
    command = [sys.executable, "-m", "resolver", "serve", "--unix-socket", str(path), "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment_of(data_dir), stderr=subprocess.DEVNULL)
    try:
        _until_listening(path)
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://localhost", timeout=60) as client:
            assert client.get("/resolve/P13232").status_code == 200
            body = {"action": "dismiss", "reason": "x"}
            assert client.post("/stale/uniprot:P13232", json=body).status_code == 403  # it may come from a proxy
    finally:
        end(process)
    assert not path.exists()


def test_a_unix_socket_that_was_left_is_replaced(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "resolver.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))
    command = [sys.executable, "-m", "resolver", "serve", "--unix-socket", str(path)]
    process = subprocess.Popen(command, env=environment_of(data_dir), stderr=subprocess.DEVNULL)
    try:
        _until_listening(path)
    finally:
        end(process)


def _until_listening(path: Path) -> None:
    until = time.monotonic() + 60
    while True:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
            try:
                tried.connect(str(path))
            except OSError:
                assert time.monotonic() < until, "nobody listens"
                time.sleep(0.1)
            else:
                return
