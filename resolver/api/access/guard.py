"""Let a request in by its key and its limits, before anything of it is read."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from ...access.tokens import parse_token
from ...errors import LedgerError
from ..errors import problem_response
from .scopes import find_needed, is_public

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ...access.model import Key
    from ...access.rates import Rate
    from ...app.access import Access

    Headers = list[tuple[bytes, bytes]]

KEY = "resolver.key"  # of a request's scope: the key that it came with
REFUSED_KEY = "resolver.refused_key"  # the id that a refused key states, which nothing proves
_REALM = 'Bearer realm="gene-xref-resolver"'
# Wrong keys of one address. Each costs 40 ms of CPU time at most once a minute.
_WRONG_KEYS = "20/minute"
_WEBSOCKET_REFUSED = 1008


class Guard:
    """ASGI middleware that answers 401, 403 and 429 itself, and passes on all other requests."""

    def __init__(self, app: ASGIApp, access: Access, on_refusal: Callable[[str], None]) -> None:
        self._app = app
        self._access = access
        self._on_refusal = on_refusal
        self._limits = access.limiter
        # Without keys and limits there is nothing to do.
        self._is_idle = access.keys is None and not access.rate_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._is_idle or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            if self._access.keys is None:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": _WEBSOCKET_REFUSED})
            return
        headers: Headers = []
        if not is_public(scope):
            refused = await self._admit(scope, headers)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, self._adding(headers, send) if headers or self._access.keys else send)

    async def _admit(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        """Return the refusal of a request, or None; add the headers that the response gets."""
        key: Key | None = None
        if self._access.keys is not None:
            key, refused = await self._identify(scope)
            if key is None:
                return refused
            scope[KEY] = key
            missing = [one for one in find_needed(scope) if not key.allows(one)]
            if missing:
                return self._refuse(
                    scope,
                    403,
                    "scope_missing",
                    "Not allowed",
                    f"the key {key.id} does not have the scope {missing[0]}",
                    f"Ask the operator of the service for a key with it (resolver keys create --scope {missing[0]}).",
                    {"www-authenticate": f'{_REALM}, error="insufficient_scope", scope="{missing[0]}"'},
                )
        return self._count(scope, key, headers)

    async def _identify(self, scope: Scope) -> tuple[Key | None, ASGIApp | None]:
        assert self._access.keys is not None  # noqa: S101  (checked by the caller)
        sent = read_key(scope)
        if sent is None:
            refused = self._refuse(
                scope,
                401,
                "key_missing",
                "Key required",
                "this service needs a key",
                "Send it as the header Authorization: Bearer … or X-API-Key: …; the operator of the service has keys.",
                {"www-authenticate": _REALM},
            )
            return None, refused
        try:
            # A verified key is let in also if others at its address send wrong ones.
            key = await self._access.keys.find(sent, hashes=False)
            if key is not None:
                return key, None
            address = f"wrong {client_of(scope)}"
            key = None if self._limits.is_over(address, _WRONG_KEYS) else await self._access.keys.find(sent)
        except LedgerError as error:
            refused = self._refuse(
                scope, 503, error.code, "Data store unavailable", "keys cannot be checked now", error.hint, {}
            )
            return None, refused
        if key is not None:
            return key, None
        if (stated := parse_token(sent)) is not None:
            scope[REFUSED_KEY] = stated.id
        rate = self._limits.hit(address, _WRONG_KEYS)
        if rate is not None and rate.is_exceeded:
            return None, self._refuse_rate(scope, rate, "too many requests with a wrong key came from this address")
        refused = self._refuse(
            scope,
            401,
            "key_invalid",
            "Key not valid",
            "the key is wrong, expired or revoked",
            "Check that it is complete. `resolver keys list` shows the operator which keys are valid.",
            {"www-authenticate": f'{_REALM}, error="invalid_token"'},
        )
        return None, refused

    def _count(self, scope: Scope, key: Key | None, headers: Headers) -> ASGIApp | None:
        text = self._access.rate_limit if key is None or key.rate is None else key.rate
        rate = self._limits.hit(f"key {key.id}" if key else f"address {client_of(scope)}", text) if text else None
        if rate is not None:
            if rate.is_exceeded:
                return self._refuse_rate(scope, rate, f"more than {rate.amount} requests in {rate.window_s} s")
            headers += _rate_headers(rate.name, rate.amount, rate.window_s, rate.left, rate.reset_s)
        daily = self._access.keys.count(key) if key is not None and self._access.keys is not None else None
        if key is None or daily is None or key.daily is None:
            return None
        left, reset_s = daily
        if left < 0:
            fields = _rate_headers("daily", key.daily, 86_400, 0, reset_s)
            return self._refuse(
                scope,
                429,
                "quota_exceeded",
                "Quota used up",
                f"the key {key.id} may send {key.daily:,} requests a day",
                "The day ends at midnight UTC. The operator of the service can create a key with a larger quota.",
                {"retry-after": str(reset_s)} | {name.decode(): value.decode() for name, value in fields},
            )
        if rate is None or left < rate.left:
            headers[:] = _rate_headers("daily", key.daily, 86_400, left, reset_s)
        return None

    def _refuse_rate(self, scope: Scope, rate: Rate, detail: str) -> ASGIApp:
        fields = _rate_headers(rate.name, rate.amount, rate.window_s, 0, rate.reset_s)
        return self._refuse(
            scope,
            429,
            "rate_limited",
            "Too many requests",
            detail,
            f"Send it again in {rate.reset_s} s. Many identifiers go into one request: POST /resolve.",
            {"retry-after": str(rate.reset_s)} | {name.decode(): value.decode() for name, value in fields},
        )

    def _refuse(
        self, scope: Scope, status: int, code: str, title: str, detail: str, hint: str | None, headers: dict[str, str]
    ) -> ASGIApp:
        self._on_refusal(code)
        response = problem_response(
            status, code=code, title=title, detail=detail, hint=hint, path=scope["path"], members=b""
        )
        response.headers.update({**headers, "cache-control": "no-store"})
        return response

    def _adding(self, added: Headers, send: Send) -> Send:
        is_closed = self._access.keys is not None

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *added]
                if is_closed:
                    headers = [_not_shared(*header) for header in headers]
                message = {**message, "headers": headers}
            await send(message)

        return send_with_headers


def _not_shared(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header that lets no shared cache store what a key was needed for."""
    if name == b"cache-control" and value.startswith(b"public"):
        return name, b"private" + value.removeprefix(b"public")
    return name, value


def read_key(scope: Scope) -> str | None:
    """Return the key that a request came with, or None; `Authorization` goes before `X-API-Key`."""
    sent: str | None = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, text = value.decode("latin-1").partition(" ")
            if kind.lower() == "bearer":
                return str(text.strip())
        elif name == b"x-api-key":
            sent = value.decode("latin-1").strip()
    return sent


def client_of(scope: Scope) -> str:
    """Return the address of a client; for IPv6 its network of 64 bits, which one client has as a whole."""
    client = scope.get("client")
    return _shorten(client[0]) if client else "unknown"


@lru_cache(maxsize=4096)
def _shorten(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False).network_address)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _rate_headers(name: str, amount: int, window_s: int, left: int, reset_s: int) -> Headers:
    """Return the fields of draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it."""
    return [
        (b"ratelimit-policy", f'"{name}";q={amount};w={window_s}'.encode()),
        (b"ratelimit", f'"{name}";r={left};t={reset_s}'.encode()),
    ]
