"""Verify keys at little cost: verified ones are remembered, and revocations are noticed within seconds.

A key is hashed once in five minutes by a process of the service. All keys are read from the ledger anew when the
last reading is three seconds old, before a request is let in. If the ledger cannot be read, the keys that it had are
valid for five more minutes.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from ..errors import LedgerError
from .model import Key
from .tokens import is_secret_of, parse_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import KeyStore

_LOGGER = logging.getLogger(__name__)
_REFRESH_S = 3.0
_TRUST_S = 300.0
_REMEMBER_S = 300.0
_REMEMBER_WRONG_S = 60.0
_REMEMBERED = 4096
_HASHES_AT_ONCE = 1


def name_day(at: float) -> str:
    """Return the day (UTC, ISO 8601) of a time in seconds since 1970, as requests are counted by."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


class _Verified(NamedTuple):
    is_right: bool
    hash: str
    until: float


class KeyRing:
    """The keys of the service. Use `find` in one event loop; `now` returns seconds since 1970."""

    def __init__(
        self,
        store: KeyStore,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._store = store
        self._clock = clock
        self._now = now
        self._remembered = remembered
        self._keys: dict[str, Key] = {}
        self._used: dict[str, int] = {}
        self._used_on = ""
        self._unsaved: dict[tuple[str, str], int] = {}
        self._counting = threading.Lock()
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._reading: asyncio.Lock | None = None
        self._hashing: CapacityLimiter | None = None
        self.hashes = 0

    async def find(self, text: str, *, hashes: bool = True) -> Key | None:
        """Return the valid key that a client sent, or None; raises LedgerError if no keys can be read.

        With `hashes=False` only a key that was verified before is found, in microseconds.
        """
        token = parse_token(text)
        if token is None:
            return None
        if self._clock() - self._read_at >= _REFRESH_S:
            await self._refresh()
        key = self._keys.get(token.id)
        if key is None or not key.is_valid(self._now()):
            return None
        digest = hashlib.sha256(text.encode()).digest()
        known = self._verified.get(digest)
        if known is None or known.hash != key.hash or known.until <= self._clock():
            if not hashes:
                return None
            known = await self._verify(digest, token.secret, key)
        return key if known.is_right else None

    async def _verify(self, digest: bytes, secret: str, key: Key) -> _Verified:
        if self._hashing is None:
            self._hashing = CapacityLimiter(_HASHES_AT_ONCE)
        self.hashes += 1
        is_right = await run_sync(is_secret_of, secret, key.hash, limiter=self._hashing)
        until = self._clock() + (_REMEMBER_S if is_right else _REMEMBER_WRONG_S)
        self._verified[digest] = known = _Verified(is_right, key.hash, until)
        self._verified.move_to_end(digest)
        while len(self._verified) > self._remembered:
            self._verified.popitem(last=False)
        return known

    async def _refresh(self) -> None:
        """Read the keys again; requests that come meanwhile wait for the same reading."""
        if self._reading is None:
            self._reading = asyncio.Lock()
        async with self._reading:
            if self._clock() - self._read_at < _REFRESH_S:
                return
            if self._clock() - self._tried_at < _REFRESH_S and self._clock() - self._read_at < _TRUST_S:
                return  # it failed a moment ago
            self._tried_at = self._clock()
            day = self._today()
            try:
                rows, used = await run_sync(self._store.load, day)
            except LedgerError as error:
                if self._clock() - self._read_at >= _TRUST_S:
                    raise
                _LOGGER.warning("keys cannot be read, those known are used on: %s", error)
                return
            self._keys = {key.id: key for key in map(Key.from_row, rows)}
            self._used, self._used_on = used, day
            self._read_at = self._clock()

    # --- Daily quotas ---------------------------------------------------------------------------------------------

    def count(self, key: Key) -> tuple[int, int] | None:
        """Count a request of a key; return how many the day leaves, negative if too many, and the seconds to its end.

        None is for a key without a daily limit. Requests to other processes are counted within seconds.
        """
        day = self._today()
        with self._counting:
            unsaved = self._unsaved[day, key.id] = self._unsaved.get((day, key.id), 0) + 1
            stored = self._used.get(key.id, 0) if self._used_on == day else 0
        if key.daily is None:
            return None
        return key.daily - stored - unsaved, 86_400 - int(self._now()) % 86_400

    def save_use(self) -> None:
        """Add the requests since the last call to the ledger; blocks. If that fails, they are added by the next one."""
        while self._unsaved:
            with self._counting:
                day = next(iter(self._unsaved))[0]
                counts = {key_id: number for (on, key_id), number in self._unsaved.items() if on == day}
            try:
                self._store.add_use(day, counts)
            except LedgerError as error:
                _LOGGER.warning("requests of keys cannot be counted now: %s", error)
                return
            with self._counting:
                for key_id, number in counts.items():
                    if self._used_on == day:
                        self._used[key_id] = self._used.get(key_id, 0) + number
                    self._unsaved[day, key_id] -= number
                    if not self._unsaved[day, key_id]:
                        del self._unsaved[day, key_id]

    def _today(self) -> str:
        return name_day(self._now())
