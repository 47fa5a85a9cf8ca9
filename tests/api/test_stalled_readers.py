"""Clients that stop to read their answer: they are disconnected, and nothing of theirs is left."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.api.conversions import await_end, large
from tests.releases import copy_data_dir
from tests.serving import Running, running

_VARIABLES = {"RESOLVER_ANSWER_IDLE_S": "2", "RESOLVER_CONVERT_AT_ONCE": "1"}
_ROWS = 400_000  # more than what the system buffers of both ends


@pytest.fixture(scope="module")
def service(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(copy_data_dir(data_dir, tmp_path_factory.mktemp("stalled")), variables=_VARIABLES) as opened:
        yield opened


def _request(service: Running, head: str, body: bytes = b"", *, buffer: int = 4096) -> socket.socket:
    """Send a request over a connection that takes so little before it is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(60)
    connection.connect(service.address)
    fields = f"Host: x\r\nContent-Length: {len(body)}\r\nContent-Type: text/csv\r\n\r\n"
    connection.sendall(f"{head} HTTP/1.1\r\n{fields}".encode() + body)
    return connection


def _read_on(connection: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while part := connection.recv(1 << 20):
            received += part
    return bytes(received)


def _await_handles(service: Running, most: int) -> None:
    until = time.monotonic() + 60
    while service.count_handles() > most:
        assert time.monotonic() < until, f"{service.count_handles()} handles are open, {most} were"
        time.sleep(0.1)


def _list_body() -> bytes:
    return json.dumps(["IL7"] * 2_000).encode()


_LONG = pytest.mark.long


@pytest.mark.parametrize(
    "kind", ["list", pytest.param("conversion", marks=_LONG), pytest.param("result of a job", marks=_LONG)]
)
def test_a_client_that_stops_to_read_is_disconnected(service: Running, kind: str) -> None:
    assert service.client.post("/convert?to=symbol", content=large(20_000)).status_code == 200  # all is loaded
    head, body = "POST /convert?to=symbol", large(_ROWS)
    if kind == "list":
        head, body = "POST /resolve", _list_body()
    elif kind == "result of a job":
        job = service.client.post("/convert/jobs?to=symbol", content=large(_ROWS)).headers["location"]
        assert await_end(service.client, job, seconds=120)["state"] == "done"
        head, body = f"GET {job}/result", b""
    before = service.count_handles()
    with _request(service, head, body) as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
        _await_handles(service, before)
        assert not service.list_workers()
        received = _read_on(connection)  # what the system had buffered
    assert b"\r\n0\r\n\r\n" not in received[-20:]
    # The seat is free: there is one.
    assert service.client.post("/convert?to=symbol", content=large(20_000)).status_code == 200


def test_the_end_of_an_answer_that_is_not_read_does_not_keep_the_connection(service: Running) -> None:
    before = service.count_handles()
    with _request(service, "GET /resolve/TP53?explain=true") as connection:
        for _ in range(40):  # the answers fill the buffers; the last ones are complete and wait to be sent
            with suppress(ConnectionError):
                connection.sendall(b"GET /resolve/TP53?explain=true HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        assert service.count_handles() > before
        _await_handles(service, before)


@pytest.mark.long
def test_a_client_that_reads_slowly_gets_all(service: Running) -> None:
    body = _list_body()
    whole = service.client.post("/resolve", content=body).content
    with _request(service, "POST /resolve", body, buffer=1 << 17) as connection:
        began_at, received = time.monotonic(), bytearray()
        while time.monotonic() - began_at < 7:  # several times the time of a check
            received += connection.recv(4096)
            time.sleep(0.02)
        connection.settimeout(60)
        while not received.endswith(b"\r\n0\r\n\r\n"):
            part = connection.recv(1 << 20)
            assert part, "the connection was closed"
            received += part
    assert len(received) > len(whole)
