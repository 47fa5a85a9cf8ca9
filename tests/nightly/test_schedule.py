"""When a nightly run begins and in which order it queries; clocks that go forward, back, or jump."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time

import pytest

from resolver.errors import BadOption
from resolver.nightly.judge import Plausibility
from resolver.nightly.schedule import find_next_run, get_zone, parse_wall_time, plan_queue
from resolver.store.ledger_reader import Age

HALF_PAST_TWO = wall_time(2, 30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-25T12:00", "2026-11-26T01:30"),  # winter: one hour ahead of UTC
        ("2026-07-25T12:00", "2026-07-26T00:30"),  # summer: two
        ("2026-11-26T01:29", "2026-11-26T01:30"),
        ("2026-11-26T01:30", "2026-11-27T01:30"),  # later than, not at
        ("2027-03-27T12:00", "2027-03-28T01:30"),  # 02:30 is left out: 03:30, as long after midnight
        ("2027-03-28T01:30", "2027-03-29T00:30"),
        ("2026-10-24T12:00", "2026-10-25T00:30"),  # 02:30 comes twice: the first
        ("2026-10-25T00:30", "2026-10-26T01:30"),  # and not the second too
    ],
)
def test_the_next_run_is_at_the_wall_clocks_time_also_when_clocks_change(after: str, expected: str) -> None:
    assert find_next_run(at(after), HALF_PAST_TWO, get_zone("Europe/Berlin")) == at(expected)


def test_in_a_year_each_day_has_one_run() -> None:
    zone = get_zone("America/New_York")
    moment, days = at("2026-01-01T12:00"), []
    for _ in range(365):
        moment = find_next_run(moment, HALF_PAST_TWO, zone)
        days.append(moment.astimezone(zone).date())
    assert days == [days[0] + timedelta(days=number) for number in range(365)]


@pytest.fixture
def in_berlin() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
def test_without_a_zone_the_machines_own_counts() -> None:
    assert find_next_run(at("2026-10-24T12:00"), HALF_PAST_TWO) == at("2026-10-25T00:30")
    assert find_next_run(at("2026-10-25T00:30"), HALF_PAST_TWO) == at("2026-10-26T01:30")


@pytest.mark.parametrize("text", ["25:00", "2.30", "02:60", "", "half past two"])
def test_an_invalid_time_of_day_is_reported(text: str) -> None:
    with pytest.raises(BadOption, match="not a time of day"):
        parse_wall_time(text)


def test_an_unknown_time_zone_is_reported() -> None:
    with pytest.raises(BadOption, match="no time zone"):
        get_zone("Europe/Nowhere")
    assert parse_wall_time("2:30") == HALF_PAST_TWO


def an_age(curie: str, queried_at: int | None, *, run_id: int = 1, release: str | None = None) -> Age:
    return Age(curie, queried_at, run_id, release, True)


def test_the_longest_unqueried_comes_first_and_among_equals_the_most_used() -> None:
    ages = [an_age("a:3", 300), an_age("a:1", 100), an_age("a:2", 200), an_age("a:0", None)]
    tracked = ["a:1", "a:2", "a:3", "a:0", "a:new", "a:used"]
    queue = plan_queue(tracked, ages, run_id=9, queried_before=1_000, usage={"a:used": 5})
    assert queue.curies[0] == "a:used"
    assert queue.curies[3:] == ["a:1", "a:2", "a:3"]
    assert queue.tracked == 6


def test_neighbors_are_not_queried_one_after_the_other() -> None:
    tracked = [f"refseq:NM_{number:06}" for number in range(1_000)]
    order = plan_queue(tracked, [], run_id=1, queried_before=0).curies
    first = [int(curie[-6:]) for curie in order[:100]]
    assert 400 < sum(first) / 100 < 600
    assert order == plan_queue(reversed(tracked), [], run_id=1, queried_before=0).curies


def test_done_fresh_and_unchanged_identifiers_are_left_out() -> None:
    ages = [
        an_age("a:done", 10, run_id=9),
        an_age("a:fresh", 990),
        an_age("a:same", 5, release="R2"),
        an_age("a:due", 7),
    ]
    queue = plan_queue(["a:done", "a:fresh", "a:same", "a:due"], ages, run_id=9, queried_before=900, release="R2")
    assert queue == (["a:due"], 4, 1, 1, 1, frozenset())


@pytest.mark.parametrize(
    ("verdicts", "is_doubted"),
    [
        ({"current": 100, "retired": 99}, False),  # too few to judge
        ({"current": 160, "retired": 40}, False),
        ({"current": 159, "retired": 41}, True),
        ({"current": 159, "replaced": 30, "moved_gene": 11}, True),
        ({"current": 100, "version_behind": 900}, False),  # a new release of the source
        ({"current": 99, "version_behind": 901}, True),
    ],
)
def test_a_share_of_stale_answers_is_doubted_above_the_threshold(verdicts: dict[str, int], is_doubted: bool) -> None:
    assert (Plausibility().doubt(verdicts) is not None) == is_doubted
