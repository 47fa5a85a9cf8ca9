"""Slow clients and many connections: what they get, and that others are answered on."""

from __future__ import annotations

import re
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from resolver.api.layers.request_bodies import RequestBodies
from resolver.app.http_options import HttpOptions
from resolver.errors import TooSlow
from tests.api.conversions import SMALL, large
from tests.serving import Running, running

_VARIABLES = {
    "RESOLVER_HEADER_TIMEOUT_S": "2",
    "RESOLVER_BODY_IDLE_S": "2",
    "RESOLVER_BODY_MAX_MINUTES": "0.1",
    "RESOLVER_CONNECTIONS": "8",
    "RESOLVER_KEEP_ALIVE_S": "2",
}
_POST = "POST /convert?to=symbol HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 900000\r\n\r\ngene\n"


@pytest.fixture(scope="module")
def service(data_dir: Path) -> Iterator[Running]:
    with running(data_dir, variables=_VARIABLES) as opened:
        yield opened


def _open(service: Running, sent: str = "") -> socket.socket:
    connection = socket.create_connection(service.address, timeout=60)
    connection.sendall(sent.encode())
    return connection


def _read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while part := connection.recv(65_536):
            received += part
    return bytes(received)


# --- Bodies -------------------------------------------------------------------------------------------------------


def test_two_drips_do_not_keep_the_conversions_busy(service: Running) -> None:
    def drip(connection: socket.socket) -> None:
        with suppress(OSError):
            for _ in range(60):
                time.sleep(1)
                connection.sendall(b"I")

    with _open(service, _POST) as first, _open(service, _POST) as second:
        for connection in (first, second):
            threading.Thread(target=drip, args=(connection,), daemon=True).start()
        time.sleep(0.5)
        assert service.client.post("/convert?to=symbol", content=large(100_000)).status_code == 429
        for connection in (first, second):
            received = _read_all(connection)  # 0.1 minutes are over
            assert received.startswith(b"HTTP/1.1 408"), received
            assert b"connection: close" in received.lower()
            assert b'"code":"too_slow"' in received
        assert service.client.post("/convert?to=symbol", content=large(100_000)).status_code == 200


@pytest.mark.parametrize("path", ["/resolve", "/convert?to=symbol", "/convert/jobs?to=symbol", "/check", "/diff"])
def test_a_body_that_stops_is_refused(service: Running, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 900\r\n\r\nIL7"
    with _open(service, head) as connection:
        assert _read_all(connection).startswith((b"HTTP/1.1 408", b"HTTP/1.1 403"))  # live checks are switched off


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _receive_slowly(rate: float, options: HttpOptions, *, parts: int = 60) -> float:
    """Receive a part a second and return when the last one came; raises TooSlow."""
    clock = _Clock()

    async def receive() -> dict[str, object]:
        clock.now += 1
        return {"type": "http.request", "body": b"x" * int(rate), "more_body": clock.now < parts}

    async def app(scope: object, receive: object, send: object) -> None:
        assert callable(receive)
        while (await receive())["more_body"]:
            pass

    async def send(message: object) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    await RequestBodies(app, options, clock)(scope, receive, send)
    return clock.now


@pytest.mark.parametrize(
    ("rate", "options", "said"),
    [
        (1, HttpOptions(), "1,024 bytes a second"),
        (1_000, HttpOptions(), "1,024 bytes a second"),
        (1_100, HttpOptions(), None),
        (1, HttpOptions(body_min_rate=0), None),
        (10_000, HttpOptions(body_max_s=30), "within 0.5 minutes"),
    ],
)
def test_a_body_needs_a_least_rate_and_an_end(rate: float, options: HttpOptions, said: str | None) -> None:
    import asyncio

    if said is None:
        assert asyncio.run(_receive_slowly(rate, options)) == 60
    else:
        with pytest.raises(TooSlow, match=re.escape(said)):
            asyncio.run(_receive_slowly(rate, options))


# --- Headers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", ["", "GET /heal", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n"])
def test_headers_that_do_not_arrive_close_the_connection(service: Running, sent: str) -> None:
    began_at = time.monotonic()
    with _open(service, sent) as connection:
        assert _read_all(connection) == b""
    assert 1 < time.monotonic() - began_at < 10


def test_headers_that_drip_close_the_connection(service: Running) -> None:
    began_at = time.monotonic()
    with _open(service, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ") as connection, suppress(ConnectionError):
        while time.monotonic() - began_at < 20:
            connection.sendall(b"b")
            time.sleep(0.2)
    assert time.monotonic() - began_at < 10


def test_the_second_request_of_a_connection_has_the_limit_too(service: Running) -> None:
    with _open(service, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /hea")
        began_at = time.monotonic()
        assert _read_all(connection).count(b"HTTP/1.1") == 0
        assert time.monotonic() - began_at < 10


# --- Connections --------------------------------------------------------------------------------------------------


def test_a_connection_too_many_gets_503_and_when_to_come_back(service: Running) -> None:
    head = "GET /{} HTTP/1.1\r\nHost: x\r\n\r\n"
    time.sleep(3)  # earlier connections are closed
    with ExitStack() as opened:
        for _ in range(8):
            opened.enter_context(_open(service, _POST))
        with _open(service, head.format("resolve/IL7")) as connection:
            received = _read_all(connection)
        assert received.startswith(b"HTTP/1.1 503"), received
        assert b"retry-after: 5" in received
        assert b'"code":"too_many_connections"' in received
        with _open(service, head.format("healthz")) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    time.sleep(0.5)
    assert service.client.get("/resolve/IL7").status_code == 200


def test_far_too_many_connections_are_closed_at_once(service: Running) -> None:
    with ExitStack() as opened:
        connections = [opened.enter_context(_open(service)) for _ in range(90)]
        assert _read_all(connections[-1]).startswith(b"HTTP/1.1 503")
    time.sleep(0.5)
    assert service.client.get("/resolve/IL7").status_code == 200


def test_without_file_handles_the_service_answers_503_and_goes_on(data_dir: Path) -> None:
    with running(data_dir) as service:
        assert service.client.post("/convert?to=symbol", content=large(20_000)).status_code == 200
        job = service.client.post("/convert/jobs?to=symbol", content=SMALL)
        assert job.status_code == 202
        time.sleep(3)
        process = service.process.pid
        limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
        numbers = [int(path.name) for path in Path(f"/proc/{process}/fd").iterdir()]
        for most in range(max(numbers) + 1, max(numbers) + 8):
            resource.prlimit(process, resource.RLIMIT_NOFILE, (most, limits[1]))
            for path, body in (("/convert?to=symbol", large(20_000)), ("/convert/jobs?to=symbol", SMALL)):
                answer = service.client.post(path, content=body)
                assert answer.status_code in {200, 202, 503}, service.log.read_text(encoding="utf-8")
                if answer.status_code == 503:
                    assert answer.json()["code"] in {"out_of_handles", "ledger_unreachable"}, answer.text
                    assert answer.json()["code"] == "ledger_unreachable" or answer.headers["retry-after"]
            assert service.client.get("/resolve/IL7").status_code == 200
        resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
        for _ in range(4):  # no place of a conversion is lost
            assert service.client.post("/convert?to=symbol", content=large(20_000)).status_code == 200
        assert "Traceback" not in service.log.read_text(encoding="utf-8")


# --- Addresses and headers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (f"GET /resolve/{'a' * 66_000} HTTP/1.1\r\nHost: x\r\n\r\n", 414, "address_too_long"),
        (f"GET /resolve/{'a' * 200_000}", 414, "address_too_long"),
        (f"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: {'a' * 66_000}\r\n\r\n", 431, "headers_too_long"),
        (f"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: {'a' * 200_000}", 431, "headers_too_long"),
        ("HELO x\r\n\r\n", 400, "http_error"),
    ],
)
def test_an_address_or_headers_over_the_limit_are_refused(service: Running, sent: str, status: int, code: str) -> None:
    with _open(service) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent.encode())
        received = _read_all(connection)
    assert received.startswith(f"HTTP/1.1 {status} ".encode()), received
    assert b"content-type: application/problem+json" in received
    assert f'"code":"{code}"'.encode() in received
    assert b"connection: close" in received.lower()


def test_a_long_address_within_the_limit_is_answered(service: Running) -> None:
    ids = ",".join(["IL7"] * 10_000)
    assert service.client.get(f"/diff?ids={ids}").status_code == 404  # there is one release only
