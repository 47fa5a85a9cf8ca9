"""The lease: ensures that only one nightly run is active, on one machine or several.

It is one row of the ledger that its holder renews by heartbeats. Three rules make it safe although clocks differ: a
holder on this machine is looked up by its process; a lease that seems expired is only taken after it was watched
without a heartbeat; and each write of a run carries its token, so that a run that lost the lease writes nothing.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import BigInteger, cast, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from ..errors import LeaseLost, LedgerError, LedgerLocked, LedgerUnreachable, RunActive
from .ledger_engine import translate_errors
from .ledger_tables import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection, Engine, Table

_LEASE: Table = Lease.__table__  # type: ignore[attr-defined]
NAME = "nightly"
TIME_TO_LIVE_S = 60
_BEAT_EVERY_S = 15.0
# Together less than the lease lives on without a beat.
_GIVE_BACK_WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 25.0)


class Holder(NamedTuple):
    """The holder of a lease: a process, identified by host, pid, start time and machine."""

    host: str
    pid: int
    started: str
    machine: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    def is_surely_gone(self, here: Holder) -> bool:
        """Return whether the process is known to have ended on this machine."""
        return self.machine == here.machine and self.host == here.host and _started(self.pid) != self.started

    def is_surely_alive(self, here: Holder) -> bool:
        """Return whether the process is known to run on this machine."""
        return self.machine == here.machine and self.host == here.host and _started(self.pid) == self.started


def name_process(pid: int | None = None) -> Holder:
    """Return a process of this machine, without `pid` this one, as a holder."""
    number = os.getpid() if pid is None else pid
    return Holder(socket.gethostname(), number, _started(number), _machine())


def _machine() -> str:
    """Return an id of this machine, its present boot, and its process-id namespace."""
    words = []
    with suppress(OSError):
        words.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        words.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(words)


def _started(pid: int) -> str:
    """Return when a process began, in ticks since the machine did; empty where there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        try:  # a system without /proc
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            return "unknown"
        return "unknown"
    return "" if fields[0] == "Z" else fields[19]  # a zombie runs no more


class LeaseBook:
    """Takes, renews and releases the lease of one ledger.

    `clock` is the wall clock where the database has none of its own (SQLite); PostgreSQL's is its own. `sleep` waits in
    seconds of a clock that never jumps.
    """

    def __init__(
        self,
        engine: Engine,
        where: str,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        holder: Holder | None = None,
        watch_s: float = 2 * _BEAT_EVERY_S,
    ) -> None:
        self._engine = engine
        self._where = where
        self._clock = clock
        self._sleep = sleep
        self._holder = holder or name_process()
        self._watch_s = watch_s

    def take(self) -> str:
        """Take the lease and return its token; raises RunActive, naming the holder, where another one has it.

        A holder that was killed on this machine gives it up at once; one that fell silent elsewhere after a minute, and
        after another half of one in which its heartbeat is watched.
        """
        with translate_errors(self._where), self._engine.begin() as connection:
            row = self._find(connection)
            if row is None and (token := self._insert(connection)) is not None:
                return token
            if row is None:
                row = self._find(connection)
            assert row is not None  # noqa: S101  (another one was faster, and its row is there)
            now = int(connection.execute(select(self._now())).scalar_one())
        other = Holder(*json.loads(row.holder))
        if not other.is_surely_gone(self._holder):
            # An end that is further off than any lease is long was set by another time: the clock jumped back.
            seems_alive = 0 <= row.expires_at - now <= TIME_TO_LIVE_S
            if seems_alive or other.is_surely_alive(self._holder) or self._beats_on(row.token, row.beat):
                raise RunActive(
                    f"another nightly run is at work: {other}",
                    holder=str(other),
                    hint="Wait for it to end, or end that process; its lease ends a minute after its last beat.",
                )
        token = self._take_over(row.token, row.beat)
        if token is None:
            raise RunActive("another nightly run has just begun", holder="another run", hint="Wait for it to end.")
        return token

    def _find(self, connection: Connection) -> Lease | None:
        row = connection.execute(select(_LEASE).where(_LEASE.c.name == NAME)).first()
        return None if row is None else Lease(**row._mapping)

    def _beats_on(self, token: str, beat: int) -> bool:
        """Return whether the holder renews the lease within a while, independent of clocks."""
        self._sleep(self._watch_s)
        with translate_errors(self._where), self._engine.begin() as connection:
            row = self._find(connection)
        return row is not None and (row.token, row.beat) != (token, beat)

    def _insert(self, connection: Connection) -> str | None:
        token = uuid.uuid4().hex
        try:
            with connection.begin_nested():
                connection.execute(insert(_LEASE).values(name=NAME, token=token, beat=0, **self._terms()))
        except IntegrityError:
            return None
        return token

    def _take_over(self, token: str, beat: int) -> str | None:
        mine = uuid.uuid4().hex
        with translate_errors(self._where), self._engine.begin() as connection:
            taken = connection.execute(
                update(_LEASE)
                .where(_LEASE.c.name == NAME, _LEASE.c.token == token, _LEASE.c.beat == beat)
                .values(token=mine, beat=beat + 1, **self._terms())
            )
        return mine if taken.rowcount else None

    def _terms(self) -> dict[str, object]:
        return {
            "holder": json.dumps(self._holder),
            "acquired_at": self._now(),
            "expires_at": self._now() + TIME_TO_LIVE_S,
        }

    def _now(self) -> ColumnElement[int]:
        return now_of(self._engine, self._clock)

    def beat(self, token: str) -> None:
        """Renew the lease; raises LeaseLost if another run has taken it."""
        with translate_errors(self._where), self._engine.begin() as connection:
            beaten = connection.execute(
                update(_LEASE)
                .where(_LEASE.c.name == NAME, _LEASE.c.token == token)
                .values(beat=_LEASE.c.beat + 1, expires_at=self._now() + TIME_TO_LIVE_S)
            )
        if not beaten.rowcount:
            raise lost()

    def give_back(self, token: str) -> None:
        """End the lease, if it is still ours."""
        with translate_errors(self._where), self._engine.begin() as connection:
            connection.execute(delete(_LEASE).where(_LEASE.c.name == NAME, _LEASE.c.token == token))

    @contextmanager
    def keep(self, *, beat_every_s: float = _BEAT_EVERY_S) -> Iterator[str]:
        """Keep the lease while the block runs, renewed by a thread; yields the token.

        A beat that fails is tried again at the next one; whether the lease was lost shows at the next write.
        """
        token = self.take()
        ended = threading.Event()

        def beat_on() -> None:
            while not ended.wait(beat_every_s):
                try:
                    self.beat(token)
                except LeaseLost:
                    return
                except LedgerError:  # locked or unreachable for a while
                    continue

        thread = threading.Thread(target=beat_on, name="nightly-lease", daemon=True)
        thread.start()
        try:
            yield token
        finally:
            ended.set()
            thread.join()
            self._give_back_for_sure(token)

    def _give_back_for_sure(self, token: str) -> None:
        """Give the lease back; if the ledger stays unreachable, the lease expires."""
        for wait_s in (*_GIVE_BACK_WAITS_S, None):
            try:
                self.give_back(token)
            except (LedgerLocked, LedgerUnreachable):
                if wait_s is not None:
                    self._sleep(wait_s)
                    continue
            except LedgerError:
                return
            return


def now_of(engine: Engine, clock: Callable[[], float]) -> ColumnElement[int]:
    """Return the time of a ledger in whole seconds: the clock of PostgreSQL's server, else that of this machine."""
    if engine.dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", func.clock_timestamp())), BigInteger)
    return literal(int(clock()), BigInteger)


def check_token(connection: Connection, token: str) -> None:
    """Raise LeaseLost unless the lease is that of `token`; the row stays locked until the transaction ends."""
    kept = connection.execute(
        update(_LEASE).where(_LEASE.c.name == NAME, _LEASE.c.token == token).values(beat=_LEASE.c.beat + 1)
    )
    if not kept.rowcount:
        raise lost()


def lost() -> LeaseLost:
    """Return the error of a run whose lease was taken by another."""
    return LeaseLost(
        "another nightly run has taken over: this one stops and writes no more",
        hint="This one gave no sign of life for over a minute. Its work is kept; the other one goes on with it.",
    )
