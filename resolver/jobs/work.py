"""What a process of work does: it reads stdin, writes stdout, and tells on stderr, a JSON object a line, how it goes.

Events are `prepared` (once, before anything is written), `progress` (some times a second), `file` (something to keep
beside the result), and at the end `done` with a summary or `error`. Other lines are for the log.
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

from ..errors import NoRoom, ResolverError, SeveralGenes, TooMany, WorkFailed

if TYPE_CHECKING:
    from collections.abc import Callable

_TELL_EVERY_S = 0.4
_LOOK_EVERY_S = 0.5


class Tell(Protocol):
    """Tells one event."""

    def __call__(self, event: str, **members: Any) -> None:  # noqa: ANN401  (whatever JSON holds)
        """Tell it; a `progress` that comes too soon after the last is left out."""
        ...


class Work(Protocol):
    """One kind of work: reads what was sent, writes the result, and returns a summary of plain objects.

    What it raises as ResolverError is told to the person who asked; anything else is a fault of ours.
    """

    def __call__(self, payload: dict[str, Any], source: BinaryIO, out: BinaryIO, tell: Tell) -> dict[str, Any]:
        """Do the work."""
        ...


class Limited(io.RawIOBase):
    """A stream that takes only so many bytes; raises TooMany at the next, and NoRoom where the disk is full."""

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
                hint="Is it packed many times over? Else ask for fewer columns, or send the table in parts.",
            )
        try:
            self._out.write(data)
        except OSError as error:
            raise no_room(error) from error
        return size

    def flush(self) -> None:
        """Pass on what is held back."""
        if not self._out.closed:
            self._out.flush()


def no_room(error: OSError) -> ResolverError:
    """Return what a failure to write is to the person who asked."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NoRoom("there is no room on the disk of the service", hint="Try again later, or with a smaller table.")
    return WorkFailed(f"the result cannot be written: {error.strerror or error}", hint="Look into the service's log.")


class Teller:
    """Writes events to a stream, a line each, and leaves out progress that comes too fast."""

    def __init__(self, stream: IO[bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._told_at = float("-inf")

    def __call__(self, event: str, **members: Any) -> None:  # noqa: ANN401
        """Tell one event."""
        if event == "progress":
            now = self._clock()
            if now - self._told_at < _TELL_EVERY_S:
                return
            self._told_at = now
        self._stream.write(orjson.dumps({"event": event, **members}, option=orjson.OPT_NON_STR_KEYS) + b"\n")
        self._stream.flush()


def read_event(line: bytes) -> dict[str, Any] | None:
    """Return the event of a line; None for a line that is none."""
    if not line.startswith(b'{"event":'):
        return None
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return cast("dict[str, Any]", event)


def describe_error(error: Exception) -> dict[str, Any]:
    """Return an error as plain objects: its code, what happened, a hint, and the answer that led to several genes."""
    if not isinstance(error, ResolverError):
        what = f"the work ended unexpectedly: {type(error).__name__}"
        if isinstance(error, MemoryError):
            what = "there is not enough memory for this table"
        error = WorkFailed(what, hint="The service's log says more.")
    told: dict[str, Any] = {"code": error.code, "detail": str(error), "hint": error.hint}
    if isinstance(error, SeveralGenes):
        from ..resolve.encode import answer_object

        told["answer"] = answer_object(error.answer)
    return told


def run_work(work: Work, payload: dict[str, Any], *, niceness: int = 0) -> int:
    """Do one piece of work on this process's stdin and stdout, tell on stderr how it goes, and return the exit code.

    The process ends with the one that started it, however that ended.
    """
    _end_with(os.getppid())
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    tell = Teller(sys.stderr.buffer)
    out = sys.stdout.buffer
    try:
        summary = work(payload, sys.stdin.buffer, out, tell)
        out.flush()
    except Exception as error:  # noqa: BLE001  (told to whoever started us)
        if not isinstance(error, ResolverError):
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            error = no_room(error)
        tell("error", **describe_error(error))
        return 1
    tell("done", summary=summary)
    return 0


def _end_with(parent: int) -> None:
    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        os._exit(70)

    threading.Thread(target=look, name="end with the service", daemon=True).start()
