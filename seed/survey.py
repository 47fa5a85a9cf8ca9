"""What upstreams say before anything is fetched: which hosts answer, today's addresses, sizes and dates."""

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

# No question is put again after this, so that a machine without internet learns it soon.
_ASKED_FOR_S = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What an upstream says of one file: its address today, or the problem for which there is none.

    `size` and `last_modified` are None where the upstream does not state them.
    """

    url: str = ""
    size: int | None = None
    last_modified: str | None = None
    problem: SourceError | None = None


def ask_upstreams(
    files: Sequence[SourceFile],
    policy: FetchPolicy = POLITE,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Clock = utc_now,
    sleep: Sleep = asyncio.sleep,
) -> dict[str, Answer]:
    """Return what upstreams say of each published file, by its key; nothing is fetched.

    Each listing is asked for once, and a host that cannot be connected to is not tried again for its other files.
    """
    return asyncio.run(_ask_all([file for file in files if file.url], policy, transport, clock, sleep))


async def _ask_all(
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
    """What the questions of one run share."""

    def __init__(self, client: httpx.AsyncClient, policy: FetchPolicy, clock: Clock, sleep: Sleep) -> None:
        self._client = client
        self._policy = policy
        self._clock = clock
        self._sleep = sleep
        # No limit for all: a host that does not answer would keep the others waiting.
        self._semaphores = HostSemaphores(policy.per_host, total=1_000)
        self._pages: dict[str, asyncio.Task[str]] = {}
        self._first_contact = defaultdict[str | None, asyncio.Lock](asyncio.Lock)
        self._hosts: dict[str | None, SourceError | None] = {}  # those that were asked: why there is no connection

    async def answer(self, file: SourceFile) -> Answer:
        """Return what the upstream says of a file."""
        upstream = Upstream(self._client, file.source, self._clock)
        try:
            url = await find_listed_url(file.url, partial(self._page, upstream), file.source)
        except SourceError as problem:
            return Answer(problem=problem)
        try:
            stamp = await self._ask(url, partial(upstream.read_stamp, url))
        except SourceUnreachable as problem:
            return Answer(url, problem=None if problem.connected else problem)
        except SourceError:
            return Answer(url)  # it may send the file all the same
        return Answer(url, stamp.size, stamp.last_modified)

    async def _page(self, upstream: Upstream, url: str) -> str:
        if url not in self._pages:
            self._pages[url] = asyncio.ensure_future(self._ask(url, partial(upstream.read_page, url)))
        return await self._pages[url]

    async def _ask(self, url: str, question: Callable[[], Awaitable[T]]) -> T:
        """Return the answer to a question, put again where that may help; raises SourceError."""
        host = host_of(url)
        async with self._first_contact[host]:
            if host not in self._hosts:
                try:
                    answer = await self._patiently(question)
                except SourceError as error:
                    gone = isinstance(error, SourceUnreachable) and not error.connected
                    self._hosts[host] = error if gone else None
                    raise
                self._hosts[host] = None
                return answer
        if (lost := self._hosts[host]) is not None:
            raise lost
        async with self._semaphores.turn(url):
            return await self._patiently(question)

    async def _patiently(self, question: Callable[[], Awaitable[T]]) -> T:
        stop = stop_after_attempt(self._policy.questions) | stop_after_delay(_ASKED_FOR_S)
        answer: T = await retrying(self._policy, self._sleep, stop=stop)(question)
        return answer
