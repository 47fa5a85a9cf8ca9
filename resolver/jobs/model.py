"""What a job is, and the states that it goes through: queued, running, and one of three ends, once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, NamedTuple


class State(StrEnum):
    """Where a job is. The last three are ends: a job that has one of them never has another."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass(slots=True)
class Job:
    """A piece of work: `kind` says which, `payload` how, and its folder holds what it reads and makes.

    Times are seconds since 1970. `progress` is what the work last told, `prepared` what it told before it began;
    `slot` is the place in which it runs, and `attempt` how often it was begun.
    """

    id: str
    kind: str
    payload: dict[str, Any]
    name: str
    input_bytes: int
    created_at: float
    fingerprint: str = ""
    state: State = State.QUEUED
    started_at: float | None = None
    finished_at: float | None = None
    slot: int | None = None
    attempt: int = 0
    progress: dict[str, Any] = field(default_factory=dict)
    prepared: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        """Whether the job has come to its end."""
        return self.state in ENDS

    def as_record(self) -> dict[str, Any]:
        """Return the job as plain objects, as it is kept."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Job:
        """Return the job of a record; members that another version of the program wrote are left out."""
        known = {one.name for one in fields(cls)}
        job = cls(**{name: value for name, value in record.items() if name in known})
        job.state = State(job.state)
        return job


class Limits(NamedTuple):
    """What is allowed: of one piece of work its bytes (sent, and made) and rows, and how much at the same time.

    `at_once` conversions are answered at the same time by each process of the service; `jobs_at_once` jobs run on the
    machine, `jobs_waiting` may be unfinished. Of what is over the last `jobs_kept` are kept, for `keep_s` seconds.
    """

    max_bytes: int = 4 << 30
    max_output_bytes: int = 32 << 30
    max_rows: int = 200_000_000
    at_once: int = 2
    jobs_at_once: int = 1
    jobs_waiting: int = 20
    jobs_kept: int = 200
    keep_s: float = 24 * 3600.0
