"""Fixtures in place of those of the genome, for folders whose tests read all of a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.app.resolver import LocalResolver


@pytest.fixture(scope="session")
def data_dir(sample_dir: Path) -> Path:
    """Return a data folder in which the sample is published."""
    return sample_dir


@pytest.fixture(scope="session")
def resolver(sample: LocalResolver) -> LocalResolver:
    """Return a resolver on the sample."""
    return sample
