"""Are the verdicts of a source run plausible? A mark needs positive evidence, and a plausible run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..genes.verdicts import STALE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Plausibility:
    """Which verdicts of a source are not believed, or not yet.

    Above `share` of stale verdicts nothing that the source reported is believed. Versions are apart: a source may well
    give most of its records a new version in one release. Below `sample` verdicts a share means nothing.
    Where more than `silent_share` of a source's identifiers are unknown to it, the source is in trouble.
    More than `jump_share` of a source's identifiers newly stale in one run, and at least `jump_least`, are held back.
    """

    share: float = 0.2
    version_share: float = 0.9
    sample: int = 200
    silent_share: float = 0.5
    jump_share: float = 0.01
    jump_least: int = 50

    def doubt(self, verdicts: Mapping[str, int]) -> str | None:
        """Return why so many stale verdicts are not believed, None where they may be true."""
        checked = sum(verdicts.values())
        if checked < self.sample:
            return None
        behind = verdicts.get(Verdict.VERSION_BEHIND.value, 0)
        gone = sum(verdicts.get(verdict.value, 0) for verdict in STALE) - behind
        for count, most, what in (
            (gone, self.share, "replaced, retired or of another gene"),
            (behind, self.version_share, "behind in their version"),
        ):
            if count > most * checked:
                return (
                    f"{count:,} of {checked:,} identifiers would be {what}, over {most:.0%}: "
                    "nothing was marked, and a person has to look"
                )
        return None

    def find_silence(self, *, queried: int, unknown: int, known_before: int, silent: int, contained: int) -> str | None:
        """Return why a source's silence is trouble, None where it is not.

        A run queried `queried` identifiers, of which `unknown` are unknown to the source, and `known_before` of these
        were not when they were last queried. In all the source does not know `silent` of the `contained` identifiers.
        """
        if silent >= self.sample and silent > self.silent_share * contained:
            return f"it knows nothing of {silent:,} of {contained:,} identifiers: it may have changed"
        if known_before >= self.sample and unknown > self.silent_share * queried:
            return f"it knows nothing of {unknown:,} of {queried:,} identifiers that were queried: it may have changed"
        return None

    def jump_from(self, contained: int) -> int:
        """Return from how many newly stale identifiers on a source run is a jump."""
        return max(self.jump_least, int(self.jump_share * contained) + 1)
