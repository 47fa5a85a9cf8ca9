"""Keys: their text and hash, how long they are remembered, when they are refused, and what they are stored as."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from resolver.access.keyring import KeyRing
from resolver.access.model import Scope
from resolver.access.rates import RateLimiter, read_rates
from resolver.access.tokens import hash_secret, is_secret_of, make_token, parse_token
from resolver.app.access import create_key, list_keys, revoke_key
from resolver.cli.app import make_app
from resolver.errors import BadOption, LedgerUnreachable, UnknownKey
from resolver.store.key_table import KeyTable

DAY = 86_400


class Clock:
    """A clock that is set by hand."""

    def __init__(self, at: float = 20_000 * DAY + 100) -> None:
        self.at = at

    def __call__(self) -> float:
        """Return the time."""
        return self.at


class Failing:
    """A store that can be switched off."""

    def __init__(self, table: KeyTable) -> None:
        self.table, self.is_off, self.loads = table, False, 0

    def load(self, day: str) -> tuple[Sequence[Mapping[Any, Any]], dict[str, int]]:
        """Return what the table has."""
        self.loads += 1
        if self.is_off:
            raise LedgerUnreachable("off")
        return self.table.load(day)

    def add_use(self, day: str, counts: Mapping[str, int]) -> None:
        """Add to the table."""
        if self.is_off:
            raise LedgerUnreachable("off")
        self.table.add_use(day, counts)


@pytest.fixture
def table(ledger_url: str) -> Iterator[KeyTable]:
    with closing(KeyTable(ledger_url)) as opened:
        yield opened


def test_a_key_is_its_id_and_a_secret_of_256_bits() -> None:
    token = make_token()
    assert parse_token(str(token)) == token
    assert make_token().secret != token.secret
    for wrong in ("", "gxr_", str(token)[:-1], f"{token} ", str(token).upper(), f"x{token}"):
        assert parse_token(wrong) is None


def test_a_secret_has_its_own_hash_only() -> None:
    token = make_token()
    hashed = hash_secret(token.secret)
    assert token.secret not in hashed
    assert hash_secret(token.secret) != hashed, "the salt is random"
    assert is_secret_of(token.secret, hashed)
    assert not is_secret_of(make_token().secret, hashed)
    for damaged in ("", "scrypt$1", hashed.replace("scrypt", "md5"), hashed[:-4], "scrypt$a$8$1$AA==$AA=="):
        assert not is_secret_of(token.secret, damaged)


def test_the_ledger_contains_no_secret(tmp_path: Path) -> None:
    with closing(KeyTable(f"sqlite:///{tmp_path / 'ledger.db'}")) as table:
        text, key = create_key(table, "atlas", ["read"])
    token = parse_token(text)
    assert token is not None
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        dumped = "\n".join(connection.iterdump())
    assert key.id in dumped
    assert token.secret not in dumped


def test_keys_are_created_listed_and_revoked(table: KeyTable) -> None:
    _, first = create_key(table, "atlas", ["read,convert"], rate="5/second", daily=100, now=1_000)
    _, second = create_key(table, "lab", [], expires_in_s=60, now=2_000)
    listed = list_keys(table, now=2_030)
    assert [(key["name"], key["state"], key["scopes"]) for key in listed] == [
        ("lab", "valid", ["read"]),
        ("atlas", "valid", ["read", "convert"]),
    ]
    assert all("hash" not in key for key in listed)
    revoke_key(table, first.id)
    assert [key["state"] for key in list_keys(table, now=2_061)] == ["expired", "revoked"]
    with pytest.raises(UnknownKey):
        revoke_key(table, first.id)
    assert second.allows(Scope.READ)
    assert not second.allows(Scope.CONVERT)


@pytest.mark.parametrize(("scopes", "rate"), [(["write"], None), (["read"], "often"), (["read"], "0/second,")])
def test_a_key_with_an_unknown_scope_or_limit_is_not_created(
    table: KeyTable, scopes: list[str], rate: str | None
) -> None:
    with pytest.raises(BadOption):
        create_key(table, "atlas", scopes, rate=rate)
    assert list_keys(table) == []


def test_a_key_is_hashed_once_and_its_revocation_noticed_in_three_seconds(table: KeyTable) -> None:
    text, key = create_key(table, "atlas", ["read"])
    clock = Clock()
    ring = KeyRing(table, clock=clock, now=clock)

    async def use() -> None:
        for _ in range(50):
            assert await ring.find(text) == key
        assert ring.hashes == 1
        assert await ring.find(str(make_token())) is None
        assert await ring.find(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
        revoke_key(table, key.id)
        clock.at += 3.1
        assert await ring.find(text) is None
        assert ring.hashes <= 2

    asyncio.run(use())


def test_a_new_key_is_known_in_three_seconds_and_an_expired_one_refused_at_once(table: KeyTable) -> None:
    clock = Clock()
    ring = KeyRing(table, clock=clock, now=clock)

    async def use() -> None:
        assert await ring.find(str(make_token())) is None
        text, key = create_key(table, "atlas", ["read"], expires_in_s=10, now=clock.at)
        clock.at += 3.1
        assert await ring.find(text) == key
        clock.at += 7
        assert await ring.find(text) is None

    asyncio.run(use())


def test_known_keys_are_used_on_for_five_minutes_without_a_ledger(table: KeyTable) -> None:
    text, key = create_key(table, "atlas", ["read"])
    store, clock = Failing(table), Clock()
    ring = KeyRing(store, clock=clock, now=clock)

    async def use() -> None:
        assert await ring.find(text) == key
        store.is_off = True
        for _ in range(40):
            clock.at += 7
            assert await ring.find(text) == key
        loads = store.loads
        assert await ring.find(text) == key
        assert store.loads == loads, "a ledger that failed is not queried for each request"
        clock.at += 30
        with pytest.raises(LedgerUnreachable):
            await ring.find(text)
        store.is_off = False
        assert await ring.find(text) == key

    asyncio.run(use())


def test_few_keys_are_remembered(table: KeyTable) -> None:
    made = [create_key(table, str(number), ["read"])[0] for number in range(3)]
    ring = KeyRing(table, remembered=2)

    async def use() -> None:
        for text in made:
            assert await ring.find(text)
        assert ring.hashes == 3
        assert await ring.find(made[2])
        assert ring.hashes == 3
        assert await ring.find(made[0])
        assert ring.hashes == 4

    asyncio.run(use())


def test_verification_does_not_hold_the_event_loop(table: KeyTable) -> None:
    made = [create_key(table, str(number), ["read"])[0] for number in range(6)]
    ring = KeyRing(table)
    threads: set[int] = set()

    async def use() -> None:
        async def watch() -> None:
            while True:
                threads.add(threading.get_ident())
                await asyncio.sleep(0.001)

        watching = asyncio.create_task(watch())
        used = time.thread_time()
        await asyncio.gather(*map(ring.find, made))
        # One hash takes some 40 ms: six of them in this thread would take a quarter of a second.
        assert time.thread_time() - used < 0.1
        watching.cancel()

    asyncio.run(use())
    assert len(threads) == 1


def test_requests_of_a_day_are_added_up_over_processes(table: KeyTable) -> None:
    text, key = create_key(table, "atlas", ["read"], daily=10)
    clock = Clock()
    first, second = (KeyRing(table, clock=clock, now=clock) for _ in range(2))

    async def use() -> None:
        for ring in (first, second):
            assert await ring.find(text)
        assert [first.count(key), first.count(key)] == [(9, DAY - 100), (8, DAY - 100)]
        assert second.count(key) == (9, DAY - 100)
        first.save_use()
        second.save_use()
        clock.at += 3.1
        assert await second.find(text)
        remaining, _ = second.count(key) or (0, 0)
        assert remaining == 6
        clock.at += DAY
        assert await second.find(text)
        assert (second.count(key) or (0, 0))[0] == 9, "a new day begins"

    asyncio.run(use())
    assert [list_keys(table, now=clock.at - DAY * days)[0]["requests_today"] for days in (0, 1, 2)] == [0, 3, 0]
    assert list_keys(table)[0]["last_used"] == "2024-10-04"


def test_requests_are_not_lost_while_the_ledger_is_away(table: KeyTable) -> None:
    text, key = create_key(table, "atlas", ["read"], daily=10)
    store, clock = Failing(table), Clock()
    ring = KeyRing(store, clock=clock, now=clock)
    assert asyncio.run(ring.find(text))
    ring.count(key)
    store.is_off = True
    ring.save_use()
    store.is_off = False
    ring.save_use()
    ring.save_use()
    assert table.load("2024-10-04")[1] == {key.id: 1}


# --- Rates --------------------------------------------------------------------------------------------------------


def test_the_narrowest_limit_is_reported_and_windows_begin_anew() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock)
    rates = [limiter.hit("a", "2/second;3/minute") for _ in range(3)]
    assert [(rate.is_exceeded, rate.left) for rate in rates if rate] == [(False, 1), (False, 0), (True, 0)]
    clock.at += 1.5
    exceeded = limiter.hit("a", "2/second;3/minute")
    assert exceeded is not None
    assert (exceeded.is_exceeded, exceeded.amount, exceeded.window_s) == (True, 3, 60)
    assert 57 <= exceeded.reset_s <= 60
    other = limiter.hit("b", "2/second;3/minute")
    assert other is not None
    assert not other.is_exceeded
    assert limiter.hit("a", "") is None


def test_the_memory_of_limits_is_bounded() -> None:
    clock = Clock()
    limiter = RateLimiter(clock=clock, most_windows=10)
    for number in range(1_000):
        limiter.hit(str(number), "1/minute")
    assert limiter.hit("999", "1/minute").is_exceeded  # type: ignore[union-attr]


def test_limits_are_read_once() -> None:
    assert read_rates(" ") == ()
    assert [item.amount for item in read_rates("20/second;1000/hour")] == [20, 1000]


def test_the_command_makes_the_data_folder_and_names_the_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    env = {"RESOLVER_DATA_DIR": str(folder), "RESOLVER_LEDGER_URL": "", "COLUMNS": "200"}
    made = CliRunner().invoke(make_app(), ["keys", "create", "--name", "atlas", "--daily", "1000"], env=env)
    assert made.exit_code == 0, made.output
    assert str(folder / "ledger.db") in made.stderr
    assert made.stdout.startswith("gxr_")
    shown = CliRunner().invoke(make_app(), ["keys", "list"], env=env)
    assert "today" in shown.output
    assert "0 of 1,000" in shown.output
    (tmp_path / "file").touch()
    env["RESOLVER_DATA_DIR"] = str(tmp_path / "file" / "data")
    refused = CliRunner().invoke(make_app(), ["keys", "create", "--name", "atlas"], env=env)
    assert refused.exit_code == 2
    assert "Cannot create the data folder" in refused.stderr
