"""What is shipped: the wheel, and what no file of the repository may name."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    pass

from resolver.store.release import MANIFEST
from seed.archive import EMBEDDED
from seed.packed import open_packed
from tests.container_files import ROOT, copy_build_context, pip_commands

# --- The wheel --------------------------------------------------------------------------------------------------


def build_wheel(source: Path, into: Path) -> Path:
    """Build the wheel of the project in `source`."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Return the files in the wheel, with their sizes."""
    with zipfile.ZipFile(build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))) as wheel:
        return {entry.filename: entry.file_size for entry in wheel.infolist()}


def test_the_wheel_holds_the_migrations(wheel_files: dict[str, int]) -> None:
    assert "resolver/migrations/reference/env.py" in wheel_files
    assert any(fnmatch(name, "resolver/migrations/reference/versions/0001*.py") for name in wheel_files)
    for path in (ROOT / "migrations").rglob("*.py"):
        assert f"resolver/{path.relative_to(ROOT).as_posix()}" in wheel_files


def test_the_wheel_holds_the_embedded_genome_as_it_is_in_the_repository(wheel_files: dict[str, int]) -> None:
    packed = open_packed(EMBEDDED)
    names = [MANIFEST, *packed.manifest["files"]]
    assert len(names) > 1
    for path in (*(packed.folder / name for name in names), ROOT / "seed" / "curated.tsv"):
        assert wheel_files.get(path.relative_to(ROOT).as_posix()) == path.stat().st_size, path.name


def test_the_wheel_holds_the_templates(wheel_files: dict[str, int]) -> None:
    templates = [path for path in (ROOT / "resolver").rglob("*.jinja") if path.is_file()]
    assert templates
    for path in templates:
        assert wheel_files.get(path.relative_to(ROOT).as_posix()) == path.stat().st_size, path.name


def test_the_wheel_holds_the_client_for_r(wheel_files: dict[str, int]) -> None:
    path = ROOT / "resolver" / "api" / "clients" / "geneXref.R"
    assert wheel_files.get(path.relative_to(ROOT).as_posix()) == path.stat().st_size


def test_the_wheel_says_that_the_package_is_typed(wheel_files: dict[str, int]) -> None:
    assert "resolver/py.typed" in wheel_files


def test_the_wheel_holds_no_tests_and_no_package_but_ours(wheel_files: dict[str, int]) -> None:
    tops = {name.split("/")[0] for name in wheel_files}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"resolver", "seed"}
    strays = ("*test_*.py", "*conftest.py", "*/tests/*", "*__pycache__*", "*.pyc")
    assert [name for name in wheel_files for stray in strays if fnmatch(name, stray)] == []


def test_what_the_image_copies_is_enough_to_build_the_same_wheel(wheel_files: dict[str, int], tmp_path: Path) -> None:
    copy_build_context(tmp_path)
    ((*_, source),) = pip_commands("wheel")
    with zipfile.ZipFile(build_wheel(tmp_path / source.lstrip("/"), tmp_path / "dist")) as wheel:
        assert set(wheel.namelist()) == set(wheel_files)


# --- The repository ---------------------------------------------------------------------------------------------

# Written so that this file does not match itself. A URL may have such a folder; a path of a machine starts with it.
UNWANTED = re.compile(rb"pypi\.org|python[h]osted|--(?:extra-)?index-url|(?<![\w.-])/(?:root|work)/", re.IGNORECASE)


def repository_files() -> list[Path]:
    """Return the files that are in the repository or would be with the next commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone: the files of the repository are unknown")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    ("line", "unwanted"),
    [
        ("https://" + "pypi" + ".org/simple", True),
        ("https://files.python" + "hosted.org/packages/x.whl", True),
        ("pip install --" + "index-url x", True),
        ("uv pip compile --no-emit-index-url", False),
        ("/".join(["", "root", ".pyenv"]), True),
        ("file:///" + "work/main", True),
        ("https://example.org/root/1", False),
        ("see work/ and root/", False),
    ],
)
def test_package_index_hosts_and_paths_of_one_machine_are_recognized(line: str, unwanted: bool) -> None:
    assert bool(UNWANTED.search(line.encode())) is unwanted


def test_no_text_in_the_repository_names_a_package_index_or_a_path_of_one_machine() -> None:
    found = []
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" not in content:
            found += [f"{path.relative_to(ROOT)}: {match[0].decode()}" for match in UNWANTED.finditer(content)]
    assert found == []
