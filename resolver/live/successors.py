"""Follow successors at their source, and report only current records of the same species."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..genes.verdicts import Finding, Obstacle, TrackedIdentifier, Verdict
from ..identifiers.model import Identifier
from ..sources.live.base import not_checked, taxon_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_HOPS = 20
_UNKNOWN = {Obstacle.NOT_KNOWN_UPSTREAM, Obstacle.NO_LIVE_SOURCE}


@dataclass(slots=True)
class _Replaced:
    """A finding that waits until the state of its successors is known; `open` counts those without a state."""

    finding: Finding
    open: int = 0
    living: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)  # paths of more than one hop
    notes: list[str] = field(default_factory=list)
    failure: tuple[Obstacle, str] | None = None
    circle: str | None = None
    has_unknown: bool = False


class _Waiting(NamedTuple):
    replaced: _Replaced
    trail: tuple[str, ...]  # the successors that led here, as CURIEs


class Settled(NamedTuple):
    """Findings that are final, and identifiers whose state has to be queried before others are."""

    findings: list[Finding]
    queries: list[TrackedIdentifier]


class SuccessorChecks:
    """Keep findings of `replaced` back until the state of their successors is known.

    A current successor of the same species stays. A finding without one is `retired` if all successors are retired or
    of another species; it stays `replaced` without a successor if the source does not know one. A failure of the
    source makes it `not_checked`, and a later run queries it again.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[_Waiting]] = {}
        self._queried: dict[int, str] = {}  # the id of the queried object: its CURIE
        self._states: dict[str, Finding] = {}

    def take(self, finding: Finding) -> Settled:
        """Return what a finding settles; it may be of a successor."""
        settled = Settled([], [])
        curie = self._queried.pop(id(finding.tracked), None)
        if curie is not None:
            self._states[curie] = finding
            for waiting in self._waiting.pop(curie):
                self._apply(waiting, curie, settled.queries)
                self._finish(waiting.replaced, settled.findings)
        elif finding.verdict is Verdict.REPLACED and finding.successors:
            replaced = _Replaced(finding)
            self._follow(_Waiting(replaced, (finding.tracked.identifier.curie,)), finding.successors, settled.queries)
            self._finish(replaced, settled.findings)
        else:
            settled.findings.append(finding)
        return settled

    def _follow(self, before: _Waiting, successors: Sequence[str], queries: list[TrackedIdentifier]) -> None:
        """Note what is known about successors, and queue a query for each unknown one."""
        replaced, trail = before
        for curie in successors:
            if curie in trail:
                replaced.circle = f"its successors lead in a circle: {' '.join((*trail, curie))}"
            elif len(trail) > _MOST_HOPS:
                replaced.circle = f"its successors were followed over {_MOST_HOPS} records without an end"
            elif curie in self._states:
                replaced.open += 1
                self._apply(_Waiting(replaced, trail), curie, queries)
            else:
                replaced.open += 1
                if curie not in self._waiting:
                    prefix, _, accession = curie.partition(":")
                    tracked = TrackedIdentifier(Identifier(prefix, accession), taxon=replaced.finding.tracked.taxon)
                    # The object stays alive as long as its query: it is in the items of the rounds.
                    self._queried[id(tracked)] = curie
                    queries.append(tracked)
                self._waiting.setdefault(curie, []).append(_Waiting(replaced, trail))

    def _apply(self, waiting: _Waiting, curie: str, queries: list[TrackedIdentifier]) -> None:
        """Note the state of one successor."""
        replaced, trail = waiting
        state = self._states[curie]
        replaced.open -= 1
        if state.verdict is Verdict.NOT_CHECKED:
            if state.obstacle in _UNKNOWN:
                replaced.has_unknown = True
                replaced.notes.append(f"its successor {curie} is not known to the source database")
            elif state.obstacle is not None:
                note = f"its successor {curie} could not be checked: {state.note or state.obstacle.value}"
                replaced.failure = (state.obstacle, note)
        elif state.verdict is Verdict.REPLACED:
            self._follow(_Waiting(replaced, (*trail, curie)), state.successors, queries)
        elif state.verdict is Verdict.RETIRED:
            replaced.notes.append(f"its successor {curie} is retired too")
        elif _differ(replaced.finding, state):
            replaced.notes.append(f"its successor {curie} is of another species")
        else:
            replaced.living.append(curie)
            if len(trail) > 1:
                replaced.followed.append(" ".join((*trail[1:], curie)))

    def _finish(self, replaced: _Replaced, findings: list[Finding]) -> None:
        if replaced.open:
            return
        finding = replaced.finding
        note = "; ".join(filter(None, (finding.note, *dict.fromkeys(replaced.notes)))) or None
        if replaced.failure is not None:
            findings.append(not_checked(finding.tracked, *replaced.failure))
        elif replaced.living:
            evidence = finding.evidence
            if evidence is not None and replaced.followed:
                fields = evidence.fields | {"followed": ", ".join(replaced.followed)[:200]}
                evidence = evidence._replace(fields=fields)
            successors = tuple(dict.fromkeys(replaced.living))
            findings.append(finding._replace(successors=successors, evidence=evidence, note=note))
        elif replaced.circle is not None:
            findings.append(not_checked(finding.tracked, Obstacle.NOT_UNDERSTOOD, replaced.circle))
        else:
            verdict = Verdict.REPLACED if replaced.has_unknown else Verdict.RETIRED
            findings.append(finding._replace(verdict=verdict, successors=(), note=note))


def _differ(replaced: Finding, successor: Finding) -> bool:
    """Return whether both species are known and differ."""
    ours, theirs = replaced.tracked.taxon or taxon_of(replaced), taxon_of(successor)
    return ours is not None and theirs is not None and ours != theirs
