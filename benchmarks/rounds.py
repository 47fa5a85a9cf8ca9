"""Taking turns: every way is run in each round, so that a drift of the machine's speed meets them alike."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def measure(ways: dict[str, Callable[[], int]], rounds: int = 7) -> dict[str, float]:
    """Return the median rate of each way, in items per second; a way returns how many items it did."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            items = way()
            if number:  # the first round warms up
                rates[name].append(items / (time.perf_counter() - begun))
    return {name: statistics.median(each) for name, each in rates.items()}


def show(title: str, rates: dict[str, float], unit: str, against: str) -> None:
    """Print each rate and its ratio to that of `against`."""
    print(f"\n{title}")
    for name, rate in rates.items():
        print(f"  {name:<58} {rate:>12,.0f} {unit}/s   {rate / rates[against]:>6.3f} of {against!r}")
