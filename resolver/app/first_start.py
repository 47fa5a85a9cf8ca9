"""Report the first start of a program that uses the library: unpacking the embedded genome takes a while."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOGGER = logging.getLogger(__name__)


@contextmanager
def first_start(folder: object, stream: TextIO | None = None) -> Iterator[Callable[[str, float | None], None]]:
    """Yield a function that reports stages of the work in `folder`, and the share of it that is done.

    It writes one line to the stream (default: standard error) if that is a terminal, else a message of `logging` for
    each stage.
    """
    stream = stream or sys.stderr
    is_terminal = stream is not None and stream.isatty()  # without a console there is no standard error
    last = ""

    def report(stage: str, share: float | None = None) -> None:
        nonlocal last
        if is_terminal:
            done = "" if share is None else f" {share:.0%}"
            stream.write(f"\r\x1b[Kresolver, first start: {stage} into {folder}{done}")
            stream.flush()
        elif stage != last:
            _LOGGER.info("first start: %s into %s", stage, folder)
        last = stage

    try:
        yield report
    finally:
        if is_terminal and last:
            stream.write("\n")
            stream.flush()
