"""SIGTERM ends the service within its grace, whatever clients do; a worker that does not end is killed."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.api.conversions import await_state, large
from tests.serving import Running, list_children, running

_GRACE_S = 3.0
_VARIABLES = {"RESOLVER_STOP_GRACE_S": str(_GRACE_S), "RESOLVER_JOBS_AT_ONCE": "1"}
_BUSY_S = 3.0  # what a busy machine takes besides


def _send(service: Running, head: str, body: bytes = b"") -> socket.socket:
    connection = socket.create_connection(service.address, timeout=60)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(head.encode() + body)
    return connection


def _upload_slowly(service: Running, opened: ExitStack) -> Callable[[], None]:
    """Begin uploads that bring a byte now and then."""
    stop = threading.Event()
    for path in ("/convert?to=symbol", "/resolve", "/convert/jobs?to=symbol"):
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9000000\r\n\r\n"
        connection = opened.enter_context(_send(service, head, b"gene\n"))

        def drip(connection: socket.socket = connection) -> None:
            with suppress(OSError):
                while not stop.wait(0.2):
                    connection.sendall(b"I")

        threading.Thread(target=drip, daemon=True).start()
    opened.callback(stop.set)
    return lambda: None


def _read_nothing(service: Running, opened: ExitStack) -> Callable[[], None]:
    """Request streams, and do not read them."""
    body = b"IL7\n" * 30_000
    head = f"POST /resolve HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    for _ in range(3):
        opened.enter_context(_send(service, head, body))
    opened.enter_context(_send(service, "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"))
    opened.enter_context(_send(service, "GET /resolve/IL"))
    return lambda: None


def _convert(service: Running, opened: ExitStack) -> Callable[[], None]:
    """Convert a table of which nothing is read, and never send its end."""
    body = large(400_000)
    head = f"POST /convert?to=symbol HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    connection = opened.enter_context(_send(service, head))

    def send() -> None:
        with suppress(OSError):
            connection.sendall(body)

    threading.Thread(target=send, daemon=True).start()
    while not any(list_children(parent, "resolver.app.worker") for parent in _processes(service)):
        time.sleep(0.05)
    return lambda: None


def _run_a_job(service: Running, opened: ExitStack) -> Callable[[], None]:
    """Start a job that takes longer than the test."""
    del opened
    answer = service.client.post("/convert/jobs?to=ncbigene,uniprot,ensembl", content=large(2_000_000))
    await_state(service.client, answer.headers["location"], "running")
    return lambda: None


_CLIENTS = {
    "slow uploads": _upload_slowly,
    "slow readers": _read_nothing,
    "a conversion": _convert,
    "a job": _run_a_job,
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("clients", _CLIENTS)
def test_sigterm_ends_the_service_within_its_grace(data_dir: Path, clients: str, workers: int) -> None:
    with ExitStack() as opened, running(data_dir, "--workers", str(workers), variables=_VARIABLES) as service:
        _CLIENTS[clients](service, opened)
        time.sleep(0.5)
        began_at = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        code = service.process.wait(_GRACE_S + 30)
        assert time.monotonic() - began_at < _GRACE_S + _BUSY_S
        assert code in {0, -signal.SIGTERM}
        assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_a_slow_upload_is_told_that_the_service_stops(data_dir: Path) -> None:
    head = "POST /resolve HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9000\r\n\r\nIL7\n"
    with running(data_dir, variables=_VARIABLES) as service, _send(service, head) as connection:
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        received = connection.recv(65_536)
        assert received.startswith(b"HTTP/1.1 503"), received
        assert b"retry-after: " in received
        assert b'"code":"stopping"' in received + connection.recv(65_536)


def test_a_request_that_ends_in_time_is_answered(data_dir: Path) -> None:
    head = "POST /resolve HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nIL7\n"
    with running(data_dir, variables=_VARIABLES | {"RESOLVER_STOP_GRACE_S": "20"}) as service:
        with _send(service, head) as connection:
            time.sleep(0.5)
            service.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            connection.sendall(b"TP53")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert service.process.wait(20) in {0, -signal.SIGTERM}


def test_a_worker_that_hangs_is_killed(data_dir: Path) -> None:
    with running(data_dir, "--workers", "2", variables=_VARIABLES) as service:
        hanging = _processes(service)[-1]
        os.kill(hanging, signal.SIGSTOP)
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(
            _GRACE_S + 5 + _BUSY_S
        )  # it kills the worker at the end of the grace, or after a lost ping
        assert not Path(f"/proc/{hanging}").exists()


def _processes(service: Running) -> list[int]:
    """Return the id of the service, and then those of its workers if it has several."""
    return [service.process.pid, *sorted(list_children(service.process.pid, "spawn_main"))]
