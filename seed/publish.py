"""Putting releases live and taking them back, keeping the last few, and carrying one to a machine without internet."""

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
    """Wait until no other process writes into the folder: containers that share a volume do not see each other."""
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
    """Give a folder to build in, removed unless it was moved away; call it with the lock held.

    Drafts of builds that were killed are removed first: with the lock held there is no other.
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


def go_live(data_dir: Path, release_id: str) -> Release:
    """Make `release_id` the live release, note it, and drop old ones; return it.

    What was rolled back from is forgotten: going back from the new release leads to the one that was live before it.
    """
    before, live, _later = _split_history(data_dir)
    publish_release(data_dir, release_id)
    kept = [name for name in (*before, *live) if name != release_id]
    (data_dir / _HISTORY).write_text("".join(f"{name}\n" for name in (*kept, release_id)), encoding="utf-8")
    _drop_old(data_dir, {release_id, *live})
    return open_release(releases_folder(data_dir) / release_id)


def read_history(data_dir: Path) -> list[str]:
    """Return the ids that were live, oldest first, each at its last time."""
    try:
        return (data_dir / _HISTORY).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


def roll_back(data_dir: Path) -> Release:
    """Make the release live that was so before the current one; asked again, the one before that.

    Raises NoRelease where there is none to go back to, naming the way forward.
    """
    before, live, later = _split_history(data_dir)
    there = {release.id for release in list_releases(data_dir)}
    older = [name for name in before if name in there]
    if not older:
        forward = [name for name in later if name in there]
        hint = "See what there is: resolver seed list"
        if forward:
            hint = f"To go forward again: resolver seed publish {forward[0]}"
        raise NoRelease(f"there is no earlier release to go back to from {''.join(live) or 'here'}", hint=hint)
    publish_release(data_dir, older[-1])
    return open_release(releases_folder(data_dir) / older[-1])


def _split_history(data_dir: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the ids that were live before the live one, that one (none where nothing is), and those after it.

    A live release that cannot be read counts as the last that went live: going back is the way out of it.
    """
    history = read_history(data_dir)
    try:
        current = find_current_release(data_dir)
        live = [current.id] if current is not None else []
    except ReleaseError:
        live = history[-1:]
    if not live or live[0] not in history:
        return history, live, []
    place = history.index(live[0])
    return history[:place], live, history[place + 1 :]


def refuse_to_replace_genome(data_dir: Path) -> None:
    """Return unless a release of the whole genome is live, which holds far more than the starter.

    Raises ReleaseError where one is. One that cannot be read does not count: the starter is the way out of it.
    """
    try:
        current = find_current_release(data_dir)
    except ReleaseError:
        return
    if current is not None and not current.id.startswith(f"{STARTER}-"):
        genes = ", ".join(f"{number:,} {species}" for species, number in current.manifest["counts"]["genes"].items())
        raise ReleaseError(
            f"{current.id} is live, with {genes} genes: the starter holds far less",
            hint="If it shall take its place: resolver seed starter --accept. The live release is untouched.",
        )


def _drop_old(data_dir: Path, needed: set[str]) -> None:
    """Remove all but the newest releases and those that are needed: the live one, and the one to go back to."""
    for release in list_releases(data_dir)[KEPT:]:
        if release.id not in needed:
            shutil.rmtree(release.folder)


def get_release(data_dir: Path, release_id: str) -> Release:
    """Return a release by its id, or by the beginning of it where only one begins so; `current` names the live one."""
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
    """Bring a packed release into the data folder, checked against its manifest; it is not live yet.

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
            raise InputError(f"{packed} is no packed release: it holds {len(folders)} folders", hint=None)
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
    """Return if the release's files are those that its manifest states; raises ReleaseCorrupt."""
    for name, stated in release.manifest.get("files", {}).items():
        found = digest_file(release.folder / name)
        if found != stated["sha256"]:
            raise ReleaseCorrupt(
                f"{release.id}: {name} has SHA-256 {found[:12]}…, its manifest says {stated['sha256'][:12]}…",
                hint="Bring it again, or build it anew.",
            )
