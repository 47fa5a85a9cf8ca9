"""One HTTP client for all upstreams: who we are, how long we wait, what is tried again, and what is never written down.

A key goes into a form or a header, never into an address; should an upstream repeat it in an answer, it is struck out
before anything else sees that answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from ..errors import SourceBusy, SourceChanged, SourceError, SourceRefused, SourceUnreachable
from ..sources.answers.base import BatchRefused, Reply
from ..version import __version__
from .limiter import Breaker, HostLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from tenacity import RetryCallState

    from ..sources.answers.base import Host, Request
    from .limiter import Clock, Sleep

    Inspect = Callable[[Reply], None]
    Now = Callable[[], datetime]  # in UTC

_LOGGER = logging.getLogger(__name__)
_TOOL = "gene-xref-resolver"
_STRUCK_OUT = b"(key)"


@dataclass(frozen=True, slots=True)
class Access:
    """How the upstreams are reached: addresses and keys by the name of the host, and whom they can write to.

    A call is given up after `attempts`, with waits that double from `backoff_s` on; `timeout_s` is how long an upstream
    may be silent, `longest_wait_s` how long one may ask us to wait. All these are seconds.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    contact: str | None = None
    timeout_s: float = 30.0
    connect_timeout_s: float = 10.0
    attempts: int = 4
    backoff_s: float = 0.5
    longest_wait_s: float = 120.0
    breaker_failures: int = 6
    breaker_rest_s: float = 60.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class LiveClient:
    """Asks hosts; to be used as `async with`. All tasks share its connections, limiters and breakers."""

    def __init__(
        self,
        access: Access | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        now: Now = _utc_now,
    ) -> None:
        self.access = access or Access()
        self._clock = clock
        self._sleep = sleep
        self._now = now
        self._tells_sending = transport is None  # a transport of somebody else's need not
        self._limiters: dict[str, HostLimiter] = {}
        self._breakers: dict[str, Breaker] = {}
        agent = f"{_TOOL}/{__version__}" + (f" (+{self.access.contact})" if self.access.contact else "")
        self._client = httpx.AsyncClient(
            transport=transport,
            http2=transport is None,
            headers={"User-Agent": agent, "Accept": "application/json, text/plain;q=0.5, */*;q=0.1"},
            follow_redirects=False,  # a redirect is an answer here
            timeout=httpx.Timeout(self.access.timeout_s, connect=self.access.connect_timeout_s, pool=None),
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30),
        )
        first_s = self.access.backoff_s
        self._wait = wait_exponential(multiplier=first_s, max=30) + wait_random(0, first_s)

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def has_key(self, host: Host) -> bool:
        """Tell whether a key of the host is set."""
        return bool(self.access.keys.get(host.name))

    def is_resting(self, host: Host) -> bool:
        """Tell whether the host failed so often that it is not asked for a while."""
        return self._breaker_of(host).is_open

    async def ask(self, request: Request, inspect: Inspect) -> Reply:
        """Return the reply to a request, which `inspect` found to be one; what may pass is tried again.

        Raises SourceUnreachable, SourceBusy, SourceRefused and SourceChanged when it does not pass, and whatever
        `inspect` raises of a batch.
        """
        return await self.trying(request.host)(self._ask_once, request, inspect)

    async def read_lines(self, request: Request, feed: Callable[[str], None]) -> Reply:
        """Feed a file's lines, one after the other, and return the reply with the end of it; a file is not kept.

        Raises as `ask` does, but at once: a file that broke off is to be read by a new reader (`trying`).
        """
        host = request.host
        url, headers = self._address(request), self._headers(host)
        async with self._turn(host), self._translated(host):
            async with self._client.stream("GET", url, headers=headers, extensions=self._sending(host)) as response:
                reply = self._reply(request, response, b"")
                self._check_status(host, reply)
                if response.status_code != 200:
                    raise SourceUnreachable(f"{reply.url} answers with status {reply.status}", source=host.name)
                rest = ""
                async for text in response.aiter_text():
                    *lines, rest = (rest + text).split("\n")
                    for line in lines:
                        feed(line)
            if rest:
                raise SourceChanged(f"{reply.url} breaks off within a line", source=host.name, sample=rest[:200])
        self._breaker_of(host).record(succeeded=True)
        return reply

    # --- One call -----------------------------------------------------------------------------------------------

    async def _ask_once(self, request: Request, inspect: Inspect) -> Reply:
        host = request.host
        async with self._turn(host), self._translated(host):
            response = await self._client.request(
                request.method,
                self._address(request),
                headers=self._headers(host),
                data=None if request.form is None else self._form(request),
                json=request.body,
                extensions=self._sending(host),
            )
            reply = self._reply(request, response, response.content)
            self._check_status(host, reply)
            inspect(reply)
        self._breaker_of(host).record(succeeded=True)
        return reply

    @asynccontextmanager
    async def _turn(self, host: Host) -> AsyncIterator[None]:
        self._check_resting(host)
        async with self._limiter_of(host).place():
            self._check_resting(host)  # others may have failed meanwhile
            if not self._tells_sending:
                await self._limiter_of(host).turn()
            yield

    def _sending(self, host: Host) -> dict[str, Any]:
        """Return what has a call wait for its turn once its connection stands, so that calls leave when they may."""
        if not self._tells_sending:
            return {}
        taken = False

        async def hear(event: str, _info: object) -> None:
            nonlocal taken
            if event.endswith("send_request_headers.started") and not taken:
                taken = True
                await self._limiter_of(host).turn()
            elif event.endswith("send_request_body.complete"):
                self._limiter_of(host).left()

        return {"trace": hear}

    @asynccontextmanager
    async def _translated(self, host: Host) -> AsyncIterator[None]:
        """Turn the errors of HTTP into ours, and count them for the breaker."""
        try:
            try:
                yield
            except httpx.TimeoutException as error:
                raise SourceUnreachable(f"{host.name} does not answer in time", source=host.name) from error
            except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                raise SourceUnreachable(
                    f"{host.name} cannot be reached: {type(error).__name__}", source=host.name, connected=False
                ) from error
            except httpx.HTTPError as error:
                raise SourceUnreachable(f"{host.name} broke off: {type(error).__name__}", source=host.name) from error
        except BatchRefused:
            self._breaker_of(host).record(succeeded=True)  # the host is well
            raise
        except SourceBusy as error:
            self._limiter_of(host).pause(min(error.retry_after_s or 1.0, self.access.longest_wait_s))
            self._breaker_of(host).record(succeeded=False)
            raise
        except SourceError:
            self._breaker_of(host).record(succeeded=False)
            raise

    def _check_status(self, host: Host, reply: Reply) -> None:
        if reply.status == 429:
            raise SourceBusy(
                f"{host.name} asks us to come back later",
                source=host.name,
                retry_after_s=_retry_after_s(reply.headers.get("retry-after"), self._now()),
            )
        if reply.status >= 500:
            raise SourceUnreachable(f"{host.name} answers with status {reply.status}", source=host.name)
        if reply.status in {401, 403}:
            hint = f"Set RESOLVER_{host.key_setting.upper()} anew." if host.key_setting else None
            raise SourceRefused(f"{host.name} refuses us with status {reply.status}", source=host.name, hint=hint)

    def _check_resting(self, host: Host) -> None:
        if self.is_resting(host):
            raise SourceUnreachable(f"{host.name} failed too often, and is not asked for a while", source=host.name)

    def _reply(self, request: Request, response: httpx.Response, body: bytes) -> Reply:
        for key in self.access.keys.values():
            if key:
                body = body.replace(key.encode(), _STRUCK_OUT)
        headers = {name.lower(): self._strike_out(value) for name, value in response.headers.items()}
        return Reply(self._address(request), response.status_code, headers, body, self._now())

    def _strike_out(self, text: str) -> str:
        for key in self.access.keys.values():
            text = text.replace(key, _STRUCK_OUT.decode()) if key else text
        return text

    def _address(self, request: Request) -> str:
        base = self.access.urls.get(request.host.name, request.host.url).rstrip("/")
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{base}{request.path}{query}"

    def _headers(self, host: Host) -> dict[str, str]:
        where, _, name = (host.key_in or "").partition(":")
        key = self.access.keys.get(host.name)
        return {name: key} if key and where == "header" else {}

    def _form(self, request: Request) -> dict[str, str]:
        host, form = request.host, dict(request.form or {})
        if host.states_contact:
            form["tool"] = _TOOL
            if self.access.contact:
                form["email"] = self.access.contact
        where, _, name = (host.key_in or "").partition(":")
        key = self.access.keys.get(host.name)
        return form | ({name: key} if key and where == "form" else {})

    # --- Again --------------------------------------------------------------------------------------------------

    def trying(self, host: Host) -> AsyncRetrying:
        """Return what calls again, after waits that grow, while what fails may pass."""

        def may_pass(error: BaseException) -> bool:
            if self.is_resting(host):
                return False
            if isinstance(error, SourceBusy):
                return (error.retry_after_s or 0) <= self.access.longest_wait_s
            # An answer that breaks off in the middle looks like one of another shape.
            return isinstance(error, SourceUnreachable | SourceChanged)

        return AsyncRetrying(
            retry=retry_if_exception(may_pass),
            stop=stop_after_attempt(self.access.attempts),
            wait=self._wait_s,
            before_sleep=lambda state: _tell(host, state),
            sleep=self._sleep,
            reraise=True,
        )

    def _wait_s(self, state: RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        asked_s = error.retry_after_s if isinstance(error, SourceBusy) else None
        return max(self._wait(state), asked_s or 0)

    def _limiter_of(self, host: Host) -> HostLimiter:
        limiter = self._limiters.get(host.name)
        if limiter is None:
            rate = host.rate_with_key if host.rate_with_key and self.has_key(host) else host.rate
            limiter = self._limiters[host.name] = HostLimiter(host.name, rate, clock=self._clock, sleep=self._sleep)
        return limiter

    def _breaker_of(self, host: Host) -> Breaker:
        breaker = self._breakers.get(host.name)
        if breaker is None:
            access = self.access
            breaker = self._breakers[host.name] = Breaker(
                failures=access.breaker_failures, rest_s=access.breaker_rest_s, clock=self._clock
            )
        return breaker


def _tell(host: Host, state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    _LOGGER.info("%s: attempt %d failed (%s); trying again", host.name, state.attempt_number, error)


def _retry_after_s(text: str | None, now: datetime) -> float | None:
    """Return a Retry-After in seconds, be it written as such or as a date; None where it cannot be read."""
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
