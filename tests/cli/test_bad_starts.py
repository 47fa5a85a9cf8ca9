"""A service that cannot start says so in a sentence and ends, also with several workers."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.conversions import small_disk
from tests.releases import copy_data_dir
from tests.serving import environment_of, free_port

_WORKERS = pytest.mark.parametrize("workers", [1, 2])


def _serve(data_dir: Path, *options: str, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "resolver", "serve", "--port", str(free_port()), *options]
    environment = environment_of(data_dir, variables)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def _check(ended: subprocess.CompletedProcess[str], code: int, said: str) -> None:
    assert ended.returncode == code, ended.stderr
    lines = [line for line in ended.stderr.splitlines() if not line.startswith(" ")]
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("error: ")
    assert said in ended.stderr


_SETTINGS = {
    "RESOLVER_CONNECTIONS": "many",
    "RESOLVER_STOP_GRACE_S": "0",
    "RESOLVER_BODY_MIN_RATE": "fast",
    "RESOLVER_LEDGER_URL": "nonsense",
    "RESOLVER_NCBI_URL": "nonsense",
    "RESOLVER_CORS_ORIGINS": "genes.example.org",
    "RESOLVER_TRUSTED_PROXIES": "proxy",
    "RESOLVER_CONVERT_MAX_BYTES": "-1",
}


@pytest.mark.parametrize("name", _SETTINGS)
def test_a_bad_setting_is_named(tmp_path: Path, name: str) -> None:
    _check(_serve(tmp_path, variables={name: _SETTINGS[name]}), 2, name)


def _cut(database: Path, content: bytes) -> None:
    database.write_bytes(content[: len(content) // 2])


def _replace(database: Path, content: bytes) -> None:
    database.write_bytes(b"#!/bin/sh\n" + content[10:])


def _change(database: Path, content: bytes) -> None:
    database.write_bytes(content[:4096] + b"x" * 8192 + content[4096 + 8192 :])


@_WORKERS
@pytest.mark.parametrize("damage", [_cut, _replace, _change])
def test_a_damaged_database_is_reported_with_its_repair(
    data_dir: Path, tmp_path: Path, damage: Callable[[Path, bytes], None], workers: int
) -> None:
    folder = copy_data_dir(data_dir, tmp_path / "data")
    (database,) = folder.glob("releases/*/reference.db")
    content = database.read_bytes()
    database.unlink()  # a link to the file of others
    damage(database, content)
    _check(_serve(folder, "--workers", str(workers)), 3, "resolver seed unpack")


@_WORKERS
@pytest.mark.parametrize("megabytes", [8, pytest.param(150, marks=pytest.mark.long)])
def test_a_full_disk_is_reported(tmp_path: Path, megabytes: int, workers: int) -> None:
    with small_disk(tmp_path / "disk", megabytes) as disk:
        ended = _serve(disk / "data", "--workers", str(workers))
        assert ended.returncode == 3, ended.stderr
        assert "error: the embedded genome cannot be unpacked in" in ended.stderr
        assert "RESOLVER_DATA_DIR" in ended.stderr
        assert "internal error" not in ended.stderr


def test_a_worker_that_cannot_start_ends_the_service(data_dir: Path, tmp_path: Path) -> None:
    # The parent does not open the folder of jobs and marks; a worker fails where it is started with a broken release.
    folder = copy_data_dir(data_dir, tmp_path / "data")
    program = (
        "import sys; from pathlib import Path; from resolver.web.server import ServiceConfig, run_service;"
        "from resolver.app.http_options import HttpOptions;"
        f"sys.exit(run_service(ServiceConfig(HttpOptions(), workers=2, port={free_port()})))"
    )
    (folder / "current").write_text("genome-gone\n")
    command = [sys.executable, "-c", f"if __name__ == '__main__':\n    {program}"]
    ended = subprocess.run(
        command, env=environment_of(folder), capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 3, ended.stderr
    assert "error: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_socket_path_that_cannot_be_used_is_reported(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    _check(_serve(data_dir, "--unix-socket", str(tmp_path / "file")), 2, "not a socket")
    _check(_serve(data_dir, "--unix-socket", str(tmp_path / "no" / "socket")), 2, "does not exist")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "used"))
        listening.listen()
        _check(_serve(data_dir, "--unix-socket", str(tmp_path / "used")), 2, "another program")


def test_a_root_path_begins_with_a_slash(data_dir: Path) -> None:
    _check(_serve(data_dir, "--root-path", "genes"), 2, "--root-path /genes")
