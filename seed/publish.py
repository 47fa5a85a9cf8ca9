"""Publish releases, roll them back, and keep the last few."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from resolver.errors import NoRelease, ReleaseError
from resolver.store.release import (
    Release,
    check_database,
    check_sample,
    find_current_release,
    list_releases,
    open_release,
    publish_release,
    releases_folder,
)

from .manifest import select_packed
from .packed import Packed

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAFT = ".draft-"
KEPT = 3
_HISTORY = "published"


@contextmanager
def one_at_a_time(data_dir: Path) -> Iterator[None]:
    """Wait until no other process writes into the folder; works across containers that share a volume."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(data_dir / ".build.lock")
        lock.acquire()
    except OSError as error:
        raise ReleaseError(
            f"{data_dir} cannot be written: {error.strerror or error}",
            hint="Name a folder that can be written with RESOLVER_DATA_DIR.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def draft_folder(releases: Path) -> Iterator[Path]:
    """Yield a folder to build in, removed unless it was moved away; the caller must have the lock.

    Drafts of builds that were killed are removed first: under the lock there is no other.
    """
    releases.mkdir(parents=True, exist_ok=True)
    for stale in releases.glob(f"{DRAFT}*"):
        shutil.rmtree(stale)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=releases))
    draft.chmod(0o755)  # a release is for every user of the machine to read
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def make_current(data_dir: Path, release_id: str) -> Release:
    """Make `release_id` the current release, record it, remove old ones, and return it.

    Releases that were rolled back from are forgotten: a rollback returns to the one that was current before.
    """
    before, current, _later = _split_history(data_dir)
    publish_release(data_dir, release_id)
    kept = [name for name in (*before, *current) if name != release_id]
    (data_dir / _HISTORY).write_text("".join(f"{name}\n" for name in (*kept, release_id)), encoding="utf-8")
    _drop_old(data_dir, {release_id, *current})
    return open_release(releases_folder(data_dir) / release_id)


def read_history(data_dir: Path) -> list[str]:
    """Return the ids of all releases that were current, oldest first, each once."""
    try:
        return (data_dir / _HISTORY).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


def roll_back(data_dir: Path) -> Release:
    """Make the release current that was current before; called again, the one before that.

    Raises NoRelease if there is no earlier one, with the way forward.
    """
    before, current, later = _split_history(data_dir)
    there = {release.id for release in list_releases(data_dir)}
    older = [name for name in before if name in there]
    if not older:
        forward = [name for name in later if name in there]
        hint = "See what there is: resolver seed list"
        if forward:
            hint = f"To go forward again: resolver seed publish {forward[0]}"
        raise NoRelease(f"there is no earlier release to go back to from {''.join(current) or 'here'}", hint=hint)
    release = open_release(releases_folder(data_dir) / older[-1])
    check_sample(release)
    publish_release(data_dir, release.id)
    return release


def _split_history(data_dir: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the ids published before the current one, that one (empty if there is none), and those after it.

    If the current release cannot be read, the last published one counts: a rollback is the way out.
    """
    history = read_history(data_dir)
    try:
        release = find_current_release(data_dir)
        current = [release.id] if release is not None else []
    except ReleaseError:
        current = history[-1:]
    if not current or current[0] not in history:
        return history, current, []
    index = history.index(current[0])
    return history[:index], current, history[index + 1 :]


def _drop_old(data_dir: Path, needed: set[str]) -> None:
    """Remove all but the newest releases, the current one and the one to roll back to."""
    for release in list_releases(data_dir)[KEPT:]:
        if release.id not in needed:
            shutil.rmtree(release.folder)


def get_release(data_dir: Path, release_id: str) -> Release:
    """Return a release by its id, or by an unambiguous beginning of it; `current` names the current one."""
    if release_id == "current":
        current = find_current_release(data_dir)
        if current is not None:
            return current
    matches = [release for release in list_releases(data_dir) if release.id.startswith(release_id)]
    exact = [release for release in matches if release.id == release_id]
    if len(exact or matches) == 1:
        return (exact or matches)[0]
    known = ", ".join(release.id for release in list_releases(data_dir)) or "none"
    what = "several releases begin with" if matches else "there is no release"
    hint = f"On this machine: {known}." if known != "none" else "Publish the embedded one: resolver seed unpack"
    raise NoRelease(f"{what} {release_id!r}", hint=hint)


def check_files(release: Release) -> None:
    """Raise ReleaseCorrupt unless all files of the release are as they were written, byte for byte."""
    Packed(release.folder, select_packed(release.manifest)).check()
    check_database(release)
