"""The limit of bytes that the files of all jobs may take, uploads under way included."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from ..errors import JobsFull, TooMany

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_REMEMBER_S = 2.0


class StorageBudget:
    """Measure the files of a jobs folder, which are those of all processes; no limit if it is None.

    `reserve` sets bytes aside that an upload announced, so that uploads that begin together do not fill the disk.
    """

    def __init__(self, folder: Path, limit: int | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self.limit = limit
        self._clock = clock
        self._locking = threading.Lock()
        self._measured = 0
        self._measured_at = float("-inf")
        self._reserved: dict[object, int] = {}

    def measure(self, *, again: bool = False) -> int:
        """Return the bytes of all files, as they were at most two seconds ago; reads the folder."""
        if again or self._clock() - self._measured_at >= _REMEMBER_S:
            self._measured, self._measured_at = _measure(self._folder), self._clock()
        return self._measured

    def check(self, more: int = 0) -> None:
        """Raise JobsFull if `more` bytes exceed the limit, TooMany if they exceed it alone."""
        if self.limit is None:
            return
        if more > self.limit:
            raise TooMany(
                f"the table is over {self.limit:,} bytes, the limit of all jobs together",
                hint="Compress the table with gzip or zstd, or send it in parts.",
            )
        reserved = sum(self._reserved.values())
        if self.measure() + reserved + more > self.limit and self.measure(again=True) + reserved + more > self.limit:
            raise JobsFull(
                f"the tables and results of all jobs take {self._measured:,} of {self.limit:,} bytes",
                hint="Remove jobs whose results are not needed any more (DELETE), or send it again later.",
            )

    def reserve(self, size: int) -> Callable[[], None]:
        """Set bytes aside and return the function that releases them; raises what `check` raises."""
        with self._locking:
            self.check(size)
            reservation = object()
            self._reserved[reservation] = size
        return lambda: self._forget(reservation)

    def _forget(self, reservation: object) -> None:
        self._reserved.pop(reservation, None)


def _measure(folder: Path) -> int:
    size, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        else:
                            size += entry.stat(follow_symlinks=False).st_size
                    except FileNotFoundError:
                        continue  # removed meanwhile
        except (FileNotFoundError, NotADirectoryError):
            continue
    return size
