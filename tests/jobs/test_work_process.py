"""A process of work lives no longer than the service that started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def test_a_process_of_work_ends_with_the_service(data_dir: Path) -> None:
    """The one that starts it is killed; it does not go on alone."""
    payload = json.dumps({"options": {}, "name": "t", "max_rows": 10, "max_output_bytes": 10})
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-m', 'resolver.app.worker', 'convert', '0', {payload!r}],"
        " stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir)}
    keeper = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment)
    assert keeper.stdout is not None
    child = int(keeper.stdout.readline())
    time.sleep(1)
    keeper.kill()
    keeper.communicate()
    until = time.monotonic() + 20
    while _is_alive(child):
        assert time.monotonic() < until, "it goes on alone"
        time.sleep(0.05)


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False
