"""Read the body of a request as it arrives, within limits."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from ..convert.formats.text_stream import read_encoding
from ..errors import BadOption, TooMany, UnsupportedEncoding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request


async def read_chunks(request: Request, limit: int, hint: str) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; raises TooMany with a hint above the limit, and TooSlow (`layers.request_bodies`).

    Raises ClientDisconnect if the client disconnects.
    """
    check_length(request, limit, hint)
    size, more = 0, True
    while more:
        message = await request.receive()
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


def read_charset(request: Request) -> str | None:
    """Return the charset that Content-Type specifies for a text, None for UTF-8 and where there is none.

    Raises UnsupportedEncoding for one that does not exist.
    """
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    specified = message.get_param("charset")
    if not isinstance(specified, str) or not specified:
        return None
    try:
        name = read_encoding(specified)
    except BadOption as error:
        raise UnsupportedEncoding(f"the charset of Content-Type: {error}", hint=error.hint) from error
    return None if name in {"utf-8", "ascii"} else name
