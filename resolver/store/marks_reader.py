"""A snapshot of the marks that follows the ledger: cheap to read, and imported without any table engine.

It reads SQLite by the standard library, read-only, and PostgreSQL by psycopg. Where there is no ledger there are no
marks, and none is made.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from ..errors import LedgerError, LedgerUnreachable
from ..genes.marks import NO_MARKS, Mark, Marks
from ..genes.verdicts import Verdict
from .background import BackgroundTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_STAMP = "SELECT value FROM state WHERE key = 'marks'"
_NO_TABLES = "SELECT count(*) = 0 FROM sqlite_master"
# All columns: a ledger of an older version of the program lacks those that came later.
_ALL = "SELECT * FROM mark"
_LOGGER = logging.getLogger(__name__)
_BUSY_TIMEOUT_S = 2.0


def read_marks(url: str) -> Marks:
    """Return the marks of the ledger at `url` but those that a curator dismissed; none where there is no ledger.

    Raises LedgerError where there is one that cannot be read.
    Cost: some ten microseconds for each mark.
    """
    return _read(url, None) or NO_MARKS


def _read(url: str, known: str | None) -> Marks | None:
    """Return the marks, or None where they are those of the stamp `known`."""
    if url.startswith("sqlite"):
        path = find_file(url)
        return _read_sqlite(path, known) if path.is_file() else NO_MARKS
    return _read_postgres(url, known)


def find_file(url: str) -> Path:
    """Return the path that an SQLite URL names: `sqlite:////srv/ledger.db`."""
    return Path(unquote(url.partition(":///")[2].partition("?")[0]))


def _read_sqlite(path: Path, known: str | None) -> Marks | None:
    error: sqlite3.Error | None = None
    # In a folder that cannot be written, a file that nobody writes to is read as one that does not change.
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        try:
            connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=_BUSY_TIMEOUT_S
            )
            try:
                connection.execute("BEGIN")  # the stamp and the marks are of one moment
                if connection.execute(_NO_TABLES).fetchone() == (1,):  # another process creates the ledger just now
                    return NO_MARKS
                return _build(connection.execute, known)
            finally:
                connection.close()
        except sqlite3.OperationalError as caught:
            error = caught
            if caught.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN:
                break
        except sqlite3.Error as caught:
            error = caught
            break
    raise LedgerUnreachable(
        f"the marks cannot be read from {path}: {error}", hint="Look at the file's rights, or at RESOLVER_LEDGER_URL."
    ) from error


def _read_postgres(url: str, known: str | None) -> Marks | None:
    try:
        import psycopg
    except ImportError as error:
        raise LedgerUnreachable(
            "the ledger is on PostgreSQL, and its driver is not installed",
            hint="Install the extra `postgres` of this package.",
        ) from error
    address = f"postgresql:{url.partition(':')[2]}"
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return _build(connection.execute, known)
    except psycopg.errors.UndefinedTable:  # an empty database, before the first run
        return NO_MARKS
    except psycopg.Error as error:
        raise LedgerUnreachable(
            f"the marks cannot be read from {urlsplit(url).hostname}: {error}", hint="Look at RESOLVER_LEDGER_URL."
        ) from error


def _build(execute: Callable[[str], Any], known: str | None) -> Marks | None:
    row = execute(_STAMP).fetchone()
    stamp = "0" if row is None else str(row[0])
    if stamp == known:
        return None
    cursor = execute(_ALL)
    names = [column[0] for column in cursor.description]
    return Marks(_marks(names, cursor.fetchall()), stamp)


def _marks(names: list[str], rows: Iterable[tuple[Any, ...]]) -> Iterable[Mark]:
    curie, verdict, successors, since, source, genes = map(
        names.index, ("curie", "verdict", "successors", "since", "source", "genes")
    )
    review = names.index("review") if "review" in names else None
    for row in rows:
        if review is not None and row[review] == "dismissed":
            continue
        first_seen = datetime.fromtimestamp(row[since], UTC).isoformat().replace("+00:00", "Z")
        yield Mark(
            row[curie],
            Verdict(row[verdict]),
            tuple(row[successors].split()),
            first_seen,
            row[source],
            tuple(row[genes].split()),
        )


class MarksFollower:
    """Gives the marks of the ledger, and looks for others at most every few seconds, in a thread of its own.

    A ledger that cannot be read is logged, and the marks that were known go on being given.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic, every_s: float = 3.0) -> None:
        self._url = url
        self._marks = NO_MARKS
        self.look()
        self._looking = BackgroundTask(self.look, clock=clock, every_s=every_s)

    def __call__(self) -> Marks:
        """Return the marks as they were a few seconds ago. Costs a look at the clock."""
        self._looking.begin_if_due()
        return self._marks

    def look(self) -> None:
        """Read the marks anew where they have changed."""
        try:
            found = _read(self._url, self._marks.stamp)
        except LedgerError as error:
            _LOGGER.warning("%s", error)
            return
        if found is not None:
            self._marks = found
