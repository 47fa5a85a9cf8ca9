"""The ledger, on SQLite and on PostgreSQL: one commit a batch, marks by evidence, errors in our words."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from resolver.errors import LeaseLost, LedgerError, LedgerLocked, LedgerNewer, LedgerUnreachable, RunUnknown
from resolver.store.ledger import Ledger, open_ledger
from resolver.store.ledger_engine import open_engine, translate_errors
from resolver.store.ledger_reader import LedgerReader, open_reader
from resolver.store.ledger_tables import REVISION, Run
from resolver.store.marks_reader import MarksFollower, read_marks
from resolver.store.migrations import find_revisions
from resolver.store.settling import Settlement

NOW = 1_790_000_000


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def reader(ledger: Ledger, ledger_url: str) -> Iterator[LedgerReader]:
    opened = open_reader(ledger_url)
    yield opened
    opened.close()


def a_check(curie: str, run_id: int, verdict: str = "current", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "curie": curie, "source": "uniprot", "run_id": run_id, "verdict": verdict, "checked_at": NOW, "queried_at": NOW,
        "obstacle": None, "version": None, "successors": "", "genes": "hgnc:6023", "taxon": 9606,
        "upstream_release": "2026_05", "evidence": None, "note": None,
        "symbol": "IL7", "state": "open" if verdict != "not_checked" else "settled",
    }  # fmt: skip
    return row | more


def an_obstacle(curie: str, run_id: int, obstacle: str = "down") -> dict[str, Any]:
    return a_check(curie, run_id, "not_checked", checked_at=None, queried_at=None, obstacle=obstacle)


def begin(ledger: Ledger, *, now: int = NOW) -> tuple[str, int]:
    token = ledger.lease().take() if now == NOW else _token(ledger)
    run_id = ledger.begin_run(token, release_id="starter-1", holder="me", now=now)
    ledger.begin_source(token, run_id, "uniprot", state="running", tracked=9, planned=9, release="2026_05", now=now)
    return token, run_id


def _token(ledger: Ledger) -> str:
    with ledger.engine.begin() as connection:
        return str(connection.execute(text("SELECT token FROM lease")).scalar_one())


def settle(
    ledger: Ledger, token: str, run_id: int, *, believed: bool = True, now: int = NOW, **more: Any
) -> Settlement:
    return ledger.settle(token, run_id, "uniprot", state="done", reason=None, believed=believed, now=now, **more)


def record(ledger: Ledger, token: str, run_id: int, *found: Any, hindered: tuple[Any, ...] = ()) -> None:
    ledger.record(token, run_id, "uniprot", found=found, hindered=hindered, calls=1)


# --- Schema -------------------------------------------------------------------------------------------------------


def test_the_migrations_lead_to_the_tables_of_the_models_on_both_databases(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Run.metadata) == []


def test_the_newest_revision_is_the_one_that_the_tables_name() -> None:
    assert max(find_revisions("ledger")) == REVISION


def test_an_opened_ledger_is_opened_again_without_a_change(ledger: Ledger, ledger_url: str) -> None:
    token, run_id = begin(ledger)
    again = open_ledger(ledger_url)
    again.end_run(token, run_id, state="done", reason=None, now=NOW)
    again.close()


def test_a_ledger_of_a_newer_program_is_left_alone(ledger: Ledger, ledger_url: str) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerNewer, match="revision 9999"):
        open_ledger(ledger_url)
    with pytest.raises(LedgerNewer):
        open_reader(ledger_url)


# --- Batches and marks --------------------------------------------------------------------------------------------


def test_a_mark_comes_when_the_source_is_settled_and_not_before(ledger: Ledger, ledger_url: str) -> None:
    token, run_id = begin(ledger)
    record(
        ledger,
        token,
        run_id,
        a_check("uniprot:P1", run_id),
        a_check("uniprot:P2", run_id, "replaced", successors="uniprot:P9"),
    )
    assert len(read_marks(ledger_url)) == 0
    assert settle(ledger, token, run_id)[:3] == (1, 0, 1)
    (mark,) = read_marks(ledger_url)
    assert (mark.curie, mark.verdict, mark.successors, mark.genes) == (
        "uniprot:P2",
        "replaced",
        ("uniprot:P9",),
        ("hgnc:6023",),
    )
    assert mark.since == "2026-09-21T14:13:20Z"


def test_a_mark_keeps_its_first_day_while_the_verdict_is_the_same(ledger: Ledger, ledger_url: str) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, a_check("uniprot:P2", run_id, "retired"))
    settle(ledger, token, run_id)
    first = read_marks(ledger_url)
    for verdict, later in (("retired", NOW + 86_400), ("replaced", NOW + 2 * 86_400)):
        token, run_id = begin(ledger, now=later)
        record(ledger, token, run_id, a_check("uniprot:P2", run_id, verdict, checked_at=later))
        settle(ledger, token, run_id)
        (mark,) = read_marks(ledger_url)
        assert mark.verdict == verdict
        assert (mark.since == next(iter(first)).since) == (verdict == "retired")


def test_a_mark_is_lifted_when_the_upstream_says_current_again(ledger: Ledger, ledger_url: str) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, a_check("uniprot:P2", run_id, "retired"), a_check("uniprot:P3", run_id, "retired"))
    settle(ledger, token, run_id)
    stamp = read_marks(ledger_url).stamp
    token, run_id = begin(ledger, now=NOW + 9)
    record(ledger, token, run_id, a_check("uniprot:P2", run_id))
    assert settle(ledger, token, run_id)[:3] == (0, 1, 1)
    marks = read_marks(ledger_url)
    assert [mark.curie for mark in marks] == ["uniprot:P3"]
    assert marks.stamp != stamp


def test_an_obstacle_neither_marks_nor_lifts_nor_forgets(ledger: Ledger, ledger_url: str, reader: LedgerReader) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, a_check("uniprot:P2", run_id, "retired"))
    settle(ledger, token, run_id)
    token, run_id = begin(ledger, now=NOW + 9)
    record(ledger, token, run_id, hindered=(an_obstacle("uniprot:P2", run_id), an_obstacle("uniprot:P4", run_id)))
    assert settle(ledger, token, run_id)[:3] == (0, 0, 1)
    ages = {age.curie: age for age in reader.list_ages("uniprot")}
    assert ages["uniprot:P2"].queried_at == NOW  # it was no answer, so that it is still first in line
    assert ages["uniprot:P4"].queried_at is None
    assert [mark.curie for mark in read_marks(ledger_url)] == ["uniprot:P2"]


def test_what_is_not_believed_marks_nothing_and_is_taken_back(
    ledger: Ledger, ledger_url: str, reader: LedgerReader
) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *(a_check(f"uniprot:P{n}", run_id, "retired") for n in range(9)))
    assert settle(ledger, token, run_id, believed=False)[:3] == (0, 0, 0)
    assert len(read_marks(ledger_url)) == 0
    assert reader.count_checked(0)["uniprot"] == (0, 9)
    (part,) = reader.get_run(run_id)["sources"]
    assert (part["checked"], part["stale"], part["marks"]) == (9, 9, 0)


def test_a_batch_that_is_recorded_twice_is_there_once(ledger: Ledger, reader: LedgerReader) -> None:
    token, run_id = begin(ledger)
    ledger.claim(token, run_id, "uniprot", ["uniprot:P1", "uniprot:P2"], now=NOW)
    ledger.claim(token, run_id, "uniprot", ["uniprot:P1"], now=NOW)
    assert reader.list_claims(run_id, "uniprot") == {"uniprot:P1": 2, "uniprot:P2": 1}
    for _ in range(2):
        record(ledger, token, run_id, a_check("uniprot:P1", run_id))
    assert reader.list_claims(run_id, "uniprot") == {"uniprot:P2": 1}
    assert ledger.tally(run_id, "uniprot").verdicts == {"current": 1}


def test_a_run_that_lost_its_lease_writes_nothing(ledger: Ledger, reader: LedgerReader) -> None:
    token, run_id = begin(ledger)
    with pytest.raises(LeaseLost):
        record(ledger, "another", run_id, a_check("uniprot:P1", run_id))
    assert list(reader.list_ages("uniprot")) == []
    record(ledger, token, run_id, a_check("uniprot:P1", run_id))
    assert [age.curie for age in reader.list_ages("uniprot")] == ["uniprot:P1"]


def test_marks_that_a_release_follows_are_dropped(ledger: Ledger, ledger_url: str) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *(a_check(f"uniprot:P{n}", run_id, "retired") for n in range(1200)))
    settle(ledger, token, run_id)
    assert ledger.drop_marks(token, run_id, [f"uniprot:P{n}" for n in range(1199)], now=NOW) == 1199
    assert len(read_marks(ledger_url)) == 1


def test_usage_adds_up(ledger: Ledger, reader: LedgerReader) -> None:
    ledger.add_usage({"uniprot:P1": 2})
    ledger.add_usage({"uniprot:P1": 3, "uniprot:P2": 1})
    assert reader.load_usage() == {"uniprot:P1": 5, "uniprot:P2": 1}


def test_marks_are_listed_by_namespace_species_verdict_and_day(ledger: Ledger, reader: LedgerReader) -> None:
    token, run_id = begin(ledger)
    record(
        ledger, token, run_id,
        a_check("uniprot:P1", run_id, "retired", evidence='{"url": "https://here/P1", "fields": {"type": "DELETED"}}'),
        a_check("refseq:NM_1", run_id, "version_behind", taxon=10090),
        a_check("uniprot.isoform:P1-2", run_id, "retired", checked_at=NOW + 50),
    )  # fmt: skip
    settle(ledger, token, run_id)

    def listed(**wanted: Any) -> list[str]:
        return [mark["curie"] for mark in reader.list_stale(**wanted)]

    assert listed() == ["refseq:NM_1", "uniprot:P1", "uniprot.isoform:P1-2"]
    assert listed(prefixes=("uniprot",)) == ["uniprot:P1"]
    assert listed(prefixes=("uniprot", "uniprot.isoform")) == ["uniprot:P1", "uniprot.isoform:P1-2"]
    assert listed(taxon=10090) == listed(verdict="version_behind") == ["refseq:NM_1"]
    assert listed(since=NOW + 1) == ["uniprot.isoform:P1-2"]
    stale = next(reader.list_stale(prefixes=("uniprot",)))
    assert stale["evidence"]["fields"] == {"type": "DELETED"}


def test_an_unknown_run_is_told(reader: LedgerReader) -> None:
    with pytest.raises(RunUnknown):
        reader.get_run(77)


def test_a_new_run_abandons_what_another_left_open(ledger: Ledger, reader: LedgerReader) -> None:
    _, first = begin(ledger)
    assert (reader.find_open_run() or {})["id"] == first
    token, second = begin(ledger, now=NOW + 1)
    assert reader.get_run(first)["state"] == "abandoned"
    ledger.end_run(token, second, state="done", reason=None, now=NOW)
    assert reader.find_open_run() is None
    assert [run["id"] for run in reader.list_runs()] == [second, first]


# --- A snapshot of the marks --------------------------------------------------------------------------------------


def test_the_snapshot_follows_the_ledger(ledger: Ledger, ledger_url: str) -> None:
    follower = MarksFollower(ledger_url)
    assert len(follower()) == 0
    token, run_id = begin(ledger)
    record(ledger, token, run_id, a_check("uniprot:P2", run_id, "retired"))
    settle(ledger, token, run_id)
    follower.look()
    assert follower().find("uniprot:P2") is not None
    assert [mark.curie for mark in follower().find_of_gene("hgnc:6023")] == ["uniprot:P2"]
    before = follower()
    follower.look()
    assert follower() is before  # nothing changed, and nothing was read


def test_a_ledger_that_cannot_be_read_any_more_leaves_the_marks_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(f"sqlite:///{path}")
    token, run_id = begin(ledger)
    record(ledger, token, run_id, a_check("uniprot:P2", run_id, "retired"))
    settle(ledger, token, run_id)
    ledger.close()
    follower = MarksFollower(f"sqlite:///{path}")
    path.write_bytes(b"no database at all, but as long as the head of one must be" * 9)
    follower.look()
    assert len(follower()) == 1
    with pytest.raises(LedgerUnreachable):
        read_marks(f"sqlite:///{path}")


def test_reading_marks_makes_no_ledger(tmp_path: Path) -> None:
    assert not read_marks(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LedgerUnreachable) as caught:
        open_reader(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert str(caught.value) == f"there is no ledger at sqlite:///{tmp_path / 'ledger.db'}"


def test_a_ledger_that_is_created_just_now_has_no_marks(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    assert len(read_marks(f"sqlite:///{tmp_path / 'ledger.db'}")) == 0


def test_reading_marks_of_sqlite_imports_no_table_engine(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from resolver.app.stores import open_marks\n"
        f"open_marks(Path({str(tmp_path)!r}))\n"
        "print(sorted({'sqlalchemy', 'psycopg', 'polars', 'alembic', 'sqlmodel'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# --- What can go wrong --------------------------------------------------------------------------------------------


def test_a_ledger_that_another_program_keeps_locked_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(f"sqlite:///{path}").close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    engine = open_engine(f"sqlite:///{path}", busy_timeout_s=0.05)
    with pytest.raises(LedgerLocked, match="locked"), translate_errors("here"), engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    other.close()


def test_a_full_disk_is_told_as_such_and_what_was_recorded_stays(tmp_path: Path) -> None:
    script = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from resolver.errors import LedgerFull
from tests.store.test_ledger import *
ledger = open_ledger("sqlite:///{tmp_path / "ledger.db"}")
token, run_id = begin(ledger)
record(ledger, token, run_id, a_check("uniprot:P1", run_id))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    record(ledger, token, run_id, *(a_check(f"uniprot:P{{n:06}}", run_id) for n in range(20_000)))
except LedgerFull as error:
    print("full")
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.stdout == "full\n", ran.stderr
    reader = open_reader(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert [age.curie for age in reader.list_ages("uniprot")] == ["uniprot:P1"]
    reader.close()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize(
    "url", ["postgresql://nobody@127.0.0.1:9/nothing", "no url", "oracle://x/y", "sqlite:////nowhere/at/all/ledger.db"]
)
def test_a_ledger_that_cannot_be_reached_is_told_as_such(url: str) -> None:
    with pytest.raises(LedgerUnreachable) as caught:
        open_ledger(url)
    assert caught.value.hint


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("a text, which is longer than the head of a database would be" * 9)
    with pytest.raises(LedgerError, match="not a database"):
        open_ledger(f"sqlite:///{path}")
