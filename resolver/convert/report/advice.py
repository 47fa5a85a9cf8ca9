"""What explains cells that match no gene: the age of the release, or the wrong column, namespace or species."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...resolve.about import UPDATE
from ...resolve.outcome import Outcome, Reason
from ..unknown import describe_age, name_unknown

if TYPE_CHECKING:
    from ...store.release import Release
    from .summary import ColumnCounts, Summary

# From this share of the filled cells, and this number, unknown identifiers are worth a remark.
_MANY, _FEWEST = 0.05, 10


def advise(counts: ColumnCounts, release: Release) -> str | None:
    """Return what explains cells of a column that match no gene, the likeliest first; None where they are few.

    Of very many different misses the most frequent ones are examined.
    """
    filled = counts.outcomes.total() - counts.empty
    unknown = replaced = 0
    for (text, outcome, reason), rows in counts.misses.items():
        if reason == Reason.NOT_IN_RELEASE and name_unknown(text) is not None:
            unknown += rows
            replaced += rows if outcome == Outcome.RETIRED else 0
    advice = []
    if unknown > _MANY * filled and (unknown >= _FEWEST or counts.is_alarming):
        age = describe_age(release)
        successors = f", {replaced:,} of them with a successor that it does not contain either" if replaced else ""
        advice.append(
            f"{unknown:,} cells are well-formed identifiers that the release does not contain{successors} ({age})."
            f" A newer release may have them: {UPDATE}."
        )
    if counts.is_alarming:
        also = "Otherwise check" if advice else "Check"
        advice.append(f"{also} the column, the namespace and the species.")
    return " ".join(advice) or None


def describe_warning(summary: Summary, release: Release) -> str | None:
    """Return the advice on all columns of a table as one text; None if there is none."""
    advice = [
        f"{column.name}: {100 * column.share_found:.0f}% of the filled cells match genes. {found}"
        for column in summary.columns
        if (found := advise(column, release)) is not None
    ]
    return " ".join(advice) or None
