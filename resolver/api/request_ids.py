"""A request id for every response, and a problem instead of plain text for an unexpected exception.

The id is the request's `X-Request-ID` if it is fit to be logged, else a new one. The exception is logged
with it and never shown.
"""

from __future__ import annotations

import logging
import re
import uuid
from typing import TYPE_CHECKING

import orjson
from starlette.requests import ClientDisconnect

from .errors import problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"
INTERNAL_ERROR = "internal_error"
# What a log line and a header can contain: a UUID, a trace id, `Root=1-67891233-abcdef`.
_FIT = re.compile(rb"[A-Za-z0-9._:=@+/-]{1,128}")
_HEADER = HEADER.encode()
_LOGGER = logging.getLogger(__name__)


class RequestIds:
    """ASGI middleware that wraps all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an exception after the first byte of the answer is passed on, so that it breaks off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        has_started = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                message = {**message, "headers": [*message.get("headers", ()), (_HEADER, request_id)]}
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            raise
        except Exception:
            # The path may contain identifiers, which no log shows.
            route = getattr(scope.get("route"), "path", "request")
            _LOGGER.exception("%s %s failed, request id %s", scope["method"], route, request_id.decode())
            if has_started:
                raise
            problem = problem_response(
                500,
                code=INTERNAL_ERROR,
                title="Internal error",
                detail="The service failed unexpectedly.",
                hint=None,
                path=scope["path"],
                members=orjson.dumps(
                    {
                        "hint": f"Report it to the operator of the service with the request id {request_id.decode()}.",
                        "request_id": request_id.decode(),
                    }
                )[1:-1],
            )
            await problem(scope, receive, send_with_id)


def _id_of(scope: Scope) -> bytes:
    sent: bytes = next((value for name, value in scope["headers"] if name == _HEADER), b"")
    return sent if _FIT.fullmatch(sent) else uuid.uuid4().hex.encode()
