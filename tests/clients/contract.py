"""The same calls for `Resolver`, `Client` and `AsyncClient`: what the tests of their common interface use."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from resolver.client import AsyncClient


class Blocking:
    """An `AsyncClient` whose methods are run to their end, in one event loop."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)
        if inspect.iscoroutinefunction(method):
            return lambda *args, **named: self.loop.run_until_complete(method(*args, **named))
        return lambda *args, **named: _Answers(method(*args, **named), self.loop)

    def close(self) -> None:
        """Close the connections and the loop."""
        self.loop.run_until_complete(self.client.aclose())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


class _Answers(Iterator[Any]):
    def __init__(self, answers: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.answers, self.loop = answers, loop

    def __next__(self) -> Any:
        try:
            return self.loop.run_until_complete(anext(self.answers))
        except StopAsyncIteration:
            raise StopIteration from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.answers, name)
