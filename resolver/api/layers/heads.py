"""HEAD for every route that has GET."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """ASGI middleware: HEAD is answered as GET is, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_whole = False

        async def send_head(message: Message) -> None:
            nonlocal is_whole
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                is_whole = True
            elif not is_whole:
                await send(message)

        # The server sees its own scope, with HEAD: it sends no body, and does not count one.
        await self._app({**scope, "method": "GET"}, receive, send_head)
