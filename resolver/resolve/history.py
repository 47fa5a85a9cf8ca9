"""Follow a retired identifier to its successors, with a guard against loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..genes.model import RetirementRecord

MAX_STEPS = 64


class Retirements(Protocol):
    """A source of retirements, such as a `GeneReader`."""

    def find_retirements(self, curie: str) -> list[RetirementRecord]:
        """Return a record for each successor, or one without; none if the identifier is not retired."""
        ...


@dataclass(frozen=True, slots=True)
class History:
    """The steps in the order in which they were followed, and the CURIEs at their ends that nothing retires."""

    steps: tuple[RetirementRecord, ...]
    successors: tuple[str, ...]


def follow_retirements(reader: Retirements, curie: str) -> History:
    """Return the history of `curie`: no steps if it is not retired, several successors if it was split.

    Each identifier is visited once, so that a loop in the data ends; at most `MAX_STEPS` are followed.
    """
    steps: list[RetirementRecord] = []
    successors: list[str] = []
    seen = {curie}
    waiting = [curie]
    while waiting and len(seen) <= MAX_STEPS:
        current = waiting.pop(0)
        records = reader.find_retirements(current)
        steps += records
        if not records and current != curie:
            successors.append(current)
        for record in records:
            if record.successor is not None and record.successor not in seen:
                seen.add(record.successor)
                waiting.append(record.successor)
    return History(tuple(steps), tuple(successors))
