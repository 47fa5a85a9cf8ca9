"""The faults of benchmarks.mixed_load: what happens to the service while it is under load."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import struct
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from resolver.store.release import publish_release
from tests.serving import list_children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.serving import Running

_BYTE_EVERY_S = 2.0
_SLOW = {
    "POST /resolve": "text/plain", "POST /convert?to=symbol": "text/csv", "POST /convert/jobs?to=symbol": "text/csv",
    "GET /resolve/IL7": "",
}  # fmt: skip
# For how long after a fault its traces may be seen: connections of a killed worker, jobs that end late.
_AFTER_S = {"a process is killed": 5.0, "the ledger is locked": 10.0, "the disk is full": 10.0}


class Window(NamedTuple):
    """When a fault was, and for how long its traces may be seen."""

    fault: str
    began_at: float
    ends_at: float


class Faults:
    """What is done to a service, in turns, each followed by a switch to another release."""

    def __init__(self, service: Running, data_dir: Path, releases: list[str], disk: Path | None, table: bytes) -> None:
        self._service = service
        self._data_dir = data_dir
        self._releases = releases
        self._disk = disk
        self._table = table
        self._background: list[threading.Thread] = []
        self.windows: list[Window] = []
        self.done: Counter[str] = Counter()
        self.slow: Counter[str] = Counter()

    def list_workers(self) -> list[int]:
        """Return the ids of the processes that answer."""
        return sorted(list_children(self._service.process.pid, "spawn_main"))

    def happen(self, seconds: float) -> None:
        """Do each fault once in this time."""
        faults = [
            self._kill,
            self._lock,
            self._send_slowly,
            self._vanish,
            *([] if self._disk is None else [self._fill]),
        ]
        pause = seconds / (2 * len(faults) + 1)
        lasts = min(8.0, pause / 2)
        for fault in faults:
            time.sleep(pause)
            fault(lasts)
            time.sleep(pause - lasts)
            self._publish()
        for thread in self._background:
            thread.join(60)
        self._background.clear()

    def explain(self, fault: str, began_at: float, ended_at: float) -> bool:
        """Return whether a request was under way while traces of a fault may be seen."""
        return any(w.fault == fault and began_at <= w.ends_at and ended_at >= w.began_at for w in self.windows)

    def _publish(self) -> None:
        self.done["another release is published"] += 1
        publish_release(self._data_dir, self._releases[self.done["another release is published"] % 2])

    def _kill(self, _: float) -> None:
        killed = self.list_workers()[0]
        with self._noted("a process is killed"):
            os.kill(killed, signal.SIGKILL)

    def _lock(self, seconds: float) -> None:
        ledger = self._data_dir / "ledger.db"
        with self._noted("the ledger is locked"), closing(sqlite3.connect(ledger, timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.rollback()

    def _fill(self, seconds: float) -> None:
        assert self._disk is not None
        filling = self._disk / "filling"
        with self._noted("the disk is full"):
            with suppress(OSError), filling.open("wb", buffering=0) as opened:
                while True:
                    opened.write(bytes(65_536))
            time.sleep(seconds)
            filling.unlink()

    def _send_slowly(self, _: float) -> None:
        """Let clients send a byte every two seconds, until the service ends the connection."""
        self.done["clients that send a byte every 2 s"] += len(_SLOW)
        for line, media_type in _SLOW.items():
            self._in_background(lambda line=line, media_type=media_type: self._drip(line, media_type))  # type: ignore[misc]

    def _drip(self, line: str, media_type: str) -> None:
        head = f"{line} HTTP/1.1\r\nHost: localhost\r\n"
        if media_type:
            head += f"Content-Type: {media_type}\r\nContent-Length: 900000\r\n\r\ngene\n"
        received = b""
        with suppress(OSError), socket.create_connection(self._service.address, timeout=_BYTE_EVERY_S) as connection:
            connection.sendall(head.encode())
            for _ in range(60):
                connection.sendall(b"I")
                try:
                    received = connection.recv(65_536)
                except TimeoutError:
                    continue
                break
        answer = received.split(b" ")[1].decode() if received.startswith(b"HTTP/") else "closed"
        self.slow[f"{line.partition('?')[0]}: {answer}"] += 1

    def _vanish(self, _: float) -> None:
        """Let clients go away in the middle of a body, and in the middle of an answer."""
        conversion = b"POST /convert?to=ensembl&format=csv HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        job = conversion.replace(b"/convert", b"/convert/jobs")
        listed = b"\n".join([b"IL7"] * 5_000)
        query = b"POST /resolve HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
        for head, body in ((conversion, self._table), (job, self._table), (query, listed)):
            for share in (2, 1):
                self.done["clients that vanish"] += 1
                self._in_background(
                    lambda head=head, body=body, share=share: self._leave(head % len(body), body[: len(body) // share])  # type: ignore[misc]
                )

    def _leave(self, head: bytes, sent: bytes) -> None:
        with suppress(OSError), socket.create_connection(self._service.address, timeout=10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            connection.sendall(head + sent)
            connection.settimeout(2)
            connection.recv(1_000)

    def _in_background(self, do: Callable[[], None]) -> None:
        thread = threading.Thread(target=do, daemon=True)
        thread.start()
        self._background.append(thread)

    @contextmanager
    def _noted(self, fault: str) -> Iterator[None]:
        """Note when a fault is, so that requests under way then are excused."""
        self.done[fault] += 1
        self.windows.append(Window(fault, time.monotonic(), float("inf")))
        try:
            yield
        finally:
            self.windows[-1] = self.windows[-1]._replace(ends_at=time.monotonic() + _AFTER_S[fault])
