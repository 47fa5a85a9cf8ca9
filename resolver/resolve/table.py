"""An answer as the cells of a table: the one definition of the status columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .outcome import Outcome

if TYPE_CHECKING:
    from .answer import Answer

# Joins several matches of one cell, before it is replaced by the user's separator.
UNIT = "\x1f"


class Cells(NamedTuple):
    """The status cells of an answer; several matches, or several retired identifiers, joined by `UNIT`.

    `genes` are the numbers of the genes in the release.
    """

    outcome: str
    reason: str
    matched_as: str
    retired_from: str
    genes: tuple[int, ...]


def describe_answer(answer: Answer) -> Cells:
    """Return the cells of an answer: its genes are those that it was converted to, if a species was requested."""
    reason = "" if answer.reason is None else answer.reason.value
    if not answer.genes and not answer.converted and not answer.history:
        return Cells(answer.outcome.value, reason, "", "", ())
    matches = dict.fromkeys(f"{found.matched_as.kind} {found.matched_as.value}" for found in answer.genes)
    retired = _find_roots(answer) if answer.outcome is Outcome.RETIRED else []
    if answer.converted is None:
        genes = tuple([found.gene.id for found in answer.genes])
    else:
        genes = tuple([converted.gene.id for converted in answer.converted])
    return Cells(answer.outcome.value, reason, UNIT.join(matches), UNIT.join(retired), genes)


def _find_roots(answer: Answer) -> list[str]:
    """Return the retired identifiers that a history begins with, without those on the way."""
    successors = {step.successor for step in answer.history}
    return list(dict.fromkeys(step.retired for step in answer.history if step.retired not in successors))
