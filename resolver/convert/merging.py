"""What happens to features of an AnnData that become one gene."""

from __future__ import annotations

from enum import StrEnum

from ..errors import BadOption
from ..identifiers.brief import suggest_near


class CollisionChoice(StrEnum):
    """What to do with features that get the same identifier."""

    REPORT = "report"
    FIRST = "first"
    UNIQUE = "unique"
    SUM = "sum"


class CollisionWarning(UserWarning):
    """Features of one gene keep their old names, since nobody chose what to do with them."""


def read_collisions(text: str | None) -> CollisionChoice:
    """Return the choice of this name, `report` for None; raises BadOption for a name that is not known."""
    if text is None:
        return CollisionChoice.REPORT
    try:
        return CollisionChoice(text.strip().lower())
    except ValueError:
        raise BadOption(
            f"collisions: there is no {text!r} here",
            hint=f"{suggest_near(text, CollisionChoice)}Choose one of {', '.join(CollisionChoice)}.",
        ) from None


def check_collisions(text: str | None) -> None:
    """Raise BadOption where the choice is requested for a table, all of whose rows are kept."""
    if text is not None:
        raise BadOption("collisions is for AnnData and MuData", hint="Omit it: a table keeps all of its rows.")
