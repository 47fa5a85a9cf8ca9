"""Observe requests: metrics of each, and a line of the access log. Paths are named by their route templates."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from anyio.to_thread import current_default_thread_limiter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from ..threads import get_limiter
from .guard import KEY, REFUSED_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from .log import AccessLog
    from .metrics import Metrics

_SAMPLE_S = 5.0
_DISCONNECTED = 499  # the client was gone before the first byte
_NO_ROUTE = "none"
_REQUEST_ID = b"x-request-id"


class Sight:
    """ASGI middleware around all others; it also samples the process while the service runs."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        name_route: Callable[[Scope], str],
        log: AccessLog | None = None,
        *,
        shows_all: bool = False,
        sample: Callable[[float], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._name_route = name_route
        self._log = log
        self._shows_all = shows_all
        self._sample = sample
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = size = 0
        headers: list[tuple[bytes, bytes]] = []

        async def observe(message: Message) -> None:
            nonlocal status, size, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        began = time.perf_counter()
        self._metrics.in_flight += 1
        is_complete = False
        try:
            await self._app(scope, receive, observe)
            is_complete = True
        except ClientDisconnect:
            pass  # nobody is left to answer; the server would log it as an error of the program
        finally:
            seconds = time.perf_counter() - began
            self._metrics.in_flight -= 1
            route, status = self._name_route(scope), status or _DISCONNECTED
            self._metrics.count_request(scope["method"], route, status, seconds)
            if self._log is not None:
                self._log.add(
                    self._clock(), self._describe(scope, headers, route, status, size, seconds, is_complete=is_complete)
                )

    def _describe(
        self,
        scope: Scope,
        headers: list[tuple[bytes, bytes]],
        route: str,
        status: int,
        size: int,
        seconds: float,
        *,
        is_complete: bool,
    ) -> dict[str, Any]:
        request_id = next((value for name, value in reversed(headers) if name == _REQUEST_ID), b"")
        key = scope.get(KEY)
        record: dict[str, Any] = {
            "request_id": request_id.decode("latin-1"),
            "method": scope["method"],
            "route": route,
            "status": status,
            "seconds": round(seconds, 6),
            "bytes": size,
            "key": scope.get(REFUSED_KEY) if key is None else key.id,
        }
        if not is_complete:
            record["aborted"] = True
        if self._shows_all:
            client = scope.get("client")
            record["path"] = scope["path"]
            record["query"] = scope["query_string"].decode("latin-1")
            record["client"] = client[0] if client else None
        return record

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        sampling = asyncio.create_task(self._keep_sampling(scope))
        if self._log is not None:
            self._log.start()

        async def send_after_saving(message: Message) -> None:
            # Once this message is sent, the server may end the process.
            if message["type"].startswith("lifespan.shutdown"):
                await run_in_threadpool(self._sample, 0.0)
                if self._log is not None:
                    await run_in_threadpool(self._log.stop)
            await send(message)

        try:
            await self._app(scope, receive, send_after_saving)
        finally:
            sampling.cancel()
            with suppress(asyncio.CancelledError):
                await sampling

    async def _keep_sampling(self, scope: Scope) -> None:
        app = scope.get("app")
        if app is not None:
            pools = current_default_thread_limiter(), get_limiter()
            app.state.count_busy_threads = lambda: sum(int(pool.borrowed_tokens) for pool in pools)
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.1)
            await run_in_threadpool(self._sample, max(0.0, time.monotonic() - began - 0.1))
            await asyncio.sleep(_SAMPLE_S)


def make_route_namer(app: FastAPI) -> Callable[[Scope], str]:
    """Return a function that returns the route template of a request that was answered, `none` if no route matched."""
    templates: dict[Any, str] = {}

    def name_route(scope: Scope) -> str:
        route = scope.get("route")
        path = getattr(route, "path", None)
        if path is not None:
            return str(path)
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return _NO_ROUTE
        if not templates:
            templates.update({one.endpoint: one.path for one in app.router.routes if isinstance(one, Route)})
        return templates.get(endpoint, _NO_ROUTE)

    return name_route
