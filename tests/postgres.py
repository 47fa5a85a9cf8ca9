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


@contextmanager
def cluster() -> Iterator[str]:
    """Give the URL of a server that runs until the block ends; skips where PostgreSQL is not installed."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="ledger-postgres-"))
    name = user or getpass.getuser()
    if user is not None:
        shutil.chown(folder, user)
    port = free_port()
    data = folder / "data"

    def run(command: list[str | Path]) -> None:
        # Not into a pipe: the server would keep it open.
        with (folder / "setup.log").open("ab") as log:
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=log, stderr=log)

    try:
        run([binaries / "initdb", "-D", data, "-A", "trust", "-N", "--no-locale", "-E", "UTF8"])
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        start: list[str | Path] = [binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
        run(start)
        try:
            yield f"postgresql://{name}@127.0.0.1:{port}"
        finally:
            run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_database(server: str) -> str:
    """Return the URL of a new, empty database on the server."""
    import psycopg

    name = f"ledger_{time.monotonic_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server}/{name}"
