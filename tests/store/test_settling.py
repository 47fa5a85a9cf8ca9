"""Marks follow recorded verdicts; jumps wait, curators decide, history is kept: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from resolver.errors import MarkUnknown
from resolver.store.ledger import Ledger, open_ledger
from resolver.store.ledger_engine import open_engine
from resolver.store.ledger_reader import LedgerReader, open_reader
from resolver.store.ledger_tables import ReviewState
from resolver.store.marks_reader import read_marks
from resolver.store.migrations import upgrade
from tests.store.test_ledger import NOW, a_check, an_obstacle, begin, record, settle

DAY = 86_400


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


def retired(run_id: int, *numbers: int, **more: Any) -> list[dict[str, Any]]:
    return [a_check(f"uniprot:P{number}", run_id, "retired", **more) for number in numbers]


def events_of(reader: LedgerReader, curie: str) -> list[str]:
    return [event["event"] for event in reader.list_events(curie)]


# --- Whichever run recorded it ------------------------------------------------------------------------------------


def test_verdicts_of_an_interrupted_run_are_settled_by_the_next_run_of_the_source(
    ledger: Ledger, reader: LedgerReader, ledger_url: str
) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1, 2))
    token, run_id = begin(ledger, now=NOW + DAY)
    record(ledger, token, run_id, a_check("uniprot:P3", run_id))
    assert settle(ledger, token, run_id, now=NOW + DAY).marked == 2
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P1", "uniprot:P2"}
    assert reader.list_unsettled_sources() == []


def test_an_obstacle_of_a_later_run_does_not_lose_a_verdict_that_waits(
    ledger: Ledger, reader: LedgerReader, ledger_url: str
) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1))
    token, run_id = begin(ledger, now=NOW + DAY)
    record(ledger, token, run_id, hindered=(an_obstacle("uniprot:P1", run_id),))
    assert settle(ledger, token, run_id).marked == 1


def test_verdicts_that_are_not_believed_are_not_settled_later_either(
    ledger: Ledger, reader: LedgerReader, ledger_url: str
) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1))
    assert settle(ledger, token, run_id, believed=False).marked == 0
    token, run_id = begin(ledger, now=NOW + DAY)
    assert settle(ledger, token, run_id).marked == 0
    assert [age.is_current_knowledge for age in reader.list_ages("uniprot")] == [False]


# --- Jumps --------------------------------------------------------------------------------------------------------


def test_a_jump_waits_for_another_run_and_is_marked_when_it_reports_the_same(
    ledger: Ledger, reader: LedgerReader, ledger_url: str
) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1, 2, 3))
    assert settle(ledger, token, run_id, jump_from=3) == (0, 0, 0, 3)
    assert [age.is_held_back for age in reader.list_ages("uniprot")] == [True] * 3
    assert events_of(reader, "uniprot:P1") == ["held_back"]
    record(ledger, token, run_id, *retired(run_id, 1))  # the same run confirms nothing
    assert settle(ledger, token, run_id, jump_from=3).marked == 0
    token, run_id = begin(ledger, now=NOW + DAY)
    record(ledger, token, run_id, *retired(run_id, 1), a_check("uniprot:P2", run_id))
    record(ledger, token, run_id, a_check("uniprot:P3", run_id, "replaced", successors="uniprot:P9"))
    # The first is confirmed, the second is current, the third became stale in another way.
    assert settle(ledger, token, run_id, jump_from=3, now=NOW + DAY) == (2, 0, 2, 0)
    assert events_of(reader, "uniprot:P1") == ["held_back", "set"]


def test_fewer_newly_stale_identifiers_than_the_limit_are_marked_at_once(ledger: Ledger) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1, 2))
    assert settle(ledger, token, run_id, jump_from=3) == (2, 0, 2, 0)
    # What is marked already is not new.
    token, run_id = begin(ledger, now=NOW + DAY)
    record(ledger, token, run_id, *retired(run_id, 1, 2, 3, 4))
    assert settle(ledger, token, run_id, jump_from=3) == (2, 0, 4, 0)


def test_a_confirmed_verdict_of_a_killed_run_is_still_confirmed_in_the_next(ledger: Ledger) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1, 2, 3))
    settle(ledger, token, run_id, jump_from=3)
    for day in (1, 2):
        token, run_id = begin(ledger, now=NOW + day * DAY)
        record(ledger, token, run_id, *retired(run_id, 1, 2, 3))
    assert settle(ledger, token, run_id, jump_from=3).marked == 3


def test_held_back_verdicts_on_what_the_release_lacks_are_forgotten(ledger: Ledger, reader: LedgerReader) -> None:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1, 2, 3))
    settle(ledger, token, run_id, jump_from=3)
    ledger.forget_held_back(token, ["uniprot:P1"])
    assert [row["curie"] for row in reader.list_held_back()] == ["uniprot:P2", "uniprot:P3"]


# --- Curators -----------------------------------------------------------------------------------------------------


@pytest.fixture
def marked(ledger: Ledger) -> tuple[str, int]:
    token, run_id = begin(ledger)
    record(ledger, token, run_id, *retired(run_id, 1, 2))
    settle(ledger, token, run_id)
    return token, run_id


def test_a_dismissed_mark_is_not_shown_until_the_evidence_is_another(
    ledger: Ledger, reader: LedgerReader, ledger_url: str, marked: tuple[str, int]
) -> None:
    ledger.review("uniprot:P1", ReviewState.DISMISSED, reason="a mistake upstream", by="ada", now=NOW + 1)
    assert [mark["curie"] for mark in reader.list_stale()] == ["uniprot:P2"]
    assert [mark["curie"] for mark in reader.list_stale(review="dismissed")] == ["uniprot:P1"]
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P2"}
    assert reader.count_marks() == {("uniprot", "retired"): 1}
    token, run_id = begin(ledger, now=NOW + DAY)
    record(ledger, token, run_id, *retired(run_id, 1))
    settle(ledger, token, run_id, now=NOW + DAY)
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P2"}
    record(ledger, token, run_id, a_check("uniprot:P1", run_id, "replaced", successors="uniprot:P9"))
    settle(ledger, token, run_id, now=NOW + 2 * DAY)
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P1", "uniprot:P2"}
    assert events_of(reader, "uniprot:P1") == ["set", "dismissed", "changed"]


def test_a_dismissed_mark_that_was_lifted_stays_dismissed_when_the_same_is_reported_again(
    ledger: Ledger, ledger_url: str, marked: tuple[str, int]
) -> None:
    ledger.review("uniprot:P1", ReviewState.DISMISSED, reason="known", by="ada", now=NOW + 1)
    for day, verdict in ((1, "current"), (2, "retired")):
        token, run_id = begin(ledger, now=NOW + day * DAY)
        record(ledger, token, run_id, a_check("uniprot:P1", run_id, verdict))
        settle(ledger, token, run_id, now=NOW + day * DAY)
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P2"}


def test_an_acknowledged_mark_is_listed_and_can_be_reopened_and_commented(
    ledger: Ledger, reader: LedgerReader, marked: tuple[str, int]
) -> None:
    ledger.review("uniprot:P1", ReviewState.ACKNOWLEDGED, reason="", by="ada", now=NOW + 1)
    assert [mark["review"] for mark in reader.list_stale()] == ["acknowledged", ""]
    ledger.comment("uniprot:P1", "in the next freeze", by="bob", now=NOW + 2)
    ledger.review("uniprot:P1", None, reason="", by="ada", now=NOW + 3)
    assert [mark["review"] for mark in reader.list_stale()] == ["", ""]
    history = [(event["event"], event["by"], event["reason"]) for event in reader.list_events("uniprot:P1")]
    assert history == [
        ("set", None, None),
        ("acknowledged", "ada", None),
        ("commented", "bob", "in the next freeze"),
        ("reopened", "ada", None),
    ]


def test_an_identifier_without_a_mark_cannot_be_reviewed(ledger: Ledger, marked: tuple[str, int]) -> None:
    with pytest.raises(MarkUnknown, match="uniprot:P7 is not marked"):
        ledger.review("uniprot:P7", ReviewState.DISMISSED, reason="x", by="ada", now=NOW)
    with pytest.raises(MarkUnknown):
        ledger.comment("uniprot:P7", "x", by="ada", now=NOW)


def test_history_says_when_a_mark_was_set_lifted_and_dropped(
    ledger: Ledger, reader: LedgerReader, marked: tuple[str, int]
) -> None:
    token, run_id = begin(ledger, now=NOW + DAY)
    record(ledger, token, run_id, a_check("uniprot:P1", run_id))
    settle(ledger, token, run_id, now=NOW + DAY)
    ledger.drop_marks(token, run_id, ["uniprot:P2"], now=NOW + DAY)
    assert events_of(reader, "uniprot:P1") == ["set", "lifted"]
    assert events_of(reader, "uniprot:P2") == ["set", "dropped"]
    assert [(news["curie"], news["symbol"]) for news in reader.list_news(run_id=run_id)] == [("uniprot:P1", "IL7")]


# --- Releases, pauses, upgrades -----------------------------------------------------------------------------------


def test_the_newest_release_of_a_source_keeps_when_it_was_first_seen(ledger: Ledger, reader: LedgerReader) -> None:
    token, _ = begin(ledger)
    for name, date, now in (("115", None, 0), ("116", None, 1), ("116", "2026-04", 2)):
        ledger.note_release(token, "ensembl", name, date, now=NOW + now * DAY)
    found = reader.list_releases()["ensembl"]
    assert (found["name"], found["date"]) == ("116", "2026-04")
    assert (found["first_seen_at"], found["last_seen_at"]) == (NOW + DAY, NOW + 2 * DAY)


def test_of_two_pauses_of_a_host_the_longer_one_counts(ledger: Ledger, reader: LedgerReader) -> None:
    token, _ = begin(ledger)
    ledger.note_pause(token, "ensembl", "ensembl", until=NOW + 3600, now=NOW)
    ledger.note_pause(token, "ensembl", "ensembl", until=NOW + 60, now=NOW + 1)
    assert reader.list_pauses(NOW + 100) == {"ensembl": NOW + 3600}
    assert reader.list_pauses(NOW + 3600) == {}


def test_a_ledger_of_the_first_revision_keeps_its_marks_and_what_a_killed_run_recorded(ledger_url: str) -> None:
    engine = open_engine(ledger_url)
    with engine.connect() as connection, connection.begin():
        upgrade(connection, "ledger", "0001")
        connection.execute(
            text("INSERT INTO run (id, state, release_id, holder, started_at) VALUES (7, 'running', 'r', 'me', 1)")
        )
        connection.execute(
            text(
                'INSERT INTO "check" (curie, source, run_id, verdict, checked_at, successors, genes)'
                " VALUES ('uniprot:P1', 'uniprot', 7, 'retired', 1, '', '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO mark (curie, source, verdict, successors, since, seen_at, run_id, genes)"
                " VALUES ('uniprot:P2', 'uniprot', 'retired', '', 1, 1, 3, '')"
            )
        )
    engine.dispose()
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P2"}  # before the upgrade, too
    opened = open_ledger(ledger_url)
    token, run_id = begin(opened)
    assert settle(opened, token, run_id).marked == 1
    opened.close()
    assert {mark.curie for mark in read_marks(ledger_url)} == {"uniprot:P1", "uniprot:P2"}
