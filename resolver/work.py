"""The process that does a piece of work beside the service: `python -m resolver.work KIND NICENESS PAYLOAD`.

A kind of work is an entry in `KINDS`: the function that, with the live release, makes it.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import orjson

from .jobs.conversion import KIND as CONVERT
from .jobs.conversion import convert_table
from .jobs.work import run_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from .jobs.work import Work


def _make_conversion() -> Work:
    from .wiring import LocalResolver

    return partial(convert_table, resolver=LocalResolver())


KINDS: dict[str, Callable[[], Work]] = {CONVERT: _make_conversion}


def main() -> int:
    """Do the work that the command line names, and return the exit code."""
    kind, niceness, payload = sys.argv[1:]

    def work(*given: object, **named: object) -> dict[str, object]:
        return KINDS[kind]()(*given, **named)  # type: ignore[arg-type]  # made here, so that its errors are told too

    return run_work(work, orjson.loads(payload), niceness=int(niceness))


if __name__ == "__main__":
    sys.exit(main())
