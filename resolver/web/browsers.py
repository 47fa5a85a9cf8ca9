"""Serve pages to browsers and JSON to programs under one address, and problems to browsers as pages.

A browser is a client that names `text/html` in its Accept header and prefers nothing else. A program that sends `*/*`,
or no header, gets what it got before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute, Match, Route

from ..api.errors import PROBLEM_JSON
from ..api.layers.compression import PLAIN_PROBLEMS
from ..api.threads import run_long
from ..resolve.outcome import Reason
from .rendering import SECURITY_HEADERS, make_response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HTML = "text/html"
# Addresses that answer browsers with a page and programs with data.
_NEGOTIATED = re.compile(r"/(?:resolve/.+|gene/.+|go/.+|stale|stale/[^/]+|about|[^/]+:[^/]+)")
_MAX_PROBLEM = 1 << 20


def prefers_html(scope: Scope) -> bool:
    """Return whether a request comes from a browser that shows pages."""
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    if b"text/html" not in accept:
        return False
    wanted: dict[str, float] = {}
    for part in accept.decode("latin-1").lower().split(","):
        media_type, *parameters = (one.strip() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            wanted.setdefault(media_type, float(quality))
        except ValueError:
            wanted.setdefault(media_type, 0.0)
    html = wanted.get(_HTML, 0.0)
    others = [
        value for name, value in wanted.items() if name not in {_HTML, "application/xhtml+xml"} and "*" not in name
    ]
    return html > 0 and html >= max(others, default=0.0)


def _vary(headers: MutableHeaders) -> None:
    if "accept" not in (part.strip().lower() for part in headers.get("vary", "").split(",")):
        headers.add_vary_header("Accept")


class NegotiatedRoute(Route):
    """A page under the address of a REST route: for browsers alone (`Pages`), unless they request a format."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match for a browser that reads the page."""
        if scope["method"] not in {"GET", "HEAD"} or b"format=" in scope["query_string"]:
            return Match.NONE, {}
        return super().matches(scope)


class PageRoute(Route):
    """A page with an address of its own; other methods at this address are left to the REST service."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match or none."""
        if scope["type"] != "http" or scope["method"] not in (self.methods or ()):
            return Match.NONE, {}
        return super().matches(scope)


class Pages(BaseRoute):
    """All pages as one route, which requests of programs pass at the cost of one comparison."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._for_all = [route for route in routes if not isinstance(route, NegotiatedRoute)]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the match of the first page that matches."""
        if scope["type"] == "http":
            for route in self._routes if prefers_html(scope) else self._for_all:
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return match, {**child, "page": route}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page that matched."""
        await scope["page"].handle(scope, receive, send)


class BrowserAnswers:
    """ASGI middleware: it shows problems to browsers as pages, and informs caches what an answer depends on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_negotiated = _NEGOTIATED.fullmatch(scope["path"]) is not None
        if prefers_html(scope):
            sender = _ProblemSender(scope, receive, send, is_negotiated=is_negotiated)
            await self._app({**scope, PLAIN_PROBLEMS: True}, receive, sender.send)
        elif is_negotiated:

            async def send_varied(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _vary(MutableHeaders(scope=message))
                await send(message)

            await self._app(scope, receive, send_varied)
        else:
            await self._app(scope, receive, send)


class _ProblemSender:
    """Pass on a response; collect a problem instead, and send it as a page."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, is_negotiated: bool) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._is_negotiated = is_negotiated
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if self._is_negotiated:
                _vary(headers)
            if headers.get("content-type", "").startswith(PROBLEM_JSON):
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                page = await run_long(self._render)
                self._start = None
                await page(self._scope, self._receive, self._send)
            return
        await self._send(message)

    def _render(self) -> Response:
        assert self._start is not None  # noqa: S101  (a problem is collected)
        headers = MutableHeaders(raw=list(self._start["headers"]))
        problem = orjson.loads(self._body)
        page = render_problem(self._scope, problem)
        for name, value in headers.items():
            if name not in {"content-length", "content-type", "vary", *SECURITY_HEADERS}:
                page.headers[name] = value
        return page


_TITLES: Mapping[int, tuple[str, str]] = {
    401: ("This service requires a key", "Programs send it. A browser without one sees the documentation only."),
    403: ("This is switched off here", "The service does not do this, or not for requests from elsewhere."),
    404: ("There is nothing at this address", "The address may be mistyped, or what was here is gone."),
    405: ("This address does not take such a request", "Start from the search field."),
    408: ("The upload stopped", "The rest of the file did not arrive. Send it again."),
    409: ("There is no result here", "It may not be ready yet, or the input matches several genes."),
    413: ("This is too much at once", "The file or list is over the limit of this service."),
    422: ("The input could not be read", "Something in the request is not what this page expects."),
    429: ("The service is busy", "Too many tables are being converted at the moment. Try again in a few seconds."),
    500: ("Something went wrong in the service", "This is not your mistake, and nothing of your data was changed."),
    503: ("The data of the service cannot be read at the moment", "Try again in a minute."),
    507: ("The disk of the service is full", "Try again later, or with a smaller table."),
}
_NO_GENE = ("No gene matches", "The identifier in the address may be mistyped, or is not in this release.")
_TITLES_BY_CODE: Mapping[str, tuple[str, str]] = {
    "rate_limited": ("Too many requests came from your address", "The service limits how many it answers in a time."),
    "no_xref": ("The gene has no page there", "Look the gene up: its identifiers lead to the pages that it has."),
    "mark_unknown": ("It is not marked as stale", "Nightly runs mark identifiers; the page Stale lists all of them."),
    "unknown_job": ("There is no such conversion", "Its table and result were removed, or it never existed."),
} | {reason.value: _NO_GENE for reason in Reason}


def render_problem(scope: Scope, problem: dict[str, object]) -> Response:
    """Return a problem as a page in plain words."""
    status = problem["status"] if isinstance(problem["status"], int) else 500
    title, meaning = _TITLES_BY_CODE.get(str(problem.get("code"))) or _TITLES.get(
        status, ("This did not work", "The service could not answer this request.")
    )
    return make_response(
        scope,
        "problem.html.j2",
        {"problem": problem, "title": title, "meaning": meaning, "status": status},
        status=status,
        headers={"cache-control": "no-store"},
    )
