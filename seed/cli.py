"""The operations of `resolver seed …`: plan, fetch, build, verify, compare, publish; `resolver.cli` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolver.errors import ReleaseCorrupt
from resolver.store.release import Release, find_current_release, list_releases

from .compare import Change, Claim, compare_releases, list_conflicts
from .fetch import check_reachable, describe_gaps, fetch_upstream, refuse_gaps, remove_superseded
from .pipeline import build_genome_release, build_starter_release
from .plan import FilePlan, check_folders, estimate_build, plan_build, upstream_folder
from .publish import (
    check_files,
    get_release,
    make_current,
    one_at_a_time,
    pack_release,
    refuse_to_replace_genome,
    roll_back,
    unpack_release,
)
from .verify import find_drops, verify_release

if TYPE_CHECKING:
    from pathlib import Path

    from .pipeline import OnStage

__all__ = [
    "Change",
    "Claim",
    "FilePlan",
    "build_genome_release",
    "check_folders",
    "check_reachable",
    "compare_releases",
    "describe_gaps",
    "estimate_build",
    "fetch_upstream",
    "get_release",
    "list_conflicts",
    "list_published",
    "pack_release",
    "plan_build",
    "publish_checked",
    "publish_starter",
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


def publish_starter(data_dir: Path, accept: bool, on_stage: OnStage | None = None) -> Release:
    """Build the embedded starter release and make it current; it replaces a whole-genome release only if `accept`.

    Raises ReleaseError if a whole-genome release is current.
    """
    if not accept:
        refuse_to_replace_genome(data_dir)
    return build_starter_release(data_dir, on_stage)


def publish_checked(data_dir: Path, release: Release, accept: bool) -> Release:
    """Make the release current, unless it contains over 2% less of something than the current one of its kind.

    Raises ReleaseCorrupt, naming the counts that fell, unless `accept`.
    """
    current = find_current_release(data_dir)
    drops: list[str] = []
    if current is not None and current.id.partition("-")[0] == release.id.partition("-")[0]:
        drops = find_drops(current.manifest["counts"], release.manifest["counts"])
    if drops and not accept:
        raise ReleaseCorrupt(
            f"{release.id} contains much less than {current.id if current else ''}: {'; '.join(drops)}",
            hint="If that is right, publish it with --accept. The current release is unchanged.",
        )
    with one_at_a_time(data_dir):
        return make_current(data_dir, release.id)


def list_published(data_dir: Path) -> tuple[list[Release], str | None]:
    """Return the releases on disk, newest first, and the id of the current one."""
    current = find_current_release(data_dir)
    return list_releases(data_dir), current.id if current else None


def describe_change(change: Change) -> dict[str, Any]:
    """Return a change as a JSON object."""
    rows = [{"what": what, "before": before, "after": after} for what, before, after in change.examples]
    return {"kind": change.kind, "number": change.number, "changes": rows}
