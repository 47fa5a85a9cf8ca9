"""What `resolver seed …` does: plan, fetch, build, verify, compare, publish. The terminal's door draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from resolver.errors import ReleaseCorrupt, ResolverError, SourceRefused
from resolver.sources.registry import FILES
from resolver.store.release import Release, find_current_release, list_releases

from .compare import Change, Claim, compare_releases, list_conflicts
from .download import POLITE, Fetched, Wanted, fetch_files
from .listing import find_listed_url, page_getter
from .pipeline import build_genome_release, build_starter_release
from .publish import check_files, get_release, go_live, one_at_a_time, pack_release, roll_back, unpack_release
from .upstream import find_upstream_files
from .verify import find_drops, verify_release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from resolver.sources.base import SourceFile

    from .download import Manners, OnProgress

__all__ = [
    "Change",
    "Claim",
    "FilePlan",
    "build_genome_release",
    "build_starter_release",
    "compare_releases",
    "fetch_upstream",
    "get_release",
    "list_conflicts",
    "list_published",
    "pack_release",
    "plan_build",
    "publish_checked",
    "roll_back",
    "unpack_release",
    "upstream_folder",
    "verify_again",
]

# Measured on two cores with 3.3 M statements from 25 MB of compressed files; time and space grow in proportion.
BUILD_S_PER_MB = 1.8
DISK_PER_BYTE = 26


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One upstream file: where it lies, or where it would be fetched from, and how large it is, if that is known."""

    file: SourceFile
    path: Path | None
    size: int | None
    date: str = ""

    @property
    def is_stand_in(self) -> bool:
        """Whether an older file takes the place of today's."""
        if self.path is None:
            return False
        return not any(self.path.match(f"*{end}") for end in _endings(self.file.patterns[0]))


def _endings(pattern: str) -> tuple[str, str]:
    name = pattern.rpartition("/")[2]
    return name, f"{name}.gz"


def upstream_folder(data_dir: Path) -> Path:
    """Return the folder that fetched files are kept in."""
    return data_dir / "workshop" / "upstream"


def plan_build(folders: Sequence[Path], *, files: Sequence[SourceFile] = FILES, ask: bool = False) -> list[FilePlan]:
    """Return what a build would use: the files in `folders`, and for the others what the upstream says, if `ask`.

    An upstream that does not answer leaves size and date unknown; nothing is fetched.
    """
    found = find_upstream_files([folder for folder in folders if folder.is_dir()], files)
    plans = []
    with httpx.Client(follow_redirects=True, timeout=POLITE.connect_timeout_s) as client:
        for file in files:
            path = found.get(file.key)
            if path is not None or not ask or not file.url:
                plans.append(FilePlan(file, path, path.stat().st_size if path else None))
            else:
                plans.append(_ask_upstream(client, file))
    return plans


def _ask_upstream(client: httpx.Client, file: SourceFile) -> FilePlan:
    try:
        url = find_listed_url(file.url, page_getter(client, file.source), file.source)
        answer = client.head(url, headers={"Accept-Encoding": "identity"}).raise_for_status()
    except (ResolverError, httpx.HTTPError):
        return FilePlan(file, None, None)
    length = answer.headers.get("content-length", "")
    return FilePlan(file, None, int(length) if length.isdigit() else None, answer.headers.get("last-modified", ""))


def fetch_upstream(
    data_dir: Path,
    on_progress: OnProgress,
    *,
    files: Sequence[SourceFile] = FILES,
    manners: Manners = POLITE,
) -> list[Fetched]:
    """Fetch what is not here or has changed into the workshop's folder; return every file.

    All files are tried; if one failed in the end, the first failure is raised, naming all that failed.
    """
    folder = upstream_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    wanted: list[Wanted] = []
    failures: list[ResolverError] = []
    with httpx.Client(follow_redirects=True, timeout=manners.connect_timeout_s) as client:
        for file in (file for file in files if file.url):
            try:
                wanted.append(_wanted(file, client))
            except ResolverError as error:
                failures.append(error)
    results = fetch_files(wanted, folder, manners, on_progress=on_progress)
    failures += [result for result in results if isinstance(result, ResolverError)]
    if failures:
        raise _several(failures)
    return [result for result in results if isinstance(result, Fetched)]


def _wanted(file: SourceFile, client: httpx.Client) -> Wanted:
    url = find_listed_url(file.url, page_getter(client, file.source), file.source)
    parent, _, name = url.rpartition("/")
    if "/" in file.patterns[0]:  # the folder tells what the name does not
        name = f"{parent.rpartition('/')[2]}.{name}"
    checksums = f"{parent}/{file.checksums}" if file.checksums else None
    return Wanted(file.key, file.source, url, name, checksums)


def _several(failures: list[ResolverError]) -> ResolverError:
    if len(failures) == 1:
        return failures[0]
    listed = "; ".join(str(failure) for failure in failures)
    return SourceRefused(
        f"{len(failures)} files could not be fetched: {listed}",
        source="several",
        hint="Run it again: what is complete is not fetched twice. Or build --from a folder of files.",
    )


def verify_again(release: Release) -> None:
    """Return if the release is what its manifest says and fit to serve; raises ReleaseCorrupt."""
    check_files(release)
    verify_release(release)


def publish_checked(data_dir: Path, release: Release, accept: bool) -> Release:
    """Make the release live, unless it holds over 2 % less of something than the live one of its kind.

    Raises ReleaseCorrupt, naming what is less, unless `accept`.
    """
    current = find_current_release(data_dir)
    drops: list[str] = []
    if current is not None and current.id.partition("-")[0] == release.id.partition("-")[0]:
        drops = find_drops(current.manifest["counts"], release.manifest["counts"])
    if drops and not accept:
        raise ReleaseCorrupt(
            f"{release.id} holds much less than {current.id if current else ''}: {'; '.join(drops)}",
            hint="If that is right, publish it with --accept. The live release is untouched.",
        )
    with one_at_a_time(data_dir):
        return go_live(data_dir, release.id)


def list_published(data_dir: Path) -> tuple[list[Release], str | None]:
    """Return the releases on disk, newest first, and the id of the live one."""
    current = find_current_release(data_dir)
    return list_releases(data_dir), current.id if current else None


def describe_change(change: Change) -> dict[str, Any]:
    """Return a change as a JSON object."""
    rows = [{"what": what, "before": before, "after": after} for what, before, after in change.examples]
    return {"kind": change.kind, "number": change.number, "changes": rows}
