"""The lease: two processes never have it, a killed one frees it, and clocks that jump give it to nobody."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from resolver.errors import LeaseLost, RunActive
from resolver.store.lease import TIME_TO_LIVE_S, Holder, LeaseBook, name_process
from resolver.store.ledger import Ledger, open_ledger

ELSEWHERE = Holder("elsewhere", 7, "1", "another machine")
AND_THERE = Holder("and there", 8, "1", "a third machine")


class Clock:
    """A wall clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        """Return the moment, in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


def book(ledger: Ledger, clock: Clock, holder: Holder, waited: list[float] | None = None) -> LeaseBook:
    sleep = (lambda _: None) if waited is None else waited.append
    return ledger.lease(clock=clock, sleep=sleep, holder=holder)


def pass_time(ledger: Ledger, clock: Clock, seconds: int) -> None:
    """Let time pass: by the clock of the program for SQLite, as the database sees it for PostgreSQL."""
    clock.now += seconds
    if ledger.engine.dialect.name == "postgresql":
        with ledger.engine.begin() as connection:
            connection.execute(text("UPDATE lease SET expires_at = expires_at - :seconds"), {"seconds": seconds})


def test_who_comes_second_is_told_who_is_at_work(ledger: Ledger, clock: Clock) -> None:
    book(ledger, clock, ELSEWHERE).take()
    with pytest.raises(RunActive, match="process 7 on elsewhere") as caught:
        book(ledger, clock, AND_THERE).take()
    assert caught.value.holder == "process 7 on elsewhere"


def test_a_lease_that_was_given_back_is_free(ledger: Ledger, clock: Clock) -> None:
    first = book(ledger, clock, ELSEWHERE)
    first.give_back(first.take())
    book(ledger, clock, AND_THERE).take()


def test_a_holder_elsewhere_that_fell_silent_loses_it_after_its_heart_was_watched(ledger: Ledger, clock: Clock) -> None:
    first = book(ledger, clock, ELSEWHERE)
    token = first.take()
    pass_time(ledger, clock, TIME_TO_LIVE_S + 1)
    waited: list[float] = []
    second = book(ledger, clock, AND_THERE, waited)
    mine = second.take()
    assert waited == [30.0]
    with pytest.raises(LeaseLost):
        first.beat(token)
    first.give_back(token)  # of another one's lease nothing is given back
    second.beat(mine)


def test_a_clock_that_jumps_forward_takes_it_from_nobody_whose_heart_beats(ledger: Ledger, clock: Clock) -> None:
    first = book(ledger, clock, ELSEWHERE)
    token = first.take()
    pass_time(ledger, clock, 86_400)
    second = ledger.lease(clock=clock, holder=AND_THERE, sleep=lambda _: first.beat(token))
    with pytest.raises(RunActive):
        second.take()
    first.beat(token)


def test_a_clock_that_jumps_back_keeps_it_for_no_one_who_is_silent(ledger: Ledger, clock: Clock) -> None:
    book(ledger, clock, ELSEWHERE).take()
    pass_time(ledger, clock, -86_400)
    book(ledger, clock, AND_THERE).take()


def test_a_killed_holder_on_this_machine_frees_it_at_once_and_a_living_one_keeps_it(
    ledger: Ledger, clock: Clock
) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    book(ledger, clock, name_process(child.pid)).take()
    pass_time(ledger, clock, 86_400)  # it may be that it was stopped, or the clock jumped; but it is there
    waited: list[float] = []
    mine = book(ledger, clock, name_process(), waited)
    with pytest.raises(RunActive, match=f"process {child.pid}"):
        mine.take()
    pass_time(ledger, clock, -86_400)
    child.kill()
    child.communicate()
    mine.beat(mine.take())
    assert waited == []


def test_of_many_who_come_at_once_one_gets_it(ledger: Ledger, clock: Clock) -> None:
    got: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(8)

    def try_it(number: int) -> None:
        mine = book(ledger, clock, Holder(f"host {number}", number, "1", f"machine {number}"))
        start.wait()
        try:
            got.append(mine.take())
        except RunActive as error:
            refused.append(error.holder)

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert len(refused) == 7


def test_a_lease_is_beaten_while_it_is_held_and_given_back_at_the_end(ledger: Ledger) -> None:
    mine = ledger.lease()
    with mine.keep(beat_every_s=0.01):
        seen: set[int] = set()
        while len(seen) < 3:
            with ledger.engine.begin() as connection:
                seen.add(connection.execute(text("SELECT beat FROM lease")).scalar_one())
    mine.give_back(mine.take())
