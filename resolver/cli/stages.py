"""Show how far long work is, and open the resolver, whose first start unpacks the embedded genome."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..app.resolver import LocalResolver
from .console import make_console, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..app.stores import OnStage


def open_resolver() -> LocalResolver:
    """Return a resolver on the current release; on a first start, show how far the embedded genome is unpacked."""
    with showing_stages() as on_stage:
        return LocalResolver(on_stage=on_stage)


@contextmanager
def showing_stages() -> Iterator[OnStage]:
    """Yield a function that reports stages: a bar on a terminal, else a line with the seconds so far for each stage."""
    bar = _StageBar() if sys.stderr.isatty() else _StageLines()
    try:
        yield bar
    finally:
        bar.close()


class _StageLines:
    def __init__(self) -> None:
        self._started = time.monotonic()
        self._last = ""

    def __call__(self, stage: str, share: float | None = None) -> None:
        if stage != self._last:
            say(f"{time.monotonic() - self._started:6.1f} s  {stage}")
        self._last = stage

    def close(self) -> None:
        """Do nothing: every line is complete."""


class _StageBar:
    def __init__(self) -> None:
        self._close = self.close

    def __call__(self, stage: str, share: float | None = None) -> None:
        if not hasattr(self, "_bar"):  # rich is loaded where there is something to show
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description:32}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=make_console(stderr=True))
            self._task = self._bar.add_task(stage, total=None)
            self._bar.start()
        self._bar.update(self._task, description=stage, completed=share or 0.0, total=None if share is None else 1.0)

    def close(self) -> None:
        """Leave the bar as it is, and give the terminal back."""
        if hasattr(self, "_bar"):
            self._bar.stop()
