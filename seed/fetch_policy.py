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
class FetchPolicy:
    """The limits of requests to source databases.

    At most `per_host` files of one host and `total` files in all are downloaded concurrently. A download fails after
    `attempts` consecutive attempts without a new byte, a query of size and date after `query_attempts`, and either
    one at once if the server requires a wait of more than `longest_wait_s`. `contact` is a URL or mail address for the
    operators of a server to write to.
    """

    contact: str | None = None
    per_host: int = 2
    total: int = 4
    attempts: int = 6
    query_attempts: int = 3
    longest_wait_s: float = 120
    connect_timeout_s: float = 10
    stall_timeout_s: float = 60

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return f"gene-xref-resolver/{__version__}" + (f" (+{self.contact})" if self.contact else "")


POLITE = FetchPolicy()


def open_client(policy: FetchPolicy, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return the HTTP client of all requests to source databases."""
    return httpx.AsyncClient(
        transport=transport,
        # Without compression Content-Length and ranges count the bytes of the file.
        headers={"User-Agent": policy.user_agent, "Accept-Encoding": "identity"},
        follow_redirects=True,
        timeout=httpx.Timeout(policy.stall_timeout_s, connect=policy.connect_timeout_s, pool=None),
    )


def retrying(
    policy: FetchPolicy,
    sleep: Sleep,
    *,
    stop: StopBaseT | None = None,
    after: OnFailure | None = None,
    before_sleep: OnFailure | None = None,
) -> AsyncRetrying:
    """Return a retry loop for temporary errors, with growing waits; it raises the last error when it gives up.

    It gives up after `attempts`, or as `stop` decides. `after` is called after each failure, `before_sleep` before each
    wait.
    """

    def may_pass(error: BaseException) -> bool:
        if isinstance(error, SourceBusy):
            return (error.retry_after_s or 0) <= policy.longest_wait_s
        return isinstance(error, SourceUnreachable)

    return AsyncRetrying(
        retry=retry_if_exception(may_pass),
        after=after or (lambda _state: None),
        stop=stop or stop_after_attempt(policy.attempts),
        wait=_wait_s,
        before_sleep=before_sleep,
        sleep=sleep,
        reraise=True,
    )


def _wait_s(state: RetryCallState) -> float:
    error = state.outcome and state.outcome.exception()
    required_s = error.retry_after_s if isinstance(error, SourceBusy) else None
    return max(_backoff(state), required_s or 0)


class HostSemaphores:
    """Limit concurrent requests: to `per_host` for each host, and to `total` for all hosts."""

    def __init__(self, per_host: int, total: int) -> None:
        self._all = asyncio.Semaphore(total)
        self._hosts = defaultdict[str | None, asyncio.Semaphore](lambda: asyncio.Semaphore(per_host))

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait for a slot of the host, then for one of all; it is kept while a failed request waits for its retry."""
        async with self._hosts[host_of(url)], self._all:
            yield


def host_of(url: str) -> str | None:
    """Return the host of a URL, or None if it has none."""
    return urlsplit(url).hostname
