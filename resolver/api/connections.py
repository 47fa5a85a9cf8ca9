"""Connections within limits: their number in each process, and the time in which the headers of a request arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..errors import TooManyConnections
from .errors import render_error

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Receive, Scope, Send

# So many more get an answer to their request; the others are refused before they send one.
_EXTRA = 64
_RETRY_AFTER_S = 5
_REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: %d\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    % _RETRY_AFTER_S
)
_ALWAYS = b"/healthz"  # the process is alive, also with too many connections


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit of connections, and a time limit for the headers of each request."""

    def __init__(self, config: Any, *arguments: Any, **named: Any) -> None:  # noqa: ANN401  (those of uvicorn)
        super().__init__(config, *arguments, **named)
        self._own_app = self.app
        self._most: int = config.most_connections
        self._timeout_s: float = config.options.header_timeout_s
        self._timer: asyncio.TimerHandle | None = None
        self._is_extra = self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it where there are far too many."""
        super().connection_made(transport)
        self._is_extra = len(self.connections) > self._most
        if len(self.connections) > self._most + _EXTRA:
            self._is_refused = True
            transport.write(_REFUSED)
            transport.close()
        else:
            self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Read the next bytes of a request."""
        if not self._is_refused:
            super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request: its headers must be complete in time."""
        super().on_message_begin()
        self._start_timer()

    def on_headers_complete(self) -> None:
        """Answer the request."""
        self._stop_timer()
        is_refused = self._is_extra and not self.url.partition(b"?")[0].endswith(_ALWAYS)
        self.app = _refuse if is_refused else self._own_app
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._timeout_s, self._close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request of a connection too many."""
    error = TooManyConnections(
        "the service has as many connections as it accepts",
        retry_after_s=_RETRY_AFTER_S,
        hint="Send the request again later. Whoever runs the service can raise RESOLVER_CONNECTIONS.",
    )
    response = render_error(error, scope["path"])
    response.headers["connection"] = "close"
    await response(scope, receive, send)
