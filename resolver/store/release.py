"""Releases on disk: `releases/<id>/` folders that never change, and `current`, a file that names the current one."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..errors import NoRelease, ReleaseCorrupt, SchemaMismatch
from ..identifiers.brief import one_line

SCHEMA = 6
DATABASE = "reference.db"
_RELEASES = "releases"
MANIFEST = "manifest.json"
POINTER = "current"
_SQLITE = b"SQLite format 3\0"
# 4 MB: hashed in some milliseconds, and with a spinning disk read in half a second.
_BLOCKS, _BLOCK_BYTES = 64, 65_536


@dataclass(frozen=True, slots=True)
class Release:
    """An opened folder of a release; `manifest` is that of the packed release and what the build pipeline adds."""

    folder: Path
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        return one_line(self, self.id, self.title)

    @property
    def id(self) -> str:
        """The release's id, which never names other content."""
        return str(self.manifest["id"])

    @property
    def title(self) -> str:
        """What the release is, in a few words."""
        return str(self.manifest["title"])

    @property
    def content_hash(self) -> str:
        """SHA-256 over the release's content; the same inputs give the same."""
        return str(self.manifest["content_hash"])

    @property
    def oldest_source(self) -> str | None:
        """The date of the oldest source file (ISO 8601, perhaps a year alone); None where no file states one."""
        return min(self._dates, default=None)

    @property
    def newest_source(self) -> str | None:
        """The date of the newest source file, as of the oldest."""
        return max(self._dates, default=None)

    @property
    def _dates(self) -> list[str]:
        return [str(source["upstream_date"]) for source in self.manifest["sources"] if source["upstream_date"]]

    @property
    def database(self) -> Path:
        """The path of the reference database."""
        return self.folder / DATABASE


def releases_folder(data_dir: Path) -> Path:
    """Return the folder of the releases."""
    return data_dir / _RELEASES


def find_current_release(data_dir: Path) -> Release | None:
    """Return the current release, or None if nothing has been published.

    Raises ReleaseCorrupt if the pointer names a release that is not there or cannot be read.
    """
    pointer = data_dir / POINTER
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseCorrupt(f"{pointer} cannot be read: {error}") from error
    return open_release(releases_folder(data_dir) / name)


def get_current_release(data_dir: Path) -> Release:
    """Return the current release, or raise NoRelease if nothing has been published."""
    release = find_current_release(data_dir)
    if release is None:
        raise NoRelease(f"no release is published in {data_dir}", hint="Publish the embedded one: resolver seed unpack")
    return release


def open_release(folder: Path) -> Release:
    """Return the release in `folder`; raises ReleaseCorrupt or SchemaMismatch if it cannot be used.

    It finds a database that is missing, cut short or of another program, by its size and its first page; what is
    inside is compared when it is opened for reading (`check_sample`).
    """
    manifest_path = folder / MANIFEST
    try:
        manifest = orjson.loads(manifest_path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ReleaseCorrupt(
            f"{manifest_path} cannot be read: {error}", hint="Publish the embedded release: resolver seed unpack"
        ) from error
    if manifest.get("schema") != SCHEMA:
        raise SchemaMismatch(
            f"{folder.name} has schema {manifest.get('schema')}, this program reads schema {SCHEMA}",
            hint="Build a release with this version: resolver seed, or publish the embedded one: resolver seed unpack",
            release_id=folder.name,
        )
    release = Release(folder, manifest)
    _check_shape(release)
    return release


def describe_database(path: Path) -> dict[str, Any]:
    """Return what a manifest states of a database, by which a damaged one is found: its size and two hashes."""
    with path.open("rb") as opened:
        whole = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": whole, "sample": _hash_sample(path)}


def check_sample(release: Release) -> None:
    """Raise ReleaseCorrupt if a sample of the database differs from what was written. Takes some milliseconds.

    The sample contains the first page, which changes with every write of SQLite, and every eightieth block or so of a
    release of the whole genome.
    """
    expected = _stated(release)["sample"]
    try:
        found = _hash_sample(release.database)
    except OSError as error:
        raise _damaged(release, f"cannot be read: {error.strerror or error}") from error
    if found != expected:
        raise _damaged(release, "was changed after it was written")


def check_database(release: Release) -> None:
    """Raise ReleaseCorrupt if the database differs in any byte from what was written. Takes a second or less."""
    _check_shape(release)
    if describe_database(release.database)["sha256"] != _stated(release)["sha256"]:
        raise _damaged(release, "was changed after it was written")


def _check_shape(release: Release) -> None:
    try:
        size = release.database.stat().st_size
        with release.database.open("rb") as opened:
            first = opened.read(100)
    except OSError as error:
        raise _damaged(release, f"cannot be read: {error.strerror or error}") from error
    expected = _stated(release)["bytes"]
    if size != expected:
        raise _damaged(release, f"has {size:,} bytes, its manifest states {expected:,}")
    # The page size, 1 standing for 65,536, and the number of pages: https://www.sqlite.org/fileformat2.html
    page = int.from_bytes(first[16:18], "big")
    pages = int.from_bytes(first[28:32], "big")
    if not first.startswith(_SQLITE) or (65_536 if page == 1 else page) * pages != size:
        raise _damaged(release, "is not the database that was written")


def _hash_sample(path: Path) -> str:
    """Return a SHA-256 over blocks from all over a file: the first one, and others at even distances."""
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        for number in range(_BLOCKS):
            opened.seek(size * number // _BLOCKS)
            digest.update(opened.read(_BLOCK_BYTES))
    return digest.hexdigest()


def _stated(release: Release) -> dict[str, Any]:
    try:
        stated: dict[str, Any] = release.manifest["database"]
        return {name: stated[name] for name in ("bytes", "sha256", "sample")}
    except (KeyError, TypeError) as error:
        raise _damaged(release, "is not described in its manifest") from error


def _damaged(release: Release, problem: str) -> ReleaseCorrupt:
    return ReleaseCorrupt(f"{release.database} {problem}", hint=find_repair(release))


def find_repair(release: Release) -> str:
    """Return the command that writes the database of a damaged release again, in a sentence."""
    return f"Write it again from the packed release beside it: resolver seed unpack {release.folder}"


def list_releases(data_dir: Path) -> list[Release]:
    """Return the releases in a data folder that this program can read, newest first; also those never published."""
    folders = sorted(releases_folder(data_dir).glob(f"*/{MANIFEST}"))
    releases = []
    for manifest in folders:
        try:
            releases.append(open_release(manifest.parent))
        except (ReleaseCorrupt, SchemaMismatch):
            continue
    return sorted(releases, key=lambda release: str(release.manifest["built_at"]), reverse=True)


def publish_release(data_dir: Path, release_id: str) -> None:
    """Make `release_id` the current release by one atomic replace of the pointer; readers in flight keep theirs."""
    open_release(releases_folder(data_dir) / release_id)
    pointer = data_dir / POINTER
    handle, draft = tempfile.mkstemp(prefix=f".{POINTER}-", dir=data_dir)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(release_id + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    Path(draft).chmod(0o644)  # mkstemp makes a file for its owner alone
    Path(draft).replace(pointer)
