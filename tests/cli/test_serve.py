"""`resolver serve` as a newcomer meets it: a real process with an empty home, queried over a real socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.serving import free_port

QUERIES = {
    "P13232": 200,
    "IL-7": 200,
    "ENSMUSG00000040329.5": 200,
    "omim:146660": 200,
    "146660": 200,
    "TP53": 200,
    "Trp53": 200,
    "NP_000537.3": 200,
    "homologene:680": 200,
    "nonsense!!": 422,
}


@contextmanager
def _served(data_dir: Path, *options: str) -> Iterator[httpx.Client]:
    port = free_port()
    environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "resolver", "serve", "--port", str(port), *options]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            _wait_until_ready(client, server)
            yield client
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=20)


def _wait_until_ready(client: httpx.Client, server: subprocess.Popen[str]) -> None:
    for _ in range(1800):  # a busy machine takes its time
        assert server.poll() is None, server.communicate()
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the service did not become ready in three minutes")


@pytest.mark.long
def test_a_first_start_unpacks_the_embedded_genome_and_answers(tmp_path: Path) -> None:
    with _served(tmp_path / "empty") as client:
        statuses = {identifier: client.get(f"/resolve/{identifier}").status_code for identifier in QUERIES}
    assert statuses == QUERIES


def test_several_workers_answer_alike(data_dir: Path) -> None:
    with _served(data_dir, "--workers", "2") as client:
        bodies = {client.get("/resolve/P13232").content for _ in range(40)}
    assert len(bodies) == 1


def test_a_port_in_use_is_reported_at_once_with_a_next_step(data_dir: Path) -> None:
    with _served(data_dir) as client:
        environment = os.environ | {"RESOLVER_DATA_DIR": str(data_dir)}
        command = [sys.executable, "-m", "resolver", "serve", "--port", str(client.base_url.port)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "serving" not in ended.stderr
