"""Repeat a piece of work in a thread, driven by those who need its result."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)


class BackgroundTask:
    """Do the work in a thread of its own, at most every `every_s` seconds and never twice at once."""

    def __init__(self, work: Callable[[], None], *, clock: Callable[[], float], every_s: float) -> None:
        self._work = work
        self._clock = clock
        self._every_s = every_s
        self._began_at = clock()
        self._is_running = threading.Lock()

    def begin_if_due(self) -> None:
        """Begin, if it is time, and return at once. Costs a look at the clock."""
        now = self._clock()
        if now - self._began_at < self._every_s or not self._is_running.acquire(blocking=False):
            return
        self._began_at = now
        try:
            threading.Thread(target=self._run, name=self._work.__qualname__, daemon=True).start()
        except RuntimeError as error:  # no thread can be started now
            self._is_running.release()
            _LOGGER.warning("%s is put off: %s", self._work.__qualname__, error)

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._is_running.release()
