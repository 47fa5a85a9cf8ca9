"""Claims and leases of jobs: one claim and one end, however many processes want it at once."""

from __future__ import annotations

from functools import partial

import pytest

from resolver.errors import UnknownJob
from resolver.jobs.model import Job
from resolver.jobs.store import JobStore
from resolver.store.lease import Holder
from resolver.store.ledger_tables import JobState
from tests.jobs.stores import Clock, OpenStore, at_once, claim, make, move_lease, submit


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
