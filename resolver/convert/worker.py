"""A worker process of a conversion: gets a task, then calls, and returns what they return.

It imports no table engine, so that it starts at once.
"""

from __future__ import annotations

import gc
import pickle
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import ResolverError
from ..resolve.resolver import Resolver
from .cells import CellConverter

if TYPE_CHECKING:
    from .cell_rows import WorkerTask


def main() -> None:
    """Run calls until the pipe is closed, or cells raise an error of ours, which the caller then raises itself."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    # Answers have no reference cycles: counting frees them, and the search for cycles would take a tenth of the time.
    gc.disable()
    task: WorkerTask = pickle.load(source)  # noqa: S301  (of the process that started this one)
    cells = CellConverter(Resolver(task.reader), task.plan, task.rule, task.marks)
    with suppress(EOFError, ResolverError):
        while True:
            call, values = pickle.load(source)  # noqa: S301
            pickle.dump(call(cells, values), out, pickle.HIGHEST_PROTOCOL)
            out.flush()


if __name__ == "__main__":
    main()
