"""Read the ledger: runs, checks, marks and their history; nothing here writes."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import StaticPool, case, create_engine, func, literal, or_, select
from sqlalchemy.engine import make_url

from ..errors import LedgerError, NoLedger, RunUnknown
from ..genes.verdicts import Obstacle, Verdict
from .ledger_engine import check_revision, is_there, open_engine, translate_errors
from .ledger_tables import (
    Check,
    CheckState,
    Claim,
    EventKind,
    Lease,
    MarkEvent,
    MarkRow,
    Pause,
    ReviewState,
    Run,
    RunSource,
    SourceReleaseRow,
    Usage,
)
from .settling import UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine, Select, Table

_CHECK: Table = Check.__table__  # type: ignore[attr-defined]
_MARK: Table = MarkRow.__table__  # type: ignore[attr-defined]
_CLAIM: Table = Claim.__table__  # type: ignore[attr-defined]
_RUN: Table = Run.__table__  # type: ignore[attr-defined]
_SOURCE: Table = RunSource.__table__  # type: ignore[attr-defined]
_USAGE: Table = Usage.__table__  # type: ignore[attr-defined]
_LEASE: Table = Lease.__table__  # type: ignore[attr-defined]
_EVENT: Table = MarkEvent.__table__  # type: ignore[attr-defined]
_PAUSE: Table = Pause.__table__  # type: ignore[attr-defined]
_RELEASE: Table = SourceReleaseRow.__table__  # type: ignore[attr-defined]
_AT_ONCE = 2_000
_NEWS = tuple(kind.value for kind in (EventKind.SET, EventKind.CHANGED, EventKind.LIFTED, EventKind.HELD_BACK))


class Age(NamedTuple):
    """When an identifier was last queried, in which run, and the source release of its verdict."""

    curie: str
    queried_at: int | None
    run_id: int
    upstream_release: str | None
    is_current_knowledge: bool
    is_held_back: bool = False
    is_unknown: bool = False


class LedgerReader:
    """Reads one ledger; safe to share between threads. Every list that can be long comes row by row."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translate_errors(self._where), self._engine.connect() as connection:
            yield connection.execution_options(reads=True)

    def _stream(self, statement: Select[Any]) -> Iterator[Any]:
        """Yield the rows as they arrive; the cursor is closed when the iterator is dropped."""
        with (
            self._reading() as connection,
            closing(connection.execution_options(yield_per=_AT_ONCE).execute(statement)) as rows,
        ):
            yield from rows

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    # --- For a run ------------------------------------------------------------------------------------------------

    def find_open_run(self) -> dict[str, Any] | None:
        """Return the run that was begun and not ended, None where all are."""
        with self._reading() as connection:
            row = connection.execute(select(_RUN).where(_RUN.c.state == "running").order_by(_RUN.c.id.desc())).first()
        return None if row is None else dict(row._mapping)

    def list_ages(self, source: str) -> Iterator[Age]:
        """Yield when each identifier of a source was last queried."""
        is_known = case((_CHECK.c.obstacle.is_(None), 1), else_=0)
        is_held_back = case((_CHECK.c.state == CheckState.AWAITING.value, 1), else_=0)
        columns = (_CHECK.c.curie, _CHECK.c.queried_at, _CHECK.c.run_id, _CHECK.c.upstream_release, is_known)
        is_unknown = case((_CHECK.c.obstacle == Obstacle.NOT_KNOWN_UPSTREAM.value, 1), else_=0)
        for row in self._stream(select(*columns, is_held_back, is_unknown).where(_CHECK.c.source == source)):
            curie, queried_at, run_id, release, known, held_back, unknown = row
            yield Age(curie, queried_at, run_id, release, bool(known), bool(held_back), bool(unknown))

    def list_claims(self, run_id: int, source: str) -> dict[str, int]:
        """Return the identifiers that a run was querying when it was killed, and how often they were claimed."""
        with self._reading() as connection:
            rows = connection.execute(
                select(_CLAIM.c.curie, _CLAIM.c.attempts).where(_CLAIM.c.run_id == run_id, _CLAIM.c.source == source)
            )
            return {curie: attempts for curie, attempts in rows}  # noqa: C416  (rows are no pairs to mypy)

    def load_usage(self) -> dict[str, int]:
        """Return how often identifiers were queried, if that is counted."""
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(select(_USAGE))}

    def count_silent(self, source: str) -> int:
        """Return how many identifiers of a source the source does not know."""
        counted = select(func.count(literal(1))).select_from(_CHECK)
        which = (_CHECK.c.source == source, _CHECK.c.obstacle == Obstacle.NOT_KNOWN_UPSTREAM.value)
        with self._reading() as connection:
            return int(connection.execute(counted.where(*which)).scalar_one())

    def has_complete_run(self, source: str, *, before: int) -> bool:
        """Return whether a run before the run `before` checked all of a source."""
        which = (_SOURCE.c.source == source, _SOURCE.c.run_id < before, _SOURCE.c.state.in_(("done", "unchanged")))
        with self._reading() as connection:
            return connection.execute(select(literal(1)).where(*which).limit(1)).first() is not None

    def list_unsettled_sources(self) -> list[str]:
        """Return the sources with verdicts that no mark follows yet, such as those of an interrupted run."""
        with self._reading() as connection:
            rows = connection.execute(select(_CHECK.c.source).where(_CHECK.c.state.in_(UNSETTLED)).distinct())
            return sorted(row[0] for row in rows)

    def list_pauses(self, now: int) -> dict[str, int]:
        """Return the hosts that required not to be queried now, with the moment at which each may be again."""
        with self._reading() as connection:
            rows = connection.execute(select(_PAUSE.c.host, _PAUSE.c.until).where(_PAUSE.c.until > now))
            return {row[0]: row[1] for row in rows}

    # --- For reports ----------------------------------------------------------------------------------------------

    def list_stale(
        self,
        *,
        prefixes: Sequence[str] | None = None,
        taxon: int | None = None,
        verdict: str | None = None,
        since: int | None = None,
        review: str | None = "shown",
    ) -> Iterator[dict[str, Any]]:
        """Yield the marks, oldest first, with their evidence; `since` is in seconds since 1970.

        `review` is `shown` (all but the dismissed ones), `open` (not reviewed), `acknowledged` or `dismissed`. Each
        filter that is None lets all pass.
        """
        conditions: list[Any] = []
        if review == "shown":
            conditions.append(_MARK.c.review != ReviewState.DISMISSED.value)
        elif review is not None:
            conditions.append(_MARK.c.review == ("" if review == "open" else review))
        if prefixes is not None:
            heads = [_MARK.c.curie.startswith(f"{prefix}:", autoescape=True) for prefix in prefixes]
            conditions.append(or_(*heads))
        for column, value in ((_MARK.c.taxon, taxon), (_MARK.c.verdict, verdict)):
            if value is not None:
                conditions.append(column == value)
        if since is not None:
            conditions.append(_MARK.c.since >= since)
        for row in self._stream(select(_MARK).where(*conditions).order_by(_MARK.c.since, _MARK.c.curie)):
            yield _read_mark(row)

    def find_mark(self, curie: str) -> dict[str, Any] | None:
        """Return the mark of an identifier as `list_stale` yields it, also a dismissed one; None where it has none."""
        with self._reading() as connection:
            row = connection.execute(select(_MARK).where(_MARK.c.curie == curie)).first()
        return None if row is None else _read_mark(row)

    def list_events(self, curie: str) -> list[dict[str, Any]]:
        """Return the history of an identifier's mark, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(_EVENT).where(_EVENT.c.curie == curie).order_by(_EVENT.c.id))
            return [dict(row._mapping) for row in rows]

    def list_news(
        self,
        *,
        run_id: int | None = None,
        since: int | None = None,
        event: EventKind | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the marks that runs set, changed, lifted and held back, newest first; each with its `symbol`.

        Restricted to one run, to what happened from a moment on, or to one kind of event.
        """
        conditions: list[Any] = [_EVENT.c.event.in_(_NEWS if event is None else (event.value,))]
        if run_id is not None:
            conditions.append(_EVENT.c.run_id == run_id)
        if since is not None:
            conditions.append(_EVENT.c.at >= since)
        columns = (_EVENT, _CHECK.c.symbol, _CHECK.c.taxon, _CHECK.c.genes, _CHECK.c.note, _CHECK.c.version)
        joined = select(*columns).join(_CHECK, _CHECK.c.curie == _EVENT.c.curie, isouter=True)
        with self._reading() as connection:
            rows = connection.execute(joined.where(*conditions).order_by(_EVENT.c.id.desc()).limit(limit))
            return [dict(row._mapping) for row in rows]

    def count_news(self, run_id: int) -> dict[str, int]:
        """Return how many marks a run set, changed, lifted and held back, by event."""
        counted = select(_EVENT.c.event, func.count(literal(1))).where(_EVENT.c.run_id == run_id)
        with self._reading() as connection:
            rows = connection.execute(counted.where(_EVENT.c.event.in_(_NEWS)).group_by(_EVENT.c.event))
            return {row[0]: row[1] for row in rows}

    def count_held_back(self) -> dict[str, int]:
        """Return by source how many verdicts await confirmation."""
        counted = select(_CHECK.c.source, func.count(literal(1))).where(_CHECK.c.state == CheckState.AWAITING.value)
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(counted.group_by(_CHECK.c.source))}

    def list_held_back(self) -> Iterator[dict[str, Any]]:
        """Yield the verdicts that await confirmation, by source."""
        which = _CHECK.c.state == CheckState.AWAITING.value
        for row in self._stream(select(_CHECK).where(which).order_by(_CHECK.c.source, _CHECK.c.curie)):
            yield dict(row._mapping)

    def list_releases(self) -> dict[str, dict[str, Any]]:
        """Return the newest release of each source: its name, date, and when runs first and last saw it."""
        with self._reading() as connection:
            rows = connection.execute(select(_RELEASE).order_by(_RELEASE.c.last_seen_at, _RELEASE.c.first_seen_at))
            return {row.source: dict(row._mapping) for row in rows}

    def list_runs(self, number: int = 30) -> list[dict[str, Any]]:
        """Return the last runs, newest first, each with what it did at each source."""
        with self._reading() as connection:
            runs = [
                dict(row._mapping) for row in connection.execute(select(_RUN).order_by(_RUN.c.id.desc()).limit(number))
            ]
            parts = connection.execute(
                select(_SOURCE).where(_SOURCE.c.run_id.in_([run["id"] for run in runs])).order_by(_SOURCE.c.source)
            ).all()
        for run in runs:
            run["sources"] = [dict(row._mapping) for row in parts if row.run_id == run["id"]]
        return runs

    def get_run(self, run_id: int) -> dict[str, Any]:
        """Return a run with what it did at each source; raises RunUnknown."""
        with self._reading() as connection:
            row = connection.execute(select(_RUN).where(_RUN.c.id == run_id)).first()
            parts = connection.execute(
                select(_SOURCE).where(_SOURCE.c.run_id == run_id).order_by(_SOURCE.c.source)
            ).all()
        if row is None:
            raise RunUnknown(f"there is no run {run_id}", hint="`resolver nightly report` lists those that there are.")
        return dict(row._mapping) | {"sources": [dict(part._mapping) for part in parts]}

    def count_marks(self) -> dict[tuple[str, str], int]:
        """Return how many identifiers are marked and not dismissed, by source and verdict."""
        counted = select(_MARK.c.source, _MARK.c.verdict, func.count(literal(1)))
        counted = counted.where(_MARK.c.review != ReviewState.DISMISSED.value)
        with self._reading() as connection:
            rows = connection.execute(counted.group_by(_MARK.c.source, _MARK.c.verdict))
            return {(row[0], row[1]): row[2] for row in rows}

    def count_checked(self, since: int) -> dict[str, tuple[int, int]]:
        """Return by source how many identifiers have a verdict from `since` on, and how many were ever queried."""
        fresh = case(((_CHECK.c.checked_at >= since) & (_CHECK.c.verdict != Verdict.NOT_CHECKED.value), 1), else_=0)
        counted = select(_CHECK.c.source, func.sum(fresh), func.count(literal(1))).group_by(_CHECK.c.source)
        with self._reading() as connection:
            return {row[0]: (int(row[1]), row[2]) for row in connection.execute(counted)}

    def find_lease(self) -> dict[str, Any] | None:
        """Return the row of the lease, None where nobody has it."""
        with self._reading() as connection:
            row = connection.execute(select(_LEASE)).first()
        return None if row is None else dict(row._mapping)


def _read_mark(row: Any) -> dict[str, Any]:  # noqa: ANN401  (a row of SQLAlchemy)
    mark = dict(row._mapping)
    mark["evidence"] = json.loads(mark["evidence"]) if mark["evidence"] else None
    return mark


def open_reader(url: str, *, shown: str | None = None) -> LedgerReader:
    """Open the ledger at `url` to read it; raises NoLedger where there is none, and LedgerNewer."""
    engine = open_engine(url, reads=True)
    where = shown or make_url(url).render_as_string(hide_password=True)
    if not is_there(engine):
        raise NoLedger(
            f"there is no ledger at {where}",
            hint="Nothing was checked yet. The first run creates it: resolver nightly run",
        )
    try:
        with translate_errors(where), engine.connect() as connection:
            check_revision(connection.execution_options(reads=True))
    except LedgerError:
        engine.dispose()
        raise
    return LedgerReader(engine, where)


def open_empty_reader() -> LedgerReader:
    """Return a reader of an empty ledger, in memory: nothing was checked yet."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    _RUN.metadata.create_all(engine)
    return LedgerReader(engine, "in memory")
