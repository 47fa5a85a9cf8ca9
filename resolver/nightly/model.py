"""Types of nightly runs: their limits, what they need of a checker, and how a source run can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .judge import Plausibility

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from ..genes.verdicts import Finding, TrackedIdentifier
    from ..sources.live.base import SourceRelease


class SourceState(StrEnum):
    """How far a run is with a source, or how it ended there."""

    RUNNING = "running"
    DONE = "done"
    UNCHANGED = "unchanged"  # all verdicts are from its current release, so nothing was queried
    OUT_OF_TIME = "out_of_time"
    OUT_OF_CALLS = "out_of_calls"
    THROTTLED = "throttled"  # it required a pause (Retry-After) that is longer than the rest of the run
    STOPPED = "stopped"
    DOWN = "down"
    NOT_UNDERSTOOD = "not_understood"
    IMPLAUSIBLE = "implausible"
    SILENT = "silent"  # it does not know most identifiers: its API may have changed
    PROBE_FAILED = "probe_failed"  # its replies on identifiers with a known state are not as expected
    FAILED = "failed"  # by an error of this program


# States that are an error; the others are expected.
TROUBLES = frozenset(
    {
        SourceState.DOWN,
        SourceState.NOT_UNDERSTOOD,
        SourceState.IMPLAUSIBLE,
        SourceState.SILENT,
        SourceState.PROBE_FAILED,
        SourceState.FAILED,
    }
)
# After these, the recorded verdicts of a run are rejected.
DISBELIEVED = frozenset({SourceState.IMPLAUSIBLE})
# The run was ended before the source run was complete.
CUT_SHORT = frozenset({SourceState.STOPPED, SourceState.OUT_OF_TIME})
# A source run that ended so is complete.
COMPLETE = frozenset({SourceState.DONE, SourceState.UNCHANGED})


class LiveSourceShape(Protocol):
    """A source, as a nightly run needs it: `settles` skips identifiers that were checked at its current release."""

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        ...

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The namespaces that it covers."""
        ...

    @property
    def lists(self) -> tuple[object, ...]:
        """The lists that it publishes; what they do not mention is queried by calls."""
        ...

    @property
    def list_from(self) -> int | None:
        """From how many identifiers on its lists are queried first, and calls only for the rest; None: never."""
        ...

    @property
    def settles(self) -> bool:
        """Whether nothing can change within one of its releases."""
        ...


class ProbeResult(Protocol):
    """The result of probing a source."""

    @property
    def contradiction(self) -> str | None:
        """The expectation that the source contradicts, in a sentence; None if none, or if it could not be reached."""
        ...


class RunChecker(Protocol):
    """The live checker, as a nightly run needs it (`resolver.live.checker`)."""

    def list_sources(self) -> tuple[LiveSourceShape, ...]:
        """Return the sources."""
        ...

    def check_source(self, name: str, tracked: Iterable[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
        """Yield findings a batch at a time; `tracked` is read as it is needed."""
        ...

    def check_list(self, name: str, tracked: Sequence[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
        """Yield what published lists report; raises SourceError if one that calls cannot replace is unreadable."""
        ...

    async def find_release(self, name: str) -> SourceRelease | None:
        """Return the release that a source reports; None if it reports none."""
        ...

    def find_pause(self, name: str) -> tuple[str, float] | None:
        """Return the host of a source that required a pause, and the seconds that are left of it; None if none."""
        ...

    def find_failure(self, name: str) -> str | None:
        """Return why the last call to a source failed; None if it succeeded, or if there was none."""
        ...

    def apply_pauses(self, pauses: Mapping[str, float]) -> None:
        """Respect pauses of so many seconds that hosts required of an earlier run."""
        ...

    async def probe(self, name: str) -> ProbeResult:
        """Return whether a source reports what is expected on identifiers whose state is known."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits of a nightly run, and its plausibility checks.

    `max_minutes` limits the whole run; `minutes` and `calls` limit single sources, by name. An identifier that was
    checked less than `again_after_s` ago is left to a later run. `patience_s` is how long a run waits in all, in
    growing steps, for a source that does not respond. `sources` are the names of those to query; None: all. With
    `probes` a source is queried only after it reported what is expected on identifiers whose state is known.
    """

    max_minutes: float | None = None
    minutes: Mapping[str, float] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] | None = None
    again_after_s: float = 12 * 3600.0
    patience_s: float = 30 * 60.0
    probes: bool = False
    plausibility: Plausibility = field(default_factory=Plausibility)


class Progress(NamedTuple):
    """The progress of a source run."""

    source: str
    state: SourceState
    done: int
    planned: int
    stale: int
    note: str | None = None
