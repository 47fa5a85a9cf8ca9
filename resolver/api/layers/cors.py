"""Cross-origin requests of web pages (CORS): reading answers by GET, without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS = ("GET", "HEAD")
_EXPOSED = ("etag", "link", "retry-after", "x-release", "x-request-id")
_MAX_AGE_S = 86_400


class Cors:
    """ASGI middleware: scripts of the named origins (`*` for all) may read answers to GET and HEAD."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
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
        is_asked = scope["type"] == "http" and scope["method"] in {*_METHODS, "OPTIONS"}
        await (self._cors if is_asked else self._app)(scope, receive, send)
