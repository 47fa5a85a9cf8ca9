"""The server: one process on the loopback address, in a thread of its own, that plays all upstreams at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from tests.serving import free_port
from tests.upstreams import ensembl, hgnc, ncbi, others, uniprot
from tests.upstreams.exchange import Asked, Played, Route
from tests.upstreams.faults import Counts, Fault, Faults, Kind, spoil
from tests.upstreams.world import World

ROUTES: tuple[Route, ...] = (*ncbi.ROUTES, *ensembl.ROUTES, *uniprot.ROUTES, *hgnc.ROUTES, *others.ROUTES)

# The base address of each API, by the setting that names it.
BASES = {
    "ncbi_url": "/ncbi/entrez/eutils",
    "ncbi_files_url": "/ncbi_files/gene/DATA",
    "ensembl_url": "/ensembl",
    "uniprot_url": "/uniprot",
    "hgnc_url": "/hgnc",
    "hgnc_files_url": "/hgnc_files/hgnc/tsv/tsv",
    "mgi_url": "/mgi/downloads/reports",
    "alliance_url": "/alliance/api",
    "omim_url": "/omim/api",
    "omim_files_url": "/omim_files/static/omim/data",
    "mygene_url": "/mygene/v3",
}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Upstreams:
    """All upstreams as one ASGI application; `counts` tell what was asked, `faults` are switched on and off."""

    def __init__(self, world: World, base: str = "") -> None:
        self.world = world
        self.base = base
        self.faults = Faults()
        self.counts = Counts()

    @property
    def settings(self) -> dict[str, str]:
        """The base addresses, by the name of the setting."""
        return {name: f"{self.base}{path}" for name, path in BASES.items()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = await _read_body(receive)
        _, mount, rest = scope["path"].split("/", 2) if scope["path"].count("/") > 1 else ("", "", scope["path"])
        path = f"/{rest}"
        route = self._find(mount, path, scope["method"])
        if route is None:
            await _send(send, Played(b'{"error":"page not found"}', 404))
            return
        asked = Asked(
            scope["method"],
            path,
            dict(parse_qsl(scope["query_string"].decode())),
            {name.decode().lower(): value.decode() for name, value in scope["headers"]},
            body,
            f"{self.base}/{mount}",
        )
        await self._answer(route, asked, send)

    def _find(self, mount: str, path: str, method: str) -> Route | None:
        for route in ROUTES:
            if route.api == mount and method in route.methods and path.startswith(route.path):
                return route
        return None

    async def _answer(self, route: Route, asked: Asked, send: Send) -> None:
        wait_s = self.counts.admit(route, asked)
        if wait_s:
            await _send(send, route.refuse(wait_s))
            return
        faults = self.faults.take(route)
        for fault in faults:
            await _delay(fault)
        poisoned = frozenset[str]().union(*(fault.ids for fault in faults if fault.kind is Kind.POISON))
        omitted = frozenset[str]().union(*(fault.ids for fault in faults if fault.kind is Kind.OMIT))
        asked = Asked(
            asked.method, asked.path, asked.query, asked.headers, asked.body, asked.base, poisoned, omitted
        )  # fmt: skip
        # A whole list takes seconds; the other routes are not kept waiting.
        played = await asyncio.to_thread(route.play, self.world, asked)
        self.counts.count_ids(route, len(played.ids))
        whole = len(played.body)
        for fault in faults:
            played = spoil(played, fault)
        is_cut = any(fault.kind is Kind.CUT for fault in faults)
        await _send(send, played, whole if is_cut else None)


async def _delay(fault: Fault) -> None:
    if fault.kind is Kind.LATENCY:
        await asyncio.sleep(fault.seconds)
    elif fault.kind is Kind.HANG:
        await asyncio.sleep(fault.seconds or 3600)


async def _read_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, played: Played, stated_length: int | None = None) -> None:
    length = len(played.body) if stated_length is None else stated_length
    headers = {"content-type": played.content_type, "content-length": str(length), **played.headers}
    listed = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": played.status, "headers": listed})
    await send({"type": "http.response.body", "body": played.body, "more_body": stated_length is not None})


def configure(upstreams: Upstreams, port: int) -> uvicorn.Server:
    """Return the server, not yet started; what hangs when it ends is not waited for."""
    upstreams.base = f"http://127.0.0.1:{port}"
    config = uvicorn.Config(
        upstreams,
        host="127.0.0.1",
        port=port,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        backlog=2048,
    )
    return uvicorn.Server(config)


@contextmanager
def played(world: World | None = None) -> Iterator[Upstreams]:
    """Give the upstreams, served until the block ends."""
    upstreams = Upstreams(world or World())
    server = configure(upstreams, free_port())
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield upstreams
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(5)
