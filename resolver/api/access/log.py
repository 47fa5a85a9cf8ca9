"""The access log: a JSON object a line on standard output, written by a thread of its own."""

from __future__ import annotations

import os
import threading
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY_S = 0.25
_MOST_LINES = 100_000


class AccessLog:
    """Collect records and write them four times a second: a request never waits for whoever reads the log.

    If the reader is so slow that 100,000 lines wait, new ones are dropped and counted.
    """

    def __init__(
        self,
        write: Callable[[bytes], object] | None = None,
        *,
        on_dropped: Callable[[int], None] = lambda _: None,
        most_lines: int = _MOST_LINES,
    ) -> None:
        self._write = _write_out if write is None else write
        self._on_dropped = on_dropped
        self._most_lines = most_lines
        self._records: deque[tuple[float, dict[str, Any]]] = deque()
        self._dropped = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, at: float, record: dict[str, Any]) -> None:
        """Add a record of a moment, in seconds since 1970."""
        if len(self._records) >= self._most_lines:
            self._dropped += 1
            return
        self._records.append((at, record))

    def start(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end; waits for a reader for at most two seconds."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2)

    def flush(self) -> None:
        """Write the records so far; blocks."""
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._on_dropped(dropped)
        lines = []
        for _ in range(len(self._records)):
            at, record = self._records.popleft()
            moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
            lines.append(orjson.dumps({"time": moment, **record}, option=orjson.OPT_APPEND_NEWLINE))
            if len(lines) == 200:
                self._write(b"".join(lines))
                lines = []
        if lines:
            self._write(b"".join(lines))

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_EVERY_S):
                self.flush()
            self.flush()
        except OSError:  # nobody reads the log any more; the service goes on
            self._most_lines = 0


def _write_out(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(1, left) :]
