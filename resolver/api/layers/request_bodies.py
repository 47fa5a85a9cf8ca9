"""Bodies of requests: they arrive within limits of time, and compressed ones are decompressed as they arrive."""

from __future__ import annotations

import asyncio
import time
import zlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import zstandard

from ...errors import InputError, ResolverError, TooSlow, UnsupportedEncoding
from ..errors import render_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ...app.http_options import HttpOptions

# A body may begin slowly: its average counts from then on.
_FIRST_S = 10.0
_PART = 1 << 16
# Of zstd, so much is decompressed at once: 512 bytes can contain 16 MiB.
_ZSTD_PART = 512
_ZSTD_WINDOW = 1 << 23  # what RFC 9659 allows


class RequestBodies:
    """ASGI middleware for requests with a body; others pass."""

    def __init__(self, app: ASGIApp, options: HttpOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._options = options
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        timed = _Timed(receive, self._options, self._clock)
        try:
            decoder = _find_decoder(scope)
        except ResolverError as error:
            await render_error(error, scope["path"])(scope, receive, send)
            return
        take: Receive = timed
        if decoder is not None:
            take = _Decoded(timed, decoder)
            left_out = {b"content-encoding", b"content-length"}
            scope = {**scope, "headers": [one for one in scope["headers"] if one[0] not in left_out]}

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and timed.is_too_slow:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._app(scope, take, send_closing)


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


# --- Time ---------------------------------------------------------------------------------------------------------


class _Timed:
    """Receive a body; raises TooSlow if it stops, brings too little, or takes too long.

    Only the time counts in which the service waits for it: a client is not slow if the service is.
    """

    def __init__(self, receive: Receive, options: HttpOptions, clock: Callable[[], float]) -> None:
        self._receive = receive
        self._options = options
        self._clock = clock
        self._waited = 0.0
        self._size = 0
        self._is_whole = False
        self.is_too_slow = False

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()
        options, began_at = self._options, self._clock()
        longest = min(options.body_idle_s, max(options.body_max_s - self._waited, 0.0))
        try:
            # Not `asyncio.wait_for`: on Python 3.11 it swallows a cancellation that comes with the message.
            async with asyncio.timeout(longest):
                message = await self._receive()
        except TimeoutError as error:
            if longest < options.body_idle_s:
                raise self._refuse(f"did not arrive within {options.body_max_s / 60:g} minutes") from error
            raise self._refuse(f"brought no data for {options.body_idle_s:g} s") from error
        self._waited += self._clock() - began_at
        self._size += len(message.get("body", b""))
        self._is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        if not self._is_whole and self._waited > _FIRST_S and self._size < options.body_min_rate * self._waited:
            raise self._refuse(f"brings less than {options.body_min_rate:,} bytes a second")
        if not self._is_whole and self._waited > options.body_max_s:
            raise self._refuse(f"did not arrive within {options.body_max_s / 60:g} minutes")
        return message

    def _refuse(self, what: str) -> TooSlow:
        self.is_too_slow = True
        return TooSlow(f"the body {what}", hint="Send it again over a faster connection, compressed, or in parts.")


# --- Compressed bodies --------------------------------------------------------------------------------------------


def _find_decoder(scope: Scope) -> _Members | None:
    """Return what decompresses the body of a request, None for one that is not compressed."""
    listed = b",".join(value for name, value in scope["headers"] if name == b"content-encoding").decode("latin-1")
    codings = [one for part in listed.lower().split(",") if (one := part.strip()) not in {"", "identity"}]
    if not codings:
        return None
    if len(codings) == 1:
        if codings[0] in {"gzip", "x-gzip"}:
            return _Gzip()
        if codings[0] == "zstd":
            return _Zstd()
    raise UnsupportedEncoding(
        f"a body with Content-Encoding: {listed[:80]} is not read", hint="Send it as gzip or zstd, or uncompressed."
    )


class _Decoded:
    """Receive a decompressed body, in parts of a moment's work."""

    def __init__(self, receive: Receive, decoder: _Members) -> None:
        self._receive = receive
        self._decoder: _Members | None = decoder
        self._parts: Iterator[bytes] = iter(())
        self._is_whole = False

    async def __call__(self) -> Message:
        while self._decoder is not None:
            for part in self._parts:
                if part:
                    await asyncio.sleep(0)  # a small body can contain many parts
                    return {"type": "http.request", "body": part, "more_body": True}
            if self._is_whole:
                self._decoder.check_end()
                self._decoder = None
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._is_whole = not message.get("more_body", False)
            self._parts = self._decoder.feed(message.get("body", b""))
        return await self._receive()


class _Members(ABC):
    """A body of compressed members, one after the other; most have one."""

    name = ""

    def __init__(self) -> None:
        self._member: Any = None
        self._is_open = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next part of a body contains, little by little."""
        try:
            while data:
                if self._member is None:
                    self._member, self._is_open = self._open(), True
                yield from self._decompress(data)
                data = b""
                if self._member.eof:
                    data, self._member, self._is_open = self._member.unused_data + self._rest, None, False
        except (zlib.error, zstandard.ZstdError) as error:
            raise InputError(
                f"the body is not {self.name}: {error}", hint="Send it as its Content-Encoding says, or uncompressed."
            ) from error

    def check_end(self) -> None:
        """Raise InputError if the body is incomplete."""
        if self._is_open:
            raise InputError(f"the body ends before its {self.name} does", hint="Send it again.")

    _rest = b""

    @abstractmethod
    def _open(self) -> Any:  # noqa: ANN401  (of the libraries)
        """Return what decompresses one member."""

    @abstractmethod
    def _decompress(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next part of the open member contains."""


class _Gzip(_Members):
    name = "gzip"

    def _open(self) -> Any:  # noqa: ANN401
        return zlib.decompressobj(31)

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        while True:
            part = self._member.decompress(data, _PART)
            data = self._member.unconsumed_tail
            yield part
            if self._member.eof or not (data or len(part) == _PART):
                return


class _Zstd(_Members):
    name = "zstd"

    def _open(self) -> Any:  # noqa: ANN401
        return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        self._rest = b""
        for start in range(0, len(data), _ZSTD_PART):
            whole = self._member.decompress(data[start : start + _ZSTD_PART])
            for at in range(0, len(whole), _PART):
                yield whole[at : at + _PART]
            if self._member.eof:
                self._rest = data[start + _ZSTD_PART :]
                return
