"""Outcomes and reasons that only the rows of a table have.

A row with such a reason resolves, and something about its cell is worth a look.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from ..resolve.outcome import Outcome
from ..resolve.reasons import OUTCOMES, Advice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..resolve.column import SpeciesVote
    from ..resolve.table import Cells


class CellOutcome(StrEnum):
    """The outcome that only the cells of a table have, beside those of a query."""

    __hash__ = str.__hash__

    EMPTY = "empty"


# The outcomes of the rows of a table, each with its meaning and the next step.
CELL_OUTCOMES: Mapping[str, Advice] = {outcome.value: advice for outcome, advice in OUTCOMES.items()} | {
    Outcome.UNRECOGNIZED.value: Advice("could not be read as an identifier, symbol or name", "See the reasons."),
    CellOutcome.EMPTY.value: Advice("has no content, or a missing value such as NA", ""),
}


class CellNote(StrEnum):
    """What is noted of a cell that resolves."""

    OTHER_SPECIES = "other_species"
    COLUMNS_DISAGREE = "columns_disagree"
    PARTS_NOT_FOUND = "parts_not_found"
    MARK_SET_ASIDE = "mark_set_aside"
    CORRECTED = "corrected"


NOTES: Mapping[CellNote, Advice] = {
    CellNote.OTHER_SPECIES: Advice(
        "matches only a gene of the other species than most of its column",
        "Check whether it belongs in the list; --species keeps the genes of one species.",
    ),
    CellNote.COLUMNS_DISAGREE: Advice(
        "matches another gene than the other column of its row",
        "Check which of the columns is right; the first that is found was used.",
    ),
    CellNote.PARTS_NOT_FOUND: Advice(
        "contains several identifiers, of which some match no gene",
        "Look up those that are missing; the others were converted.",
    ),
    CellNote.MARK_SET_ASIDE: Advice(
        "ends with a mark of a footnote, or a remark in parentheses, which was set aside",
        "Check that the mark is no part of the name.",
    ),
    CellNote.CORRECTED: Advice(
        "was read as the identifier that a correction specifies",
        "Correct it in the original table too.",
    ),
}


def note_species(row: Cells, vote: SpeciesVote | None) -> Cells:
    """Return the row, with a note if its genes are of the other species than its column is read in."""
    if vote is None or vote.taxon is None or row.reason is not None or row.outcome is not Outcome.RESOLVED:
        return row
    return row if vote.taxon in row.taxa else row._replace(reason=CellNote.OTHER_SPECIES)
