"""An answer as the cells of a table: the one definition of the status columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .outcome import Outcome

if TYPE_CHECKING:
    from enum import StrEnum

    from .answer import Answer


class Cells(NamedTuple):
    """The status cells of an answer, several texts of one cell as a tuple.

    `genes` are the numbers of the genes in the release, `taxa` the species of those that were matched. `stale` and
    `use_now` are for what the nightly job marked, `also` has the symbols of other genes that the text is a name of. A
    table may have outcomes and reasons of its own.
    """

    outcome: StrEnum
    reason: StrEnum | None
    matched_as: tuple[str, ...]
    retired_from: tuple[str, ...]
    genes: tuple[int, ...]
    stale: tuple[str, ...] = ()
    use_now: tuple[str, ...] = ()
    taxa: tuple[int, ...] = ()
    also: tuple[str, ...] = ()


def describe_answer(answer: Answer) -> Cells:
    """Return the cells of an answer: its genes are those that it was converted to, if a species was requested."""
    outcome, matched = answer.outcome, answer.genes
    if len(matched) == 1:  # most answers
        ((gene, matched_as, _, _),) = matched
        matches: tuple[str, ...] = (f"{matched_as[0]} {matched_as[1]}",)
        genes: tuple[int, ...] = (gene[0],)
        taxa: tuple[int, ...] = (gene[1],)
    else:
        matches = tuple(dict.fromkeys([f"{found.matched_as.kind} {found.matched_as.value}" for found in matched]))
        genes = tuple([found.gene.id for found in matched])
        taxa = tuple(sorted({found.gene.taxon for found in matched}))
    also: tuple[str, ...] = ()
    if answer.other_matches:
        also = tuple(dict.fromkeys([found.gene.symbol for found in answer.also]))
    if answer.converted is not None:
        genes = tuple([converted.gene.id for converted in answer.converted])
    roots = _find_roots(answer) if outcome is _RETIRED else ()
    return Cells(outcome, answer.reason, matches, roots, genes, taxa=taxa, also=also)


_RETIRED = Outcome.RETIRED


def _find_roots(answer: Answer) -> tuple[str, ...]:
    """Return the retired identifiers that a history begins with, without those on the way."""
    successors = {step.successor for step in answer.history}
    return tuple(dict.fromkeys(step.retired for step in answer.history if step.retired not in successors))
