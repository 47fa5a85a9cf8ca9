"""A problem for requests that the server cancels because it stops."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ...errors import Stopping
from ..errors import render_error

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOGGER = logging.getLogger(__name__)
_RETRY_AFTER_S = 5


class Cancellation:
    """ASGI middleware: a cancelled request without an answer gets status 503; an answer under way is aborted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watch(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except asyncio.CancelledError:
            _LOGGER.warning("%s %r is cancelled: the service stops", scope["method"], scope["path"])
            if not has_started:
                error = Stopping(
                    "the service stops", retry_after_s=_RETRY_AFTER_S, hint="Send the request again in a moment."
                )
                response = render_error(error, scope["path"])
                response.headers["connection"] = "close"
                await response(scope, receive, send)
