"""Several processes of a service: those that take long to start are waited for, those that hang are replaced."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.serving import list_children, running

# What Python runs first in each process: a worker takes as long to start as on a busy machine.
_SLOW_START = "import sys, time\nif '--multiprocessing-fork' in sys.orig_argv:\n    time.sleep(8)\n"


@pytest.mark.long  # each sleeps for eight seconds
def test_workers_that_take_long_to_start_are_waited_for(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_SLOW_START, encoding="utf-8")
    searched = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    with running(data_dir, "--workers", "2", variables={"PYTHONPATH": searched}) as service:
        began_with = list_children(service.process.pid, "spawn_main")
        time.sleep(2)
        assert list_children(service.process.pid, "spawn_main") == began_with
        assert service.client.get("/resolve/IL7").status_code == 200


@pytest.mark.long
def test_a_worker_that_hangs_is_replaced(data_dir: Path) -> None:
    with running(data_dir, "--workers", "2") as service:
        hanging = min(list_children(service.process.pid, "spawn_main"))
        time.sleep(5)
        os.kill(hanging, signal.SIGSTOP)
        until = time.monotonic() + 120
        while hanging in (left := list_children(service.process.pid, "spawn_main")) or len(left) < 2:
            assert time.monotonic() < until, "it was not replaced"
            time.sleep(0.5)


def test_workers_end_when_the_process_above_them_is_killed(data_dir: Path) -> None:
    with running(data_dir, "--workers", "2", variables={"RESOLVER_STOP_GRACE_S": "3"}) as service:
        workers = list_children(service.process.pid, "spawn_main")
        service.process.kill()
        service.process.wait()
        until = time.monotonic() + 60
        while any(Path(f"/proc/{worker}").exists() for worker in workers):
            assert time.monotonic() < until, "they keep the address"
            time.sleep(0.2)
