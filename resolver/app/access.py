"""Access as the settings configure it, and the keys of this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..access.keyring import KeyRing, name_day
from ..access.model import Key, Scope, read_scopes
from ..access.rates import RateLimiter, read_rates
from ..access.tokens import hash_secret, make_token
from ..errors import InputError, UnknownKey
from ..store.key_table import KeyTable
from .environment import find_data_dir, find_ledger_url, read_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .settings import Settings


@dataclass(frozen=True)
class Access:
    """Who may use the service, how much, and what is recorded; by default everybody, without limits or a log.

    `keys` are None if no key is needed. `rate_limit` is that of an address, or of a key without a limit of its own.
    `log` is `off`, `on`, or `full`, which includes identifiers. `identity` describes the service to others.
    """

    keys: KeyRing | None = None
    rate_limit: str = ""
    limiter: RateLimiter = field(default_factory=RateLimiter)
    log: str = "off"
    traces: bool = False
    identity: dict[str, str | None] = field(default_factory=dict)
    count_connections: Callable[[], int] = lambda: 0


def open_access(settings: Settings) -> Access:
    """Return the access that the settings configure; the ledger is opened with the first key."""
    table = open_keys()
    return Access(
        keys=KeyRing(table) if settings.access == "keys" else None,
        count_connections=table.count_connections,
        rate_limit=settings.rate_limit,
        log=settings.access_log,
        traces=settings.otel,
        identity={
            "id": settings.service_id,
            "organization_name": settings.organization_name,
            "organization_url": settings.organization_url,
            "public_url": settings.public_url,
            "contact": settings.upstream_contact,
        },
    )


def open_keys() -> KeyTable:
    """Return the table of keys in the ledger that the environment sets."""
    return KeyTable(find_ledger_url())


def make_keys() -> KeyTable:
    """Return the table of keys as `open_keys` does, after the data folder was created if the ledger is a file in it.

    Raises InputError if the folder cannot be created.
    """
    if "ledger_url" not in read_environment():
        folder = find_data_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"Cannot create the data folder {folder}: {error.strerror or error}",
                hint="Create it for the user who runs the service, or set RESOLVER_DATA_DIR.",
            ) from error
    return open_keys()


def create_key(
    table: KeyTable,
    name: str,
    scopes: Iterable[str],
    *,
    rate: str | None = None,
    daily: int | None = None,
    expires_in_s: float | None = None,
    now: float | None = None,
) -> tuple[str, Key]:
    """Store a new key and return its text, which is stored nowhere, and the key. Raises BadOption."""
    chosen = read_scopes(scopes) or frozenset({Scope.READ})
    read_rates(rate or "")
    token, at = make_token(), int(time.time() if now is None else now)
    row: dict[str, Any] = {
        "id": token.id,
        "name": name,
        "hash": hash_secret(token.secret),
        "scopes": " ".join(scope for scope in Scope if scope in chosen),
        "rate": rate or None,
        "daily": daily,
        "created_at": at,
        "expires_at": None if expires_in_s is None else at + int(expires_in_s),
        "revoked_at": None,
    }
    table.add(row)
    return str(token), Key.from_row(row)


def list_keys(table: KeyTable, *, now: float | None = None) -> list[dict[str, Any]]:
    """Return all keys as plain objects, the newest first, without hashes, with their use on the day of `now` (UTC)."""
    at = time.time() if now is None else now
    return [
        _describe(Key.from_row(row), at)
        | {"last_used": row["last_used"], "requests_today": int(row["requests_today"] or 0)}
        for row in table.list(name_day(at))
    ]


def _describe(key: Key, now: float) -> dict[str, Any]:
    state = "valid" if key.is_valid(now) else "expired" if key.revoked_at is None else "revoked"
    shown = {name: value for name, value in key._asdict().items() if name != "hash"}
    return shown | {"scopes": [scope for scope in Scope if scope in key.scopes], "state": state}


def revoke_key(table: KeyTable, key_id: str, *, now: float | None = None) -> None:
    """Revoke a key; raises UnknownKey if there is none with this id that is not revoked."""
    wanted = key_id.removeprefix("gxr_").partition("_")[0]
    if not table.revoke(wanted, now=int(time.time() if now is None else now)):
        raise UnknownKey(f"no valid key has the id {wanted[:40]!r}", hint="`resolver keys list` shows the ids.")
