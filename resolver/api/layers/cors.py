"""Cross-origin requests of web pages (CORS): reading answers by GET, without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = ("GET", "HEAD")
_EXPOSED = ("etag", "link", "retry-after", "x-release", "x-request-id")
_MAX_AGE_S = 86_400
# The same for every request, with and without an origin: a cache in between needs to keep one answer only.
_FOR_ALL = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", ", ".join(_EXPOSED).encode())]


class Cors:
    """ASGI middleware: scripts of the named origins (`*` for all) may read answers to GET and HEAD."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._is_for_all = "*" in origins
        self._cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=_EXPOSED,
            max_age=_MAX_AGE_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one that changes something, or sends a body, gets no permission."""
        method = scope["method"] if scope["type"] == "http" else ""
        if method in _METHODS and self._is_for_all:

            async def allow(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], *_FOR_ALL]
                await send(message)

            await self._app(scope, receive, allow)
        else:
            await (self._cors if method in {*_METHODS, "OPTIONS"} else self._app)(scope, receive, send)
