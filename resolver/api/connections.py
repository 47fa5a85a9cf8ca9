"""Connections within limits.

Their number in each process, the length of a request's address and headers and the time in which they arrive, and the
rate at which a client reads its answer.
"""

from __future__ import annotations

import socket
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..errors import AddressTooLong, HeadersTooLong, TooManyConnections
from .errors import problem_response, render_error

if TYPE_CHECKING:
    import asyncio

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from ..errors import ResolverError

# So many more get an answer to their request; the others are refused before they send one.
_EXTRA = 64
_RETRY_AFTER_S = 5
_REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: %d\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    % _RETRY_AFTER_S
)
_ALWAYS = b"/healthz"  # the process is alive, also with too many connections
_LONGEST_ADDRESS = 64 * 1024
_LONGEST_HEADERS = 64 * 1024
# Of an answer, the system takes so much more than it can send. By default it takes megabytes, and shows for as long no
# difference between a slow client and one that has stopped to read.
_MOST_UNSENT = 128 * 1024


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits of connections, of the headers of each request, and for reading each answer."""

    def __init__(self, config: Any, *arguments: Any, **named: Any) -> None:  # noqa: ANN401  (those of uvicorn)
        super().__init__(config, *arguments, **named)
        self._own_app = self.app
        self._most: int = config.most_connections
        self._timeout_s: float = config.options.header_timeout_s
        self._timer: asyncio.TimerHandle | None = None
        self._is_extra = self._is_refused = False
        self._has_head = False
        self._head_size = 0
        self._read_idle_s: float = config.options.answer_idle_s
        self._least_read = max(1.0, config.options.answer_idle_s * config.options.answer_min_rate)
        self._write_timer: asyncio.TimerHandle | None = None
        self._unsent = 0
        self._has_caught_up = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it where there are far too many."""
        super().connection_made(transport)
        opened = transport.get_extra_info("socket")
        if hasattr(socket, "TCP_NOTSENT_LOWAT") and opened.family in {socket.AF_INET, socket.AF_INET6}:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT)
        self._is_extra = len(self.connections) > self._most
        if len(self.connections) > self._most + _EXTRA:
            self._is_refused = True
            transport.write(_REFUSED)
            transport.close()
        else:
            self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Read the next bytes of a request."""
        if self._is_refused:
            return
        super().data_received(data)
        if not self._has_head and not self.transport.is_closing():
            self._head_size += len(data)
            if self._head_size > _LONGEST_ADDRESS + _LONGEST_HEADERS:
                self._is_refused = True
                error = _long_address() if len(self.url) > _LONGEST_ADDRESS else _long_headers()
                self.transport.write(_encode(render_error(error, "/")))
                self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request: its headers must be complete in time."""
        super().on_message_begin()
        self._has_head, self._head_size = False, 0
        self._start_timer()

    def on_headers_complete(self) -> None:
        """Answer the request."""
        self._stop_timer()
        self._has_head = True
        self.app = self._own_app
        if self._is_extra and not self.url.partition(b"?")[0].endswith(_ALWAYS):
            self.app = _refuse
        elif len(self.url) > _LONGEST_ADDRESS:
            self.app = _Refusal(_long_address())
            self.url = b"/"  # a longer one than 64 KiB cannot be parsed
        elif sum(len(name) + len(value) for name, value in self.headers) > _LONGEST_HEADERS:
            self.app = _Refusal(_long_headers())
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem."""
        problem = problem_response(
            400, code="http_error", title="Bad request", detail=msg, hint="Send HTTP/1.1 or HTTP/1.0.", path="/"
        )
        self.transport.write(_encode(problem))
        self.transport.close()

    def on_response_complete(self) -> None:
        """End a response; the client has to read the rest of it in time too."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch_reading()

    def pause_writing(self) -> None:
        """Wait for the client, which reads slower than the service writes."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Go on: the client has read what was waiting."""
        super().resume_writing()
        self._has_caught_up = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        if self._write_timer is not None:
            self._write_timer.cancel()
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

    def _watch_reading(self) -> None:
        """Check from now on that the client reads what waits for it."""
        if self._write_timer is None:
            self._restart_watch()

    def _restart_watch(self) -> None:
        self._has_caught_up = False
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self._read_idle_s, self._check_reading)

    def _check_reading(self) -> None:
        """Break off the connection if the client has read too little since the last check."""
        self._write_timer = None
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            return
        if not self._has_caught_up and self._unsent - unsent < self._least_read:
            self.transport.abort()  # its request is cancelled, as if the client had closed the connection
        else:
            self._restart_watch()


class _Refusal:
    """An application that answers with an error, and closes the connection."""

    def __init__(self, error: ResolverError) -> None:
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        response = render_error(self._error, scope["path"])
        response.headers["connection"] = "close"
        await response(scope, receive, send)


def _long_address() -> AddressTooLong:
    return AddressTooLong(
        f"the address is over {_LONGEST_ADDRESS:,} bytes", hint="Send the queries in the body: POST /resolve."
    )


def _long_headers() -> HeadersTooLong:
    return HeadersTooLong(f"the headers are over {_LONGEST_HEADERS:,} bytes", hint="Leave out what is not needed.")


def _encode(response: Response) -> bytes:
    """Return a response as the bytes of HTTP, for a request that no application sees."""
    reason = HTTPStatus(response.status_code).phrase.encode()
    fields = b"".join(b"%b: %b\r\n" % field for field in response.raw_headers)
    head = b"HTTP/1.1 %d %b\r\n%bconnection: close\r\n\r\n" % (response.status_code, reason, fields)
    return head + bytes(response.body)


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
