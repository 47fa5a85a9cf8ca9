"""Threads for blocking calls that nothing can end, such as the resolution of names by a DNS server that is silent."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class LeftBehindExecutor(ThreadPoolExecutor):
    """Run each call in a daemon thread, for which neither the event loop nor the interpreter waits at its end.

    asyncio and `ThreadPoolExecutor` join their threads at exit, and `getaddrinfo` can take half a minute. It is for
    calls without side effects, and for callers that limit how many run at once.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401  (any call)
        """Start a call and return its future."""
        future: Future[Any] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  (whoever waits for the future gets it)
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=run, name="name resolution", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Return at once."""
