"""Open the ledger, on SQLite or PostgreSQL: migrate its tables, translate its errors."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import QueuePool

from ..errors import LedgerError, LedgerFull, LedgerLocked, LedgerNewer, LedgerUnreachable, NoLedger
from .ledger_tables import REVISION
from .migrations import find_revisions, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

_BUSY_TIMEOUT_S = 30.0
_CONNECT_TIMEOUT_S = 10
_ADVISORY_LOCK = 7_206_512_001  # any number, the same in every process that migrates

# SQLite's primary result codes, and PostgreSQL's classes and codes of SQLSTATE.
_SQLITE = {5: LedgerLocked, 6: LedgerLocked, 13: LedgerFull, 8: LedgerUnreachable, 14: LedgerUnreachable}
_SQLITE_WRITE_FAILED = {778, 1034, 4874, 5386}  # IOERR_WRITE, _FSYNC, _SHMSIZE, _SHMMAP: disk full, or over quota
_POSTGRES = {
    "53100": LedgerFull, "55P03": LedgerLocked, "40001": LedgerLocked, "40P01": LedgerLocked, "57P": LedgerUnreachable,
    "08": LedgerUnreachable, "28": LedgerUnreachable, "3D": LedgerUnreachable, "53": LedgerUnreachable,
}  # fmt: skip
_HINTS = {
    LedgerLocked: "Another program has it open for writing. Try again; what was recorded before is kept.",
    LedgerFull: "Free some disk space and run again: the run continues where it stopped.",
    LedgerUnreachable: "Look at RESOLVER_LEDGER_URL and the rights on the data folder, and whether the server runs.",
}


def open_engine(
    url: str, *, reads: bool = False, durable: bool = False, busy_timeout_s: float = _BUSY_TIMEOUT_S
) -> Engine:
    """Return an engine for the ledger at `url` (`sqlite:///…` or `postgresql+psycopg://…`); nothing is opened yet.

    One that only `reads` never makes a file, nor changes one. What is committed to a `durable` one survives a loss of
    power. For a file that another program has locked it waits `busy_timeout_s` seconds.
    Raises LedgerUnreachable where the URL cannot be read or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            options = {"timeout": busy_timeout_s, "check_same_thread": False}
            return _read_sqlite(parsed, options) if reads else _open_sqlite(parsed, options, durable=durable)
        return create_engine(
            parsed,
            pool_pre_ping=True,
            pool_size=5,
            connect_args={"connect_timeout": _CONNECT_TIMEOUT_S},
            hide_parameters=True,
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerUnreachable(
            f"the ledger's URL cannot be used: {error}",
            hint="Write sqlite:////path/ledger.db or postgresql://user@host/name; for PostgreSQL install the extra "
            "`postgres` of this package.",
        ) from error


def _read_sqlite(url: URL, options: dict[str, Any]) -> Engine:
    path = quote(str(Path(url.database or "").absolute()))
    return create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true", connect_args=options | {"uri": True}, hide_parameters=True
    )


def _open_sqlite(url: URL, options: dict[str, Any], *, durable: bool) -> Engine:
    engine = create_engine(url, connect_args=options, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  (the driver's own)
        connection.isolation_level = None  # transactions begin as we say, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock at once: one that first reads could not wait for another that writes.
        reads = connection.get_execution_options().get("reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def is_there(engine: Engine) -> bool:
    """Return whether the ledger exists; for SQLite, whether the file does, which opening it would create."""
    name = (engine.url.database or "").removeprefix("file:")
    return engine.dialect.name != "sqlite" or Path(unquote(name)).is_file()


def count_connections(engine: Engine | None) -> int:
    """Return how many connections an engine has open, at work and waiting."""
    pool = None if engine is None else engine.pool
    return pool.checkedin() + pool.checkedout() if isinstance(pool, QueuePool) else 0


@contextmanager
def translate_errors(where: str) -> Iterator[None]:
    """Turn the errors of SQLAlchemy and its drivers into LedgerError and its kind; `where` names the ledger."""
    try:
        yield
    except DBAPIError as error:
        kind = _kind_of(error)
        raise kind(f"the ledger {where}: {error.orig}", hint=_HINTS.get(kind)) from error
    except SQLAlchemyError as error:
        raise LedgerError(f"the ledger {where}: {error}") from error


def _kind_of(error: DBAPIError) -> type[LedgerError]:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return LedgerFull if code in _SQLITE_WRITE_FAILED else _SQLITE.get(code & 0xFF, LedgerError)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return next((kind for start, kind in _POSTGRES.items() if state.startswith(start)), LedgerError)
    # Without a state the server did not respond.
    return (
        LedgerUnreachable
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        else LedgerError
    )


def bring_up_to_date(engine: Engine) -> None:
    """Create the ledger's tables, or bring them to the newest revision, in one transaction.

    Raises LedgerNewer where a newer version of the program has been here before.
    """
    with engine.connect() as connection:
        found = _find_revision(connection.execution_options(reads=True))
    if found == REVISION:
        return
    with engine.connect().execution_options(reads=False) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        found = _find_revision(connection)
        if found is not None and found not in find_revisions("ledger"):
            raise _newer(found)
        if found != REVISION:
            upgrade(connection, "ledger")


def check_revision(connection: Connection) -> None:
    """Raise LedgerNewer where the tables are of a newer version of the program, NoLedger where there are none."""
    found = _find_revision(connection)
    if found is None:
        raise NoLedger("this database contains no ledger", hint="`resolver nightly run` makes its tables.")
    if found != REVISION:
        if found not in find_revisions("ledger"):
            raise _newer(found)
        raise LedgerError("the ledger is of an older version", hint="`resolver nightly run` brings it up to date.")


def _newer(found: str) -> LedgerNewer:
    return LedgerNewer(
        f"the ledger has revision {found}, this program knows {REVISION}",
        hint="Use the newer version of the program, or another ledger (RESOLVER_LEDGER_URL).",
    )


def _find_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])
