"""A job, and the limits of jobs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from ..store.ledger_tables import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Job:
    """A piece of work as it was when it was read: `kind` names the work, `payload` its options.

    Times are seconds since 1970. `prepared` is what the work reported before its first row, `progress` what it reported
    last; `attempt` counts how often it was started, and `max_s` is how long an attempt may take.
    """

    id: str
    kind: str
    payload: dict[str, Any]
    input_bytes: int
    max_s: float
    state: JobState
    attempt: int
    created_at: float
    started_at: float | None
    finished_at: float | None
    prepared: dict[str, Any]
    progress: dict[str, Any]
    fingerprint: str
    summary: dict[str, Any] | None
    error: dict[str, Any] | None

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Job:
        """Return the job of a row of the table."""
        return cls(**{one.name: row[one.name] for one in fields(cls)} | {"state": JobState(row["state"])})

    @property
    def name(self) -> str:
        """The name of the table or list that was sent."""
        return str(self.payload["name"])

    @property
    def is_over(self) -> bool:
        """Whether the job has ended."""
        return self.finished_at is not None


class Limits(NamedTuple):
    """How large one piece of work may be, how much may run at once, and how long it may take.

    Each process of the service answers `at_once` conversions at once; `jobs_at_once` jobs run at once on the machine,
    and `jobs_waiting` may be unfinished. An attempt at a job ends after `max_s` seconds. Of the jobs that are over the
    last `jobs_kept` are kept, for `keep_s` seconds.
    """

    max_bytes: int = 4 << 30
    max_output_bytes: int = 32 << 30
    max_rows: int = 200_000_000
    at_once: int = 2
    jobs_at_once: int = 1
    jobs_waiting: int = 20
    jobs_kept: int = 200
    keep_s: float = 24 * 3600.0
    max_s: float = 6 * 3600.0
