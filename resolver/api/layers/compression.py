"""Compressed answers: zstd, Brotli or gzip, as the client accepts them (docs/adr/0024-http-layers.md)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette_compress import CompressMiddleware, add_compress_type

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PROBLEM = "application/problem+json"
_DONE = "x-plain"  # an encoding that nobody sees: what has one is not compressed
add_compress_type(_PROBLEM)
# Each part of these is compressed and sent at once: their first rows arrive before the last ones are known.
for _type in ("application/x-ndjson", "text/csv", "text/tab-separated-values"):
    add_compress_type(_type, streaming=True)
# Compressed at once: some milliseconds, in which the event loop does nothing else.
_PART = 1 << 17
_LEAST = 500
# Of the scope: set by what reads problems on their way out; they reach it uncompressed.
PLAIN_PROBLEMS = "resolver.plain_problems"


class Compression:
    """ASGI middleware; a stream stays one, and an answer that is resumed by ranges is not resumed compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = CompressMiddleware(_Parts(app), minimum_size=_LEAST)
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_weak(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if headers.get("content-encoding") == _DONE:
                    del headers["content-encoding"]
                elif "content-encoding" in headers:
                    del headers["accept-ranges"]
                    tag = headers.get("etag", "")
                    if tag.startswith('"'):
                        headers["etag"] = f"W/{tag}"
            await send(message)

        await self._inner(scope, receive, send_weak)


class _Parts:
    """ASGI middleware that passes a large body on in parts, so that each is compressed in a moment."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        is_plain = scope.get(PLAIN_PROBLEMS, False)

        async def send_parts(message: Message) -> None:
            if is_plain and message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if headers.get("content-type", "").startswith(_PROBLEM):
                    headers["content-encoding"] = _DONE
            body = message.get("body", b"")
            if len(body) <= _PART:
                await send(message)
                return
            has_more = message.get("more_body", False)
            view = memoryview(body)
            for start in range(0, len(body), _PART):
                part = bytes(view[start : start + _PART])
                is_last = start + _PART >= len(body)
                await send({"type": "http.response.body", "body": part, "more_body": has_more or not is_last})
                if not is_last:
                    await asyncio.sleep(0)

        await self._app(scope, receive, send_parts)
