"""What became of a retired identifier: its chain of retirements, with a guard against loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..genes.model import RetirementRecord

MAX_STEPS = 64


class Retirements(Protocol):
    """What can tell an identifier's next steps; a `GeneReader` can."""

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return a record for each successor, or one without; none where the identifier is not retired."""
        ...


@dataclass(frozen=True, slots=True)
class History:
    """The steps in the order in which they were followed, and the CURIEs at their ends that nothing retires."""

    steps: tuple[RetirementRecord, ...]
    successors: tuple[str, ...]


def follow_retirements(reader: Retirements, curie: str) -> History:
    """Return the history of `curie`: no steps where it is not retired, several successors where it was split.

    Each identifier is visited once, so that a loop in the data ends; at most `MAX_STEPS` are followed.
    """
    steps: list[RetirementRecord] = []
    successors: list[str] = []
    seen = {curie}
    waiting = [curie]
    while waiting and len(seen) <= MAX_STEPS:
        asked = waiting.pop(0)
        records = reader.find_retirements(asked)
        steps += records
        if not records and asked != curie:
            successors.append(asked)
        for record in records:
            if record.successor is not None and record.successor not in seen:
                seen.add(record.successor)
                waiting.append(record.successor)
    return History(tuple(steps), tuple(successors))
