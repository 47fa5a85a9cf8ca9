"""What many tests share: the releases, a PostgreSQL server, and which tests are long.

Each release is built by one worker; the others wait for it and read the same files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from resolver.app.resolver import LocalResolver
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.store.release import Release, list_releases
from seed.archive import EMBEDDED
from seed.packed import open_packed
from seed.pipeline import build_genome_release, publish_embedded
from seed.publish import make_current
from tests.postgres import cluster, make_database
from tests.releases import copy_data_dir
from tests.sample import publish_sample

ROOT = Path(__file__).parent.parent
UPSTREAM = ROOT / "tests" / "data" / "upstream"

# RESOLVER_EXAMPLES=10000: number of examples for every property test without a number of its own.
settings.register_profile("resolver", max_examples=int(os.environ.get("RESOLVER_EXAMPLES", "100")), deadline=None)
settings.load_profile("resolver")

# A test that uses one of these fixtures is long; other long tests say so with `pytest.mark.long`.
LONG_FIXTURES = {"upstream_folder", "spark", "postgres"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests as long by the fixtures that they use, before tests are selected by marker."""
    for item in items:
        if isinstance(item, pytest.Function) and LONG_FIXTURES.intersection(item.fixturenames):
            item.add_marker(pytest.mark.long)


def _build_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Release]) -> tuple[Path, Release]:
    """Return the data folder that one worker builds for all, and the release in it."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / name
    with FileLock(shared / f"{name}.lock"):
        built = list_releases(folder)
        return folder, built[0] if built else build(folder)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder of this worker in which the embedded genome is published.

    It is unpacked once for all workers, which link its files. EMBEDDED_IN names a data folder that has it already, for
    runs of a few tests.
    """
    built = Path(os.environ.get("EMBEDDED_IN", ""))
    if not (built / "releases" / open_packed(EMBEDDED).id).is_dir():
        built, _ = _build_once(tmp_path_factory, "embedded", publish_embedded)
    return copy_data_dir(built, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def small_data_dir(small_release: Release) -> Path:
    """Return a data folder in which the release of the small upstream files is published; it is for reading only."""
    return small_release.folder.parent.parent


@pytest.fixture(scope="session")
def resolver(data_dir: Path) -> LocalResolver:
    """Return a resolver on the embedded genome."""
    return LocalResolver(data_dir)


@pytest.fixture(scope="session")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release that the small upstream files in tests/data give; it takes a second."""
    return _build_once(tmp_path_factory, "small", _publish_small)[1]


def _publish_small(data_dir: Path) -> Release:
    return make_current(data_dir, build_genome_release(data_dir, [UPSTREAM]).id)


@pytest.fixture(scope="session")
def sample_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder of this worker in which a sample of the embedded genome is published."""
    built, _ = _build_once(tmp_path_factory, "sample", publish_sample)
    return copy_data_dir(built, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def sample(sample_dir: Path) -> LocalResolver:
    """Return a resolver on a sample of the embedded genome, for tests that read all of a release."""
    return LocalResolver(sample_dir)


@pytest.fixture(scope="session")
def resolver_of_small(small_release: Release) -> Resolver:
    """Return a resolver on the release of the small upstream files."""
    return Resolver(GeneReader(small_release))


@pytest.fixture(scope="session")
def upstream_folder() -> Path:
    """Return the folder of real upstream files; skips, and says so, where there is none."""
    named = os.environ.get("UPSTREAM_FILES")
    folder = Path(named) if named else ROOT.parent / "shared" / "sources-2026"
    if not folder.is_dir():
        pytest.skip(f"no upstream files at {folder}: set UPSTREAM_FILES to a folder that contains them")
    return folder


@pytest.fixture(scope="session")
def genome(upstream_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the whole genome of the real upstream files; it takes two minutes, and is built once for all workers."""
    return _build_once(tmp_path_factory, "genome", lambda folder: build_genome_release(folder, [upstream_folder]))[1]


@pytest.fixture(scope="session")
def resolver_of_genome(genome: Release) -> Resolver:
    """Return a resolver on the whole genome."""
    return Resolver(GeneReader(genome))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the URL of a PostgreSQL server; skips, and says so, where it is not installed."""
    with cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a ledger can be made, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return make_database(request.getfixturevalue("postgres"))
