"""The table of API keys in the ledger: each function is one transaction."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from .ledger_engine import bring_up_to_date, count_connections, open_engine, translate_errors
from .ledger_tables import KeyRow, KeyUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine, RowMapping, Table

_KEY: Table = KeyRow.__table__  # type: ignore[attr-defined]
_USE: Table = KeyUse.__table__  # type: ignore[attr-defined]
_BUSY_TIMEOUT_S = 5.0
_DAYS_KEPT = 400


class KeyTable:
    """The keys of a ledger; safe to share between threads and processes. It opens the ledger when it is first used."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @contextmanager
    def _transaction(self, *, reads: bool = False) -> Iterator[Connection]:
        with self._opening:
            if self._engine is None:
                engine = open_engine(self._url, durable=True, busy_timeout_s=_BUSY_TIMEOUT_S)
                with translate_errors(engine.url.render_as_string(hide_password=True)):
                    bring_up_to_date(engine)
                self._engine = engine
        engine = self._engine.execution_options(reads=reads)
        with translate_errors(engine.url.render_as_string(hide_password=True)), engine.begin() as connection:
            yield connection

    @property
    def where(self) -> str:
        """The URL of the ledger, without a password."""
        return make_url(self._url).render_as_string(hide_password=True)

    def count_connections(self) -> int:
        """Return how many connections are open."""
        return count_connections(self._engine)

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            self._engine.dispose()

    def add(self, row: Mapping[str, Any]) -> None:
        """Insert a key."""
        with self._transaction() as connection:
            connection.execute(insert(_KEY).values(**row))

    def list(self, day: str) -> Sequence[RowMapping]:
        """Return all keys, the newest first.

        Each has the last day on which it was used (`last_used`), and the number of its requests on `day`
        (`requests_today`; None without any).
        """
        on_day = func.sum(case((_USE.c.day == day, _USE.c.requests))).label("requests_today")
        used = select(_USE.c.key_id, func.max(_USE.c.day).label("last_used"), on_day).group_by(_USE.c.key_id).subquery()
        listed = select(_KEY, used.c.last_used, used.c.requests_today).outerjoin(used, used.c.key_id == _KEY.c.id)
        with self._transaction(reads=True) as connection:
            return connection.execute(listed.order_by(_KEY.c.created_at.desc(), _KEY.c.id)).mappings().all()

    def revoke(self, key_id: str, *, now: int) -> bool:
        """Revoke a key; False if there is no such key that is not revoked."""
        is_it = (_KEY.c.id == key_id, _KEY.c.revoked_at.is_(None))
        with self._transaction() as connection:
            return bool(connection.execute(update(_KEY).where(*is_it).values(revoked_at=now)).rowcount)

    def load(self, day: str) -> tuple[Sequence[RowMapping], dict[str, int]]:
        """Return all keys that are not revoked, and the number of requests of each on a day."""
        with self._transaction(reads=True) as connection:
            keys = connection.execute(select(_KEY).where(_KEY.c.revoked_at.is_(None))).mappings().all()
            used = connection.execute(select(_USE.c.key_id, _USE.c.requests).where(_USE.c.day == day)).all()
        return keys, {key_id: number for key_id, number in used}  # noqa: C416  (rows are no pairs for the type checker)

    def add_use(self, day: str, counts: Mapping[str, int]) -> None:
        """Add to the requests of keys on a day, and forget days that are over a year past."""
        rows = [{"key_id": key_id, "day": day, "requests": number} for key_id, number in counts.items()]
        with self._transaction() as connection:
            make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            statement = make(_USE)
            added = {"requests": _USE.c.requests + statement.excluded.requests}
            connection.execute(statement.on_conflict_do_update(index_elements=["key_id", "day"], set_=added), rows)
            days = select(_USE.c.day).distinct().order_by(_USE.c.day.desc()).offset(_DAYS_KEPT).limit(1)
            connection.execute(delete(_USE).where(_USE.c.day <= days.scalar_subquery()))
