"""Build stages that leave a stamp: a rerun after a crash or a kill resumes where the last one stopped.

A stage's result is a folder of Parquet files. Its stamp is a digest of everything that the result depends on: the
content of the input files and the program's own code; if the stamp matches, the result is reused.
"""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from resolver import version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_STAMP = "stamp"
# What decides the result of a stage, besides its input.
_CODE = ("identifiers", "genes", "sources")


@cache
def digest_code() -> str:
    """Return a digest of the code that decides the content of a release."""
    package = Path(version.__file__).parent
    files = [path for name in _CODE for path in sorted((package / name).glob("*.py"))]
    files += sorted(Path(__file__).parent.rglob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in parts."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def digest_inputs(inputs: Iterable[str]) -> str:
    """Return one digest of several, and of the code."""
    return hashlib.sha256("\n".join([digest_code(), *inputs]).encode()).hexdigest()


class Stages:
    """A folder of stages' results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self, name: str, digest: str, produce: Callable[[], Mapping[str, pl.LazyFrame | pl.DataFrame]]
    ) -> dict[str, pl.LazyFrame]:
        """Return the frames of a stage: those on disk if their stamp is `digest`, else what `produce` returns.

        The result is written to disk first and read from there, so that memory is given back between stages.
        """
        home = self.folder / name
        if not self.is_done(name, digest):
            draft = self.folder / f"{name}.draft"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            for frame_name, frame in produce().items():
                frame.lazy().sink_parquet(draft / f"{frame_name}.parquet", compression="lz4")
            shutil.rmtree(home, ignore_errors=True)
            draft.rename(home)
            (home / _STAMP).write_text(digest, encoding="utf-8")
        return {path.stem: pl.scan_parquet(path) for path in sorted(home.glob("*.parquet"))}

    def is_done(self, name: str, digest: str) -> bool:
        """Return whether the stage's result is on disk with this stamp."""
        stamp = self.folder / name / _STAMP
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == digest
