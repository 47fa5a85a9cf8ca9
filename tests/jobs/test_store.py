"""Jobs in the ledger, on SQLite and on PostgreSQL: submissions, and a store without a ledger or with many jobs."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from resolver.errors import JobsUnavailable, KeyReused, LedgerUnreachable, ServiceBusy, UnknownJob
from resolver.jobs.store import JobStore
from resolver.store.ledger_engine import open_engine
from tests.jobs.stores import Clock, OpenStore, at_once, claim, submit

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
