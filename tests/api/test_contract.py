"""The service keeps what its description promises: schemathesis sends what the description allows, and what it forbids.

All checks, on every operation, with a fixed seed. To look further:
`CONTRACT_SEED=2 CONTRACT_EXAMPLES=200 python -m pytest -m long tests/api/test_contract.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.access.model import Scope
from tests.releases import copy_data_dir
from tests.serving import Running, environment_of, running

pytestmark = pytest.mark.long

_ROOT = Path(__file__).parent.parent.parent
_CONFIG = _ROOT / "tests" / "api" / "schemathesis.toml"
_SEED = os.environ.get("CONTRACT_SEED", "1")
_EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "4")
# Two runs of about the same length, which take all operations between them.
_LISTS = "^/(resolve|diff|v3)"


@pytest.fixture(scope="module")
def service(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(copy_data_dir(data_dir, tmp_path_factory.mktemp("contract"))) as opened:
        yield opened


def _run(service: Running, *options: str) -> str:
    """Run schemathesis against a service and return what it prints; fails if it finds anything."""
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG),
            "run", f"{service.client.base_url}/openapi.json".replace("//openapi", "/openapi"), "--checks", "all",
            "--seed", _SEED, "--max-examples", _EXAMPLES, "--generation-database", "none", "--no-color", *options,
        ],
        cwd=_ROOT, env=environment_of(_ROOT) | {"PYTHONPATH": str(_ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("part", ["include", "exclude"])
def test_all_operations_keep_their_description(service: Running, part: str) -> None:
    printed = _run(service, f"--{part}-path-regex", _LISTS)
    assert "Tested:" in printed
    assert service.client.get("/readyz").status_code == 200


def test_a_service_with_keys_keeps_its_description(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = copy_data_dir(data_dir, tmp_path_factory.mktemp("keys"))
    scopes = [word for scope in Scope for word in ("--scope", scope.value)]
    created = subprocess.run(
        [sys.executable, "-m", "resolver", "keys", "create", "--name", "contract", "--json", *scopes],
        env=environment_of(folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    key = json.loads(created.stdout)["key"]
    settings = {"RESOLVER_ACCESS": "keys", "RESOLVER_TRUSTED_PROXIES": "127.0.0.1"}
    with running(folder, variables=settings) as closed:
        described = closed.client.get("/openapi.json").json()
        assert set(described["components"]["securitySchemes"]) == {"bearer", "header"}
        _run(closed, "--phases", "fuzzing,stateful", "--max-examples", "2", "-H", f"Authorization: Bearer {key}")
