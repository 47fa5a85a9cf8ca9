"""The ledger's only writer: each function is one unit of work and one commit.

Every write of a run states the token of its lease, and raises LeaseLost where another run has taken over. What is
written twice is written once: a batch that is recorded again, after a kill or a lost connection, leaves the same rows.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, case, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ..errors import LedgerError
from ..genes.verdicts import STALE
from .lease import LeaseBook, check_token
from .ledger_engine import bring_up_to_date, open_engine, translate_errors
from .ledger_tables import Check, CheckState, Claim, Pause, Run, RunSource, SourceReleaseRow, Usage
from .reviewing import comment, review
from .settling import UNSETTLED, Settlement, drop, settle_source, state_after, take_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Table

    from .ledger_tables import ReviewState

_CHECK: Table = Check.__table__  # type: ignore[attr-defined]
_CLAIM: Table = Claim.__table__  # type: ignore[attr-defined]
_RUN: Table = Run.__table__  # type: ignore[attr-defined]
_SOURCE: Table = RunSource.__table__  # type: ignore[attr-defined]
_RELEASE: Table = SourceReleaseRow.__table__  # type: ignore[attr-defined]
_PAUSE: Table = Pause.__table__  # type: ignore[attr-defined]
_USAGE: Table = Usage.__table__  # type: ignore[attr-defined]
_STALE = sorted(verdict.value for verdict in STALE)
# Of a check, what an obstacle leaves as it was.
_KEPT = {"verdict", "checked_at", "successors", "upstream_release", "evidence", "state"}
_END_OF_CLAIM = delete(_CLAIM).where(_CLAIM.c.run_id == bindparam("of_run"), _CLAIM.c.curie == bindparam("of_curie"))


class Tally(NamedTuple):
    """The result of a source run: how many identifiers received each verdict, and met each obstacle."""

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


class Ledger:
    """Writes what nightly runs do; safe to share between threads."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where
        with self._translating():
            bring_up_to_date(engine)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        with translate_errors(self.where):
            yield

    @contextmanager
    def _writing(self, token: str | None) -> Iterator[Connection]:
        with self._translating(), self.engine.begin() as connection:
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
                .values(state="abandoned", ended_at=now, reason="another run began instead")
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
        tracked: int,
        planned: int,
        release: str | None,
        release_date: str | None = None,
        now: int,
    ) -> None:
        """Write down that a run begins at a source; where it did before a kill, what was planned then stays."""
        row = {"run_id": run_id, "source": source, "state": state, "tracked": tracked, "planned": planned}
        row |= {"upstream_release": release, "upstream_date": release_date, "started_at": now}
        counts = ("checked", "stale", "not_checked", "calls", "marked", "lifted", "marks", "held_back")
        row |= dict.fromkeys(counts, 0)
        with self._writing(token) as connection:
            statement = self._upsert(_SOURCE).values(row)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["run_id", "source"],
                    set_={
                        "state": state,
                        "reason": None,
                        "upstream_release": release,
                        "upstream_date": release_date,
                        "ended_at": None,
                    },
                )
            )

    # --- Batches --------------------------------------------------------------------------------------------------

    def claim(self, token: str, run_id: int, source: str, curies: Sequence[str], *, now: int) -> None:
        """Write down that a run is about to query these identifiers."""
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

        A row has the columns of `check`. An obstacle leaves the verdict of an earlier run unchanged.
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
        if "state" in changed:
            changed["state"] = state_after(statement.excluded)
        if kept:
            changed["queried_at"] = func.coalesce(statement.excluded.queried_at, _CHECK.c.queried_at)
        return statement.on_conflict_do_update(index_elements=["curie"], set_=changed)

    # --- Settling -------------------------------------------------------------------------------------------------

    def tally(self, run_id: int, source: str) -> Tally:
        """Return how many identifiers a source run gave each verdict so far, and how many met each obstacle."""
        return self._tally(_CHECK.c.run_id == run_id, _CHECK.c.source == source)

    def tally_unsettled(self, source: str) -> Tally:
        """Return the counts of the verdicts of a source that no mark follows yet, whichever run recorded them."""
        return self._tally(_CHECK.c.state.in_(UNSETTLED), _CHECK.c.source == source)

    def _tally(self, *which: Any) -> Tally:  # noqa: ANN401  (conditions)
        with self._translating(), self.engine.connect().execution_options(reads=True) as connection:
            return _count(connection, *which)

    def settle(
        self,
        token: str,
        run_id: int,
        source: str,
        *,
        state: str,
        reason: str | None,
        believed: bool,
        now: int,
        jump_from: int | None = None,
    ) -> Settlement:
        """End a source run: set and lift marks by all unsettled verdicts of the source, in one transaction.

        From `jump_from` newly stale identifiers on, these are held back. Where the verdicts are not `believed`, no mark
        changes and they are taken back.
        """
        with self._writing(token) as connection:
            tally = _count(connection, _CHECK.c.run_id == run_id, _CHECK.c.source == source)
            settlement = (
                settle_source(connection, self._upsert, source, run_id=run_id, jump_from=jump_from, now=now)
                if believed
                else take_back(connection, source)
            )
            counts: dict[str, Any] = {
                "checked": tally.checked,
                "stale": tally.stale,
                "not_checked": sum(tally.obstacles.values()),
                "marked": _SOURCE.c.marked + settlement.marked,
                "lifted": _SOURCE.c.lifted + settlement.lifted,
                "marks": settlement.marks,
                "held_back": settlement.held_back,
            }
            connection.execute(
                update(_SOURCE)
                .where(_SOURCE.c.run_id == run_id, _SOURCE.c.source == source)
                .values(state=state, reason=reason, ended_at=now, **counts)
            )
            return settlement

    def settle_left_over(
        self, token: str, run_id: int, source: str, *, believed: bool, now: int, jump_from: int | None = None
    ) -> Settlement:
        """Settle the verdicts of a source that an interrupted run left, where this run does not query the source."""
        with self._writing(token) as connection:
            if not believed:
                return take_back(connection, source)
            return settle_source(connection, self._upsert, source, run_id=run_id, jump_from=jump_from, now=now)

    def drop_marks(self, token: str, run_id: int, curies: Sequence[str], *, now: int) -> int:
        """Drop the marks whose change the release follows. Return how many there were."""
        with self._writing(token) as connection:
            parts = (list(curies[start : start + 500]) for start in range(0, len(curies), 500))
            return sum(drop(connection, self._upsert, part, run_id=run_id, now=now) for part in parts)

    def forget_held_back(self, token: str, curies: Sequence[str]) -> None:
        """Settle held-back verdicts on identifiers that the release does not contain any more."""
        with self._writing(token) as connection:
            for start in range(0, len(curies), 500):
                connection.execute(
                    update(_CHECK)
                    .where(_CHECK.c.curie.in_(list(curies[start : start + 500])))
                    .values(state=CheckState.SETTLED.value)
                )

    # --- Sources --------------------------------------------------------------------------------------------------

    def note_release(self, token: str, source: str, name: str, date: str | None, *, now: int) -> None:
        """Record the release that a source reports, and when it was seen."""
        row = {"source": source, "name": name, "date": date, "first_seen_at": now, "last_seen_at": now}
        statement = self._upsert(_RELEASE).values(row)
        new = statement.excluded
        changed = {"last_seen_at": new.last_seen_at, "date": func.coalesce(new.date, _RELEASE.c.date)}
        with self._writing(token) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["source", "name"], set_=changed))

    def note_pause(self, token: str, host: str, source: str, *, until: int, now: int) -> None:
        """Record that a host required not to be queried before a moment; the later moment counts."""
        row = {"host": host, "source": source, "until": until, "noted_at": now}
        statement = self._upsert(_PAUSE).values(row)
        new = statement.excluded
        later = case((new.until > _PAUSE.c.until, new.until), else_=_PAUSE.c.until)
        with self._writing(token) as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["host"], set_={"until": later, "source": new.source, "noted_at": new.noted_at}
                )
            )

    # --- Curation -------------------------------------------------------------------------------------------------

    def review(self, curie: str, state: ReviewState | None, *, reason: str, by: str, now: int) -> None:
        """Record what a curator decided about a mark; None takes an earlier decision back. Raises MarkUnknown.

        A dismissed mark is not shown until the source database reports something else about the identifier.
        """
        with self._writing(None) as connection:
            review(connection, self._upsert, curie, state, reason=reason, by=by, now=now)

    def comment(self, curie: str, text: str, *, by: str, now: int) -> None:
        """Add a comment to the history of a mark. Raises MarkUnknown."""
        with self._writing(None) as connection:
            comment(connection, curie, text, by=by, now=now)

    # --- Usage ----------------------------------------------------------------------------------------------------

    def add_usage(self, counts: Mapping[str, int]) -> None:
        """Add to the query counts of identifiers."""
        rows = [{"curie": curie, "count": count} for curie, count in counts.items()]
        statement = self._upsert(_USAGE)
        added = {"count": _USAGE.c["count"] + statement.excluded["count"]}
        with self._writing(None) as connection:
            if rows:
                connection.execute(statement.on_conflict_do_update(index_elements=["curie"], set_=added), rows)

    def _upsert(self, table: Table) -> Any:  # noqa: ANN401  (of one of two dialects)
        if self.engine.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)


def _count(connection: Connection, *which: Any) -> Tally:  # noqa: ANN401  (conditions)
    rows = connection.execute(
        select(_CHECK.c.verdict, _CHECK.c.obstacle, func.count(literal(1)))
        .where(*which)
        .group_by(_CHECK.c.verdict, _CHECK.c.obstacle)
    )
    verdicts: dict[str, int] = {}
    obstacles: dict[str, int] = {}
    for verdict, obstacle, count in rows:
        counts, word = (verdicts, verdict) if obstacle is None else (obstacles, obstacle)
        counts[word] = counts.get(word, 0) + count
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
