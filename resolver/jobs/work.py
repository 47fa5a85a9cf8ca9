"""Do a piece of work in a process: read stdin, write stdout, report events on stderr, one JSON object a line.

Events are `prepared` (once, before anything is written), `progress` (at most 2.5 a second), `file` (something to keep
beside the result), and at the end `done` with a summary or `error`. Other lines go to the log.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
import time
import traceback
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Protocol, cast

import orjson

from ..errors import DiskFull, ResolverError, SeveralGenes, TooMany, WorkFailed
from ..resolve.encode import answer_object

if TYPE_CHECKING:
    from collections.abc import Callable

_REPORT_EVERY_S = 0.4
_POLL_EVERY_S = 0.5


class Report(Protocol):
    """Report one event."""

    def __call__(self, event: str, **members: Any) -> None:  # noqa: ANN401  (any JSON value)
        """Report it; a `progress` that comes too soon after the last one is left out."""
        ...


class Work(Protocol):
    """A kind of work: it reads the input, writes the result, and returns a summary of plain objects.

    A ResolverError that it raises is reported to the client; any other error is a fault of the program.
    """

    def __call__(self, payload: dict[str, Any], source: BinaryIO, out: BinaryIO, report: Report) -> dict[str, Any]:
        """Do the work."""
        ...


class SizeLimitedWriter(io.RawIOBase):
    """A stream that raises TooMany above a number of bytes, and DiskFull if the disk is full."""

    def __init__(self, out: BinaryIO, limit: int) -> None:
        self._out = out
        self._limit = limit
        self.count = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Write and return the number of bytes."""
        size = data.nbytes if isinstance(data, memoryview) else len(data)
        self.count += size
        if self.count > self._limit:
            raise TooMany(
                f"the result is over {self._limit >> 20:,} MiB",
                hint="Request fewer columns, or send the table in parts. Is it compressed more than once?",
            )
        try:
            self._out.write(data)
        except OSError as error:
            raise describe_write_error(error) from error
        return size

    def flush(self) -> None:
        """Flush the stream below."""
        if not self._out.closed:
            self._out.flush()


def describe_write_error(error: OSError) -> ResolverError:
    """Return the error that a client sees when a file cannot be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull("the disk of the service is full", hint="Try again later, or with a smaller table.")
    return WorkFailed(f"the result cannot be written: {error.strerror or error}", hint="See the log of the service.")


class EventWriter:
    """Write events to a stream, one a line, and leave out progress that comes too fast."""

    def __init__(self, stream: IO[bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._reported_at = float("-inf")

    def __call__(self, event: str, **members: Any) -> None:  # noqa: ANN401
        """Report one event."""
        if event == "progress":
            now = self._clock()
            if now - self._reported_at < _REPORT_EVERY_S:
                return
            self._reported_at = now
        self._stream.write(orjson.dumps({"event": event, **members}, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        self._stream.flush()


def read_event(line: bytes) -> dict[str, Any] | None:
    """Return the event of a line, None for any other line."""
    if not line.startswith(b'{"event":'):
        return None
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", event)


def describe_error(error: Exception) -> dict[str, Any]:
    """Return an error as plain objects: its code, detail and hint, and the answer that matched several genes."""
    if not isinstance(error, ResolverError):
        what = f"the work ended unexpectedly: {type(error).__name__}"
        if isinstance(error, MemoryError):
            what = "there is not enough memory for this table"
        error = WorkFailed(what, hint="See the log of the service.")
    described: dict[str, Any] = {"code": error.code, "detail": str(error), "hint": error.hint}
    if isinstance(error, SeveralGenes):
        described["answer"] = answer_object(error.answer)
    return described


def run_work(work: Work, payload: dict[str, Any], *, niceness: int = 0) -> int:
    """Do one piece of work on stdin and stdout, report its events on stderr, and return the exit code.

    The process ends when the one that started it ends, however that ends.
    """
    _exit_with_parent(os.getppid())
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    report = EventWriter(sys.stderr.buffer)
    out = sys.stdout.buffer
    try:
        summary = work(payload, sys.stdin.buffer, out, report)
        out.flush()
    except Exception as error:  # noqa: BLE001  (reported to the process that started this one)
        if not isinstance(error, ResolverError):
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            error = describe_write_error(error)
        report("error", **describe_error(error))
        return 1
    report("done", summary=summary)
    return 0


def _exit_with_parent(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_EVERY_S)
        os._exit(70)

    threading.Thread(target=watch, name="end with the service", daemon=True).start()
