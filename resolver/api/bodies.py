"""Read the body of a request as it arrives, within limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from ..errors import TooMany, TooSlow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

IDLE_S = 60.0  # a body without new data for so long is rejected


async def read_chunks(request: Request, limit: int, hint: str) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; raises TooMany with a hint above the limit, and TooSlow if it stops.

    Raises ClientDisconnect if the client disconnects.
    """
    check_length(request, limit, hint)
    size, more = 0, True
    while more:
        try:
            # Not `asyncio.wait_for`: on Python 3.11 it swallows a cancellation that comes with the message.
            async with asyncio.timeout(IDLE_S):
                message = await request.receive()
        except TimeoutError as error:
            raise TooSlow(f"no data of the body arrived for {IDLE_S:.0f} s", hint="Send it again.") from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit, hint)
        if chunk:
            yield chunk


def check_length(request: Request, limit: int, hint: str) -> None:
    """Raise TooMany if the Content-Length is over the limit."""
    if announced_length(request) > limit:
        raise _too_large(limit, hint)


def announced_length(request: Request) -> int:
    """Return the Content-Length of a request, 0 if it has none."""
    specified = request.headers.get("content-length", "")
    return int(specified) if specified.isdigit() else 0


def _too_large(limit: int, hint: str) -> TooMany:
    return TooMany(f"the body is over {limit:,} bytes", hint=hint)
