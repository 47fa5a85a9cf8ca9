"""A conversion that fails after its first rows were sent: the connection breaks off at once, and nothing is left."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.api.conversions import ROWS, SMALL, large, small_disk
from tests.serving import Running, running

# The bad row comes when 4 MiB of the result were sent and most of the body was not.
BAD_ROW = large(600_000) + b"one,cell,more\n" + ROWS * 350_000
# What the process may take to end after its error is reported, and the connection after that.
_BROKEN_OFF_S = 2.0
_LONG = pytest.mark.long


@contextmanager
def _converting(service: Running, body: bytes) -> Iterator[socket.socket]:
    """Give a connection over which a table is being sent, whether or not the answer is read."""
    head = f"POST /convert?to=ncbigene HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"

    def send() -> None:
        with suppress(OSError):  # broken off
            connection.sendall(head.encode() + body)

    with socket.create_connection(service.address, timeout=60) as connection:
        sending = threading.Thread(target=send)
        sending.start()
        yield connection
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        sending.join()


def _measure_break(service: Running, connection: socket.socket) -> tuple[bytes, float]:
    """Return what was received until the connection broke off, and how long after the end of the process that was."""
    ended = threading.Event()
    times = []

    def watch() -> None:
        while not service.list_workers():
            time.sleep(0.02)
        while service.list_workers():
            time.sleep(0.02)
        times.append(time.monotonic())
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    received = bytearray()
    with suppress(ConnectionError):
        while part := connection.recv(1 << 20):
            received += part
    broken_off = time.monotonic()
    assert ended.wait(_BROKEN_OFF_S), "the process goes on"
    return bytes(received), broken_off - times[0]


@pytest.fixture(scope="module")
def service(data_dir: Path) -> Iterator[Running]:
    with running(data_dir) as opened:
        yield opened


@pytest.mark.parametrize("run", [0, *(pytest.param(number, marks=_LONG) for number in range(1, 50))])
def test_a_bad_row_in_the_middle_breaks_the_connection_off(service: Running, run: int) -> None:
    del run
    with _converting(service, BAD_ROW) as connection:
        received, seconds = _measure_break(service, connection)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n0\r\n\r\n" not in received[-16:]  # a part never ends like a whole table
    assert seconds < _BROKEN_OFF_S
    assert service.client.post("/convert", content=SMALL).status_code == 200


def test_a_client_that_closes_its_connection_after_the_whole_table_aborts_nothing(service: Running) -> None:
    before = service.log.read_text(encoding="utf-8").count("is aborted")
    for _ in range(5):
        answer = service.client.post("/convert?to=ncbigene", content=large(20_000), headers={"connection": "close"})
        assert (answer.status_code, answer.text.count("\n")) == (200, 20_001)
    time.sleep(0.5)  # such a line would come after the answer
    assert service.log.read_text(encoding="utf-8").count("is aborted") == before


def test_a_client_that_does_not_read_is_broken_off_too(service: Running) -> None:
    handles = service.count_handles()
    with _converting(service, BAD_ROW):
        _until(lambda: bool(service.list_workers()))
        _until(lambda: not service.list_workers())
        # The file of the result and the pipes are gone; the connection is as long as its last part is not read.
        _until(lambda: service.count_handles() <= handles + 1, _BROKEN_OFF_S)


@pytest.mark.parametrize("run", [0, *(pytest.param(number, marks=_LONG) for number in range(1, 10))])
def test_a_full_disk_in_the_middle_breaks_the_connection_off(data_dir: Path, tmp_path: Path, run: int) -> None:
    del run
    with (
        small_disk(tmp_path / "disk", megabytes=8) as disk,
        running(data_dir, variables={"TMPDIR": str(disk)}) as service,
    ):
        with _converting(service, large(2_000_000)) as connection:
            received, seconds = _measure_break(service, connection)
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        assert seconds < _BROKEN_OFF_S
        assert "disk of the service is full" in service.log.read_text(encoding="utf-8")
        assert list(disk.iterdir()) == []
        assert service.client.post("/convert", content=SMALL).status_code == 200


def _until(is_so: object, seconds: float = 30) -> None:
    assert callable(is_so)
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not become so"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "path", ["/resolve", "/diff", "/v3/query", "/v3/gene", "/check", "/convert?to=symbol", "/convert/jobs?to=symbol"]
)
def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error(service: Running, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\nIL7\n"
    with socket.create_connection(service.address, timeout=60) as connection:
        connection.sendall(head.encode())
        time.sleep(0.5)
    time.sleep(0.5)
    assert service.client.get("/healthz").status_code == 200
    assert "Traceback" not in service.log.read_text(encoding="utf-8")
