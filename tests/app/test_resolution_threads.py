"""A program ends although a blocking call does not."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import asyncio, time
from resolver.app.resolution_threads import LeftBehindExecutor

async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(LeftBehindExecutor())
    print(await loop.run_in_executor(None, sum, [1, 2]))
    hanging = loop.run_in_executor(None, time.sleep, 3600)
    await asyncio.wait([hanging], timeout=0.01)
    hanging.cancel()

asyncio.run(main())
"""


def test_neither_the_loop_nor_the_interpreter_waits_for_a_call_that_hangs() -> None:
    ended = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "3\n", "")
