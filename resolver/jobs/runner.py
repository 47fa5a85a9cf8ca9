"""Runs jobs as they come, each in a process of its own, and removes what has been over for long."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ResolverError
from .child import Child, describe_death
from .model import State
from .work import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from .child import Starter
    from .model import Limits
    from .store import Claim, JobStore
    from .work import Work

_LOGGER = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.25
_SWEEP_EVERY_S = 60.0
_NICENESS = 10


class Jobs(NamedTuple):
    """What the doors need for long work: where jobs are kept, what runs them, and what is allowed."""

    store: JobStore
    runner: JobRunner
    starter: Starter
    limits: Limits


class _Unwanted(Exception):
    """The job was cancelled, or the service stops."""


class JobRunner:
    """Takes jobs of a store as slots are free. Every process of a service has one; the store lets one of them win."""

    def __init__(
        self,
        store: JobStore,
        starter: Starter,
        limits: Limits,
        *,
        look_every_s: float = _LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._starter = starter
        self._limits = limits
        self._look_every_s = look_every_s
        self._clock = clock
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self._running: set[threading.Thread] = set()
        self._own: dict[str, Work] = {}

    def do_here(self, kind: str, work: Work) -> None:
        """Have jobs of a kind done in a thread of this process, since they need what only it has."""
        self._own[kind] = work

    def start(self) -> None:
        """Begin to take jobs; those that a killed service left behind too. To start it again changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that there is a new job."""
        self._woken.set()

    def stop(self) -> None:
        """Take no more jobs, and put those back that run; they begin anew when a service starts."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
        for thread in list(self._running):
            thread.join()

    def _run(self) -> None:
        swept_at = float("-inf")
        while not self._stopping.is_set():
            try:
                if self._clock() - swept_at >= _SWEEP_EVERY_S:
                    swept_at = self._clock()
                    self._store.sweep(self._limits.keep_s, self._limits.jobs_kept)
                while not self._stopping.is_set():
                    claim = self._store.claim(self._limits.jobs_at_once)
                    if claim is None:
                        break
                    thread = threading.Thread(target=self._work, args=(claim,), name=f"job {claim.job.id[:8]}")
                    self._running.add(thread)
                    thread.start()
            except (OSError, ResolverError, ValueError):
                _LOGGER.exception("the jobs cannot be looked at")
            self._woken.wait(self._look_every_s * 2)
            self._woken.clear()

    def _work(self, claim: Claim) -> None:
        try:
            self._do(claim)
        except Exception:
            _LOGGER.exception("job %s", claim.job.id)
            error = {"code": "work_failed", "detail": "the job could not be run", "hint": "The service's log says why."}
            self._store.finish(claim.job, State.FAILED, error=error)
        finally:
            claim.let_go()
            self._running.discard(threading.current_thread())
            self._woken.set()

    def _do(self, claim: Claim) -> None:
        job, store = claim.job, self._store
        if (own := self._own.get(job.kind)) is not None:
            self._do_here(claim, own)
            return
        scratch = store.make_scratch(job)
        with store.input_path(job).open("rb") as source, store.part_path(job).open("xb") as out:
            child = Child(self._starter, job.kind, job.payload, source, out, scratch=scratch, niceness=_NICENESS)
        is_stopped = True
        try:
            last, is_stopped = self._follow(claim, child)
        finally:
            code = child.end(at_once=is_stopped)
        if last is None:
            if is_stopped and self._stopping.is_set():
                store.put_back(job)
            elif not is_stopped:
                store.finish(job, State.FAILED, error=describe_death(code))
        elif last["event"] == "done":
            store.finish(job, State.DONE, summary=last["summary"])
        elif last["event"] == "error":
            store.finish(job, State.FAILED, error={name: last[name] for name in ("code", "detail", "hint")})

    def _do_here(self, claim: Claim, work: Work) -> None:
        job, store = claim.job, self._store

        def tell(event: str, **members: Any) -> None:  # noqa: ANN401  (whatever JSON holds)
            if self._stopping.is_set() or not store.note(job.id, attempt=job.attempt, **{event: members}):
                raise _Unwanted

        try:
            with store.input_path(job).open("rb") as source, store.part_path(job).open("xb") as out:
                summary = work(job.payload, source, out, tell)
        except _Unwanted:
            if self._stopping.is_set():
                store.put_back(job)
        except ResolverError as error:
            store.finish(job, State.FAILED, error=describe_error(error))
        else:
            store.finish(job, State.DONE, summary=summary)

    def _follow(self, claim: Claim, child: Child) -> tuple[dict[str, Any] | None, bool]:
        """Record what the work tells; return its last event, if it told one, and whether it is to be stopped."""
        job = claim.job
        while not self._stopping.is_set():
            try:
                event = child.next_event(self._look_every_s)
            except queue.Empty:
                if self._is_unwanted(claim):
                    return None, True
                continue
            if event is None or event["event"] in {"done", "error"}:
                return event, False
            what, told = event.pop("event"), event
            if what == "file":
                self._store.keep_file(job, told["name"], told["text"])
            elif not self._store.note(job.id, attempt=job.attempt, **{what: told}):
                return None, True
        return None, True

    def _is_unwanted(self, claim: Claim) -> bool:
        try:
            return self._store.get(claim.job.id).is_over
        except ResolverError:
            return True
