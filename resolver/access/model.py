"""An API key and its scopes, without its secret."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Scope(StrEnum):
    """What a key allows. `admin` includes all others."""

    READ = "read"
    CONVERT = "convert"
    LIVE = "live"
    METRICS = "metrics"
    ADMIN = "admin"


class Key(NamedTuple):
    """A key as the ledger stores it: `hash` is that of its secret, which is stored nowhere.

    `rate` limits its requests (`100/minute;5000/day`) in place of the limit of the service, and `daily` how many
    requests it may send in a day (UTC) to all processes of the service together. Times are seconds since 1970.
    """

    id: str
    name: str
    hash: str
    scopes: frozenset[Scope]
    rate: str | None
    daily: int | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Key:
        """Return the key of a row of the table; scopes that this version does not know allow nothing."""
        known = frozenset(one for one in Scope if one in str(row["scopes"]).split())
        return cls(**{name: row[name] for name in cls._fields if name != "scopes"}, scopes=known)

    def is_valid(self, now: float) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def allows(self, scope: Scope) -> bool:
        """Return whether the key has a scope."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class KeyStore(Protocol):
    """Where keys are stored."""

    def load(self, day: str) -> tuple[Sequence[Mapping[Any, Any]], dict[str, int]]:
        """Return all keys that are not revoked, and the number of requests of each on a day."""

    def add_use(self, day: str, counts: Mapping[str, int]) -> None:
        """Add to the requests of keys on a day."""


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Return scopes by their names, which may be joined by commas; raises BadOption for an unknown one."""
    found = set()
    for name in (part.strip().lower() for text in names for part in text.split(",")):
        if name not in set(Scope):
            raise BadOption(f"there is no scope {name[:40]!r}", hint=f"Scopes are {', '.join(Scope)}.")
        found.add(Scope(name))
    return frozenset(found)
