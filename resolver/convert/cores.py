"""How many threads convert a table beside each other."""

from __future__ import annotations

import os

_FEWEST = 2  # so that one goes on where the other waits
_MOST = 8  # what is left to Python alone fills a core by then


def count_workers() -> int:
    """Return a thread for each core that this process may use, at least two and at most eight."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or _FEWEST
    return min(_MOST, max(_FEWEST, usable))
