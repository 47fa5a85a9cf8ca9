"""Record what curators decide about marks: acknowledged, dismissed, reopened, commented, by whom and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from ..errors import MarkUnknown
from .ledger_tables import EventKind, MarkEvent, MarkRow, Review, ReviewState, fingerprint_of
from .settling import bump_marks_stamp

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from .settling import Upsert

_MARK: Table = MarkRow.__table__  # type: ignore[attr-defined]
_EVENT: Table = MarkEvent.__table__  # type: ignore[attr-defined]
_REVIEW: Table = Review.__table__  # type: ignore[attr-defined]
_EVENT_OF = {
    ReviewState.ACKNOWLEDGED: EventKind.ACKNOWLEDGED,
    ReviewState.DISMISSED: EventKind.DISMISSED,
    None: EventKind.REOPENED,
}


def review(
    connection: Connection,
    upsert: Upsert,
    curie: str,
    state: ReviewState | None,
    *,
    reason: str,
    by: str,
    now: int,
) -> None:
    """Record what was decided about a mark; None takes an earlier decision back. Raises MarkUnknown."""
    mark = _find(connection, curie)
    if state is None:
        connection.execute(delete(_REVIEW).where(_REVIEW.c.curie == curie))
    else:
        decided = {
            "state": state.value,
            "fingerprint": fingerprint_of(mark["verdict"], mark["successors"], mark["note"]),
            "reason": reason,
            "by": by,
            "at": now,
        }
        statement = upsert(_REVIEW).values(curie=curie, **decided)
        connection.execute(statement.on_conflict_do_update(index_elements=["curie"], set_=decided))
    word = "" if state is None else state.value
    connection.execute(update(_MARK).where(_MARK.c.curie == curie).values(review=word))
    _write(connection, mark, _EVENT_OF[state], reason=reason, by=by, now=now)
    bump_marks_stamp(connection, upsert)


def comment(connection: Connection, curie: str, text: str, *, by: str, now: int) -> None:
    """Add a comment to the history of a mark. Raises MarkUnknown."""
    _write(connection, _find(connection, curie), EventKind.COMMENTED, reason=text, by=by, now=now)


def _find(connection: Connection, curie: str) -> dict[str, Any]:
    row = connection.execute(select(_MARK).where(_MARK.c.curie == curie)).first()
    if row is None:
        raise MarkUnknown(f"{curie} is not marked", hint="`resolver nightly stale` lists the marks.")
    return dict(row._mapping)


def _write(connection: Connection, mark: dict[str, Any], event: EventKind, *, reason: str, by: str, now: int) -> None:
    shown = {name: mark[name] for name in ("curie", "source", "verdict", "successors")}
    connection.execute(insert(_EVENT).values(**shown, event=event.value, at=now, reason=reason or None, by=by))
