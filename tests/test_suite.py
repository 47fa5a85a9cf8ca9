"""The parts of the suite: each test is in one of them, and continuous integration runs each part once."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.conftest import LONG_FIXTURES, ROOT


def _selection(target: str) -> str:
    """Return the marker expression by which a target of make selects tests; empty where it runs all."""
    recipe = subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    command = next(line for line in recipe.splitlines() if "-m pytest" in line)
    return re.sub(r"^.*-m pytest -n \d+ --dist worksteal", "", command).strip()


def test_the_two_parts_are_the_whole_suite() -> None:
    parts = {target: _selection(target) for target in ("test", "test-long", "test-all")}
    assert parts == {"test": '-m "not long"', "test-long": "-m long", "test-all": ""}


def test_continuous_integration_runs_each_part_once() -> None:
    assert re.findall(r"^make (.+)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE) == [
        "check", "test || make test-again", "test-long || make test-again",
    ]  # fmt: skip
    check = subprocess.run(["make", "-n", "check"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "pytest" not in check


@pytest.mark.parametrize("name", sorted(LONG_FIXTURES))
def test_a_fixture_that_makes_tests_long_exists(name: str) -> None:
    fixtures = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("conftest.py"))
    assert f"\ndef {name}(" in fixtures
