"""Limits of requests in a time window, counted in the memory of each process."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_WINDOWS = 100_000


class Rate(NamedTuple):
    """What is left of the narrowest limit after a request: `reset_s` is when its window ends."""

    is_exceeded: bool
    name: str
    amount: int
    window_s: int
    left: int
    reset_s: int


class RateLimiter:
    """Count requests by client; `clock` returns seconds since 1970."""

    def __init__(self, *, clock: Callable[[], float] = time.time, most_windows: int = _MOST_WINDOWS) -> None:
        self._clock = clock
        self._windows = FixedWindowRateLimiter(_Windows(clock, most_windows))

    def hit(self, client: str, text: str) -> Rate | None:
        """Count a request of a client against the limits that a text specifies; None if it specifies none."""
        narrowest: Rate | None = None
        for item in read_rates(text):
            is_allowed = self._windows.hit(item, client)
            ends_at, left = self._windows.get_window_stats(item, client)
            reset_s = max(1, round(ends_at - self._clock()))
            rate = Rate(not is_allowed, str(item.GRANULARITY.name), item.amount, item.get_expiry(), left, reset_s)
            if narrowest is None or (rate.is_exceeded, -rate.left) > (narrowest.is_exceeded, -narrowest.left):
                narrowest = rate
        return narrowest

    def is_over(self, client: str, text: str) -> bool:
        """Return whether the next request of a client exceeds a limit, without counting one."""
        return any(not self._windows.test(item, client) for item in read_rates(text))


@lru_cache(maxsize=1024)
def read_rates(text: str) -> tuple[RateLimitItem, ...]:
    """Return the limits that a text specifies (`20/second;1000/hour`), or raise BadOption."""
    if not text.strip():
        return ()
    try:
        return tuple(parse_many(text))
    except ValueError as error:
        raise BadOption(
            f"{text[:80]!r} is not a limit of requests",
            hint="Write it as 20/second, 100/minute or 20/second;1000/hour.",
        ) from error


class _Windows(Storage):
    """Counters in memory; a counter whose window is over is removed when the memory is full.

    The storage of `limits` itself starts a thread every 10 ms while requests come.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float], most: int) -> None:
        self._clock = clock
        self._most = most
        self._counts: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = self._clock()
        count, ends_at = self._counts.get(key, (0, 0.0))
        if ends_at <= now:
            if len(self._counts) >= self._most:
                self._make_room(now)
            count, ends_at = 0, now + expiry
        self._counts[key] = count + amount, ends_at
        return count + amount

    def _make_room(self, now: float) -> None:
        self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
        if len(self._counts) >= self._most:  # rather let clients begin anew than grow
            self._counts.clear()

    def get(self, key: str) -> int:
        count, ends_at = self._counts.get(key, (0, 0.0))
        return count if ends_at > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        return self._counts.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        number = len(self._counts)
        self._counts.clear()
        return number

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)
