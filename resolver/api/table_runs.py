"""Convert a table during its request: a separate process reads the body, and the result is sent as it grows.

The process writes to an unnamed file. It never waits for a client that has not begun to read, and leaves no files
behind.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ..errors import ResolverError, ServiceBusy
from ..jobs.child import describe_exit
from ..jobs.work import describe_error, read_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Receive, Scope, Send

    from ..jobs.child import Starter

_LOGGER = logging.getLogger(__name__)
# A result up to this size is sent when it is complete: errors are problems then, and the summary is a header.
BUFFERED_BYTES = 4 << 20
RETRY_AFTER_S = 5
_NICENESS = 5
_PART = 1 << 18
_POLL_EVERY_S = 0.05
_LINE_LIMIT = 64 << 20


class ConcurrencyLimit:
    """Limit how many conversions run at once in this process of the service."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._taken: set[object] = set()

    @property
    def taken(self) -> int:
        """The number of slots in use."""
        return len(self._taken)

    def acquire(self) -> Callable[[], None]:
        """Take a slot and return the function that releases it; raises ServiceBusy if all are taken."""
        if len(self._taken) >= self._number:
            raise ServiceBusy(
                f"{self._number} tables are being converted already",
                retry_after_s=RETRY_AFTER_S,
                hint="Send it again later, or as a job: POST /convert/jobs.",
            )
        slot = object()
        self._taken.add(slot)
        return lambda: self._taken.discard(slot)


class TableRun:
    """A process that converts one table for one request; at its end it has an `error` or a `summary`.

    It then calls `release_slot`. `failed` is set as soon as no whole table can be sent: the process ended without one,
    or the client sent too much, too slowly, or disconnected. The caller calls `close` after the response, also if none
    was sent.
    """

    def __init__(
        self, starter: Starter, kind: str, payload: dict[str, Any], receive: Receive, release_slot: Callable[[], None]
    ) -> None:
        self._starter = starter
        self._command = starter.command(kind, payload, niceness=_NICENESS)
        self._receive = receive
        self._release_slot = release_slot
        self.on_summary: Callable[[dict[str, Any]], None] = lambda _: None
        self.prepared: dict[str, Any] | None = None
        self.summary: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self.over = asyncio.Event()
        self.failed = asyncio.Event()
        self._spool: BinaryIO = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  (closed by `close`)
        self._scratch = tempfile.TemporaryDirectory(prefix="resolver-")
        self._process: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._feeding: asyncio.Task[None] | None = None

    async def start(self, source: BinaryIO | AsyncIterator[bytes]) -> None:
        """Start to convert a file, or the body as it comes."""
        is_file = hasattr(source, "fileno")
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=cast("BinaryIO", source) if is_file else asyncio.subprocess.PIPE,
            stdout=self._spool,
            stderr=asyncio.subprocess.PIPE,
            env=self._starter.environment(Path(self._scratch.name)),
            limit=_LINE_LIMIT,
        )
        self._following = asyncio.create_task(self._follow())
        self._feeding = asyncio.create_task(self._feed(None if is_file else cast("AsyncIterator[bytes]", source)))

    async def _feed(self, chunks: AsyncIterator[bytes] | None) -> None:
        """Pass the body on as it comes, then end the process if the client disconnects.

        The whole body is read, also if the process has ended: a client may send everything before it reads.
        """
        try:
            if chunks is not None:
                await self._pass_on(chunks)
            while (await self._receive())["type"] != "http.disconnect":
                pass
            raise ClientDisconnect
        except ClientDisconnect:
            self.error = self.error or {"code": "http_error", "detail": "the client has disconnected", "hint": None}
        except ResolverError as error:
            self.error = describe_error(error)
        finally:
            self.failed.set()
            self.kill()

    async def _pass_on(self, chunks: AsyncIterator[bytes]) -> None:
        assert self._process is not None  # noqa: S101  (started)
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101  (a pipe)
        async for chunk in chunks:
            if self.over.is_set():
                continue
            try:
                pipe.write(chunk)
                await pipe.drain()
            except (BrokenPipeError, ConnectionResetError):
                continue  # it ended early, and reports why
        pipe.close()

    async def _follow(self) -> None:
        assert self._process is not None  # noqa: S101  (started)
        assert self._process.stderr is not None  # noqa: S101  (a pipe)
        try:
            async for line in self._process.stderr:
                event = read_event(line)
                if event is None:
                    _LOGGER.warning("work: %s", line.decode("utf-8", "replace").rstrip())
                elif event["event"] == "prepared":
                    self.prepared = event
                elif event["event"] == "done":
                    self.summary = event["summary"]
                    self.on_summary(event["summary"])
                elif event["event"] == "error":
                    self.error = self.error or event
            code = await self._process.wait()
            if self.summary is None and self.error is None:
                self.error = describe_exit(code)
        finally:
            if self.summary is None:
                self.failed.set()
            self._release_slot()
            self.over.set()

    @property
    def size(self) -> int:
        """The bytes of the table so far."""
        return os.fstat(self._spool.fileno()).st_size

    async def wait_for_head(self) -> None:
        """Wait until the conversion is over, or has written more than is buffered."""
        while not self.over.is_set() and self.size <= BUFFERED_BYTES:
            await _pause(self.over)

    async def read(self) -> AsyncIterator[bytes]:
        """Yield the table as it grows, until the conversion is over."""
        position = 0
        while True:
            is_over = self.over.is_set()
            part = await run_in_threadpool(os.pread, self._spool.fileno(), _PART, position)
            if part:
                position += len(part)
                yield part
            elif is_over:
                return
            else:
                await _pause(self.over)

    def kill(self) -> None:
        """End the process if it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def close(self) -> None:
        """End the process and its tasks, and leave nothing behind."""
        self.kill()
        if self._feeding is not None:
            self._feeding.cancel()
        await asyncio.gather(*filter(None, (self._feeding, self._following)), return_exceptions=True)
        self._release_slot()
        await run_in_threadpool(self._remove_files)  # takes long for large ones

    def _remove_files(self) -> None:
        self._spool.close()
        self._scratch.cleanup()


async def _pause(over: asyncio.Event) -> None:
    # Not `asyncio.wait_for`: on Python 3.11 it swallows a cancellation that comes with the event.
    with suppress(TimeoutError):
        async with asyncio.timeout(_POLL_EVERY_S):
            await over.wait()


class TableResponse(Response):
    """Send the table of a run; if the run fails, the connection is aborted, so a part is never taken for the whole."""

    def __init__(self, run: TableRun, headers: dict[str, str], media_type: str) -> None:
        super().__init__(None, 200, headers, media_type)
        self._run = run
        self._is_whole = False
        del self.headers["content-length"]
        if run.over.is_set():
            self.headers["content-length"] = str(run.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send(send))
                failing = tasks.create_task(self._run.failed.wait())
                await asyncio.wait({sending, failing}, return_when=asyncio.FIRST_COMPLETED)
                sending.cancel()  # if it failed: at once, also if the client does not read
                failing.cancel()
            # After a whole answer, a client that closes its connection has lost nothing.
            if self._run.error is not None and not self._is_whole:
                _LOGGER.warning("%s is aborted: %s", scope["path"], self._run.error["detail"])
        finally:
            await self._run.close()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async for part in self._run.read():
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if not self._run.failed.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            self._is_whole = True
