"""The composition root: from settings to things that work. Doors ask here and nowhere lower."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from .convert.frames import ConvertingResolver
from .errors import ReleaseError, SchemaMismatch, UnknownRelease
from .resolve.resolver import Resolver
from .store.gene_reader import GeneReader
from .store.release import find_current_release, list_releases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .store.release import Release

    OnStage = Callable[[str], None]

_LOGGER = logging.getLogger(__name__)


def find_data_dir() -> Path:
    """Return the folder that holds the releases, as the environment says."""
    from .settings import Settings

    return Settings().data_dir


def open_current_release(data_dir: Path | None = None, on_stage: OnStage | None = None) -> Release:
    """Return the live release; where there is none, the embedded starter release is built first, once.

    So it is where the live one is a starter that another version of the program made.

    `on_stage` is called with what is being done, so that a door can say it.
    """
    folder = find_data_dir() if data_dir is None else data_dir
    reason = f"no release in {folder}"
    try:
        release = find_current_release(folder)
    except SchemaMismatch as error:
        if not error.release_id.startswith("starter-"):
            raise  # a release of the whole genome is its owner's to build anew
        release, reason = None, str(error)
    if release is None:
        from seed.pipeline import build_starter_release

        if on_stage is not None:
            on_stage(f"{reason}: building the embedded starter release")
        release = build_starter_release(folder, on_stage)
    return release


def open_pair(live: Resolver, old: str | None, new: str | None) -> tuple[Resolver, Resolver]:
    """Return the resolvers of two releases that are published beside the live one, to be compared.

    A release is named by its id, by the beginning of it where only one begins so, or as `current`. `new` is the live
    one where none is named, `old` the one that was built before `new`. Raises UnknownRelease, naming those that are
    there.
    """
    there = list_releases(live.release.folder.parent.parent)
    newer = live.release if new in {None, "current"} else _choose(there, str(new))
    if old is None:
        earlier = [release for release in there if _built_at(release) < _built_at(newer)]
        if not earlier:
            raise UnknownRelease(f"there is no release from before {newer.id}", hint=_name_releases(there))
        older = earlier[0]
    else:
        older = live.release if old == "current" else _choose(there, old)
    first, second = (live if one.id == live.release.id else Resolver(GeneReader(one)) for one in (older, newer))
    return first, second


def _choose(there: list[Release], name: str) -> Release:
    matches = [release for release in there if release.id.startswith(name)]
    exact = [release for release in matches if release.id == name]
    if len(exact or matches) != 1:
        what = "several releases begin with" if matches else "there is no release"
        raise UnknownRelease(f"{what} {name[:80]!r}", hint=_name_releases(there))
    return (exact or matches)[0]


def _built_at(release: Release) -> str:
    return str(release.manifest["built_at"])


def _name_releases(there: list[Release]) -> str:
    return f"Published here, newest first: {', '.join(release.id for release in there)}."


class LocalResolver(ConvertingResolver):
    """Resolves human and mouse gene identifiers against the live release of this machine.

    >>> from resolver import Resolver
    >>> Resolver().resolve("P13232").genes[0].gene.symbol
    'IL7'

    `data_dir` overrides the environment's `RESOLVER_DATA_DIR`. The first one on a machine builds the embedded
    starter release, which takes a few seconds.
    """

    def __init__(self, data_dir: Path | None = None, *, on_stage: OnStage | None = None) -> None:
        super().__init__(GeneReader(open_current_release(data_dir, on_stage)))


class ReleaseFollower:
    """Gives the resolver of the live release, and notices within a second when another release goes live.

    Who already has a resolver keeps it. A release that cannot be opened is not taken: the one before goes on answering.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        on_stage: OnStage | None = None,
        clock: Callable[[], float] = time.monotonic,
        every_s: float = 1.0,
    ) -> None:
        self._data_dir = find_data_dir() if data_dir is None else data_dir
        self._clock = clock
        self._every_s = every_s
        self._resolver = Resolver(GeneReader(open_current_release(self._data_dir, on_stage)))
        self._looked_at = clock()

    def __call__(self) -> Resolver:
        """Return the resolver to answer from. Costs a look at the clock, and once a second one at the pointer."""
        now = self._clock()
        if now - self._looked_at >= self._every_s:
            self._looked_at = now
            self._look()
        return self._resolver

    def _look(self) -> None:
        try:
            release = find_current_release(self._data_dir)
            if release is not None and release.id != self._resolver.release.id:
                self._resolver = Resolver(GeneReader(release))
        except ReleaseError as error:
            _LOGGER.warning("the release that was put live cannot be opened: %s", error)
