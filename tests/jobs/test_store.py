"""Jobs in the ledger, on SQLite and on PostgreSQL: one claim and one end, however many processes want it at once."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from resolver.errors import JobsUnavailable, KeyReused, LedgerUnreachable, NoResult, ServiceBusy, UnknownJob, WorkFailed
from resolver.jobs.model import Job
from resolver.jobs.store import JobStore
from resolver.store.lease import Holder, name_process
from resolver.store.ledger_engine import open_engine
from resolver.store.ledger_tables import JobState

OpenStore = Callable[..., JobStore]


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_store(tmp_path: Path, ledger_url: str) -> Iterator[OpenStore]:
    """Return what opens the same jobs once more, as another process of the service does."""
    opened: list[JobStore] = []

    def open_once_more(folder: str = "jobs", **options: object) -> JobStore:
        opened.append(JobStore(tmp_path / folder, ledger_url, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_once_more
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore, clock: Clock) -> JobStore:
    return open_store(clock=clock)


@pytest.fixture(scope="module")
def ended() -> Holder:
    """Return a process of this machine that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = name_process(process.pid)
    process.kill()
    process.communicate()
    return holder


def submit(store: JobStore, sent: bytes = b"sent", *, waiting: int = 100, key: str | None = None) -> Job:
    upload = store.begin_upload()
    upload.write(sent)
    try:
        return store.submit(upload, "convert", {"options": {}, "name": "table"}, waiting=waiting, max_s=60, key=key)
    finally:
        upload.drop()


def claim(store: JobStore, slots: int = 1) -> Job:
    job = store.claim(slots)
    assert job is not None
    return job


def make(store: JobStore, job: Job, result: bytes = b"made") -> None:
    """Do the work of a job."""
    source, out = store.open_attempt(job)
    with source, out:
        out.write(result)


def move_lease(ledger_url: str, seconds: int) -> None:
    """Let time pass for the leases of all jobs that run."""
    engine = open_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE job SET lease_until = lease_until - :seconds"), {"seconds": seconds})
    engine.dispose()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Return what the calls return that begin at the same time."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], object]) -> object:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


# --- Claims -------------------------------------------------------------------------------------------------------


def test_a_job_is_claimed_once_by_whoever_claims_at_the_same_time(open_store: OpenStore) -> None:
    stores = [open_store() for _ in range(6)]
    for _ in range(5):
        job = submit(stores[0])
        claimed = [one for one in at_once(*(partial(one.claim, 3) for one in stores)) if isinstance(one, Job)]
        assert [one.id for one in claimed] == [job.id]
        make(stores[0], claimed[0])
        assert stores[0].finish(claimed[0], JobState.DONE)


def test_no_more_jobs_run_than_there_are_slots_whoever_claims(open_store: OpenStore) -> None:
    stores = [open_store() for _ in range(4)]
    for _ in range(8):
        submit(stores[0])
    claimed = at_once(*(partial(one.claim, 2) for one in stores * 2))
    assert len({one.id for one in claimed if isinstance(one, Job)}) == 2
    assert stores[0].claim(2) is None


def test_jobs_are_claimed_in_the_order_in_which_they_came(store: JobStore, clock: Clock) -> None:
    came = []
    for _ in range(3):
        clock.now += 0.001
        came.append(submit(store).id)
    assert [claim(store, 3).id for _ in range(3)] == came


def test_a_job_that_is_finished_and_cancelled_at_once_has_one_end(store: JobStore) -> None:
    for number in range(20):
        job = submit(store, str(number).encode())
        claimed = claim(store)
        make(store, claimed)
        is_done, cancelled = at_once(
            partial(store.finish, claimed, JobState.DONE, summary={"rows": 1}), partial(store.cancel, job.id)
        )
        if is_done:
            assert cancelled is None  # it came after the end, and removed the job
            with pytest.raises(UnknownJob):
                store.get(job.id)
        else:
            assert store.get(job.id).state is JobState.CANCELLED
            assert not store.finish(claimed, JobState.FAILED)
        assert not (store.folder / job.id).exists()


# --- Leases -------------------------------------------------------------------------------------------------------


def test_a_job_of_a_process_that_was_killed_starts_anew_and_the_old_attempt_has_lost_it(
    open_store: OpenStore, ended: Holder
) -> None:
    killed, store = open_store(holder=ended), open_store()
    submit(killed)
    first = claim(killed)
    make(killed, first, b"half")
    second = claim(store)
    assert (second.id, second.attempt) == (first.id, 2)
    assert not killed.is_running(first)
    assert not killed.record_progress(first, progress={"rows": 1})
    make(store, second, b"whole")
    assert not killed.finish(first, JobState.FAILED)
    assert store.finish(second, JobState.DONE)
    assert store.find_file(store.get(first.id), "result").read_bytes() == b"whole"
    assert sorted(path.name for path in (store.folder / first.id).iterdir()) == ["2"]


def test_a_job_whose_lease_ended_starts_anew(open_store: OpenStore, ledger_url: str) -> None:
    elsewhere = Holder("elsewhere", 1, "1", "another machine")
    silent, store = open_store(holder=elsewhere), open_store()
    submit(silent)
    first = claim(silent)
    move_lease(ledger_url, 50)
    assert store.claim(1) is None
    assert silent.record_progress(first)
    move_lease(ledger_url, 50)
    assert store.claim(1) is None  # it was renewed
    move_lease(ledger_url, 20)
    assert claim(store).attempt == 2


def test_a_lease_of_a_clock_that_was_set_back_ends(open_store: OpenStore, ledger_url: str) -> None:
    silent, store = open_store(holder=Holder("elsewhere", 1, "1", "another machine")), open_store()
    submit(silent)
    claim(silent)
    move_lease(ledger_url, -3600)
    assert claim(store).attempt == 2


def test_a_job_that_ends_the_service_again_and_again_is_failed(open_store: OpenStore, ended: Holder) -> None:
    killed, store = open_store(holder=ended), open_store()
    job = submit(killed)
    assert [claim(killed).attempt for _ in range(5)] == [1, 2, 3, 4, 5]
    assert store.claim(1) is None
    failed = store.get(job.id)
    assert failed.state is JobState.FAILED
    assert failed.error is not None
    assert "5 times" in failed.error["detail"]
    assert not (store.folder / job.id).exists()


def test_a_job_that_is_requeued_waits_as_before(store: JobStore) -> None:
    submit(store)
    store.requeue(claim(store))
    again = claim(store)
    assert (again.attempt, again.state) == (1, JobState.RUNNING)
    make(store, again)


# --- Submitting ---------------------------------------------------------------------------------------------------


def test_a_key_returns_only_its_own_job(store: JobStore) -> None:
    job = submit(store, key="a")
    assert submit(store, key="a") == job
    with pytest.raises(KeyReused):
        submit(store, b"other", key="a")
    assert [path.name for path in store.folder.iterdir() if path.is_dir()] == [job.id]


def test_too_many_waiting_jobs_are_refused_and_leave_no_files(open_store: OpenStore) -> None:
    stores = [open_store() for _ in range(4)]

    def try_to_submit(one: JobStore) -> bool:
        try:
            return bool(submit(one, waiting=2))
        except ServiceBusy:
            return False

    submit(stores[0])
    assert sum(map(bool, at_once(*(partial(try_to_submit, one) for one in stores)))) == 1
    assert sum(path.is_dir() for path in stores[0].folder.iterdir()) == 2
    with pytest.raises(ServiceBusy):
        stores[0].check_capacity(2)


def test_ids_cannot_be_guessed_and_match_no_other_path(store: JobStore) -> None:
    ids = {submit(store).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) == 32 for one in ids)
    for name in ("..", "../jobs", "folder.id", "", "a" * 31, "A" * 32):
        with pytest.raises(UnknownJob):
            store.get(name)


def test_each_jobs_folder_has_its_own_jobs_in_a_shared_ledger(open_store: OpenStore) -> None:
    one, other = open_store("one"), open_store("other")
    job = submit(one, key="a")
    assert submit(other, key="a").id != job.id
    with pytest.raises(UnknownJob):
        other.get(job.id)
    assert claim(other).id != job.id
    assert other.claim(9) is None
    assert other.sweep(0, 0) == []


# --- Files --------------------------------------------------------------------------------------------------------


def test_a_finished_job_is_removed_after_its_time(store: JobStore, clock: Clock) -> None:
    over, waits = submit(store, key="a"), submit(store)
    store.cancel(over.id)
    clock.now += 3599
    assert store.sweep(3600, 10) == []
    clock.now += 1
    assert store.sweep(3600, 10) == [over.id]
    assert store.get(waits.id).state is JobState.QUEUED
    assert submit(store, key="a").id != over.id


def test_only_the_last_finished_jobs_are_kept(store: JobStore, clock: Clock) -> None:
    jobs = []
    for _ in range(5):
        clock.now += 1
        jobs.append(submit(store).id)
        make(store, claimed := claim(store))
        assert store.finish(claimed, JobState.DONE)
    assert sorted(store.sweep(3600, 2)) == sorted(jobs[:3])
    assert sorted(path.name for path in store.folder.iterdir() if path.is_dir()) == sorted(jobs[3:])


def test_an_interrupted_upload_is_removed(store: JobStore, clock: Clock) -> None:
    upload = store.begin_upload()
    upload.write(b"half")
    clock.now = (upload.folder / "input").stat().st_mtime + 3599
    store.sweep(1e9, 10)
    assert upload.folder.exists()
    clock.now += 10
    store.sweep(1e9, 10)
    assert not upload.folder.exists()
    upload.drop()


def test_a_folder_of_an_earlier_version_is_ignored_and_removed_with_a_warning(
    store: JobStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    job = submit(store)
    records = [store.folder / (digit * 32) / "job.json" for digit in "abc"]
    for record, content in zip(records, [b"", b'{"id": "bbb', b'{"id": "c", "state": "queued"}'], strict=True):
        record.parent.mkdir()
        record.write_bytes(content)
        with pytest.raises(UnknownJob):
            store.get(record.parent.name)
    clock.now = time.time()
    store.sweep(3600, 10)
    assert all(record.exists() for record in records)
    assert claim(store).id == job.id
    assert store.claim(9) is None
    clock.now += 3601
    with caplog.at_level(logging.WARNING):
        store.sweep(3600, 10)
    assert sorted(caplog.messages) == [
        f"removing {record.parent}: the ledger has no job of this name" for record in records
    ]
    assert not any(record.parent.exists() for record in records)
    assert (store.folder / job.id).exists()


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"half"])
def test_a_damaged_name_of_the_folder_is_replaced_with_a_warning(
    store: JobStore, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    lost = submit(store)
    (store.folder / "folder.id").write_bytes(content)
    assert store.claim(1) is None
    with pytest.raises(UnknownJob):
        store.get(lost.id)
    job = submit(store)
    assert "damaged" in caplog.text
    assert claim(store).id == job.id


def test_a_missing_file_concerns_its_own_job_alone(store: JobStore) -> None:
    damaged, whole = submit(store), submit(store)
    claimed = {job.id: job for job in (claim(store, 2), claim(store, 2))}
    (store.folder / damaged.id / "input").unlink()
    with pytest.raises(WorkFailed, match="input of the job cannot be read") as caught:
        store.open_attempt(claimed[damaged.id])
    assert caught.value.hint
    assert store.finish(claimed[damaged.id], JobState.DONE, summary={"rows": 1})
    ended = store.get(damaged.id)
    assert (ended.state, ended.summary) == (JobState.FAILED, None)
    make(store, claimed[whole.id])
    assert store.finish(claimed[whole.id], JobState.DONE, summary={"rows": 1})
    path = store.find_file(store.get(whole.id), "result")
    path.unlink()
    with pytest.raises(NoResult):
        store.find_file(store.get(whole.id), "result")


# --- Without a ledger or a folder ---------------------------------------------------------------------------------


def test_reading_creates_no_ledger(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "jobs", f"sqlite:///{tmp_path / 'ledger.db'}")
    with pytest.raises(UnknownJob):
        store.get("a" * 32)
    assert (store.claim(1), store.sweep(1, 1)) == (None, [])
    assert list(tmp_path.iterdir()) == []


def test_without_a_ledger_or_a_folder_an_upload_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreachable) as no_ledger:
        JobStore(tmp_path / "jobs", f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}").begin_upload()
    (tmp_path / "jobs").write_bytes(b"a file")
    store = JobStore(tmp_path / "jobs", f"sqlite:///{tmp_path / 'ledger.db'}")
    with pytest.raises(JobsUnavailable, match="cannot keep jobs") as no_folder:
        store.begin_upload()
    store.close()
    assert no_ledger.value.hint
    assert "RESOLVER_DATA_DIR" in str(no_folder.value.hint)


# --- Many jobs ----------------------------------------------------------------------------------------------------


def test_ten_thousand_jobs_that_are_over_slow_nothing_down(store: JobStore, clock: Clock, ledger_url: str) -> None:
    job = submit(store)
    store.cancel(job.id)

    def measure() -> float:
        """Return the CPU seconds of ten rounds of what a service does all the time."""
        started = time.process_time()
        for _ in range(10):
            submit(store)
            store.check_capacity(100)
            store.record_progress(claim(store), progress={"rows": 1})
            assert store.claim(1) is None
            store.cancel(store.get(claimed_id(store)).id)
        return time.process_time() - started

    def claimed_id(one: JobStore) -> str:
        engine = open_engine(ledger_url)
        with engine.begin() as connection:
            found = str(connection.execute(text("SELECT id FROM job WHERE state = 'running'")).scalar_one())
        engine.dispose()
        return found

    measure()
    few = measure()
    engine = open_engine(ledger_url)
    with engine.begin() as connection:
        columns = (
            "folder, kind, payload, fingerprint, input_bytes, max_s, state, attempt, created_at, finished_at, "
            "prepared, progress"
        )
        copies = [{"copy": f"{number:032x}", "of": job.id} for number in range(10_000)]
        connection.execute(
            text(f"INSERT INTO job (id, {columns}) SELECT :copy, {columns} FROM job WHERE id = :of"),  # noqa: S608
            copies,
        )
    engine.dispose()
    assert measure() < 3 * few + 0.2
    clock.now += 7200
    started = time.process_time()
    assert len(store.sweep(3600, 10)) >= 10_000
    assert time.process_time() - started < 5
