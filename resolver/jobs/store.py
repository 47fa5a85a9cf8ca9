"""Jobs with their files: the ledger has a row for each job, and a folder its input and results.

    <data folder>/jobs/folder.id                the name of this folder in the table
                       <job>/input              what was sent
                       <job>/<attempt>/result   what this attempt made; `report.html` and temporary files beside it

The files of an attempt are the job's result only if its row has the state `done`. A folder without a row is left
over from an upload or removal that was interrupted, or from an earlier version; a sweep removes it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from ..errors import JobsUnavailable, KeyReused, NoResult, ServiceBusy, UnknownJob, WorkFailed
from ..store.job_table import JobTable
from ..store.ledger_tables import JobState
from .budget import StorageBudget
from .model import Job
from .work import describe_write_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..store.lease import Holder

_LOGGER = logging.getLogger(__name__)
_ID = re.compile(r"[0-9a-f]{32}")
_NEW = ".new-"
SCRATCH = "scratch"
# An upload that grew no more for so long was interrupted.
_LEFT_BEHIND_S = 3600.0
_MOST_ATTEMPTS = 5
_RETRY_AFTER_S = 15


class Upload:
    """The input of a future job: write to it, then submit or drop it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.size = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO = (folder / "input").open("xb")

    def write(self, data: bytes) -> None:
        """Append to it."""
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def close(self) -> str:
        """Close it, safe from a loss of power, and return the hash of its content."""
        self._file.close()
        _sync(self.folder / "input")
        return self._digest.hexdigest()

    def drop(self) -> None:
        """Remove it."""
        self._file.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class JobStore:
    """The jobs of a data folder; safe to use from several threads and processes at once."""

    def __init__(
        self,
        folder: Path,
        ledger_url: str,
        *,
        clock: Callable[[], float] = time.time,
        holder: Holder | None = None,
        max_total_bytes: int | None = None,
    ) -> None:
        self.folder = folder
        self.budget = StorageBudget(folder, max_total_bytes)
        self._clock = clock
        self._table = JobTable(ledger_url, clock=clock, holder=holder)

    def close(self) -> None:
        """Close the connections to the ledger."""
        self._table.close()

    # --- Submitting -----------------------------------------------------------------------------------------------

    def begin_upload(self) -> Upload:
        """Return an upload, which is no job before it is submitted; raises LedgerError and JobsUnavailable."""
        self._table.open()
        folder = self.folder / f"{_NEW}{secrets.token_hex(16)}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
            self._make_id()
            return Upload(folder)
        except OSError as error:
            raise _unavailable(error, self.folder) from error

    def check_capacity(self, waiting: int) -> None:
        """Raise ServiceBusy if `waiting` jobs are unfinished."""
        if self._table.count_unfinished(self._find_id()) >= waiting:
            raise _busy(waiting)

    def count_connections(self) -> int:
        """Return how many connections to the ledger are open."""
        return self._table.count_connections()

    def count_states(self) -> dict[str, int]:
        """Return the number of jobs in each state; zeros without a ledger."""
        counts = dict.fromkeys((state.value for state in JobState), 0)
        if (folder := self._find_id()) and self._table.is_there():
            counts |= self._table.count_states(folder)
        return counts

    def submit(
        self,
        upload: Upload,
        kind: str,
        payload: dict[str, Any],
        *,
        waiting: int,
        max_s: float,
        key: str | None = None,
    ) -> Job:
        """Return the new job of an upload, or the job that was submitted with the same `key` before.

        Raises KeyReused if the key came with something else, and ServiceBusy; the upload is then dropped.
        """
        job_id = secrets.token_hex(16)
        try:
            sent = upload.close()
            folder = upload.folder.rename(self.folder / job_id)
            _sync(self.folder)
        except OSError as error:
            upload.drop()
            raise describe_write_error(error) from error
        row = {
            "id": job_id,
            "folder": self._find_id(),
            "key": None if key is None else hashlib.sha256(key.encode()).hexdigest(),
            "kind": kind,
            "payload": payload,
            "fingerprint": hashlib.sha256(orjson.dumps([kind, payload, sent], option=orjson.OPT_SORT_KEYS)).hexdigest(),
            "input_bytes": upload.size,
            "max_s": max_s,
            "state": JobState.QUEUED.value,
            "attempt": 0,
            "created_at": self._clock(),
            "prepared": {},
            "progress": {},
        }
        kept = None
        try:
            kept = self._table.add(row, waiting=waiting)
        finally:
            if kept is None or kept["id"] != job_id:
                shutil.rmtree(folder, ignore_errors=True)
        if kept is None:
            raise _busy(waiting)
        if kept["fingerprint"] != row["fingerprint"]:
            raise KeyReused(
                "this idempotency key came with another table or other options", hint="Use a new key for each job."
            )
        return Job.from_row(kept)

    def _find_id(self) -> str:
        """Return the name of this folder in the table; empty, which no job has, if it is missing or damaged."""
        with suppress(FileNotFoundError):
            named = (self.folder / "folder.id").read_text(encoding="ascii", errors="replace")
            return named if _ID.fullmatch(named) else ""
        return ""

    def _make_id(self) -> None:
        """Name this folder once, atomically; a damaged name is replaced."""
        path, is_there = self.folder / "folder.id", (self.folder / "folder.id").exists()
        if self._find_id():
            return
        if is_there:
            _LOGGER.warning("%s is damaged and is replaced: the jobs that it named are lost", path)
            path.unlink()
        draft = self.folder / f"{_NEW}{secrets.token_hex(16)}"
        draft.write_text(secrets.token_hex(16), encoding="ascii")
        _sync(draft)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()

    # --- Reading --------------------------------------------------------------------------------------------------

    def get(self, job_id: str) -> Job:
        """Return a job; raises UnknownJob."""
        row = self._table.find(self._find_id(), job_id) if _ID.fullmatch(job_id) and self._table.is_there() else None
        if row is None:
            raise UnknownJob(f"there is no job {job_id[:80]!r}", hint="It never was, or was removed; submit it again.")
        return Job.from_row(row)

    def find_file(self, job: Job, name: str) -> Path:
        """Return the path of a file of a job that is done; raises NoResult if there is none."""
        if not self.has_file(job, name):
            raise NoResult(
                f"the job is {job.state}" if job.state is not JobState.DONE else f"the job has no {name}",
                hint="Request the job itself: it shows how far it is, and why it failed.",
            )
        return self.attempt_folder(job) / name

    def has_file(self, job: Job, name: str) -> bool:
        """Return whether a job is done and has a file."""
        return job.state is JobState.DONE and (self.attempt_folder(job) / name).is_file()

    def attempt_folder(self, job: Job) -> Path:
        """Return the folder for the files of this attempt at a job."""
        return self.folder / job.id / str(job.attempt)

    # --- Running --------------------------------------------------------------------------------------------------

    def claim(self, slots: int) -> Job | None:
        """Return the next job, now running in this process; None if none waits or `slots` jobs run already.

        A job whose process was killed is queued again; one that was started too often is failed.
        """
        while (folder := self._find_id()) and self._table.is_there():
            row = self._table.claim(folder, slots)
            if row is None:
                return None
            job = Job.from_row(row)
            if job.attempt <= _MOST_ATTEMPTS:
                return job
            detail = f"the service ended {_MOST_ATTEMPTS} times while the job ran"
            hint = "It may need too much memory: send the table in parts."
            self.finish(job, JobState.FAILED, error={"code": WorkFailed.code, "detail": detail, "hint": hint})
        return None

    def open_attempt(self, job: Job) -> tuple[BinaryIO, BinaryIO]:
        """Return the input and the result file to write, in a new folder; raises WorkFailed and DiskFull."""
        path = self.folder / job.id / "input"
        try:
            source = path.open("rb")
        except OSError as error:
            hint = "It was removed or damaged in the jobs folder; submit the job again."
            raise WorkFailed(f"the input of the job cannot be read: {error.strerror}", hint=hint) from error
        try:
            for earlier in path.parent.iterdir():
                if earlier.is_dir():
                    shutil.rmtree(earlier, ignore_errors=True)
            (self.attempt_folder(job) / SCRATCH).mkdir(parents=True, exist_ok=True)
            return source, (self.attempt_folder(job) / "result").open("wb")
        except OSError as error:
            source.close()
            raise describe_write_error(error) from error

    def is_running(self, job: Job) -> bool:
        """Return whether this attempt has not lost the job."""
        row = self._table.find(self._find_id(), job.id)
        return row is not None and (row["state"], row["attempt"]) == (JobState.RUNNING, job.attempt)

    def record_progress(self, job: Job, **members: dict[str, Any]) -> bool:
        """Record how far an attempt is, and renew its lease; False if it has lost the job."""
        if "progress" in members:
            members["progress"] = {**members["progress"], "at": self._clock()}
        return self._table.change(job.id, job.attempt, **members)

    def store_file(self, job: Job, name: str, content: str) -> None:
        """Keep a file beside the result of an attempt that has not lost its job."""
        with suppress(FileNotFoundError):
            (self.attempt_folder(job) / name).write_text(content, encoding="utf-8")

    def finish(
        self, job: Job, state: JobState, *, summary: dict[str, Any] | None = None, error: dict[str, Any] | None = None
    ) -> bool:
        """End a job, with the files of this attempt if it is done; False if the attempt has lost it."""
        made = self.attempt_folder(job)
        try:
            for path in (made / "result", made) if state is JobState.DONE else ():
                _sync(path)
        except FileNotFoundError:
            state, summary = JobState.FAILED, None
            error = {"code": WorkFailed.code, "detail": "the result was removed while the job ran", "hint": None}
        is_done = state is JobState.DONE
        if not is_done:
            self.drop_attempt(job)  # first, since the disk may be full of it
        ended = {"state": state.value, "finished_at": self._clock(), "summary": summary, "error": error}
        if not self._table.change(job.id, job.attempt, **ended):
            self.drop_attempt(job)
            return False
        shutil.rmtree(made / SCRATCH, ignore_errors=True)
        (made.parent / "input").unlink(missing_ok=True)  # not needed any more, and may be large
        if not is_done:
            shutil.rmtree(made.parent, ignore_errors=True)
        return True

    def drop_attempt(self, job: Job) -> None:
        """Remove the files of this attempt at a job."""
        shutil.rmtree(self.attempt_folder(job), ignore_errors=True)

    def requeue(self, job: Job) -> None:
        """Queue a job again that was stopped with the service; the attempt does not count."""
        self.drop_attempt(job)
        self._table.change(job.id, job.attempt, state=JobState.QUEUED.value, attempt=job.attempt - 1, progress={})

    # --- Ending ---------------------------------------------------------------------------------------------------

    def cancel(self, job_id: str) -> Job | None:
        """Cancel a job that is not over and return it; remove one that is, and return None. Raises UnknownJob."""
        self.get(job_id)
        row = self._table.cancel(self._find_id(), job_id)
        shutil.rmtree(self.folder / job_id, ignore_errors=True)
        return None if row is None else Job.from_row(row)

    def sweep(self, keep_s: float, keep_most: int) -> list[str]:
        """Remove jobs that ended `keep_s` seconds ago and all but the last `keep_most`, and return their ids.

        What interrupted uploads and removals left is removed too, and folders without a row after `keep_s` seconds.
        """
        if not (folder := self._find_id()) or not self._table.is_there():
            return []
        removed = self._table.sweep(folder, keep_s, keep_most)
        for job_id in removed:
            shutil.rmtree(self.folder / job_id, ignore_errors=True)
        known = self._table.list_ids(folder)
        with os.scandir(self.folder) as entries:
            for entry in entries:
                is_new = entry.name.startswith(_NEW)
                if is_new or (_ID.fullmatch(entry.name) and entry.name not in known):
                    self._remove_left_over(entry, _LEFT_BEHIND_S if is_new else keep_s)
        return removed

    def _remove_left_over(self, entry: os.DirEntry[str], after_s: float) -> None:
        path = self.folder / entry.name
        with suppress(FileNotFoundError):  # submitted or removed by another process
            written = max(one.stat().st_mtime for one in (path, *path.glob("*")))
            if self._clock() - written < after_s:
                return
            if not entry.name.startswith(_NEW):
                _LOGGER.warning("removing %s: the ledger has no job of this name", path)
            if entry.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def _sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _busy(waiting: int) -> ServiceBusy:
    return ServiceBusy(
        f"{waiting} jobs are unfinished already",
        retry_after_s=_RETRY_AFTER_S,
        hint="Send it again when some of them are done, or cancel one.",
    )


def _unavailable(error: OSError, folder: Path) -> Exception:
    full = describe_write_error(error)
    if not isinstance(full, WorkFailed):
        return full
    return JobsUnavailable(
        f"the service cannot keep jobs in {folder}: {error.strerror or error}",
        hint="Send the table to POST /convert. Whoever runs the service can set RESOLVER_DATA_DIR to a folder that it "
        "may write to.",
    )
