"""Settling: the marks follow the recorded verdicts of a source, whichever run recorded them.

A verdict is recorded as `open`. Settling sets the mark of each stale one and lifts that of each current one, in one
transaction, with a line of history for each change. A jump, more newly stale identifiers than a limit, is held back:
its verdicts are `awaiting` until another run records the same (`confirmed`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    Integer,
    String,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from ..genes.verdicts import STALE, Verdict
from .ledger_tables import Check, CheckState, EventKind, MarkEvent, MarkRow, Review, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection, Table

    Upsert = Callable[[Table], Any]  # an INSERT of the database's dialect

_CHECK: Table = Check.__table__  # type: ignore[attr-defined]
_MARK: Table = MarkRow.__table__  # type: ignore[attr-defined]
_EVENT: Table = MarkEvent.__table__  # type: ignore[attr-defined]
_REVIEW: Table = Review.__table__  # type: ignore[attr-defined]
_STATE: Table = State.__table__  # type: ignore[attr-defined]
_STALE = sorted(verdict.value for verdict in STALE)
# What a mark takes from its check, in the order of the columns.
_OF_CHECK = ("curie", "source", "verdict", "successors", "run_id", "version", "genes", "taxon", "upstream_release",
             "evidence", "note", "symbol")  # fmt: skip
_EVENT_COLUMNS = ("curie", "source", "event", "at", "run_id", "verdict", "successors", "reason")
UNSETTLED = (CheckState.OPEN.value, CheckState.CONFIRMED.value)
IMPLAUSIBLE = "implausible"


class Settlement(NamedTuple):
    """What settling a source did: marks set, lifted, and there now; verdicts that await confirmation."""

    marked: int = 0
    lifted: int = 0
    marks: int = 0
    held_back: int = 0


def settle_source(
    connection: Connection, upsert: Upsert, source: str, *, run_id: int, jump_from: int | None, now: int
) -> Settlement:
    """Set and lift the marks of a source by its unsettled verdicts.

    From `jump_from` newly stale identifiers on they are held back; None: never. Cost: a few statements, whatever the
    number of verdicts.
    """
    unsettled = (_CHECK.c.source == source, _CHECK.c.state.in_(UNSETTLED))
    is_stale = _CHECK.c.verdict.in_(_STALE)
    is_unmarked = ~exists().where(_MARK.c.curie == _CHECK.c.curie)
    is_new = (_CHECK.c.source == source, _CHECK.c.state == CheckState.OPEN.value, is_stale, is_unmarked)
    newly = connection.execute(select(func.count(literal(1))).select_from(_CHECK).where(*is_new)).scalar_one()
    if jump_from is not None and newly >= jump_from:
        reason = f"{newly:,} identifiers became stale in one run: awaiting confirmation"
        _write_events(connection, EventKind.HELD_BACK, is_new, run_id=run_id, reason=reason, now=now)
        connection.execute(update(_CHECK).where(*is_new).values(state=CheckState.AWAITING.value))
    before = count_marks(connection, source)
    is_current = (*unsettled, _CHECK.c.verdict == Verdict.CURRENT.value)
    lifted = _lift(connection, is_current, run_id=run_id, now=now)
    is_marked = (*unsettled, is_stale)
    _write_events(connection, EventKind.SET, (*is_marked, is_unmarked), run_id=run_id, reason=None, now=now)
    says_other = exists().where(
        _MARK.c.curie == _CHECK.c.curie,
        or_(_MARK.c.verdict != _CHECK.c.verdict, _MARK.c.successors != _CHECK.c.successors),
    )
    _write_events(connection, EventKind.CHANGED, (*is_marked, says_other), run_id=run_id, reason=None, now=now)
    changed = connection.execute(_mark_stale(upsert, is_marked)).rowcount
    connection.execute(update(_CHECK).where(*unsettled).values(state=CheckState.SETTLED.value))
    marks = count_marks(connection, source)
    if changed or lifted:
        bump_marks_stamp(connection, upsert)
    return Settlement(marks - before + lifted, lifted, marks, count_held_back(connection, source))


def take_back(connection: Connection, source: str) -> Settlement:
    """Forget the unsettled verdicts of a source, which are not believed; no mark changes."""
    connection.execute(
        update(_CHECK)
        .where(_CHECK.c.source == source, _CHECK.c.state.in_(UNSETTLED))
        .values(
            verdict=Verdict.NOT_CHECKED.value,
            obstacle=IMPLAUSIBLE,
            checked_at=None,
            evidence=None,
            state=CheckState.SETTLED.value,
        )
    )
    return Settlement(marks=count_marks(connection, source), held_back=count_held_back(connection, source))


def drop(connection: Connection, upsert: Upsert, curies: list[str], *, run_id: int, now: int) -> int:
    """Drop the marks of these identifiers, whose change the release follows; return how many there were."""
    marks = _MARK.c.curie.in_(curies)
    _write_mark_events(connection, EventKind.DROPPED, marks, run_id=run_id, reason="the release follows it", now=now)
    dropped = connection.execute(delete(_MARK).where(marks)).rowcount
    if dropped:
        bump_marks_stamp(connection, upsert)
    return dropped


def state_after(excluded: Any) -> Any:  # noqa: ANN401  (columns of a dialect's INSERT)
    """Return the state of a check that is recorded again: confirmed where it was held back and another run agrees."""
    # Two comparisons, since an IN cannot be part of a statement for many rows.
    was_held_back = or_(_CHECK.c.state == CheckState.AWAITING.value, _CHECK.c.state == CheckState.CONFIRMED.value)
    is_other_run = _CHECK.c.run_id != excluded.run_id
    # A version may have grown meanwhile: it is behind all the same.
    is_same = and_(
        _CHECK.c.verdict == excluded.verdict,
        or_(_CHECK.c.successors == excluded.successors, excluded.verdict == Verdict.VERSION_BEHIND.value),
    )
    return case(
        (and_(was_held_back, is_same, is_other_run), CheckState.CONFIRMED.value),
        (and_(was_held_back, is_same), _CHECK.c.state),
        else_=CheckState.OPEN.value,
    )


def count_marks(connection: Connection, source: str) -> int:
    """Return how many identifiers of a source are marked."""
    counted = select(func.count(literal(1))).select_from(_MARK).where(_MARK.c.source == source)
    return int(connection.execute(counted).scalar_one())


def count_held_back(connection: Connection, source: str) -> int:
    """Return how many verdicts of a source await confirmation."""
    is_held_back = (_CHECK.c.source == source, _CHECK.c.state == CheckState.AWAITING.value)
    return int(connection.execute(select(func.count(literal(1))).select_from(_CHECK).where(*is_held_back)).scalar_one())


def bump_marks_stamp(connection: Connection, upsert: Upsert) -> None:
    """Change the stamp by which snapshots of the marks are known to be outdated."""
    stamp = str(time.time_ns())  # never one that was before, also in a ledger that was made anew
    statement = upsert(_STATE).values(key="marks", value=stamp)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": stamp}))


def _lift(connection: Connection, is_current: tuple[Any, ...], *, run_id: int, now: int) -> int:
    lifted = _MARK.c.curie.in_(select(_CHECK.c.curie).where(*is_current))
    _write_mark_events(
        connection, EventKind.LIFTED, lifted, run_id=run_id, reason="the source reports it as current", now=now
    )
    return connection.execute(delete(_MARK).where(lifted)).rowcount


def _mark_stale(upsert: Upsert, is_marked: tuple[Any, ...]) -> Any:  # noqa: ANN401  (of one of two dialects)
    moved = case((_CHECK.c.verdict == Verdict.MOVED_GENE.value, func.coalesce(_CHECK.c.note, "")), else_="")
    fingerprint = _CHECK.c.verdict + "|" + _CHECK.c.successors + "|" + moved
    review = (
        select(_REVIEW.c.state)
        .where(_REVIEW.c.curie == _CHECK.c.curie, _REVIEW.c.fingerprint == fingerprint)
        .scalar_subquery()
    )
    moment = func.coalesce(_CHECK.c.checked_at, 0)
    columns = [*(_CHECK.c[name] for name in _OF_CHECK), moment, moment, func.coalesce(review, "")]
    stale = select(*columns).where(*is_marked)
    statement = upsert(_MARK).from_select([*_OF_CHECK, "since", "seen_at", "review"], stale)
    new = statement.excluded
    since = case((_MARK.c.verdict == new.verdict, _MARK.c.since), else_=new.since)
    changed = {name: new[name] for name in (*_OF_CHECK, "seen_at", "review") if name != "curie"} | {"since": since}
    return statement.on_conflict_do_update(index_elements=["curie"], set_=changed)


def _write_events(
    connection: Connection, event: EventKind, which: tuple[Any, ...], *, run_id: int, reason: str | None, now: int
) -> None:
    """Write a line of history for each check that fits."""
    columns = _event_columns(_CHECK, event, run_id=run_id, reason=reason, now=now)
    connection.execute(insert(_EVENT).from_select(_EVENT_COLUMNS, select(*columns).where(*which)))


def _write_mark_events(
    connection: Connection, event: EventKind, which: ColumnElement[bool], *, run_id: int, reason: str, now: int
) -> None:
    """Write a line of history for each mark that fits."""
    columns = _event_columns(_MARK, event, run_id=run_id, reason=reason, now=now)
    connection.execute(insert(_EVENT).from_select(_EVENT_COLUMNS, select(*columns).where(which)))


def _event_columns(table: Table, event: EventKind, *, run_id: int, reason: str | None, now: int) -> list[Any]:
    why = cast(null(), String) if reason is None else literal(reason)
    moment, run = literal(now), cast(literal(run_id), Integer)
    return [table.c.curie, table.c.source, literal(event.value), moment, run, table.c.verdict, table.c.successors, why]
