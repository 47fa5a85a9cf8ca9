"""The server: one process on the loopback address, in a thread of its own, that plays all upstreams at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from tests.serving import free_port
from tests.upstreams import ensembl, hgnc, mgi, mygene, ncbi, omim, uniprot
from tests.upstreams.exchange import Played, Request
from tests.upstreams.faults import Counts, Fault, Faults, Kind, spoil
from tests.upstreams.route import Route, find_refusal, list_ignored
from tests.upstreams.world import World

ROUTES: tuple[Route, ...] = (
    *ncbi.ROUTES, *ensembl.ROUTES, *uniprot.ROUTES, *hgnc.ROUTES, *mgi.ROUTES, *omim.ROUTES, *mygene.ROUTES
)  # fmt: skip

# The base address of each API, by the setting that names it.
BASES = {
    "ncbi_url": "/ncbi/entrez/eutils",
    "ncbi_files_url": "/ncbi_files/gene/DATA",
    "ensembl_url": "/ensembl",
    "uniprot_url": "/uniprot",
    "hgnc_url": "/hgnc",
    "hgnc_files_url": "/hgnc_files/public-download-files/hgnc/tsv/tsv",
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
    """All upstreams as one ASGI application; `counts` record the requests, `faults` are switched on and off."""

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
        route = next((one for one in ROUTES if one.matches(mount, path)), None)
        if route is None:
            await _send(send, Played(b'{"error":"page not found"}', 404))
            return
        request = Request(
            scope["method"],
            path,
            dict(parse_qsl(scope["query_string"].decode())),
            {name.decode().lower(): value.decode() for name, value in scope["headers"]},
            body,
            f"{self.base}/{mount}",
            f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}",
        )
        await self._answer(route, request, send)

    async def _answer(self, route: Route, request: Request, send: Send) -> None:
        own = route.headers(self.world)
        wait_s = self.counts.admit(route, request)
        if wait_s:
            busy = route.refuse(wait_s)
            await _send(send, replace(busy, headers={**own, **busy.headers}))
            return
        faults = self.faults.take(route)
        for fault in faults:
            await _delay(fault)
        poisoned = frozenset[str]().union(*(fault.ids for fault in faults if fault.kind is Kind.POISON))
        omitted = frozenset[str]().union(*(fault.ids for fault in faults if fault.kind is Kind.OMIT))
        request = replace(request, poisoned=poisoned, omitted=omitted)
        self.counts.count_ignored(route, list_ignored(route, request))
        played = find_refusal(route, request)
        if played is not None:
            self.counts.count_refusal(route, played.status)
        else:
            # A whole list takes seconds; the other routes are not kept waiting.
            played = await asyncio.to_thread(route.play, self.world, request)
        self.counts.count_ids(route, len(played.ids))
        if not played.by_gateway:
            played = replace(played, headers={**own, **played.headers})
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
        http="h11",
        h11_max_incomplete_event_size=1 << 20,  # longer heads than the true servers take: they are refused by rule
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
        upstreams.world.close()
