"""Serve the app with a probe that measures how long anything holds the event loop.

    RESOLVER_DATA_DIR=… python -m tests.probed PORT

`GET /held` returns the longest hold in seconds since the last such request. Time in which the loop waited for a
processor is left out, and a hold is never longer than the processor time that this process used in it: other programs
on the machine do not make it longer.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from resolver.web.app import create_app_from_environment

_EVERY_S = 0.002


def _read_wait() -> float:
    """Return for how many seconds this thread was ready to run and had no processor (Linux)."""
    with open("/proc/thread-self/schedstat", "rb") as opened:  # noqa: PTH123  (called often)
        return int(opened.read().split()[1]) / 1e9


class Probe:
    """Sleep for moments in the event loop, and record how much later than requested each sleep ended."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._rounds = 0

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            began, used, waited = time.monotonic(), time.process_time(), _read_wait()
            await asyncio.sleep(_EVERY_S)
            late = time.monotonic() - began - _EVERY_S - (_read_wait() - waited)
            self._longest = max(self._longest, min(late, time.process_time() - used))
            self._rounds += 1

    async def take(self) -> float:
        """Return the longest hold since the last call, the one that has just ended too."""
        until = self._rounds + 2
        while self._rounds < until:
            await asyncio.sleep(_EVERY_S)
        longest, self._longest = self._longest, 0.0
        return longest


def make_probed() -> FastAPI:
    """Return the app as `resolver serve` makes it, with the probe and its route."""
    probe = Probe()
    app = create_app_from_environment()
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def probing(running: FastAPI) -> AsyncIterator[None]:
        async with lifespan(running):
            watching = asyncio.create_task(probe.watch())
            yield
            watching.cancel()

    app.router.lifespan_context = probing

    @app.get("/held", include_in_schema=False)
    async def show_held() -> dict[str, float]:
        return {"held": await probe.take(), "process": os.getpid()}

    @app.get("/hold", include_in_schema=False)
    async def hold(seconds: float) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    return app


if __name__ == "__main__":
    uvicorn.run(make_probed(), port=int(sys.argv[1]), log_level="warning")
