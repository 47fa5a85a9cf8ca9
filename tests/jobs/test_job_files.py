"""Files of jobs: they are removed in time, and damage concerns its own job alone."""

from __future__ import annotations

import logging
import time

import pytest

from resolver.errors import NoResult, UnknownJob, WorkFailed
from resolver.jobs.store import JobStore
from resolver.store.ledger_tables import JobState
from tests.jobs.stores import Clock, claim, make, submit


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
