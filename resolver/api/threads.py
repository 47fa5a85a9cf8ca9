"""Run long work in threads, few at a time.

Each thread keeps the interpreter for some milliseconds before another gets it: with many of them, the event loop would
wait for many turns.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

_AT_ONCE = 4
_limiter: RunVar[CapacityLimiter] = RunVar("long work")

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


async def run_long(
    function: Callable[_Parameters, _Result], *arguments: _Parameters.args, **named: _Parameters.kwargs
) -> _Result:
    """Return what a function returns that takes longer than the event loop can wait."""
    return await run_sync(partial(function, *arguments, **named), limiter=get_limiter())


async def iterate_long(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the parts of an iterator; each is made in a thread."""
    while (part := await run_long(next, parts, None)) is not None:
        yield part


def get_limiter() -> CapacityLimiter:
    """Return the limiter of long work in this event loop."""
    try:
        return _limiter.get()
    except LookupError:  # an event loop has one of its own
        limiter = CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
        return limiter
