"""A process of work that begins, and never comes to an end by itself."""

from __future__ import annotations

import sys
import time
from typing import Any, BinaryIO

from resolver.jobs.work import Report, run_work


def wait(payload: dict[str, Any], source: BinaryIO, out: BinaryIO, report: Report) -> dict[str, Any]:
    """Report a row of progress again and again."""
    out.write(b"begun\n")
    while True:
        report("progress", rows=1, bytes=1)
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(run_work(wait, {}))
