"""A worker process of a conversion: gets what it converts cells by, then calls, and returns what they return.

It imports no table engine, so that it starts at once.
"""

from __future__ import annotations

import gc
import pickle
import sys
from contextlib import suppress

from ..errors import ResolverError
from ..resolve.resolver import Resolver
from .cells import CellConverter


def main() -> None:
    """Run calls until the pipe is closed, or cells raise an error of ours, which the caller then raises itself."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    # Answers have no reference cycles: counting frees them, and the search for cycles would take a tenth of the time.
    gc.disable()
    reader, plan, rule, marks = pickle.load(source)  # noqa: S301  (of the process that started this one)
    cells = CellConverter(Resolver(reader), plan, rule, marks)
    with suppress(EOFError, ResolverError):
        while True:
            call, values = pickle.load(source)  # noqa: S301
            pickle.dump(call(cells, values), out, pickle.HIGHEST_PROTOCOL)
            out.flush()


if __name__ == "__main__":
    main()
