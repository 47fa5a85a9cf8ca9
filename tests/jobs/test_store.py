"""Jobs as they are kept: one claim, one end, however many ask for it at once; and nothing is kept for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import orjson
import pytest

from resolver.errors import ServiceBusy, UnknownJob
from resolver.jobs.model import Job, State
from resolver.jobs.store import Claim, JobStore


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> JobStore:
    return JobStore(tmp_path / "jobs", clock=clock)


def _submit(store: JobStore, sent: bytes = b"sent", *, waiting: int = 100, key: str | None = None) -> Job:
    upload = store.begin_upload()
    upload.write(sent)
    return store.submit(upload, "convert", {"options": {}}, "table", waiting=waiting, key=key)[0]


def _claim(store: JobStore, slots: int = 1) -> Claim:
    claim = store.claim(slots)
    assert claim is not None
    return claim


def _at_once(*calls: Callable[[], object]) -> list[object]:
    """Return what the calls return that begin at the same time."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], object]) -> object:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_a_job_is_claimed_once_by_whoever_asks_at_the_same_time(tmp_path: Path) -> None:
    stores = [JobStore(tmp_path / "jobs") for _ in range(6)]
    for _ in range(5):
        job = _submit(stores[0])
        claims = [claim for claim in _at_once(*(lambda one=one: one.claim(3) for one in stores)) if claim]
        assert [claim.job.id for claim in claims if isinstance(claim, Claim)] == [job.id]
        for claim in claims:
            assert isinstance(claim, Claim)
            stores[0].part_path(claim.job).touch()
            assert stores[0].finish(claim.job, State.DONE)
            claim.let_go()


def test_no_more_jobs_run_than_there_are_slots(store: JobStore) -> None:
    for _ in range(4):
        _submit(store)
    claims = [_claim(store, 2), _claim(store, 2)]
    assert {claim.job.slot for claim in claims} == {0, 1}
    assert store.claim(2) is None
    claims[0].let_go()


def test_jobs_are_taken_in_the_order_in_which_they_came(store: JobStore, clock: Clock) -> None:
    came = []
    for _ in range(3):
        clock.now += 1
        came.append(_submit(store).id)
    claims = [_claim(store, 3) for _ in range(3)]
    assert [claim.job.id for claim in claims] == came


def test_a_job_that_is_finished_and_cancelled_at_once_has_one_end(store: JobStore) -> None:
    ends = set()
    for number in range(30):
        job = _submit(store, str(number).encode())
        claim = _claim(store)
        store.part_path(claim.job).write_bytes(b"made")
        is_done, cancelled = _at_once(
            partial(store.finish, claim.job, State.DONE, summary={"rows": 1}),
            partial(store.cancel, job.id),
        )
        claim.let_go()
        if is_done:
            assert cancelled is None  # it came after the end, and removed the job
            with pytest.raises(UnknownJob):
                store.get(job.id)
        else:
            assert store.get(job.id).state is State.CANCELLED
            assert not (store.folder / job.id / "result").exists()
            assert not store.finish(claim.job, State.FAILED)
        ends.add(bool(is_done))
    assert ends  # whichever came first


def test_a_job_of_a_process_that_was_killed_is_begun_anew_and_the_old_attempt_counts_no_more(store: JobStore) -> None:
    _submit(store)
    first = _claim(store)
    store.part_path(first.job).write_bytes(b"half")
    first.let_go()  # as the system does for a process that is killed
    second = _claim(store)
    assert (second.job.id, second.job.attempt) == (first.job.id, 2)
    assert not store.part_path(first.job).exists()
    assert not store.note(first.job.id, attempt=1, progress={"rows": 1})
    assert not store.finish(first.job, State.FAILED)
    store.part_path(second.job).write_bytes(b"whole")
    assert store.finish(second.job, State.DONE)
    assert (store.folder / first.job.id / "result").read_bytes() == b"whole"


def test_a_job_whose_process_still_runs_is_left_alone(store: JobStore) -> None:
    _submit(store)
    claim = _claim(store, 2)
    assert JobStore(store.folder).claim(2) is None
    claim.let_go()


def test_a_job_of_a_time_with_more_slots_is_found(store: JobStore) -> None:
    for _ in range(2):
        _submit(store)
    for claim in (_claim(store, 2), _claim(store, 2)):
        claim.let_go()
    held = _claim(store, 1)
    assert held.job.attempt == 2
    assert store.claim(1) is None
    held.let_go()


def test_a_job_that_ends_the_service_again_and_again_is_given_up(store: JobStore) -> None:
    job = _submit(store)
    for _ in range(5):
        _claim(store).let_go()
    assert store.claim(1) is None
    assert store.get(job.id).state is State.FAILED


def test_a_job_that_is_put_back_waits_as_before(store: JobStore) -> None:
    _submit(store)
    claim = _claim(store)
    store.part_path(claim.job).touch()
    store.put_back(claim.job)
    claim.let_go()
    again = _claim(store)
    assert (again.job.attempt, again.job.state) == (1, State.RUNNING)


def test_what_is_over_is_removed_after_its_time(store: JobStore, clock: Clock) -> None:
    over, waits = _submit(store, key="a"), _submit(store)
    store.cancel(over.id)
    clock.now += 3599
    assert store.sweep(3600, 10) == []
    clock.now += 1
    assert store.sweep(3600, 10) == [over.id]
    assert store.get(waits.id).state is State.QUEUED
    assert list((store.folder / "keys").iterdir()) == []
    assert _submit(store, key="a").id != over.id


def test_of_what_is_over_only_so_many_are_kept(store: JobStore, clock: Clock) -> None:
    jobs = []
    for _ in range(5):
        clock.now += 1
        jobs.append(_submit(store).id)
        store.cancel(jobs[-1])
    assert sorted(store.sweep(3600, 2)) == sorted(jobs[:3])


def test_an_upload_that_was_left_behind_is_removed(store: JobStore, clock: Clock) -> None:
    upload = store.begin_upload()
    upload.write(b"half")
    clock.now = (upload.folder / "input").stat().st_mtime + 3599
    store.sweep(1e9, 10)
    assert upload.folder.exists()
    clock.now += 10
    store.sweep(1e9, 10)
    assert not upload.folder.exists()
    upload.close()


def test_more_than_may_wait_are_refused_and_leave_nothing(store: JobStore) -> None:
    _submit(store, waiting=1)
    with pytest.raises(ServiceBusy):
        _submit(store, waiting=1)
    assert not list(store.folder.glob(".new-*"))


def test_ids_are_not_to_be_guessed_and_lead_nowhere_else(store: JobStore) -> None:
    ids = {_submit(store).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) == 32 for one in ids)
    for name in ("..", "../jobs", "keys", "", "a" * 31, "A" * 32):
        with pytest.raises(UnknownJob):
            store.get(name)


def test_members_that_another_version_wrote_are_left_out(store: JobStore) -> None:
    job = _submit(store)
    path = store.folder / job.id / "job.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"color": "red"}))
    assert store.get(job.id) == job
