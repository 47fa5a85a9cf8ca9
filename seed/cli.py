"""The operations of `resolver seed …`: plan, fetch, build, verify, compare, publish; `resolver.cli` prints them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resolver.errors import ReleaseCorrupt, ReleaseError
from resolver.store.release import Release, find_current_release, list_releases

from . import archive
from .compare import Change, Claim, compare_packed, list_conflicts
from .fetch import check_reachable, describe_gaps, fetch_upstream, refuse_gaps, remove_superseded
from .manifest import select_packed
from .packed import Packed
from .pipeline import build_genome_release, compile_genome, unpack_release
from .plan import FilePlan, check_folders, estimate_build, find_released_dates, plan_build, upstream_folder
from .publish import (
    check_files,
    get_release,
    make_current,
    one_at_a_time,
    roll_back,
)
from .verify import find_drops, verify_release

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Change",
    "Claim",
    "FilePlan",
    "build_genome_release",
    "check_folders",
    "check_reachable",
    "compare_named",
    "compile_genome",
    "describe_gaps",
    "estimate_build",
    "fetch_upstream",
    "find_released_dates",
    "get_release",
    "list_conflicts",
    "list_published",
    "pack_release",
    "plan_build",
    "publish_checked",
    "refuse_gaps",
    "remove_superseded",
    "roll_back",
    "unpack_release",
    "upstream_folder",
    "verify_again",
]


def verify_again(release: Release) -> None:
    """Raise ReleaseCorrupt unless the release matches its manifest and is fit to serve."""
    check_files(release)
    verify_release(release)


def publish_checked(data_dir: Path, release: Release, accept: bool) -> Release:
    """Check a release's files, and make it current, unless it contains over 2% less of something than the current one.

    Raises ReleaseCorrupt for a damaged release, and unless `accept` for a smaller one, naming the counts that fell.
    """
    check_files(release)
    try:
        current = find_current_release(data_dir)
    except ReleaseError:  # publishing another one is the way out of a current release that cannot be read
        current = None
    drops: list[str] = []
    if current is not None:
        drops = find_drops(current.manifest["counts"], release.manifest["counts"])
    if drops and not accept:
        raise ReleaseCorrupt(
            f"{release.id} contains much less than {current.id if current else ''}: {'; '.join(drops)}",
            hint="If that is right, publish it with --accept. The current release is unchanged.",
        )
    with one_at_a_time(data_dir):
        return make_current(data_dir, release.id)


def pack_release(release: Release, target: Path) -> Path:
    """Write the packed form of a release as one file, and return its path."""
    return archive.pack_release(Packed(release.folder, select_packed(release.manifest)), target)


def compare_named(data_dir: Path, old: str, new: str, examples: int | None) -> list[Change]:
    """Return what changed between two releases: ids of published ones, `embedded`, or paths of packed ones."""
    with _opened_named(data_dir, old) as before, _opened_named(data_dir, new) as after:
        return compare_packed(before, after, examples)


@contextmanager
def _opened_named(data_dir: Path, name: str) -> Iterator[Packed]:
    place = Path(name)
    if name == "embedded":
        place = archive.EMBEDDED
    elif not place.exists():
        place = get_release(data_dir, name).folder
    with archive.opened_packed(place) as packed:
        yield packed


def list_published(data_dir: Path) -> tuple[list[Release], str | None]:
    """Return the releases on disk, newest first, and the id of the current one."""
    current = find_current_release(data_dir)
    return list_releases(data_dir), current.id if current else None


def describe_change(change: Change) -> dict[str, Any]:
    """Return a change as a JSON object."""
    rows = [{"what": what, "before": before, "after": after} for what, before, after in change.examples]
    return {"kind": change.kind, "number": change.number, "by_source": change.by_source, "changes": rows}
