"""Fetch the latest source files into the build folder, name those that failed, and remove those that were replaced."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from resolver.errors import ResolverError, SourceError, SourceUnreachable
from resolver.sources.registry import FILES

from .download import LOCK, Fetched, Wanted, fetch_files
from .fetch_policy import POLITE
from .listing import natural_order
from .plan import plan_build, upstream_folder
from .publish import one_at_a_time
from .upstream import find_upstream_files, fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from resolver.sources.base import SourceFile

    from .download import OnProgress
    from .fetch_policy import FetchPolicy
    from .plan import FilePlan


@dataclass(frozen=True, slots=True)
class Gap:
    """A file that could not be fetched: the error, and the copy of an earlier run that a build would use, if any."""

    file: SourceFile
    error: SourceError
    copy: Path | None
    copy_date: str = ""


def check_reachable(data_dir: Path, plans: Sequence[FilePlan]) -> None:
    """Raise SourceUnreachable, with the alternatives, unless at least one source responded."""
    published = [each for each in plans if each.file.url]
    problems = [each.problem for each in published if each.problem is not None]
    if not published or len(problems) < len(published):
        return
    reasons = "\n  ".join(dict.fromkeys(str(problem) for problem in problems))
    copies = sum(each.path is not None and each.path.is_relative_to(upstream_folder(data_dir)) for each in plans)
    number = "1 file that was" if copies == 1 else f"{copies} files that were"
    earlier = f"build from the {number} fetched before (resolver seed build), " if copies else ""
    raise SourceUnreachable(
        f"no upstream can be reached\n  {reasons}",
        source="all",
        connected=False,
        hint=f"Without internet: {earlier}build from a folder of files (resolver seed --from DIR), or bring in a "
        "release that was packed elsewhere (resolver seed unpack FILE). Until then the current release answers, or the "
        "embedded one if there is no other.",
    )


def fetch_upstream(
    data_dir: Path,
    on_progress: OnProgress,
    *,
    plans: Sequence[FilePlan] | None = None,
    files: Sequence[SourceFile] = FILES,
    policy: FetchPolicy = POLITE,
) -> tuple[list[Fetched], list[Gap]]:
    """Fetch new and changed files into the build folder; return the complete files, and the gaps.

    `plans` are those of a plan that queried the sources; without them the sources are queried now. All files are tried.
    Raises SourceUnreachable if no source can be reached, and ResolverError if the local disk does not take a file.
    """
    folder = upstream_folder(data_dir)
    if plans is None:
        plans = plan_build([folder], files=files, query=True, policy=policy)
    check_reachable(data_dir, plans)
    published = [each for each in plans if each.file.url]
    errors: dict[str, ResolverError] = {each.file.key: each.problem for each in published if each.problem}
    results = fetch_files(
        [_wanted(each) for each in published if not each.problem], folder, policy, on_progress=on_progress
    )
    fetched = [result for result in results if isinstance(result, Fetched)]
    tried = (each for each in published if not each.problem)
    errors |= {
        each.file.key: result for each, result in zip(tried, results, strict=True) if isinstance(result, ResolverError)
    }
    gaps = []
    for each in plan_build([folder], files=[each.file for each in published]):
        error = errors.get(each.file.key)
        if isinstance(error, SourceError):
            gaps.append(Gap(each.file, error, each.path, each.date))
        elif error is not None:
            raise error
    return fetched, gaps


def _wanted(plan: FilePlan) -> Wanted:
    file = plan.file
    parent, _, name = plan.url.rpartition("/")
    if "/" in file.patterns[0]:  # the folder's name identifies the file
        name = f"{parent.rpartition('/')[2]}.{name}"
    checksums = f"{parent}/{file.checksums}" if file.checksums else None
    return Wanted(file.key, file.source, plan.url, name, checksums)


def describe_gaps(gaps: Iterable[Gap]) -> list[str]:
    """Return lines that name the files that could not be fetched, under the reason, with what a release would lack."""
    by_reason: dict[str, list[str]] = {}
    for gap in gaps:
        copy = f"a copy of {gap.copy_date} is here" if gap.copy_date else "a copy without a date is here"
        meaning = copy if gap.copy else f"it would add {gap.file.adds}"
        by_reason.setdefault(str(gap.error), []).append(f"    {gap.file.patterns[0]}: {meaning}")
    return [line for reason, lines in by_reason.items() for line in (f"  {reason}", *lines)]


def refuse_gaps(gaps: Sequence[Gap]) -> None:
    """Raise SourceError, naming each file that could not be fetched, where there is one."""
    if not gaps:
        return
    kinds = {type(gap.error) for gap in gaps}
    kind = kinds.pop() if len(kinds) == 1 else SourceError
    number = "1 upstream file" if len(gaps) == 1 else f"{len(gaps)} upstream files"
    raise kind(
        "\n".join([f"{number} could not be fetched", *describe_gaps(gaps)]),
        source=", ".join(dict.fromkeys(gap.error.source for gap in gaps)),
        hint="Run it again: the bytes so far are kept. Or build without these files: resolver seed --without-failed",
    )


def remove_superseded(data_dir: Path, files: Sequence[SourceFile] = FILES) -> tuple[int, int]:
    """Remove fetched files, complete or not, that a newer one of the same kind has replaced.

    Returns their number and bytes. Files that a build would use stay, and so do files that this program did not fetch.
    Nothing is removed while another run fetches; a build in progress is waited for.
    """
    folder = upstream_folder(data_dir)
    if not folder.is_dir():
        return 0, 0
    with one_at_a_time(folder.parent), ExitStack() as locks:
        try:
            locks.enter_context(FileLock(folder / LOCK, timeout=0))
        except Timeout:
            return 0, 0
        used = find_upstream_files([folder], files)
        old = [path for file in files if file.key in used for path in _older(folder, file, used[file.key])]
        freed = sum(path.stat().st_size for path in old)
        for path in old:
            path.unlink()
            for note in (".meta.json", ".json"):
                path.with_name(f"{path.name}{note}").unlink(missing_ok=True)
    return len(old), freed


def _older(folder: Path, file: SourceFile, used: Path) -> Iterable[Path]:
    """Yield the downloads of this file that are of an earlier release than the one in use."""
    for path in folder.iterdir():
        final = path.with_name(path.name.removesuffix(".part"))
        ours = path != final or path.with_name(f"{path.name}.meta.json").is_file()
        if ours and any(fits(final, pattern) and fits(used, pattern) for pattern in file.patterns):
            names = (name.removesuffix(".gz") for name in (final.name, used.name))
            if natural_order(next(names)) < natural_order(next(names)):
                yield path
