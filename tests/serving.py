"""Serving our app on a real socket: an app object in this process, or `resolver serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import uvicorn
from fastapi import FastAPI


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    """Give a client of `app`, which is served by uvicorn until the block ends."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10)


class Running(NamedTuple):
    """A service in a process of its own; its standard error goes to a file."""

    client: httpx.Client
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        """The host and the port."""
        return self.client.base_url.host, self.client.base_url.port or 80

    def list_workers(self) -> set[int]:
        """Return the ids of the processes that convert tables for the service."""
        return list_children(self.process.pid, "resolver.app.worker")

    def count_handles(self) -> int:
        """Return the number of open file handles of the service."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208  (entries vanish while they are read)


def environment_of(data_dir: Path, variables: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a command on a data folder, without the settings of whoever runs the tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RESOLVER_")}
    return own | {"RESOLVER_DATA_DIR": str(data_dir)} | (variables or {})


@contextmanager
def running(data_dir: Path, *options: str, variables: dict[str, str] | None = None) -> Iterator[Running]:
    """Give a service that runs `resolver serve` with these options until the block ends."""
    port = free_port()
    with (
        tempfile.NamedTemporaryFile(suffix=".log") as log,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        process = subprocess.Popen(
            [sys.executable, "-m", "resolver", "serve", "--port", str(port), *options],
            env=environment_of(data_dir, variables),
            stderr=log,
        )
        service = Running(client, process, Path(log.name))
        try:
            wait_until_ready(client, process, service.log)
            yield service
        finally:
            end(process)


def end(process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    """End a process as an operator does; fails if it does not end."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    finally:
        process.kill()


def wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
    """Wait until a service answers; fails if it ends before."""
    for _ in range(1800):  # a busy machine takes its time
        assert process.poll() is None, "" if log is None else log.read_text(encoding="utf-8")
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the service did not become ready in three minutes")


def list_children(parent: int, pattern: str) -> set[int]:
    """Return the ids of child processes whose command line matches a pattern."""
    command = ["pgrep", "-P", str(parent), "-f", pattern]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return {int(line) for line in listed.stdout.split()}
