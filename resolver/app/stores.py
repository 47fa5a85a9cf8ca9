"""Open what is on disk: the current release, other releases to compare, the ledger and its marks."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from ..errors import LedgerError, NoLedger, ReleaseError, SchemaMismatch, UnknownRelease
from ..genes.marks import NO_MARKS
from ..store.gene_reader import GeneReader
from ..store.marks_reader import MarksFollower, read_marks
from ..store.release import find_current_release, list_releases
from .environment import find_data_dir, find_ledger_url
from .first_start import first_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ..genes.marks import Marks
    from ..store.ledger_reader import LedgerReader
    from ..store.release import Release

    OnStage = Callable[[str, float | None], None]
    OpenLedger = Callable[[], AbstractContextManager[LedgerReader]]

_Result = TypeVar("_Result")

_LOGGER = logging.getLogger(__name__)


# --- Releases -----------------------------------------------------------------------------------------------------


def open_current_release(data_dir: Path | None = None, on_stage: OnStage | None = None) -> Release:
    """Open the current release; publish the embedded genome first if there is none.

    So it is done for a starter, which earlier versions published, and which no program reads any more. `data_dir`
    overrides the environment. `on_stage` is called with a description of each stage, and the share of the work that
    is done; without it the first start is reported as `first_start` does. Cost of the first start: some ten seconds.
    Raises NoRelease if releases were built in the folder and none is published.
    """
    folder = find_data_dir() if data_dir is None else data_dir
    try:
        release = find_current_release(folder)
    except SchemaMismatch as error:
        if not error.release_id.startswith("starter-"):
            raise  # its owner decides when to build a release of the whole genome again
        release = None
    if release is None:
        from seed.pipeline import publish_embedded

        try:
            with first_start(folder) if on_stage is None else nullcontext(on_stage) as report:
                release = publish_embedded(folder, report)
        except Exception as error:
            if not _is_of_disk(error):
                raise
            raise ReleaseError(
                f"the embedded genome cannot be unpacked in {folder}: {_describe_cause(error)}",
                hint="It takes about 500 MB. Free space, or name another folder with RESOLVER_DATA_DIR.",
            ) from error
    return release


def _is_of_disk(error: Exception) -> bool:
    """Return whether an error is one of the disk, of Python or of a library that writes files."""
    return isinstance(error, OSError) or any(
        text in str(error).lower() for text in ("disk is full", "no space left", "disk i/o error", "readonly database")
    )


def _describe_cause(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return " ".join(text.split())[:200].lower()


def check_current_release(data_dir: Path | None = None, on_stage: OnStage | None = None) -> Release:
    """Return the current release as `open_current_release` does, after a sample of its database was compared."""
    release = open_current_release(data_dir, on_stage)
    GeneReader(release)
    return release


def choose_releases(current: Release, old: str | None, new: str | None) -> tuple[Release, Release]:
    """Return two published releases to compare, the older one first.

    A release is named by its id, by a unique prefix of it, or as `current`. `new` defaults to the current release,
    `old` to the last one that was built before `new`. Raises UnknownRelease, which lists the published releases.
    """
    published = list_releases(current.folder.parent.parent)
    newer = current if new in {None, "current"} else _choose(published, str(new))
    if old is None:
        earlier = [release for release in published if _built_at(release) < _built_at(newer)]
        if not earlier:
            raise UnknownRelease(f"no release is older than {newer.id}", hint=_name_releases(published))
        return earlier[0], newer
    return (current if old == "current" else _choose(published, old)), newer


def _choose(published: list[Release], name: str) -> Release:
    matches = [release for release in published if release.id.startswith(name)]
    exact = [release for release in matches if release.id == name]
    if len(exact or matches) != 1:
        problem = "several releases begin with" if matches else "there is no release"
        raise UnknownRelease(f"{problem} {name[:80]!r}", hint=_name_releases(published))
    return (exact or matches)[0]


def _built_at(release: Release) -> str:
    return str(release.manifest["built_at"])


def _name_releases(published: list[Release]) -> str:
    return f"Published here, newest first: {', '.join(release.id for release in published)}."


# --- The ledger ---------------------------------------------------------------------------------------------------


def open_marks(data_dir: Path | None = None) -> Marks:
    """Return a snapshot of the stale marks; empty if there is no ledger, which reading never creates.

    `data_dir` overrides the environment. Raises LedgerError for a ledger that cannot be read.
    """
    return read_marks(find_ledger_url(data_dir))


def find_marks(data_dir: Path | None = None) -> Marks:
    """Return the stale marks; log a warning and return none if the ledger cannot be read."""
    try:
        return open_marks(data_dir)
    except LedgerError as error:
        _LOGGER.warning("answers come without marks: %s", error)
        return NO_MARKS


def follow_marks(data_dir: Path | None = None, *, clock: Callable[[], float] = time.monotonic) -> Callable[[], Marks]:
    """Return a function that returns the stale marks and follows the ledger; `data_dir` overrides the environment."""
    return MarksFollower(find_ledger_url(data_dir), clock=clock)


@contextmanager
def open_ledger_reader(data_dir: Path | None = None) -> Iterator[LedgerReader]:
    """Open an existing ledger for reading; `data_dir` overrides the environment.

    Raises NoLedger if there is none.
    """
    from ..store.ledger_reader import open_reader

    with closing(open_reader(find_ledger_url(data_dir))) as reader:
        yield reader


@contextmanager
def open_or_empty(open_ledger: OpenLedger) -> Iterator[LedgerReader]:
    """Open the ledger for reading; without one, an empty one in memory: nothing was checked yet."""
    from ..store.ledger_reader import open_empty_reader

    with ExitStack() as opened:
        try:
            reader = opened.enter_context(open_ledger())
        except NoLedger:
            reader = opened.enter_context(closing(open_empty_reader()))
        yield reader


def read_ledger(open_ledger: OpenLedger, read: Callable[[LedgerReader], _Result]) -> _Result:
    """Return what `read` returns for a reader of the ledger, which is closed afterwards."""
    with open_ledger() as reader:
        return read(reader)
