"""Retry what may succeed later: lost connections, and statuses that ask for patience. `Retry-After` is respected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
from tenacity import retry_if_exception, stop_after_attempt, wait_random_exponential

from .problems import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tenacity import RetryCallState

_PATIENT = frozenset({408, 425, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent, and how long to wait in between; all times are in seconds.

    Waits are random and grow from `first_wait_s`. A `Retry-After` of the service replaces them; one that is longer than
    `longest_wait_s` ends the attempts.
    """

    attempts: int = 5
    first_wait_s: float = 0.5
    longest_wait_s: float = 120.0

    def build(self, sleep: Callable[[float], Any]) -> dict[str, Any]:
        """Return the arguments of tenacity's `Retrying` or `AsyncRetrying`."""
        return {
            "sleep": sleep,
            "retry": retry_if_exception(self._is_worth_it),
            "wait": self._wait,
            "stop": stop_after_attempt(self.attempts),
            "reraise": True,
        }

    def _is_worth_it(self, error: BaseException) -> bool:
        if isinstance(error, Unavailable):
            return error.retry_after_s is None or error.retry_after_s <= self.longest_wait_s
        return isinstance(error, httpx.TransportError)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, Unavailable) and error.retry_after_s is not None:
            return error.retry_after_s
        return wait_random_exponential(multiplier=self.first_wait_s, max=self.longest_wait_s)(state)


def raise_if_unavailable(response: httpx.Response) -> None:
    """Raise Unavailable for a status after which the same request may succeed."""
    if response.status_code in _PATIENT:
        raise Unavailable(response, read_retry_after(response.headers.get("retry-after")))


def read_retry_after(value: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header requires: a number or a date; None if it says neither."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
