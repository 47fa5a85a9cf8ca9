"""Run nightly runs against the simulated source databases, with a real client, ledger and release."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from resolver.live.checker import Checker
from resolver.live.client import Access, LiveClient
from resolver.live.counting import CountingTransport
from resolver.nightly.calls import CallCounter
from resolver.nightly.job import NightlyJob, RunResult
from resolver.nightly.model import Progress, Terms
from resolver.sources.live.registry import HOSTS
from resolver.store.ledger import Ledger
from resolver.store.ledger_engine import open_engine
from resolver.store.ledger_reader import open_reader
from resolver.store.release import Release
from resolver.store.tracked_reader import TrackedReader
from tests.upstreams.server import Upstreams

NOW = 1_790_000_000.0


class Few(TrackedReader):
    """A release of which only a few identifiers are queried, so a run takes a moment."""

    def __init__(self, release: Release, curies: Iterable[str]) -> None:
        super().__init__(release)
        self._few = list(curies)

    def list_curies(self, prefixes: Sequence[str]) -> Iterator[str]:
        """Yield the few."""
        return (curie for curie in self._few if curie.partition(":")[0] in prefixes)


class Wall:
    """A wall clock that a test turns."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the moment."""
        return self.now


def access_to(upstreams: Upstreams, **more: Any) -> Access:
    """Return how the simulated source databases are reached: with few attempts, but with time for a busy machine."""
    settings = upstreams.settings
    urls = {host.name: settings[f"{host.name}_url"] for host in HOSTS}
    given: dict[str, Any] = {"timeout_s": 30.0, "attempts": 2, "backoff_s": 0.01, "breaker_rest_s": 0.05} | more
    return Access(urls=urls, **given)


def run_once(
    ledger_url: str,
    upstreams: Upstreams,
    release: Release,
    curies: Iterable[str] | None = None,
    *,
    terms: Terms | None = None,
    clock: Callable[[], float] | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_start: Callable[[NightlyJob], None] = lambda _: None,
    access_options: dict[str, Any] | None = None,
    ledger_class: type[Ledger] = Ledger,
    tracked: TrackedReader | None = None,
    urls: Mapping[str, str] | None = None,
) -> RunResult:
    """Run one nightly run to its end."""
    tracked = tracked or (TrackedReader(release) if curies is None else Few(release, curies))
    ledger = ledger_class(open_engine(ledger_url), ledger_url)
    reader = open_reader(ledger_url)
    calls = CallCounter()

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))

    async def nightly_run(token: str) -> RunResult:
        access = access_to(upstreams, **(access_options or {}))
        access = replace(access, urls={**access.urls, **(urls or {})})
        client = LiveClient(access, transport=CountingTransport(calls.count))
        async with Checker(client) as checker:
            job = NightlyJob(
                ledger, reader, tracked, checker, terms or Terms(patience_s=100), calls=calls,
                clock=clock or Wall(), sleep=sleep, on_progress=on_progress,
            )  # fmt: skip
            on_start(job)
            return await job.run(token, holder="a test")

    try:
        with ledger.lease().keep() as token:
            return asyncio.run(nightly_run(token))
    finally:
        tracked.close()
        reader.close()
        ledger.close()


def curies_of(release: Release, prefix: str, number: int) -> list[str]:
    """Return some identifiers of the release, in the order of its table."""
    tracked = TrackedReader(release)
    found = sorted(tracked.list_curies((prefix,)))
    tracked.close()
    return found[:number]
