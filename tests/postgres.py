"""A PostgreSQL cluster of our own for tests: in a temporary folder, on the loopback address, not run by root."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import free_port


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version that is installed; None without any."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = [folder for folder in folders if (folder / "initdb").is_file()]
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


def _user() -> str | None:
    """Return whom the server runs as: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Cluster:
    """A running server: its URL, and how to stop and start it."""

    def __init__(self, folder: Path, binaries: Path, user: str | None) -> None:
        self._folder = folder
        self._binaries = binaries
        self._user = user
        self._data = folder / "data"
        self._port = free_port()
        self.url = f"postgresql://{user or getpass.getuser()}@127.0.0.1:{self._port}"
        self._run("initdb", "-D", self._data, "-A", "trust", "-N", "--no-locale", "-E", "UTF8")

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self._port} -c unix_socket_directories={self._folder} -c fsync=off"
        )
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self._folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once: its connections break off."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str | Path) -> None:
        # Not into a pipe: the server would keep it open.
        with (self._folder / "setup.log").open("ab") as log:
            command = [self._binaries / program, *arguments]
            subprocess.run(command, user=self._user, cwd=self._folder, check=True, stdout=log, stderr=log)


@contextmanager
def restartable_cluster() -> Iterator[Cluster]:
    """Give a server that runs until the block ends; skips where PostgreSQL is not installed."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="ledger-postgres-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        server = Cluster(folder, binaries, user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster() -> Iterator[str]:
    """Give the URL of a server that runs until the block ends; skips where PostgreSQL is not installed."""
    with restartable_cluster() as server:
        yield server.url


def make_database(server: str) -> str:
    """Return the URL of a new, empty database on the server."""
    import psycopg

    name = f"ledger_{time.monotonic_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"
