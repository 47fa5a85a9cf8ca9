"""Probe a source: query a handful of identifiers whose state is known, and report whether each reply is understood."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import SourceError
from ..genes.verdicts import Finding, Obstacle, TrackedIdentifier, Verdict
from ..identifiers.model import Identifier
from ..sources.live.base import not_checked
from .rounds import obstacle_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from typing import Protocol

    from ..sources.live.base import Expectation, LiveSource

    class Prober(Protocol):
        """What a probe queries; a `Checker` can do it."""

        def check_source(self, name: str, tracked: Sequence[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
            """Yield a source's findings by its calls."""
            ...

        def check_list(self, name: str, tracked: Sequence[TrackedIdentifier]) -> AsyncIterator[list[Finding]]:
            """Yield a source's findings by its lists."""
            ...


_ADVICE = {
    Obstacle.DOWN: "Check the network and the address in the settings, and probe again later.",
    Obstacle.THROTTLED: "Too many requests: probe again later.",
    Obstacle.NO_KEY: "Set a valid key, or none.",
    Obstacle.NOT_UNDERSTOOD: "Its replies may have changed: adapt its reader in resolver/sources/live.",
}
_OTHER = (
    "The fact may have changed, or the reply is misread: look it up at the source database before you trust verdicts."
)


_AWAY = {Obstacle.DOWN, Obstacle.THROTTLED, Obstacle.DEADLINE, Obstacle.NO_KEY}


class ProbeResult(NamedTuple):
    """One expectation, and what the source replied."""

    expectation: Expectation
    finding: Finding

    @property
    def is_met(self) -> bool:
        """Whether the reply was understood as it should be."""
        expected, finding = self.expectation, self.finding
        if expected.verdict is None:
            return finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM
        has_successors = not expected.successors or set(finding.successors) == set(expected.successors)
        return finding.verdict is expected.verdict and has_successors

    @property
    def expected(self) -> str:
        """The expected result in words."""
        return describe(self.expectation.verdict, self.expectation.successors)

    @property
    def result(self) -> str:
        """The result in words."""
        if self.finding.verdict is not Verdict.NOT_CHECKED:
            return describe(self.finding.verdict, self.finding.successors)
        is_unknown = self.finding.obstacle is Obstacle.NOT_KNOWN_UPSTREAM
        return "not known" if is_unknown else f"not checked: {self.finding.obstacle}"

    @property
    def advice(self) -> str | None:
        """What to do; None if the expectation is met."""
        if self.is_met:
            return None
        return _OTHER if self.finding.obstacle is None else _ADVICE.get(self.finding.obstacle, _OTHER)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain objects."""
        return {
            "curie": self.expectation.curie,
            "published_list": self.expectation.published_list,
            "expected": self.expected,
            "result": self.result,
            "understood": self.is_met,
            "note": self.finding.note,
            "advice": self.advice,
            "finding": self.finding.to_dict(),
        }


class ProbeReport(NamedTuple):
    """The results of probing one source, and how long it took in seconds."""

    source: str
    title: str
    results: tuple[ProbeResult, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every expectation is met."""
        return all(result.is_met for result in self.results)

    @property
    def failure(self) -> str | None:
        """The first expectation that is not met, in a sentence; None if all are."""
        return self._describe_first(lambda result: not result.is_met)

    @property
    def contradiction(self) -> str | None:
        """The same of the expectations that the source could be queried about: that it is away contradicts none."""
        return self._describe_first(lambda result: not result.is_met and result.finding.obstacle not in _AWAY)

    def _describe_first(self, fits: Callable[[ProbeResult], bool]) -> str | None:
        for result in self.results:
            if fits(result):
                note = f" ({result.finding.note})" if result.finding.note else ""
                curie = result.expectation.curie
                return f"the probe failed: {curie} should be {result.expected}, but the result is {result.result}{note}"
        return None

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain objects."""
        return {
            "source": self.source,
            "title": self.title,
            "passed": self.passed,
            "failure": self.failure,
            "seconds": round(self.seconds, 2),
            "results": [result.to_dict() for result in self.results],
        }


def describe(verdict: Verdict | None, successors: Sequence[str]) -> str:
    """Return a verdict with its successors in words."""
    if verdict is None:
        return "not known (never issued)"
    return f"{verdict.value}, now {' '.join(successors)}" if successors else verdict.value


async def probe_source(checker: Prober, source: LiveSource, *, with_lists: bool = True) -> ProbeReport:
    """Query a source about its expectations, by its calls and, `with_lists`, by its published lists."""
    began = time.monotonic()
    planned = [one for one in source.probe if with_lists or one.published_list is None]
    pairs = [(one, _expect(one)) for one in planned]
    by_calls = [tracked for one, tracked in pairs if one.published_list is None]
    by_lists = [tracked for one, tracked in pairs if one.published_list is not None]
    findings: dict[int, Finding] = {}
    async for some in checker.check_source(source.name, by_calls):
        findings.update((id(finding.tracked), finding) for finding in some)
    try:
        async for some in checker.check_list(source.name, by_lists):
            findings.update((id(finding.tracked), finding) for finding in some)
    except SourceError as error:
        for tracked in by_lists:
            findings.setdefault(id(tracked), not_checked(tracked, obstacle_of(error), str(error)))
    results = [ProbeResult(one, findings.get(id(tracked)) or _silent(tracked)) for one, tracked in pairs]
    return ProbeReport(source.name, source.title, tuple(results), time.monotonic() - began)


def _expect(expectation: Expectation) -> TrackedIdentifier:
    prefix, _, accession = expectation.curie.partition(":")
    accession, _, version = accession.partition(".")
    return TrackedIdentifier(
        Identifier(prefix, accession, int(version) if version.isdigit() else None), taxon=expectation.taxon
    )


def _silent(tracked: TrackedIdentifier) -> Finding:
    return not_checked(tracked, Obstacle.NOT_KNOWN_UPSTREAM, "the lists do not mention it")
