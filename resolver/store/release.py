"""Releases on disk: `releases/<id>/` folders that never change, and `current`, a file that names the current one."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..errors import NoRelease, ReleaseCorrupt, SchemaMismatch

SCHEMA = 4
DATABASE = "reference.db"
_RELEASES = "releases"
MANIFEST = "manifest.json"
_POINTER = "current"


@dataclass(frozen=True, slots=True)
class Release:
    """An opened folder of a release; `manifest` is written by the build pipeline."""

    folder: Path
    manifest: dict[str, Any]

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
    def is_partial(self) -> bool:
        """Whether it contains a chosen part of the genes, as the embedded starter release does."""
        return self.id.startswith("starter-")

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
    pointer = data_dir / _POINTER
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
        raise NoRelease(
            f"no release is published in {data_dir}", hint="Publish the embedded one: resolver seed starter"
        )
    return release


def open_release(folder: Path) -> Release:
    """Return the release in `folder`; raises ReleaseCorrupt or SchemaMismatch if it cannot be used."""
    manifest_path = folder / MANIFEST
    try:
        manifest = orjson.loads(manifest_path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ReleaseCorrupt(
            f"{manifest_path} cannot be read: {error}", hint="Publish a release anew: resolver seed starter"
        ) from error
    if manifest.get("schema") != SCHEMA:
        raise SchemaMismatch(
            f"{folder.name} has schema {manifest.get('schema')}, this program reads schema {SCHEMA}",
            hint="Build the release anew with this version: resolver seed, or resolver seed starter",
            release_id=folder.name,
        )
    release = Release(folder, manifest)
    if not release.database.is_file():
        raise ReleaseCorrupt(f"{release.database} is missing", hint="Publish a release anew: resolver seed starter")
    return release


def list_releases(data_dir: Path) -> list[Release]:
    """Return the published releases that this program can read, newest first."""
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
    pointer = data_dir / _POINTER
    handle, draft = tempfile.mkstemp(prefix=f".{_POINTER}-", dir=data_dir)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(release_id + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    Path(draft).chmod(0o644)  # mkstemp makes a file for its owner alone
    Path(draft).replace(pointer)
