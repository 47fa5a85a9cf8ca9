"""The fetch policy: identification, concurrency, retries and waits of requests to source databases."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from resolver.errors import SourceBusy, SourceUnreachable
from resolver.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tenacity import RetryCallState
    from tenacity.stop import StopBaseT

    Sleep = Callable[[float], Awaitable[None]]  # seconds
    OnFailure = Callable[[RetryCallState], None]

_backoff = wait_exponential_jitter(initial=1, max=60, jitter=1)  # seconds


@dataclass(frozen=True, slots=True)
class Manners:
    """How upstreams are treated.

    At most `per_host` files of one host and `total` of all are fetched at once. A file is given up after `attempts`
    in a row that brought no new byte, a question (what is there, how large) after `questions`, and either at once where
    an upstream asks for a wait above `longest_wait_s`. `contact` (a URL or mail address) tells upstreams whom to
    write to.
    """

    contact: str | None = None
    per_host: int = 2
    total: int = 4
    attempts: int = 6
    questions: int = 3
    longest_wait_s: float = 120
    connect_timeout_s: float = 10
    stall_timeout_s: float = 60

    @property
    def user_agent(self) -> str:
        """What we call ourselves."""
        return f"gene-xref-resolver/{__version__}" + (f" (+{self.contact})" if self.contact else "")


POLITE = Manners()


def open_client(manners: Manners, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the client that all requests to upstreams go through."""
    return httpx.AsyncClient(
        transport=transport,
        # Identity: Content-Length then counts the bytes of the file, and a range means what it says.
        headers={"User-Agent": manners.user_agent, "Accept-Encoding": "identity"},
        follow_redirects=True,
        timeout=httpx.Timeout(manners.stall_timeout_s, connect=manners.connect_timeout_s, pool=None),
    )


def retrying(
    manners: Manners,
    sleep: Sleep,
    *,
    stop: StopBaseT | None = None,
    after: OnFailure | None = None,
    before_sleep: OnFailure | None = None,
) -> AsyncRetrying:
    """Return what asks again, after waits that grow, while an error may pass; it raises the last when out of patience.

    `stop` tells when that is, by default after `attempts`; `after` hears of each failure, `before_sleep` of each wait.
    """

    def may_pass(error: BaseException) -> bool:
        if isinstance(error, SourceBusy):
            return (error.retry_after_s or 0) <= manners.longest_wait_s
        return isinstance(error, SourceUnreachable)

    return AsyncRetrying(
        retry=retry_if_exception(may_pass),
        after=after or (lambda _state: None),
        stop=stop or stop_after_attempt(manners.attempts),
        wait=_wait_s,
        before_sleep=before_sleep,
        sleep=sleep,
        reraise=True,
    )


def _wait_s(state: RetryCallState) -> float:
    error = state.outcome and state.outcome.exception()
    asked_s = error.retry_after_s if isinstance(error, SourceBusy) else None
    return max(_backoff(state), asked_s or 0)


class Gates:
    """Places for what is under way at once: so many for each host, and so many for all."""

    def __init__(self, per_host: int, total: int) -> None:
        self._all = asyncio.Semaphore(total)
        self._hosts = defaultdict[str | None, asyncio.Semaphore](lambda: asyncio.Semaphore(per_host))

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait for a place at a host, then among all; who waits to try again keeps it, to spare both."""
        async with self._hosts[host_of(url)], self._all:
            yield


def host_of(url: str) -> str | None:
    """Return the host that a URL names, or None where it names none."""
    return urlsplit(url).hostname
