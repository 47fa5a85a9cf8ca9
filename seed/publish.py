"""Publish releases and roll them back, keep the last few, and pack one for a machine without internet access."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from filelock import FileLock

from resolver.errors import InputError, NoRelease, ReleaseCorrupt, ReleaseError
from resolver.store.release import (
    MANIFEST,
    Release,
    find_current_release,
    list_releases,
    open_release,
    publish_release,
    releases_folder,
)

from .stages import digest_file

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAFT = ".draft-"
KEPT = 3
STARTER = "starter"
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
    publish_release(data_dir, older[-1])
    return open_release(releases_folder(data_dir) / older[-1])


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


def refuse_to_replace_genome(data_dir: Path) -> None:
    """Raise ReleaseError if a whole-genome release is current, which contains far more than the starter.

    One that cannot be read does not count: the starter is the way out of it.
    """
    try:
        current = find_current_release(data_dir)
    except ReleaseError:
        return
    if current is not None and not current.id.startswith(f"{STARTER}-"):
        genes = ", ".join(f"{number:,} {species}" for species, number in current.manifest["counts"]["genes"].items())
        raise ReleaseError(
            f"{current.id} is the current release, with {genes} genes: the starter contains far less",
            hint="To replace it: resolver seed starter --accept. The current release is unchanged.",
        )


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
    hint = f"On this machine: {known}." if known != "none" else "Publish the embedded one: resolver seed starter"
    raise NoRelease(f"{what} {release_id!r}", hint=hint)


def pack_release(release: Release, target: Path) -> Path:
    """Write the release as one file (tar, gzip) for a machine without internet; return its path."""
    draft = target.with_name(f".{target.name}.draft")
    try:
        with tarfile.open(draft, "w:gz", compresslevel=3) as archive:
            for name in (MANIFEST, *release.manifest["files"]):
                archive.add(release.folder / name, arcname=f"{release.id}/{name}")
        draft.replace(target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror or error}", hint="Name a file in a folder that is there."
        ) from error
    finally:
        if draft.parent.is_dir():
            draft.unlink(missing_ok=True)
    return target


def unpack_release(data_dir: Path, packed: Path) -> Release:
    """Bring a packed release into the data folder, checked against its manifest; it is not yet current.

    Raises InputError where the file is no packed release, ReleaseCorrupt where it is damaged.
    """
    if not packed.is_file():
        raise InputError(f"there is no file {packed}", hint="Pack a release on another machine: resolver seed pack")
    with one_at_a_time(data_dir), draft_folder(releases_folder(data_dir)) as draft:
        try:
            with tarfile.open(packed, "r:gz") as archive:
                _unpack(archive, draft)
        except (OSError, EOFError, tarfile.TarError) as error:
            raise InputError(f"{packed} is no packed release: {error}", hint="Pack one: resolver seed pack") from error
        folders = [path for path in draft.iterdir() if path.is_dir()]
        if len(folders) != 1:
            raise InputError(f"{packed} is no packed release: it contains {len(folders)} folders", hint=None)
        release = open_release(folders[0])
        check_files(release)
        home = releases_folder(data_dir) / release.id
        if not home.exists():
            folders[0].rename(home)
        return open_release(home)


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files and folders of an archive; raises TarError for anything else, or outside of the folder.

    Python's own filter for that came with 3.11.4 only.
    """
    for member in archive:
        path = PurePosixPath(member.name)
        content = archive.extractfile(member) if member.isfile() else None
        if path.is_absolute() or ".." in path.parts or (content is None and not member.isdir()):
            raise tarfile.TarError(f"{member.name!r} does not belong there")
        target = folder / path
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("xb") as out:
                shutil.copyfileobj(content, out)


def check_files(release: Release) -> None:
    """Raise ReleaseCorrupt unless the release's files match its manifest."""
    for name, expected in release.manifest.get("files", {}).items():
        found = digest_file(release.folder / name)
        if found != expected["sha256"]:
            raise ReleaseCorrupt(
                f"{release.id}: {name} has SHA-256 {found[:12]}…, its manifest says {expected['sha256'][:12]}…",
                hint="Bring it again, or build it anew.",
            )
