"""Count the requests of a run for each source, also if several sources share a host."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCE: ContextVar[str] = ContextVar("source", default="")


class CallCounter:
    """Count calls under the name of the current source, with those of the tasks that it starts."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self) -> None:
        """Count one call."""
        self._counts[_SOURCE.get()] += 1

    def __call__(self, source: str) -> int:
        """Return how many calls were sent for a source."""
        return self._counts[source]

    @contextmanager
    def for_source(self, source: str) -> Iterator[None]:
        """Count the calls within the block for this source."""
        token = _SOURCE.set(source)
        try:
            yield
        finally:
            _SOURCE.reset(token)
