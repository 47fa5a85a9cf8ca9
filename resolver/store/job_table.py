"""The table of jobs in the ledger: each function is one transaction, and only one caller wins a claim or an end.

A job is run under a lease: its process renews it, and a job whose lease ended, or whose process is gone from this
machine, is queued again. An attempt that lost its job changes nothing any more.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, literal, or_, select, text, update

from .lease import TIME_TO_LIVE_S, Holder, name_process, now_of
from .ledger_engine import bring_up_to_date, count_connections, is_there, open_engine, translate_errors
from .ledger_tables import JobRow, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine, RowMapping, Table

_JOB: Table = JobRow.__table__  # type: ignore[attr-defined]
_ADVISORY_LOCK = 7_206_512_002  # any number, the same in every process that claims or submits


class JobTable:
    """The jobs of a ledger, by the folder of their files; safe to share between threads, processes and machines."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time, holder: Holder | None = None) -> None:
        self._url = url
        self._clock = clock
        self._here = holder or name_process()
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    def open(self) -> None:
        """Open the ledger and make its tables, once; raises LedgerError."""
        with self._opening:
            if self._engine is not None:
                return
            engine = open_engine(self._url, durable=True)
            try:
                with translate_errors(_name(engine)):
                    bring_up_to_date(engine)
            except BaseException:
                engine.dispose()
                raise
            self._engine = engine

    def is_there(self) -> bool:
        """Open the ledger where there is one, and return whether there is."""
        if self._engine is None:
            if not is_there(open_engine(self._url)):
                return False
            self.open()
        return True

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            self._engine.dispose()

    def count_connections(self) -> int:
        """Return how many connections are open."""
        return count_connections(self._engine)

    @contextmanager
    def _transaction(self, *, reads: bool = False, alone: bool = False) -> Iterator[Connection]:
        """Give a transaction; one that runs `alone` sees no other such one at work."""
        self.open()
        assert self._engine is not None  # noqa: S101  (opened)
        engine = self._engine.execution_options(reads=reads)
        with translate_errors(_name(engine)), engine.begin() as connection:
            if alone and engine.dialect.name == "postgresql":  # SQLite has one writer at a time
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield connection

    def _now(self, connection: Connection) -> int:
        return int(connection.execute(select(now_of(connection.engine, self._clock))).scalar_one())

    # --- Submitting and reading -----------------------------------------------------------------------------------

    def add(self, row: dict[str, Any], *, waiting: int) -> RowMapping | None:
        """Insert a job and return it, or the one that has its `key`; None where `waiting` jobs are unfinished."""
        with self._transaction(alone=True) as connection:
            folder, key = row["folder"], row["key"]
            same = select(_JOB).where(_JOB.c.folder == folder, _JOB.c.key == key)
            known = None if key is None else connection.execute(same).mappings().first()
            if known is not None:
                return known
            if _count_unfinished(connection, folder) >= waiting:
                return None
            return connection.execute(insert(_JOB).values(**row).returning(_JOB)).mappings().one()

    def count_unfinished(self, folder: str) -> int:
        """Return how many jobs of a folder wait or run."""
        with self._transaction(reads=True) as connection:
            return _count_unfinished(connection, folder)

    def count_states(self, folder: str) -> dict[str, int]:
        """Return the number of jobs of a folder in each state."""
        counted = select(_JOB.c.state, func.count(literal(1))).where(_JOB.c.folder == folder).group_by(_JOB.c.state)
        with self._transaction(reads=True) as connection:
            return {state: number for state, number in connection.execute(counted)}  # noqa: C416  (rows are no pairs)

    def find(self, folder: str, job_id: str) -> RowMapping | None:
        """Return a job of a folder, None where there is none."""
        with self._transaction(reads=True) as connection:
            return connection.execute(select(_JOB).where(*_is(folder, job_id))).mappings().first()

    def list_ids(self, folder: str) -> set[str]:
        """Return the ids of all jobs of a folder."""
        with self._transaction(reads=True) as connection:
            return set(connection.execute(select(_JOB.c.id).where(_JOB.c.folder == folder)).scalars())

    # --- Running --------------------------------------------------------------------------------------------------

    def claim(self, folder: str, slots: int) -> RowMapping | None:
        """Return the oldest job of a folder that waits, now running here; None where none waits or `slots` jobs run.

        Jobs that nobody runs any more are queued again first.
        """
        with self._transaction(reads=True) as connection:
            if not self._find_work(connection, folder, slots)[0]:
                return None
        with self._transaction(alone=True) as connection:
            is_work, left = self._find_work(connection, folder, slots)
            if not is_work:
                return None
            if left:
                connection.execute(
                    update(_JOB).where(_JOB.c.id.in_(left)).values(state=JobState.QUEUED.value, progress={})
                )
            queued = _JOB.c.state == JobState.QUEUED.value
            oldest = select(_JOB.c.id).where(_JOB.c.folder == folder, queued)
            oldest = oldest.order_by(_JOB.c.created_at, _JOB.c.id).limit(1)
            claimed = update(_JOB).where(_JOB.c.id == oldest.scalar_subquery(), queued)
            claimed = claimed.values(
                state=JobState.RUNNING.value,
                attempt=_JOB.c.attempt + 1,
                holder=json.dumps(self._here),
                lease_until=self._now(connection) + TIME_TO_LIVE_S,
                started_at=self._clock(),
                prepared={},
                progress={},
            )
            return connection.execute(claimed.returning(_JOB)).mappings().first()

    def _find_work(self, connection: Connection, folder: str, slots: int) -> tuple[bool, list[str]]:
        """Return whether a job can be claimed, and the ids of running jobs that nobody runs any more."""
        of_folder = _JOB.c.folder == folder
        columns = (_JOB.c.id, _JOB.c.holder, _JOB.c.lease_until)
        running = connection.execute(select(*columns).where(of_folder, _JOB.c.state == JobState.RUNNING.value)).all()
        now = self._now(connection) if running else 0
        # A lease that ends later than any can was set by another clock: this one was set back.
        left = [
            job_id
            for job_id, holder, until in running
            if not 0 <= until - now <= TIME_TO_LIVE_S or Holder(*json.loads(holder)).is_surely_gone(self._here)
        ]
        if len(running) - len(left) >= slots:
            return False, []
        queued = select(_JOB.c.id).where(of_folder, _JOB.c.state == JobState.QUEUED.value).limit(1)
        return bool(left) or connection.execute(queued).first() is not None, left

    def change(self, job_id: str, attempt: int, /, **columns: object) -> bool:
        """Change a job that an attempt runs, and renew its lease; False where the attempt has lost the job."""
        is_ours = (_JOB.c.id == job_id, _JOB.c.attempt == attempt, _JOB.c.state == JobState.RUNNING.value)
        with self._transaction() as connection:
            until = now_of(connection.engine, self._clock) + TIME_TO_LIVE_S
            changed = update(_JOB).where(*is_ours).values(lease_until=until, **columns)
            return bool(connection.execute(changed).rowcount)

    # --- Ending ---------------------------------------------------------------------------------------------------

    def cancel(self, folder: str, job_id: str) -> RowMapping | None:
        """Cancel a job that is not over and return it; delete one that is, and return None."""
        with self._transaction() as connection:
            which = _is(folder, job_id)
            cancelled = update(_JOB).where(*which, _JOB.c.finished_at.is_(None)).returning(_JOB)
            cancelled = cancelled.values(state=JobState.CANCELLED.value, finished_at=self._clock())
            row = connection.execute(cancelled).mappings().first()
            if row is None:
                connection.execute(delete(_JOB).where(*which))
            return row

    def sweep(self, folder: str, keep_s: float, keep_most: int) -> list[str]:
        """Delete the jobs that ended `keep_s` seconds ago, and all but the last `keep_most`; return their ids."""
        of_folder = _JOB.c.folder == folder
        with self._transaction() as connection:
            over = select(_JOB.c.finished_at).where(of_folder, _JOB.c.finished_at.is_not(None))
            first = over.order_by(_JOB.c.finished_at.desc()).offset(keep_most).limit(1).scalar_subquery()
            is_old = or_(_JOB.c.finished_at <= self._clock() - keep_s, _JOB.c.finished_at <= first)
            deleted = delete(_JOB).where(of_folder, is_old).returning(_JOB.c.id)
            return list(connection.execute(deleted).scalars())


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _is(folder: str, job_id: str) -> tuple[Any, ...]:
    return _JOB.c.id == job_id, _JOB.c.folder == folder


def _count_unfinished(connection: Connection, folder: str) -> int:
    unfinished = select(func.count(literal(1))).where(_JOB.c.folder == folder, _JOB.c.finished_at.is_(None))
    return int(connection.execute(unfinished).scalar_one())
