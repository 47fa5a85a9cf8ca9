"""Run jobs as they are submitted, each in a process of its own, and remove those that ended long ago."""

from __future__ import annotations

import logging
import queue
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import LedgerError, OutOfTime, ResolverError
from ..store.ledger_tables import JobState
from .child import Child, describe_exit
from .store import SCRATCH
from .work import describe_error, describe_write_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from .child import Starter
    from .model import Job, Limits
    from .store import JobStore
    from .work import Work

_LOGGER = logging.getLogger(__name__)
_POLL_EVERY_S = 0.25
_SWEEP_EVERY_S = 60.0
_RENEW_EVERY_S = 15.0  # a quarter of a lease
_MEASURE_EVERY_S = 2.0
_RETRY_S = 5.0
_NICENESS = 10


class Jobs(NamedTuple):
    """What the interfaces need for long work: the jobs, what runs them, and the limits."""

    store: JobStore
    runner: JobRunner
    starter: Starter
    limits: Limits


class _AttemptLost(Exception):
    """The attempt has lost its job: it was cancelled, or another process runs it, or the service stops."""


class _WorkFailed(Exception):
    """The work failed; the argument is the error as plain objects."""


class _Attempt:
    """An attempt at a job while it runs: its time limit, its lease and its progress."""

    def __init__(self, store: JobStore, job: Job, stopping: threading.Event, clock: Callable[[], float]) -> None:
        self.job = job
        self._store = store
        self._stopping = stopping
        self._clock = clock
        self._ends_at = clock() + job.max_s
        self._renewed_at = clock()
        self._measured_at = clock()

    def check(self) -> None:
        """Raise _AttemptLost if the attempt is to end at once, and OutOfTime after its time limit; renew the lease."""
        self._check_time()
        if self._clock() - self._measured_at >= _MEASURE_EVERY_S:
            self._measured_at = self._clock()
            self._store.budget.check()
        if self._clock() - self._renewed_at >= _RENEW_EVERY_S:
            self._record()
        elif not self._query_ledger(partial(self._store.is_running, self.job)):
            raise _AttemptLost

    def report(self, event: str, **members: Any) -> None:  # noqa: ANN401  (as in `Report`)
        """Record an event of the work; raises as `check` does."""
        self._check_time()
        if event == "file":
            self._store.store_file(self.job, members["name"], members["text"])
        else:
            self._record(**{event: members})

    def _record(self, **members: dict[str, Any]) -> None:
        if not self._query_ledger(partial(self._store.record_progress, self.job, **members)):
            raise _AttemptLost
        self._renewed_at = self._clock()

    def _check_time(self) -> None:
        if self._stopping.is_set():
            raise _AttemptLost
        if self._clock() >= self._ends_at:
            raise OutOfTime(
                f"the job took longer than its time limit, {self.job.max_s / 60:g} minutes",
                hint="Send the table in parts. Whoever runs the service can raise RESOLVER_JOBS_MAX_MINUTES.",
            )

    def _query_ledger(self, query: Callable[[], bool]) -> bool:
        """Return the reply of the ledger; True while it is unreachable, since the work continues."""
        try:
            return query()
        except LedgerError as error:
            _LOGGER.warning("job %s: %s", self.job.id, error)
            return True


class JobRunner:
    """Run jobs as slots become free. Each process of a service has one; a job is claimed by only one of them."""

    def __init__(
        self,
        store: JobStore,
        starter: Starter,
        limits: Limits,
        *,
        poll_every_s: float = _POLL_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._starter = starter
        self._limits = limits
        self._poll_every_s = poll_every_s
        self._clock = clock
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._running: set[threading.Thread] = set()
        self._own: dict[str, Work] = {}
        self.on_summary: Callable[[dict[str, Any]], None] = lambda _: None

    def register_work(self, kind: str, work: Work) -> None:
        """Run jobs of a kind in a thread of this process, because they need its resources."""
        self._own[kind] = work

    def start(self) -> None:
        """Start running jobs, including those of a service that was killed. A second call has no effect."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Look for a new job now."""
        self._woken.set()

    def stop(self) -> None:
        """Claim no more jobs, and queue the running ones again; they start anew with the next service."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
        for thread in list(self._running):
            thread.join()
        self._store.close()

    def _run(self) -> None:
        swept_at, reported = float("-inf"), ""
        while not self._stopping.is_set():
            try:
                if self._clock() - swept_at >= _SWEEP_EVERY_S:
                    self._store.sweep(self._limits.keep_s, self._limits.jobs_kept)
                    swept_at = self._clock()
                while not self._stopping.is_set() and (job := self._store.claim(self._limits.jobs_at_once)):
                    thread = threading.Thread(target=self._work, args=(job,), name=f"job {job.id[:8]}")
                    self._running.add(thread)
                    thread.start()
                reported, wait_s = "", self._poll_every_s * 2
            except (OSError, ResolverError) as error:
                if reported != str(error):
                    reported = str(error)
                    _LOGGER.warning("no job can be run: %s", error)
                wait_s = _RETRY_S
            self._woken.wait(wait_s)
            self._woken.clear()

    def _work(self, job: Job) -> None:
        attempt = _Attempt(self._store, job, self._stopping, self._clock)
        own = self._own.get(job.kind)
        try:
            summary = self._run_process(attempt) if own is None else self._run_here(attempt, own)
            self._finish(job, JobState.DONE, summary=summary)
            self.on_summary(summary)
        except _AttemptLost:
            if self._stopping.is_set():
                self._requeue(job)
            else:
                self._store.drop_attempt(job)
        except _WorkFailed as failure:
            self._finish(job, JobState.FAILED, error=failure.args[0])
        except ResolverError as error:
            self._finish(job, JobState.FAILED, error=describe_error(error))
        except OSError as error:
            _LOGGER.warning("job %s: %s", job.id, error)
            self._finish(job, JobState.FAILED, error=describe_error(describe_write_error(error)))
        except Exception as error:
            _LOGGER.exception("job %s", job.id)
            self._finish(job, JobState.FAILED, error=describe_error(error))
        finally:
            self._running.discard(threading.current_thread())
            self._woken.set()

    def _run_here(self, attempt: _Attempt, work: Work) -> dict[str, Any]:
        source, out = self._store.open_attempt(attempt.job)
        with source, out:
            return work(attempt.job.payload, source, out, attempt.report)

    def _run_process(self, attempt: _Attempt) -> dict[str, Any]:
        job = attempt.job
        source, out = self._store.open_attempt(job)
        scratch = self._store.attempt_folder(job) / SCRATCH
        with source, out:
            child = Child(self._starter, job.kind, job.payload, source, out, scratch=scratch, niceness=_NICENESS)
        is_ended = False
        try:
            last = self._follow(attempt, child)
            is_ended = True
        finally:
            code = child.end(at_once=not is_ended)
        if last is None:
            raise _WorkFailed(describe_exit(code))
        if last["event"] == "error":
            raise _WorkFailed({name: last[name] for name in ("code", "detail", "hint")})
        return dict(last["summary"])

    def _follow(self, attempt: _Attempt, child: Child) -> dict[str, Any] | None:
        """Record what the process reports, and return its last event; None if it ended without one."""
        while True:
            try:
                event = child.next_event(self._poll_every_s)
            except queue.Empty:
                attempt.check()
                continue
            if event is None or event["event"] in {"done", "error"}:
                return event
            attempt.report(**event)

    def _finish(self, job: Job, state: JobState, **members: dict[str, Any]) -> None:
        """End a job, as soon as the ledger can be written; if the service stops before, the lease of the job ends."""
        while True:
            try:
                self._store.finish(job, state, **members)
            except (LedgerError, OSError) as error:
                _LOGGER.warning("job %s is %s, and cannot be recorded: %s", job.id, state, error)
                if self._stopping.wait(_RETRY_S):
                    return
            else:
                return

    def _requeue(self, job: Job) -> None:
        try:
            self._store.requeue(job)
        except LedgerError as error:  # its lease ends, and it starts anew
            _LOGGER.warning("job %s: %s", job.id, error)
