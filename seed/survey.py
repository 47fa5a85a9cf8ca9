"""Query source databases before anything is fetched: reachable hosts, present URLs, sizes and dates."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tenacity import stop_after_attempt, stop_after_delay

from resolver.errors import SourceError, SourceUnreachable

from .download import utc_now
from .fetch_policy import POLITE, HostSemaphores, host_of, open_client, retrying
from .listing import find_listed_url
from .transfer import Upstream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import httpx

    from resolver.sources.base import SourceFile

    from .fetch_policy import FetchPolicy, Sleep
    from .transfer import Clock

T = TypeVar("T")

# No request is retried after this, so that a machine without internet access fails soon.
_RETRIED_FOR_S = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source reports of one file: its present URL, or the problem.

    `size` and `last_modified` are None if the source does not report them.
    """

    url: str = ""
    size: int | None = None
    last_modified: str | None = None
    problem: SourceError | None = None


def query_upstreams(
    files: Sequence[SourceFile],
    policy: FetchPolicy = POLITE,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock = utc_now,
    sleep: Sleep = asyncio.sleep,
) -> dict[str, Answer]:
    """Return what sources report of each published file, by its key; nothing is fetched.

    Each listing is requested once, and a host without a connection is not tried again for its other files.
    """
    return asyncio.run(_query_all([file for file in files if file.url], policy, transport, clock, sleep))


async def _query_all(
    files: Sequence[SourceFile],
    policy: FetchPolicy,
    transport: httpx.AsyncBaseTransport | None,
    clock: Clock,
    sleep: Sleep,
) -> dict[str, Answer]:
    async with open_client(policy, transport) as client:
        survey = _Survey(client, policy, clock, sleep)
        answers = await asyncio.gather(*(survey.answer(file) for file in files))
    return {file.key: answer for file, answer in zip(files, answers, strict=True)}


class _Survey:
    """What the requests of one run share."""

    def __init__(self, client: httpx.AsyncClient, policy: FetchPolicy, clock: Clock, sleep: Sleep) -> None:
        self._client = client
        self._policy = policy
        self._clock = clock
        self._sleep = sleep
        # No limit for all: a host that does not answer would keep the others waiting.
        self._semaphores = HostSemaphores(policy.per_host, total=1_000)
        self._pages: dict[str, asyncio.Task[str]] = {}
        self._first_contact = defaultdict[str | None, asyncio.Lock](asyncio.Lock)
        self._hosts: dict[str | None, SourceError | None] = {}  # queried hosts: why there is no connection

    async def answer(self, file: SourceFile) -> Answer:
        """Return what the source reports of a file."""
        upstream = Upstream(self._client, file.source, self._clock)
        try:
            url = await find_listed_url(file.url, partial(self._page, upstream), file.source)
        except SourceError as problem:
            return Answer(problem=problem)
        try:
            stamp = await self._query(url, partial(upstream.read_stamp, url))
        except SourceUnreachable as problem:
            return Answer(url, problem=None if problem.connected else problem)
        except SourceError:
            return Answer(url)  # it may send the file all the same
        return Answer(url, stamp.size, stamp.last_modified)

    async def _page(self, upstream: Upstream, url: str) -> str:
        if url not in self._pages:
            self._pages[url] = asyncio.ensure_future(self._query(url, partial(upstream.read_page, url)))
        return await self._pages[url]

    async def _query(self, url: str, request: Callable[[], Awaitable[T]]) -> T:
        """Return the response to a request, retried if that may help; raises SourceError."""
        host = host_of(url)
        async with self._first_contact[host]:
            if host not in self._hosts:
                try:
                    answer = await self._with_retries(request)
                except SourceError as error:
                    gone = isinstance(error, SourceUnreachable) and not error.connected
                    self._hosts[host] = error if gone else None
                    raise
                self._hosts[host] = None
                return answer
        if (lost := self._hosts[host]) is not None:
            raise lost
        async with self._semaphores.turn(url):
            return await self._with_retries(request)

    async def _with_retries(self, request: Callable[[], Awaitable[T]]) -> T:
        stop = stop_after_attempt(self._policy.query_attempts) | stop_after_delay(_RETRIED_FOR_S)
        answer: T = await retrying(self._policy, self._sleep, stop=stop)(request)
        return answer
