"""Kill nightly runs at any moment, and compare what they leave."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.upstreams.server import Upstreams

_TIMES = {"started_at", "ended_at", "checked_at", "queried_at", "since", "seen_at", "holder", "calls"}


def environment(data_dir: Path, url: str, upstreams: Upstreams, **more: str) -> dict[str, str]:
    """Return the environment of a command that queries the simulated source databases."""
    settings = {f"RESOLVER_{name.upper()}": address for name, address in upstreams.settings.items()}
    return {**os.environ, **settings, "RESOLVER_DATA_DIR": str(data_dir), "RESOLVER_LEDGER_URL": url, **more}


def start(env: dict[str, str], *options: str) -> subprocess.Popen[str]:
    """Start a nightly run on the command line."""
    command = [sys.executable, "-m", "resolver", "nightly", "run", *options]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(env: dict[str, str], *options: str) -> str:
    """Run a nightly run to its end, and return its output."""
    nightly_run = start(env, *options)
    _, reported = nightly_run.communicate(timeout=600)
    assert nightly_run.returncode == 0, reported
    return reported


def kill_again_and_again(
    env: dict[str, str], rng: random.Random, kills: int, longest_s: float, *options: str
) -> tuple[int, bool]:
    """Start runs and kill each at a random moment; return how many were killed, and whether one ended before."""
    for number in range(kills):
        nightly_run = start(env, *options)
        ends_at = time.monotonic() + rng.uniform(0.2, longest_s)
        while time.monotonic() < ends_at and nightly_run.poll() is None:
            time.sleep(0.005)
        if nightly_run.poll() is not None:
            _, reported = nightly_run.communicate()
            assert nightly_run.returncode == 0, reported
            return number, True
        nightly_run.send_signal(signal.SIGKILL)
        nightly_run.communicate()
        if _has_ended(Path(env["RESOLVER_LEDGER_URL"].removeprefix("sqlite:///"))):
            return number + 1, True  # killed on its way out: another start would be another run
    return kills, False


def _has_ended(ledger: Path) -> bool:
    connection = sqlite3.connect(ledger)
    try:
        return connection.execute("SELECT 1 FROM run WHERE state = 'done'").fetchone() is not None
    except sqlite3.OperationalError:  # it was killed before the ledger had tables
        return False
    finally:
        connection.close()


def read_tables(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a ledger but for times, numbers of calls, and the addresses of batches."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    tables: dict[str, list[dict[str, Any]]] = {}
    for table in ("run", "run_source", "check", "mark", "claim", "lease"):
        rows = [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608  (our own names)
        tables[table] = sorted((_plain(row) for row in rows), key=lambda row: json.dumps(row, sort_keys=True))
    connection.close()
    return tables


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in _TIMES}
    if shown.get("evidence"):
        shown["evidence"] = json.loads(shown["evidence"])["fields"]
    return shown
