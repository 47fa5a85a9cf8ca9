"""Where jobs are kept: a folder each, with the record, what was sent, and what was made of it.

    <data folder>/jobs/<id>/job.json    the record, replaced as a whole
                            input       what was sent
                            result      what was made, once the job is done
                            …           what the work keeps beside it, such as report.html
    <data folder>/jobs/keys/            which job an idempotency key belongs to
    <data folder>/jobs/slot-0.lock      held by the process that runs a job in this place

A record changes only under one lock for all jobs, and never once it has come to an end. Whoever runs a job holds the
lock of its slot, which the operating system takes away from a process that is killed: a job that is recorded as
running in a slot that nobody holds is begun anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
from filelock import FileLock, Timeout

from ..errors import KeyReused, NoResult, ServiceBusy, UnknownJob
from .model import ENDS, Job, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ID = re.compile(r"[0-9a-f]{32}")
_NEW = ".new-"
# An upload that nothing was added to for so long was left behind by a service that was killed.
_LEFT_BEHIND_S = 3600.0
_MOST_ATTEMPTS = 5
_RETRY_AFTER_S = 15


class Upload:
    """What is being sent for a job that is not there yet: write to it, then submit or drop it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.size = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO = (folder / "input").open("xb")

    def write(self, data: bytes) -> None:
        """Add to it."""
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def close(self) -> str:
        """End it, and return the hash of what was sent."""
        self._file.close()
        return self._digest.hexdigest()

    def drop(self) -> None:
        """Remove it."""
        self._file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(slots=True)
class Claim:
    """A job that this process alone may run, until it lets go."""

    job: Job
    lock: FileLock

    def let_go(self) -> None:
        """Leave the place to others."""
        self.lock.release()


class JobStore:
    """The jobs of a data folder; safe to use from several threads and processes of one machine at once."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self._over: set[str] = set()

    # --- Coming in ------------------------------------------------------------------------------------------------

    def begin_upload(self) -> Upload:
        """Return a place for what is sent; nobody sees it before it is submitted."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = self.folder / f"{_NEW}{secrets.token_hex(16)}"
        folder.mkdir(mode=0o700)
        return Upload(folder)

    def check_room(self, waiting: int) -> None:
        """Raise ServiceBusy where as many jobs are unfinished as may be."""
        if sum(1 for _ in self._unfinished()) >= waiting:
            raise ServiceBusy(
                f"{waiting} jobs are unfinished already",
                retry_after_s=_RETRY_AFTER_S,
                hint="Send it again when some of them are done, or cancel one.",
            )

    def submit(
        self, upload: Upload, kind: str, payload: dict[str, Any], name: str, *, waiting: int, key: str | None = None
    ) -> tuple[Job, bool]:
        """Return the job that is made of an upload, and whether it is new: a `key` that came before leads to its job.

        Raises KeyReused where the key came with something else, and ServiceBusy; the upload is then dropped.
        """
        sent = upload.close()
        fingerprint = hashlib.sha256(orjson.dumps([kind, payload, sent], option=orjson.OPT_SORT_KEYS)).hexdigest()
        job = Job(secrets.token_hex(16), kind, payload, name, upload.size, self._clock(), fingerprint)
        try:
            with self._changing():
                known = None if key is None else self._find_by_key(key)
                if known is not None:
                    if known.fingerprint != fingerprint:
                        raise KeyReused(
                            "this idempotency key came with another table or other options",
                            hint="Take a new key for each job.",
                        )
                    return known, False
                self.check_room(waiting)
                _write(upload.folder / "job.json", job)
                upload.folder.rename(self._folder(job.id))
                if key is not None:
                    self._key_path(key).parent.mkdir(mode=0o700, exist_ok=True)
                    self._key_path(key).write_text(job.id, encoding="ascii")
                return job, True
        finally:
            if upload.folder.exists():
                upload.drop()

    def _key_path(self, key: str) -> Path:
        return self.folder / "keys" / hashlib.sha256(key.encode()).hexdigest()

    def _find_by_key(self, key: str) -> Job | None:
        try:
            return self.get(self._key_path(key).read_text(encoding="ascii"))
        except (FileNotFoundError, UnknownJob):
            return None

    # --- Looking --------------------------------------------------------------------------------------------------

    def get(self, job_id: str) -> Job:
        """Return a job; raises UnknownJob."""
        if _ID.fullmatch(job_id):
            try:
                return Job.from_record(orjson.loads((self._folder(job_id) / "job.json").read_bytes()))
            except FileNotFoundError:
                pass
        raise UnknownJob(f"there is no job {job_id[:80]!r}", hint="It never was, or was removed; submit it again.")

    def find_file(self, job: Job, name: str) -> Path:
        """Return the path of a file of a job that is done; raises NoResult where there is none."""
        path = self._folder(job.id) / name
        if job.state is not State.DONE or not path.is_file():
            raise NoResult(
                f"the job is {job.state}" if job.state is not State.DONE else f"the job has no {name}",
                hint="Ask for the job itself: it tells how far it is, and why it failed.",
            )
        return path

    def has_file(self, job: Job, name: str) -> bool:
        """Tell whether a job that is done has a file."""
        return job.state is State.DONE and (self._folder(job.id) / name).is_file()

    def input_path(self, job: Job) -> Path:
        """Return the path of what was sent for a job."""
        return self._folder(job.id) / "input"

    def part_path(self, job: Job) -> Path:
        """Return where this attempt at a job writes its result, until it is done."""
        return self._folder(job.id) / f"result.{job.attempt}.part"

    def make_scratch(self, job: Job) -> Path:
        """Make and return a folder for temporary files of this attempt at a job, which goes with its end."""
        path = self._folder(job.id) / f"scratch.{job.attempt}.part"
        path.mkdir()
        return path

    # --- Running --------------------------------------------------------------------------------------------------

    def claim(self, slots: int) -> Claim | None:
        """Return the next job with the right to run it; None where none waits, or all slots are held.

        A job whose process was killed goes first; one that was begun too often is failed.
        """
        if not self.folder.is_dir() or next(self._unfinished(), None) is None:
            return None
        for slot in range(slots):
            lock = self._try_slot(slot)
            if lock is None:
                continue
            try:
                job = self._next(slot, slots)
            except BaseException:
                lock.release()
                raise
            if job is not None:
                return Claim(job, lock)
            lock.release()
        return None

    def _try_slot(self, slot: int) -> FileLock | None:
        lock = FileLock(self.folder / f"slot-{slot}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

    def _next(self, slot: int, slots: int) -> Job | None:
        with self._changing():
            waiting = sorted(self._unfinished(), key=lambda job: (job.state is State.QUEUED, job.created_at, job.id))
            for job in waiting:
                if job.state is State.RUNNING and not self._is_left(job, slot, slots):
                    continue
                if job.attempt >= _MOST_ATTEMPTS:
                    told = f"the service ended {job.attempt} times while it ran"
                    self._end(job, State.FAILED, error={"code": "work_failed", "detail": told, "hint": None})
                    continue
                self._clear_parts(job)
                job.state, job.slot, job.attempt = State.RUNNING, slot, job.attempt + 1
                job.started_at, job.progress = self._clock(), {}
                _write(self._folder(job.id) / "job.json", job)
                return job
        return None

    def _is_left(self, job: Job, slot: int, slots: int) -> bool:
        """Tell whether nobody runs a job that is recorded as running; the caller holds `slot`."""
        if job.slot is None or job.slot == slot:
            return True
        if job.slot < slots:
            return False  # seen when that slot is tried
        lock = self._try_slot(job.slot)  # of a time with more slots
        if lock is None:
            return False
        lock.release()
        return True

    def note(self, job_id: str, *, attempt: int, **members: Any) -> bool:  # noqa: ANN401
        """Record how far a job is; returns False, and records nothing, where it runs no more."""
        with self._changing():
            job = self._find(job_id)
            if job is None or job.state is not State.RUNNING or job.attempt != attempt:
                return False
            if "progress" in members:
                members["progress"] = {**members["progress"], "at": self._clock()}
            for name, value in members.items():
                setattr(job, name, value)
            _write(self._folder(job_id) / "job.json", job, is_safe=False)
            return True

    def keep_file(self, job: Job, name: str, text: str) -> None:
        """Keep a file beside the result of a job."""
        folder = self._folder(job.id)
        if folder.is_dir():
            draft = folder / f"{name}.{job.attempt}.part"
            draft.write_text(text, encoding="utf-8")
            draft.replace(folder / name)

    def finish(
        self, job: Job, state: State, *, summary: dict[str, Any] | None = None, error: dict[str, Any] | None = None
    ) -> bool:
        """Bring a job to its end, with the result of this attempt where it is done; False where it had one already."""
        with self._changing():
            now = self._find(job.id)
            if now is None or now.is_over or now.attempt != job.attempt:
                self.part_path(job).unlink(missing_ok=True)
                return False
            if state is State.DONE:
                self.part_path(job).replace(self._folder(job.id) / "result")
            self._end(now, state, summary=summary, error=error)
            return True

    def put_back(self, job: Job) -> None:
        """Let a job wait again that was stopped with the service; it does not count as an attempt."""
        with self._changing():
            now = self._find(job.id)
            if now is not None and now.state is State.RUNNING and now.attempt == job.attempt:
                self._clear_parts(now)
                now.state, now.slot, now.attempt, now.progress = State.QUEUED, None, now.attempt - 1, {}
                _write(self._folder(now.id) / "job.json", now)

    # --- Ending ---------------------------------------------------------------------------------------------------

    def cancel(self, job_id: str) -> Job | None:
        """Cancel a job that is not over and return it; remove one that is, and return None. Raises UnknownJob."""
        with self._changing():
            job = self.get(job_id)
            if job.is_over:
                self._remove(job_id)
                return None
            self._end(job, State.CANCELLED)
            return job

    def sweep(self, keep_s: float, keep_most: int) -> list[str]:
        """Remove what has been over for `keep_s` seconds, and uploads that were left behind; return the jobs' ids.

        Of what is over the last `keep_most` are kept.
        """
        if not self.folder.is_dir():
            return []
        now, removed = self._clock(), []
        with self._changing():
            over = sorted((job for job in self._jobs() if job.is_over), key=lambda job: -(job.finished_at or 0))
            for place, job in enumerate(over):
                if place >= keep_most or now - (job.finished_at or 0) >= keep_s:
                    self._remove(job.id)
                    removed.append(job.id)
            for folder in self.folder.glob(f"{_NEW}*"):
                written = (folder / "input").stat().st_mtime if (folder / "input").exists() else folder.stat().st_mtime
                if now - written >= _LEFT_BEHIND_S:
                    shutil.rmtree(folder, ignore_errors=True)
            for path in self.folder.glob("keys/*"):
                if not (self.folder / path.read_text(encoding="ascii")).is_dir():
                    path.unlink(missing_ok=True)
        return removed

    # --- Inside ---------------------------------------------------------------------------------------------------

    def _folder(self, job_id: str) -> Path:
        return self.folder / job_id

    def _changing(self) -> FileLock:
        return FileLock(self.folder / "changes.lock", thread_local=False, poll_interval=0.005)

    def _find(self, job_id: str) -> Job | None:
        try:
            return self.get(job_id)
        except UnknownJob:
            return None

    def _jobs(self) -> Iterator[Job]:
        with os.scandir(self.folder) as entries:
            names = [entry.name for entry in entries if _ID.fullmatch(entry.name)]
        for name in names:
            job = self._find(name)
            if job is not None:
                yield job

    def _unfinished(self) -> Iterator[Job]:
        """Yield the jobs that are not over; one that once was is not looked at again."""
        with os.scandir(self.folder) as entries:
            names = {entry.name for entry in entries if _ID.fullmatch(entry.name)}
        self._over &= names
        for name in names - self._over:
            job = self._find(name)
            if job is None:
                continue
            if job.is_over:
                self._over.add(name)
            else:
                yield job

    def _end(self, job: Job, state: State, **members: Any) -> None:  # noqa: ANN401
        assert state in ENDS  # noqa: S101  (asked by the callers)
        for name, value in members.items():
            setattr(job, name, value)
        job.state, job.finished_at, job.slot = state, self._clock(), None
        if state is not State.DONE:
            self._clear_parts(job)  # before anything is written: the disk may be full of them
        _write(self._folder(job.id) / "job.json", job)
        self._clear_parts(job)
        (self._folder(job.id) / "input").unlink(missing_ok=True)  # it is not needed any more, and may be large

    def _clear_parts(self, job: Job) -> None:
        for path in self._folder(job.id).glob("*.part"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _remove(self, job_id: str) -> None:
        # Renamed first, so that nobody meets a job that is half removed.
        gone = self.folder / f"{_NEW}{secrets.token_hex(16)}"
        self._folder(job_id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _write(path: Path, job: Job, *, is_safe: bool = True) -> None:
    """Replace a record as a whole; where it is to be safe, also from a loss of power."""
    draft = path.with_name(f"job.json.{os.getpid()}.{secrets.token_hex(4)}.draft")
    try:
        with draft.open("wb") as opened:
            opened.write(orjson.dumps(job.as_record(), option=orjson.OPT_NON_STR_KEYS))
            if is_safe:
                opened.flush()
                os.fsync(opened.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        if is_safe:
            raise  # how far a job is may be lost
