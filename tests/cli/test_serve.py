"""`resolver serve` as a newcomer meets it: a real process with an empty home, queried over a real socket."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import environment_of, running

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


@pytest.mark.long
def test_a_first_start_unpacks_the_embedded_genome_and_answers(tmp_path: Path) -> None:
    with running(tmp_path / "empty") as service:
        statuses = {identifier: service.client.get(f"/resolve/{identifier}").status_code for identifier in QUERIES}
    assert statuses == QUERIES


def test_several_workers_answer_alike(data_dir: Path) -> None:
    with running(data_dir, "--workers", "2") as service:
        bodies = {service.client.get("/resolve/P13232").content for _ in range(40)}
    assert len(bodies) == 1


def test_a_port_in_use_is_reported_at_once_with_a_next_step(data_dir: Path) -> None:
    environment = environment_of(data_dir)
    with running(data_dir) as service:
        command = [sys.executable, "-m", "resolver", "serve", "--port", str(service.address[1])]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "--port" in ended.stderr
    assert "serving" not in ended.stderr
