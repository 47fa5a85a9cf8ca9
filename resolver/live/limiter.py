"""Limit the rate of requests to each host: one limiter for all tasks, below the rates that the hosts publish."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ..errors import SourceBusy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ..sources.live.base import Rate

    Clock = Callable[[], float]  # seconds, from any beginning
    Sleep = Callable[[float], Awaitable[None]]  # seconds

_HOUR, _DAY = 3_600.0, 86_400.0
# A longer wait for a quota is an error; a job that runs for hours comes back later.
LONGEST_WAIT_S = 120.0


class HostLimiter:
    """Let calls to one host pass: evenly spaced at its rate, `burst` at once after a pause, and within quotas."""

    def __init__(self, name: str, rate: Rate, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self.name = name
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._slots = asyncio.Semaphore(rate.concurrency)
        self._turn = asyncio.Lock()
        self._next_at = 0.0
        self._paused_until = 0.0
        self._passed: deque[float] = deque()
        self.waited_s = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot among the concurrent calls; raises SourceBusy if none is allowed for two minutes.

        A call that has a slot takes its `turn` just before it sends, because opening a connection takes time.
        """
        async with self._slots:
            while (wait_s := self._blocked_s(self._clock())) > 0:
                await self._wait(wait_s)
            yield

    async def turn(self) -> None:
        """Wait until the next call may be sent; first come, first served."""
        async with self._turn:
            while (wait_s := max(self._next_at - (now := self._clock()), self._blocked_s(now))) > 0:
                await self._wait(wait_s)
            now = self._clock()
            interval = 1 / self._rate.per_second
            # What was not used is kept up to the burst.
            self._next_at = max(self._next_at, now - (self._rate.burst - 1) * interval) + interval
            if self._rate.per_hour is not None or self._rate.per_day is not None:
                self._passed.append(now)

    def left(self) -> None:
        """Note that a call was sent now, which may be later than its turn, to keep the distance to the next one."""
        if self._rate.burst == 1:
            self._next_at = max(self._next_at, self._clock() + 1 / self._rate.per_second)

    def pause(self, seconds: float) -> None:
        """Let no call pass for this long, as the host required."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    @property
    def pause_left_s(self) -> float:
        """For how many more seconds the host required a pause; 0 if none."""
        return max(0.0, self._paused_until - self._clock())

    async def _wait(self, wait_s: float) -> None:
        if wait_s > LONGEST_WAIT_S:
            raise SourceBusy(
                f"{self.name} is not queried again for {wait_s:.0f} s", source=self.name, retry_after_s=wait_s
            )
        self.waited_s += wait_s
        await self._sleep(wait_s)

    def _blocked_s(self, now: float) -> float:
        """Return how long a pause or a quota blocks all calls."""
        return max(0.0, self._paused_until - now, *self._quota_waits(now))

    def _quota_waits(self, now: float) -> tuple[float, float]:
        while self._passed and self._passed[0] <= now - _DAY:
            self._passed.popleft()
        return self._wait_of(self._rate.per_hour, _HOUR, now), self._wait_of(self._rate.per_day, _DAY, now)

    def _wait_of(self, most: int | None, seconds: float, now: float) -> float:
        """Return how long a quota is still used up: until the call that was `most` calls ago is out of its window."""
        if most is None or len(self._passed) < most:
            return 0.0
        return self._passed[-most] + seconds - now


class CircuitBreaker:
    """A circuit breaker: after `failures` in a row a host is not queried for `rest_s` seconds, then once."""

    def __init__(self, *, failures: int = 6, rest_s: float = 60.0, clock: Clock = time.monotonic) -> None:
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._open_until = 0.0
        self.cause: str | None = None  # of the last failure; None after a success

    @property
    def is_open(self) -> bool:
        """Whether the host is not queried now."""
        return self._clock() < self._open_until

    def record(self, *, succeeded: bool, cause: str | None = None) -> None:
        """Count how a call ended; `cause` describes a failure."""
        if succeeded:
            self._failed, self.cause = 0, None
            return
        self.cause = cause
        self._failed += 1
        if self._failed >= self._most:
            self._open_until = self._clock() + self._rest_s
            self._failed = self._most - 1  # one more failure after the rest, and it rests again
