"""Fixtures that the tests of downloads share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seed.downloads import Desk, new_prefix
from tests.seed.lying_server import LyingServer, lying_server


@pytest.fixture(scope="module")
def server() -> Iterator[LyingServer]:
    """Give a server for all tests of a file; each test serves paths of its own."""
    with lying_server() as serving:
        yield serving


@pytest.fixture
def desk(server: LyingServer, tmp_path: Path) -> Desk:
    """Return a desk with an empty folder."""
    return Desk(server, tmp_path, new_prefix())
