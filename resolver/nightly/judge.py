"""Judge whether the verdicts of a source run are plausible: a mark needs positive evidence and a plausible run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..genes.verdicts import STALE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Plausibility:
    """The limits beyond which verdicts of a source are rejected or held back.

    Above `share` of stale verdicts all verdicts of the source run are rejected. Versions have a limit of their own: a
    source may give most of its records a new version in one release. Below `sample` verdicts no share is judged.
    If more than `silent_share` of a source's identifiers are unknown to it, its run has failed.
    More than `jump_share` of a source's identifiers newly stale in one run, and at least `jump_least`, are held back.
    """

    share: float = 0.2
    version_share: float = 0.9
    sample: int = 200
    silent_share: float = 0.5
    jump_share: float = 0.01
    jump_least: int = 50

    def doubt(self, verdicts: Mapping[str, int]) -> str | None:
        """Return why the stale verdicts are too many to be believed; None if they are plausible."""
        checked = sum(verdicts.values())
        if checked < self.sample:
            return None
        behind = verdicts.get(Verdict.VERSION_BEHIND.value, 0)
        replaced = sum(verdicts.get(verdict.value, 0) for verdict in STALE) - behind
        for count, most, what in (
            (replaced, self.share, "replaced, retired or of another gene"),
            (behind, self.version_share, "behind in their version"),
        ):
            if count > most * checked:
                return (
                    f"{count:,} of {checked:,} identifiers would be {what}, over {most:.0%}: "
                    "nothing was marked; check the source database and its probe"
                )
        return None

    def find_silence(self, *, queried: int, unknown: int, known_before: int, silent: int, contained: int) -> str | None:
        """Return why the source knows too few identifiers; None if it knows enough.

        A run queried `queried` identifiers, of which `unknown` are unknown to the source, and `known_before` of these
        were not when they were last queried. Of the `contained` identifiers of the release, the source does not know
        `silent` in all.
        """
        if silent >= self.sample and silent > self.silent_share * contained:
            return f"it does not know {silent:,} of {contained:,} identifiers: its replies may have changed"
        if known_before >= self.sample and unknown > self.silent_share * queried:
            return f"it does not know {unknown:,} of {queried:,} queried identifiers: its replies may have changed"
        return None

    def jump_from(self, contained: int) -> int:
        """Return from how many newly stale identifiers on a source run is a jump."""
        return max(self.jump_least, int(self.jump_share * contained) + 1)
