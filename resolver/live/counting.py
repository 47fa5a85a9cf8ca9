"""An HTTP transport that reports each request that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable


class CountingTransport(httpx.AsyncBaseTransport):
    """Send requests as httpx does; call `on_call` before each one."""

    def __init__(self, on_call: Callable[[], None], inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._on_call = on_call
        self._inner = inner or httpx.AsyncHTTPTransport(http2=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        self._on_call()
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
