"""The ledger's only writer: each function is one unit of work and one commit.

Every write of a run states the token of its lease, and raises LeaseLost where another run has taken over. What is
written twice is written once: a batch that is recorded again, after a kill or a lost connection, leaves the same rows.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, case, delete, func, insert, literal, select, update

from ..errors import LedgerError
from ..genes.verdicts import STALE, Verdict
from .lease import LeaseBook, check_token
from .ledger_engine import bring_up_to_date, open_engine, told_in_our_words
from .ledger_tables import Check, Claim, MarkRow, Run, RunSource, State, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Table

_CHECK: Table = Check.__table__  # type: ignore[attr-defined]
_MARK: Table = MarkRow.__table__  # type: ignore[attr-defined]
_CLAIM: Table = Claim.__table__  # type: ignore[attr-defined]
_RUN: Table = Run.__table__  # type: ignore[attr-defined]
_SOURCE: Table = RunSource.__table__  # type: ignore[attr-defined]
_STATE: Table = State.__table__  # type: ignore[attr-defined]
_USAGE: Table = Usage.__table__  # type: ignore[attr-defined]
_STALE = sorted(verdict.value for verdict in STALE)
# Of a check, what an obstacle leaves as it was.
_KEPT = {"verdict", "checked_at", "successors", "upstream_release", "evidence"}
# In the order of a mark's columns, what it takes from its check.
_OF_CHECK = ("curie", "source", "verdict", "successors", "run_id", "version", "genes", "taxon", "upstream_release",
             "evidence", "note")  # fmt: skip
IMPLAUSIBLE = "implausible"
_END_OF_CLAIM = delete(_CLAIM).where(_CLAIM.c.run_id == bindparam("of_run"), _CLAIM.c.curie == bindparam("of_curie"))


class Tally(NamedTuple):
    """What a source's part of a run came to: how many identifiers were given each verdict, and met an obstacle."""

    verdicts: dict[str, int]
    obstacles: dict[str, int]

    @property
    def checked(self) -> int:
        """How many have a verdict."""
        return sum(self.verdicts.values())

    @property
    def stale(self) -> int:
        """How many of them are stale."""
        return sum(count for verdict, count in self.verdicts.items() if verdict in _STALE)


class Settlement(NamedTuple):
    """What the end of a source's part of a run did to the marks."""

    marked: int
    lifted: int
    marks: int


class Ledger:
    """Writes what nightly runs do; safe to share between threads."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where
        with self._told():
            bring_up_to_date(engine)

    @contextmanager
    def _told(self) -> Iterator[None]:
        with told_in_our_words(self.where):
            yield

    @contextmanager
    def _writing(self, token: str | None) -> Iterator[Connection]:
        with self._told(), self.engine.begin() as connection:
            if token is not None:
                check_token(connection, token)
            yield connection

    def lease(self, **options: Any) -> LeaseBook:  # noqa: ANN401  (those of LeaseBook)
        """Return the book in which the lease of this ledger stands."""
        return LeaseBook(self.engine, self.where, **options)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # --- Runs -----------------------------------------------------------------------------------------------------

    def begin_run(self, token: str, *, release_id: str, holder: str, now: int) -> int:
        """Write down that a run begins, and return its number; whatever another one left open is abandoned."""
        with self._writing(token) as connection:
            connection.execute(
                update(_RUN)
                .where(_RUN.c.state == "running")
                .values(state="abandoned", ended_at=now, reason="another run began in its place")
            )
            connection.execute(delete(_CLAIM))
            row = connection.execute(
                insert(_RUN).values(state="running", release_id=release_id, holder=holder, started_at=now)
            )
            key = row.inserted_primary_key
            if key is None:
                raise LedgerError(f"the ledger {self.where} gave a run no number")
            return int(key[0])

    def end_run(self, token: str, run_id: int, *, state: str, reason: str | None, now: int) -> None:
        """Write down how a run ended."""
        with self._writing(token) as connection:
            connection.execute(update(_RUN).where(_RUN.c.id == run_id).values(state=state, reason=reason, ended_at=now))
            connection.execute(delete(_CLAIM).where(_CLAIM.c.run_id == run_id))

    def begin_source(
        self,
        token: str,
        run_id: int,
        source: str,
        *,
        state: str,
        held: int,
        planned: int,
        release: str | None,
        now: int,
    ) -> None:
        """Write down that a run begins at a source; where it did before a kill, what was planned then stays."""
        row = {"run_id": run_id, "source": source, "state": state, "held": held, "planned": planned}
        row |= {"upstream_release": release, "started_at": now}
        row |= dict.fromkeys(("checked", "stale", "not_checked", "calls", "marked", "lifted", "marks"), 0)
        with self._writing(token) as connection:
            statement = self._upsert(_SOURCE).values(row)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["run_id", "source"],
                    set_={"state": state, "reason": None, "upstream_release": release, "ended_at": None},
                )
            )

    # --- Batches --------------------------------------------------------------------------------------------------

    def claim(self, token: str, run_id: int, source: str, curies: Sequence[str], *, now: int) -> None:
        """Write down that a run is about to ask for these identifiers."""
        rows = [{"run_id": run_id, "curie": c, "source": source, "attempts": 1, "claimed_at": now} for c in curies]
        statement = self._upsert(_CLAIM)
        statement = statement.on_conflict_do_update(
            index_elements=["run_id", "curie"],
            set_={"attempts": _CLAIM.c.attempts + 1, "claimed_at": statement.excluded.claimed_at},
        )
        with self._writing(token) as connection:
            if rows:
                connection.execute(statement, rows)

    def record(
        self,
        token: str,
        run_id: int,
        source: str,
        *,
        found: Sequence[Mapping[str, object]],
        hindered: Sequence[Mapping[str, object]],
        calls: int,
    ) -> None:
        """Write down a batch: checks with a verdict, and those that an obstacle left without; their claims end.

        A row has the columns of `check`. An obstacle leaves the verdict of an earlier night as it is.
        """
        with self._writing(token) as connection:
            for rows, kept in ((found, set[str]()), (hindered, _KEPT)):
                if rows:
                    connection.execute(self._upsert_checks(kept), rows)
            done = [{"of_run": run_id, "of_curie": row["curie"]} for row in (*found, *hindered)]
            if done:
                connection.execute(_END_OF_CLAIM, done)
            connection.execute(
                update(_SOURCE)
                .where(_SOURCE.c.run_id == run_id, _SOURCE.c.source == source)
                .values(calls=_SOURCE.c.calls + calls)
            )

    def _upsert_checks(self, kept: set[str]) -> Any:  # noqa: ANN401  (of one of two dialects)
        statement = self._upsert(_CHECK)
        new = {column.name: statement.excluded[column.name] for column in _CHECK.columns}
        changed = {name: value for name, value in new.items() if name != "curie" and name not in kept}
        if kept:
            changed["asked_at"] = func.coalesce(statement.excluded.asked_at, _CHECK.c.asked_at)
        return statement.on_conflict_do_update(index_elements=["curie"], set_=changed)

    # --- Settling -------------------------------------------------------------------------------------------------

    def tally(self, run_id: int, source: str) -> Tally:
        """Return what a source's part of a run has come to so far."""
        with self._told(), self.engine.connect().execution_options(reads=True) as connection:
            return _tally(connection, run_id, source)

    def settle(
        self, token: str, run_id: int, source: str, *, state: str, reason: str | None, believed: bool, now: int
    ) -> Settlement:
        """End a source's part of a run: mark what it found stale, lift the marks of what is current again.

        Where the findings are not `believed`, none of it is done, and their verdicts are taken back.
        """
        with self._writing(token) as connection:
            tally = _tally(connection, run_id, source)
            ours = (_CHECK.c.run_id == run_id, _CHECK.c.source == source, _CHECK.c.obstacle.is_(None))
            marked = lifted = 0
            if believed:
                before = _count_marks(connection, source)
                current = select(_CHECK.c.curie).where(*ours, _CHECK.c.verdict == Verdict.CURRENT.value)
                lifted = connection.execute(delete(_MARK).where(_MARK.c.curie.in_(current))).rowcount
                connection.execute(self._mark_stale(ours))
                marked = _count_marks(connection, source) - before + lifted
                if tally.stale or lifted:
                    self._turn_page(connection)
            else:
                taken_back = {"verdict": Verdict.NOT_CHECKED.value, "obstacle": IMPLAUSIBLE}
                connection.execute(update(_CHECK).where(*ours).values(**taken_back, checked_at=None, evidence=None))
            marks = _count_marks(connection, source)
            counts: dict[str, Any] = {
                "checked": tally.checked,
                "stale": tally.stale,
                "not_checked": sum(tally.obstacles.values()),
            }
            counts |= {"marked": _SOURCE.c.marked + marked, "lifted": _SOURCE.c.lifted + lifted, "marks": marks}
            connection.execute(
                update(_SOURCE)
                .where(_SOURCE.c.run_id == run_id, _SOURCE.c.source == source)
                .values(state=state, reason=reason, ended_at=now, **counts)
            )
            return Settlement(marked, lifted, marks)

    def _mark_stale(self, ours: tuple[Any, ...]) -> Any:  # noqa: ANN401  (of one of two dialects)
        columns = [*(_CHECK.c[name] for name in _OF_CHECK), _CHECK.c.checked_at, _CHECK.c.checked_at]
        stale = select(*columns).where(*ours, _CHECK.c.verdict.in_(_STALE))
        statement = self._upsert(_MARK).from_select([*_OF_CHECK, "since", "seen_at"], stale)
        new = statement.excluded
        since = case((_MARK.c.verdict == new.verdict, _MARK.c.since), else_=new.since)
        changed = {name: new[name] for name in (*_OF_CHECK, "seen_at") if name != "curie"} | {"since": since}
        return statement.on_conflict_do_update(index_elements=["curie"], set_=changed)

    def drop_marks(self, token: str, curies: Sequence[str]) -> int:
        """Drop marks that say nothing new any more: those whose change the release follows. Return how many."""
        with self._writing(token) as connection:
            dropped = 0
            for start in range(0, len(curies), 500):
                some = curies[start : start + 500]
                dropped += connection.execute(delete(_MARK).where(_MARK.c.curie.in_(some))).rowcount
            if dropped:
                self._turn_page(connection)
            return dropped

    def _turn_page(self, connection: Connection) -> None:
        """Let everyone who keeps a snapshot of the marks know that there are others."""
        stamp = str(time.time_ns())  # never one that was before, also in a ledger that was made anew
        statement = self._upsert(_STATE).values(key="marks", value=stamp)
        connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": stamp}))

    # --- Usage ----------------------------------------------------------------------------------------------------

    def add_usage(self, counts: Mapping[str, int]) -> None:
        """Add to how often identifiers were asked for."""
        rows = [{"curie": curie, "count": count} for curie, count in counts.items()]
        statement = self._upsert(_USAGE)
        added = {"count": _USAGE.c["count"] + statement.excluded["count"]}
        with self._writing(None) as connection:
            if rows:
                connection.execute(statement.on_conflict_do_update(index_elements=["curie"], set_=added), rows)

    def _upsert(self, table: Table) -> Any:  # noqa: ANN401  (of one of two dialects)
        if self.engine.dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql

            return postgresql.insert(table)
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)


def _count_marks(connection: Connection, source: str) -> int:
    return int(connection.execute(select(func.count(literal(1))).where(_MARK.c.source == source)).scalar_one())


def _tally(connection: Connection, run_id: int, source: str) -> Tally:
    rows = connection.execute(
        select(_CHECK.c.verdict, _CHECK.c.obstacle, func.count(literal(1)))
        .where(_CHECK.c.run_id == run_id, _CHECK.c.source == source)
        .group_by(_CHECK.c.verdict, _CHECK.c.obstacle)
    )
    verdicts: dict[str, int] = {}
    obstacles: dict[str, int] = {}
    for verdict, obstacle, count in rows:
        told, word = (verdicts, verdict) if obstacle is None else (obstacles, obstacle)
        told[word] = told.get(word, 0) + count
    return Tally(verdicts, obstacles)


def open_ledger(url: str, *, shown: str | None = None) -> Ledger:
    """Open the ledger at `url`, creating its tables where there are none; `shown` is how it is named in messages.

    Raises LedgerUnreachable, LedgerNewer.
    """
    engine = open_engine(url)
    try:
        return Ledger(engine, shown or engine.url.render_as_string(hide_password=True))
    except LedgerError:
        engine.dispose()
        raise
