"""The process that runs one job: `python -m resolver.app.worker KIND NICENESS PAYLOAD`.

To add a kind of job, add its function to `KINDS`; it is called with the current release.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import orjson

from ..errors import LiveOff
from ..jobs.conversion import KIND as CONVERT
from ..jobs.conversion import convert_table
from ..jobs.work import run_work
from .resolver import LocalResolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..jobs.work import Work


def _make_conversion() -> Work:
    return partial(convert_table, resolver=LocalResolver())


def _refuse_check() -> Work:
    raise LiveOff("live checks were switched off", hint="Start the service with RESOLVER_LIVE=true.")


# The service itself runs checks, because all requests to a source share one rate limiter. A check reaches a worker only
# after the service was started again without live checks.
KINDS: dict[str, Callable[[], Work]] = {CONVERT: _make_conversion, "check": _refuse_check}


def main() -> int:
    """Run the job that the command line describes, and return the exit code."""
    kind, niceness, payload = sys.argv[1:]

    def work(*arguments: object, **named: object) -> dict[str, object]:
        return KINDS[kind]()(*arguments, **named)  # type: ignore[arg-type]  # made here, so that run_work reports its errors

    return run_work(work, orjson.loads(payload), niceness=int(niceness))


if __name__ == "__main__":
    sys.exit(main())
