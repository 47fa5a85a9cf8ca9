"""Is what a source says tonight to be believed? A mark needs positive evidence, and a plausible night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..genes.verdicts import STALE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How large a share of a source's verdicts may be stale; above it, nothing that the source said is believed.

    Versions are apart: an upstream may well give most of its records a new version in one release. Below `sample`
    verdicts a share says nothing.
    """

    share: float = 0.2
    version_share: float = 0.9
    sample: int = 200

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
