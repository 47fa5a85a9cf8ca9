"""Run a piece of work in a process of its own, and read the events that it reports."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import orjson

from .work import read_event

if TYPE_CHECKING:
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)
_STOP_S = 5.0


class Starter(NamedTuple):
    """Starts worker processes: the module with every kind of work, and the data folder that they read."""

    module: str
    data_dir: Path

    def command(self, kind: str, payload: dict[str, Any], *, niceness: int) -> list[str]:
        """Return the command of a process that does one piece of work."""
        return [sys.executable, "-m", self.module, kind, str(niceness), orjson.dumps(payload).decode()]

    def environment(self, scratch: Path) -> dict[str, str]:
        """Return the environment of such a process; its temporary files are in `scratch`, since it may be killed."""
        return os.environ | {"RESOLVER_DATA_DIR": str(self.data_dir), "TMPDIR": str(scratch)}


class Child:
    """Run a process of work on files; `next_event` returns what it reports."""

    def __init__(
        self,
        starter: Starter,
        kind: str,
        payload: dict[str, Any],
        source: BinaryIO,
        out: BinaryIO,
        *,
        scratch: Path,
        niceness: int,
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (our own program)
            starter.command(kind, payload, niceness=niceness),
            stdin=source,
            stdout=out,
            stderr=subprocess.PIPE,
            env=starter.environment(scratch),
        )
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name=f"events of {kind}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  (a pipe)
        for line in self._process.stderr:
            event = read_event(line)
            if event is None:
                _LOGGER.warning("work: %s", line.decode("utf-8", "replace").rstrip())
            else:
                self._events.put(event)
        self._events.put(None)

    def next_event(self, timeout_s: float) -> dict[str, Any] | None:
        """Return the next event, None at the end; raises queue.Empty if none comes in time."""
        return self._events.get(timeout=timeout_s)

    def end(self, *, at_once: bool) -> int:
        """Wait until the process has ended, or end it at once, and return its exit code."""
        if not at_once:
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                _LOGGER.warning("a worker process did not exit by itself")
        self._process.kill()
        code = self._process.wait()
        self._reader.join(_STOP_S)
        if self._process.stderr is not None:
            self._process.stderr.close()
        return code


def describe_exit(code: int) -> dict[str, Any]:
    """Return the error of a process that ended with this exit code without reporting why."""
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    hint = "There may not have been enough memory. See the log of the service." if code == -9 else None
    return {"code": "work_failed", "detail": f"the process that did the work ended {how}", "hint": hint}
