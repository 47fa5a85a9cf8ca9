"""The tables of the ledger: what nightly runs did and found, jobs, and API keys; the only ones that the service writes.

Moments are seconds since 1970 (UTC), whole ones except for jobs. Lists of CURIEs are text, separated by blanks: no
CURIE contains one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, MetaData
from sqlmodel import Field, SQLModel

# The newest revision of migrations/ledger; a test compares it with the folder.
REVISION = "0004"


class CheckState(StrEnum):
    """Whether the marks follow a recorded verdict yet."""

    OPEN = "open"  # recorded, and not settled: by a run at work, or by one that was interrupted
    SETTLED = "settled"
    AWAITING = "awaiting"  # part of a jump: held back until another run confirms it
    CONFIRMED = "confirmed"  # held back once, and found the same by a later run


class ReviewState(StrEnum):
    """What a curator decided about a mark."""

    ACKNOWLEDGED = "acknowledged"  # known, and work in progress; still listed
    DISMISSED = "dismissed"  # not shown any more, until the source database reports something else


class EventKind(StrEnum):
    """What happened to a mark."""

    SET = "set"
    CHANGED = "changed"
    LIFTED = "lifted"  # the source database reports the identifier as current again
    DROPPED = "dropped"  # the release follows the change
    HELD_BACK = "held_back"
    ACKNOWLEDGED = "acknowledged"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    COMMENTED = "commented"


class JobState(StrEnum):
    """Where a job is. The last three are ends: a job that has one of them never has another."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class _LedgerTable(SQLModel):
    # The ledger is a database of its own: its tables are not among those of a release.
    metadata: ClassVar[MetaData] = MetaData()


class Run(_LedgerTable, table=True):
    """A nightly run. `state` is one of `running`, `done`, `stopped` and `abandoned`; `reason` says why it ended so."""

    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    state: str
    release_id: str
    holder: str
    started_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    reason: str | None = None


class RunSource(_LedgerTable, table=True):
    """What a run did at one source; `state` is a word of `resolver.nightly.model.SourceState`.

    `tracked` counts the identifiers of the release that the source can be queried for, `planned` those that were due,
    `calls` the requests that were sent; `marks` how many identifiers of the source are marked after it, `held_back`
    how many of its verdicts await confirmation. `upstream_date` is when the source published its release.
    """

    __tablename__ = "run_source"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    source: str = Field(primary_key=True)
    state: str
    reason: str | None = None
    tracked: int = 0
    planned: int = 0
    checked: int = 0
    stale: int = 0
    not_checked: int = 0
    calls: int = 0
    marked: int = 0
    lifted: int = 0
    marks: int = 0
    held_back: int = 0
    upstream_release: str | None = None
    upstream_date: str | None = None
    started_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class Check(_LedgerTable, table=True):
    """The latest result for an identifier, and when it was last queried.

    `verdict` and `checked_at` are of the last time that the upstream gave a verdict; `obstacle` says why the last
    query gave none. `queried_at` does not move where the upstream did not answer at all, so that such an identifier
    stays first in line. `evidence` (JSON) is kept of stale verdicts. `state` is a word of `CheckState`.
    """

    __tablename__ = "check"
    __table_args__ = (
        Index("check_of_source", "source", "queried_at"),
        Index("check_of_run", "run_id", "source"),
        Index("check_of_state", "source", "state"),
    )

    curie: str = Field(primary_key=True)
    source: str
    run_id: int
    verdict: str
    checked_at: int | None = Field(default=None, sa_type=BigInteger)
    queried_at: int | None = Field(default=None, sa_type=BigInteger)
    obstacle: str | None = None
    version: int | None = None
    successors: str = ""
    genes: str = ""
    taxon: int | None = None
    upstream_release: str | None = None
    evidence: str | None = None
    note: str | None = None
    symbol: str | None = None
    state: str = CheckState.OPEN.value


class MarkRow(_LedgerTable, table=True):
    """An identifier that is stale now; `since` is when it was first found so, `seen_at` when last.

    `review` is a word of `ReviewState`, empty where nobody reviewed the mark.
    """

    __tablename__ = "mark"
    __table_args__ = (Index("mark_of_source", "source"), Index("mark_since", "since"))

    curie: str = Field(primary_key=True)
    source: str
    verdict: str
    successors: str = ""
    since: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    run_id: int
    version: int | None = None
    genes: str = ""
    taxon: int | None = None
    upstream_release: str | None = None
    evidence: str | None = None
    note: str | None = None
    symbol: str | None = None
    review: str = ""


class Review(_LedgerTable, table=True):
    """What a curator decided about the mark of an identifier; it outlives the mark.

    It applies to the evidence whose `fingerprint` (`fingerprint_of`) it has, and for no other.
    """

    __tablename__ = "review"

    curie: str = Field(primary_key=True)
    state: str
    fingerprint: str
    reason: str
    by: str
    at: int = Field(sa_type=BigInteger)


class MarkEvent(_LedgerTable, table=True):
    """One line of the history of a mark; `event` is a word of `EventKind`, `by` a person, None for a run."""

    __tablename__ = "mark_event"
    __table_args__ = (Index("mark_event_of_curie", "curie"), Index("mark_event_of_run", "run_id"))

    id: int | None = Field(default=None, primary_key=True)
    curie: str
    source: str
    event: str
    at: int = Field(sa_type=BigInteger)
    run_id: int | None = None
    verdict: str = ""
    successors: str = ""
    reason: str | None = None
    by: str | None = None


class SourceReleaseRow(_LedgerTable, table=True):
    """A release that a source reported: its name, its date where the source reports one, and when runs saw it."""

    __tablename__ = "source_release"

    source: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    date: str | None = None
    first_seen_at: int = Field(sa_type=BigInteger)
    last_seen_at: int = Field(sa_type=BigInteger)


class Pause(_LedgerTable, table=True):
    """A host that required not to be queried before a moment (`Retry-After`); runs to come respect it."""

    __tablename__ = "pause"

    host: str = Field(primary_key=True)
    source: str
    until: int = Field(sa_type=BigInteger)
    noted_at: int = Field(sa_type=BigInteger)


class Claim(_LedgerTable, table=True):
    """Identifiers that a run is querying now; after a kill they are what is in doubt.

    `attempts` counts how often they were claimed.
    """

    __tablename__ = "claim"

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    curie: str = Field(primary_key=True)
    source: str
    attempts: int = 1
    claimed_at: int = Field(sa_type=BigInteger)


class Lease(_LedgerTable, table=True):
    """Who may run: one row. `beat` grows with each heartbeat, whatever the clock does."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    token: str
    holder: str
    acquired_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    beat: int


class Usage(_LedgerTable, table=True):
    """How often an identifier was queried, if that is counted."""

    __tablename__ = "usage"

    curie: str = Field(primary_key=True)
    count: int


class State(_LedgerTable, table=True):
    """Values about the whole ledger: `marks` is a number that grows with each change of the marks."""

    __tablename__ = "state"

    key: str = Field(primary_key=True)
    value: str


class JobRow(_LedgerTable, table=True):
    """A job: `kind` names the work and `payload` its options; `finished_at` is there once `state` is an end.

    `folder` names the jobs folder with its files, and `key` is the hash of the client's idempotency key. While it runs,
    `holder` is the process (`lease.Holder`) that runs it, which renews `lease_until`.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("job_by_key", "folder", "key", unique=True),
        Index("job_by_state", "folder", "state", "created_at"),
        Index("job_by_end", "folder", "finished_at"),
    )

    id: str = Field(primary_key=True)
    folder: str
    key: str | None = None
    kind: str
    payload: dict[str, Any] = Field(sa_type=JSON)
    fingerprint: str
    input_bytes: int = Field(sa_type=BigInteger)
    max_s: float
    state: str = JobState.QUEUED.value
    attempt: int = 0
    holder: str | None = None
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    prepared: dict[str, Any] = Field(sa_type=JSON)
    progress: dict[str, Any] = Field(sa_type=JSON)
    summary: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    error: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class KeyRow(_LedgerTable, table=True):
    """An API key: `hash` is that of its secret, `scopes` are separated by blanks; a revoked key stays listed."""

    __tablename__ = "access_key"

    id: str = Field(primary_key=True)
    name: str
    hash: str
    scopes: str
    rate: str | None = None
    daily: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class KeyUse(_LedgerTable, table=True):
    """How many requests a key sent on a day (UTC, `2026-11-30`)."""

    __tablename__ = "access_use"

    key_id: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    requests: int = Field(sa_type=BigInteger)


def fingerprint_of(verdict: str, successors: str, note: str | None) -> str:
    """Return what makes evidence new: the verdict, its successors, and of a moved identifier the gene of the note."""
    return f"{verdict}|{successors}|{note or '' if verdict == 'moved_gene' else ''}"
