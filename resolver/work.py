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


def _refuse_check() -> Work:
    from .errors import LiveOff

    raise LiveOff(
        "the service does not ask upstreams any more",
        hint="Whoever runs it can switch that on with RESOLVER_LIVE=true.",
    )


# A list is checked in the service itself, as all calls to an upstream share one limiter; without live checks by nobody.
KINDS: dict[str, Callable[[], Work]] = {CONVERT: _make_conversion, "check": _refuse_check}


def main() -> int:
    """Do the work that the command line names, and return the exit code."""
    kind, niceness, payload = sys.argv[1:]

    def work(*given: object, **named: object) -> dict[str, object]:
        return KINDS[kind]()(*given, **named)  # type: ignore[arg-type]  # made here, so that its errors are told too

    return run_work(work, orjson.loads(payload), niceness=int(niceness))


if __name__ == "__main__":
    sys.exit(main())
