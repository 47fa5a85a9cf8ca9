"""Files as responses whose refusals are problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import FileResponse

from .errors import problem_response

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

_REFUSALS = {400: "the header Range cannot be read", 416: "the file does not have the part that Range requests"}


class ResultFile(FileResponse):
    """A file, or the part of it that `Range` requests."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        is_refused = False

        async def send_problem(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] in _REFUSALS:
                is_refused = True
                problem = problem_response(
                    message["status"],
                    code="http_error",
                    title="Bad range",
                    detail=_REFUSALS[message["status"]],
                    hint="Send Range: bytes=0-999, or no Range for the whole file.",
                    path=scope["path"],
                )
                size = next((one for name, one in message["headers"] if name == b"content-range"), None)
                if size is not None:
                    problem.headers["content-range"] = size.decode()
                await problem(scope, receive, send)
            elif not is_refused:
                await send(message)

        await super().__call__(scope, receive, send_problem)
