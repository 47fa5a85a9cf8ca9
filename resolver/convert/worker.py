"""A worker process of a conversion: gets a task, then lists of cells, and returns what they become."""

from __future__ import annotations

import gc
import pickle
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import ResolverError
from ..resolve.resolver import Resolver
from .cells import CellConverter
from .rendering import render

if TYPE_CHECKING:
    from .rendering import WorkerTask


def main() -> None:
    """Answer until the pipe is closed, or cells raise an error of ours, which the caller then raises itself."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    # Answers have no reference cycles: counting frees them, and the search for cycles would take a tenth of the time.
    gc.disable()
    task: WorkerTask = pickle.load(source)  # noqa: S301  (of the process that started this one)
    cells = CellConverter(Resolver(task.reader), task.plan, task.rule, None if task.marks is None else task.marks.get)
    with suppress(EOFError, ResolverError):
        while True:
            rendered = render(pickle.load(source), cells, task.plan, task.tails)  # noqa: S301
            pickle.dump(rendered, out, pickle.HIGHEST_PROTOCOL)
            out.flush()


if __name__ == "__main__":
    main()
