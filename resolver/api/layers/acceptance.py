"""406 for an answer that the client does not accept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ...errors import NotAcceptable
from ..errors import render_error

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Routes whose work changes nothing. A table that is converted is sent in its own format if no other is accepted.
READING_POSTS = ("/resolve", "/diff", "/check")
# JSON is also for browsers, which ask for HTML.
_ALWAYS = {"*/*", "text/html", "application/xhtml+xml"}
_SAME = {"application/ndjson": "application/x-ndjson", "application/jsonl": "application/x-ndjson",
         "text/tsv": "text/tab-separated-values"}  # fmt: skip


class Acceptance:
    """ASGI middleware: an answer of a media type that `Accept` excludes is replaced by a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        accept = _accept_of(scope) if scope["type"] == "http" else ""
        if not accept or accepts_all(accept) or not _is_read(scope):
            await self._app(scope, receive, send)
            return
        is_refused = False

        async def check(message: Message) -> None:
            nonlocal is_refused
            if is_refused:
                return
            if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
                kind = next((value for name, value in message["headers"] if name == b"content-type"), b"").decode(
                    "latin-1"
                )
                if kind and not is_accepted(accept, kind):
                    is_refused = True
                    shown = kind.partition(";")[0]
                    error = NotAcceptable(
                        f"the answer has the media type {shown}, which Accept excludes",
                        hint=f"Send Accept: {shown}, or Accept: */*.",
                    )
                    await render_error(error, scope["path"])(scope, receive, send)
                    return
            await send(message)

        await self._app(scope, receive, check)


def _accept_of(scope: Scope) -> str:
    return b",".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1").lower()


def _is_read(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return scope["method"] in {"GET", "HEAD"} or (scope["method"] == "POST" and path in READING_POSTS)


@lru_cache(maxsize=256)
def _ranges(accept: str) -> tuple[tuple[str, float], ...]:
    """Return the media ranges of an Accept header in small letters, each with its quality."""
    ranges = []
    for part in accept.split(","):
        media_range, *parameters = (one.strip() for one in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 1.0
        if "/" in media_range:
            ranges.append((_SAME.get(media_range, media_range), quality))
    return tuple(ranges)


def choose_type(accept: str, offered: tuple[str, ...]) -> str:
    """Return the media type that a request prefers of those offered; the first one if it has no preference.

    Of equals, one that it names goes before one that only fits a range.
    """
    accept = accept.lower()
    named = dict(_ranges(accept))
    return max(offered, key=lambda kind: (_quality(accept, kind), kind in named))


@lru_cache(maxsize=256)
def accepts_all(accept: str) -> bool:
    """Return whether an Accept header accepts any media type, as those of browsers do, or none that can be read."""
    ranges = _ranges(accept)
    return not ranges or any(media_range in _ALWAYS and quality > 0 for media_range, quality in ranges)


@lru_cache(maxsize=256)
def is_accepted(accept: str, content_type: str) -> bool:
    """Return whether an Accept header accepts a content type."""
    return _quality(accept, content_type.partition(";")[0].strip().lower()) > 0


def _quality(accept: str, kind: str) -> float:
    """Return how much an Accept header wants a media type: the most specific range decides."""
    main, _, sub = kind.partition("/")
    suffix = f"{main}/{sub.rpartition('+')[2]}" if "+" in sub else ""
    by_range = dict(_ranges(accept))
    return next((by_range[one] for one in (kind, suffix, f"{main}/*", "*/*") if one in by_range), 0.0)
