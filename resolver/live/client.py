"""One HTTP client for all source databases: identification, timeouts, retries, and secrecy of keys.

A key goes into a form or a header, never into an address. If a reply repeats a key, the key is removed before anything
else sees the reply.
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
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from ..errors import SourceBusy, SourceChanged, SourceError, SourceRefused, SourceUnreachable
from ..sources.live.base import OTHER_FORM_STATUSES, BatchRefused, FormRefused, Reply
from ..version import __version__
from .failures import describe_failure
from .limiter import CircuitBreaker, HostLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from tenacity import RetryCallState

    from ..sources.live.base import Host, Request
    from .limiter import Clock, Sleep

    Inspect = Callable[[Reply], None]
    Now = Callable[[], datetime]  # in UTC

_LOGGER = logging.getLogger(__name__)
_TOOL = "gene-xref-resolver"
_STRUCK_OUT = b"(key)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
# The host understood the request and has no such thing. A 400 may pass (Ensembl), as may 408, 425 and 429.
_FINAL_STATUSES = frozenset({404, 405, 406, 410, 413, 414, 415, 422})


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the source databases: addresses and keys by host name, and a contact for their operators.

    A call fails after `attempts`, with waits that double from `backoff_s` on. `timeout_s` limits the time without data
    from a host, `longest_wait_s` the wait that a host may require. All times are in seconds.
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
    """Send requests to hosts; use it with `async with`. All tasks share its connections, limiters and breakers."""

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
        self._reports_sending = transport is None  # another transport may not report it
        self._limiters: dict[str, HostLimiter] = {}
        self._breakers: dict[str, CircuitBreaker] = {}
        agent = f"{_TOOL}/{__version__}" + (f" (+{self.access.contact})" if self.access.contact else "")
        self._client = httpx.AsyncClient(
            transport=transport,
            http2=transport is None,
            headers={"User-Agent": agent},
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
        """Return whether a key of the host is set."""
        return bool(self.access.keys.get(host.name))

    def is_resting(self, host: Host) -> bool:
        """Return whether the host failed so often that it is not queried for a while."""
        return self._breaker_of(host).is_open

    def find_failure(self, host: Host) -> str | None:
        """Return why the last call to the host failed; None if it succeeded, or if there was none."""
        return self._breaker_of(host).cause

    async def query(self, request: Request, inspect: Inspect, *, has_other_form: bool = False) -> Reply:
        """Return the reply to a request once `inspect` accepts it; retry transient failures.

        Raises SourceUnreachable, SourceBusy, SourceRefused and SourceChanged if the retries fail too, and whatever
        `inspect` raises about a batch. With `has_other_form` it raises FormRefused at once for the statuses of a server
        that does not serve this form of request.
        """
        return await self.trying(request.host)(self._send_once, request, inspect, has_other_form=has_other_form)

    def pause_left_s(self, host: Host) -> float:
        """Return for how many more seconds a host required not to be queried; 0 if none."""
        return self._limiter_of(host).pause_left_s

    def pause(self, host: Host, seconds: float) -> None:
        """Send nothing to a host for this long, as it required of an earlier run."""
        self._limiter_of(host).pause(seconds)

    async def read_lines(self, request: Request, feed: Callable[[str], None]) -> Reply:
        """Feed a file's lines, one after the other, and return the reply with the end of it; the file is not stored.

        A redirect within the site of the host is followed. Raises what `query` raises, without a retry: a truncated
        file needs a new reader (`trying`).
        """
        host, url = request.host, self._address(request)
        for _ in range(1 + _MOST_REDIRECTS):
            reply = await self._read_lines_at(url, request, feed)
            if reply.status == 200:
                return reply
            url = urljoin(url, reply.headers["location"])
        raise SourceUnreachable(f"{host.name} redirects without end: {url}", source=host.name)

    async def _read_lines_at(self, url: str, request: Request, feed: Callable[[str], None]) -> Reply:
        """Return the reply of one address: the file, whose lines were fed, or a redirect that may be followed."""
        host = request.host
        async with self._turn(host), self._translated(host):
            stream = self._client.stream("GET", url, headers=self._headers(request), extensions=self._sending(host))
            async with stream as response:
                reply = self._reply(url, response, b"")
                self._check_status(host, reply)
                if not _is_followed(url, reply):
                    if response.status_code != 200:
                        raise SourceUnreachable(
                            _describe_redirect(reply) or f"{url} returned status {reply.status}", source=host.name
                        )
                    rest = ""
                    async for text in response.aiter_text():
                        *lines, rest = (rest + text).split("\n")
                        for line in lines:
                            feed(line)
                    if rest:
                        raise SourceChanged(f"{url} breaks off within a line", source=host.name, sample=rest[:200])
        self._breaker_of(host).record(succeeded=True)
        return reply

    # --- One call -----------------------------------------------------------------------------------------------

    async def _send_once(self, request: Request, inspect: Inspect, *, has_other_form: bool) -> Reply:
        host = request.host
        async with self._turn(host), self._translated(host):
            response = await self._client.request(
                request.method,
                self._address(request),
                headers=self._headers(request),
                data=None if request.form is None else self._form(request),
                json=request.body,
                extensions=self._sending(host),
            )
            reply = self._reply(self._address(request), response, response.content)
            if has_other_form and reply.status in OTHER_FORM_STATUSES:
                raise FormRefused(reply.status)
            self._check_status(host, reply)
            try:
                inspect(reply)
            except SourceError as error:
                error.status = reply.status
                raise
        self._breaker_of(host).record(succeeded=True)
        return reply

    @asynccontextmanager
    async def _turn(self, host: Host) -> AsyncIterator[None]:
        self._check_resting(host)
        async with self._limiter_of(host).slot():
            self._check_resting(host)  # others may have failed meanwhile
            if not self._reports_sending:
                await self._limiter_of(host).turn()
            yield

    def _sending(self, host: Host) -> dict[str, Any]:
        """Return the extension by which a call waits for its turn after its connection is open."""
        if not self._reports_sending:
            return {}
        taken = False

        async def on_event(event: str, _info: object) -> None:
            nonlocal taken
            if event.endswith("send_request_headers.started") and not taken:
                taken = True
                await self._limiter_of(host).turn()
            elif event.endswith("send_request_body.complete"):
                self._limiter_of(host).left()

        return {"trace": on_event}

    @asynccontextmanager
    async def _translated(self, host: Host) -> AsyncIterator[None]:
        """Translate HTTP errors into ours, and count them for the circuit breaker."""
        try:
            try:
                yield
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise describe_failure(host.name, error) from error
        except (BatchRefused, FormRefused):
            self._breaker_of(host).record(succeeded=True)  # the host is well
            raise
        except SourceBusy as error:
            # One of our own limiter has no status: nothing was sent, and nothing failed.
            if error.status is not None:
                self._limiter_of(host).pause(error.retry_after_s or 1.0)
                self._breaker_of(host).record(succeeded=False, cause=str(error))
            raise
        except SourceError as error:
            self._breaker_of(host).record(succeeded=_is_final(error), cause=str(error))
            raise

    def _check_status(self, host: Host, reply: Reply) -> None:
        if reply.status == 429:
            error: SourceError = SourceBusy(
                f"{host.name} is limiting the rate of requests",
                source=host.name,
                retry_after_s=_retry_after_s(reply.headers.get("retry-after"), self._now()),
            )
        elif reply.status == 503 and (wait_s := _retry_after_s(reply.headers.get("retry-after"), self._now())):
            error = SourceBusy(f"{host.name} is out of service", source=host.name, retry_after_s=wait_s)
        elif reply.status >= 500:
            error = SourceUnreachable(f"{host.name} returned status {reply.status}", source=host.name)
        elif reply.status in {401, 403}:
            hint = f"Set RESOLVER_{host.key_setting.upper()} to a valid key." if host.key_setting else None
            error = SourceRefused(
                f"{host.name} refused the request with status {reply.status}", source=host.name, hint=hint
            )
        else:
            return
        error.status = reply.status
        raise error

    def _check_resting(self, host: Host) -> None:
        if self.is_resting(host):
            raise SourceUnreachable(
                f"{host.name} failed too often and is not queried for a while; the last failure: "
                f"{self.find_failure(host)}",
                source=host.name,
            )

    def _reply(self, url: str, response: httpx.Response, body: bytes) -> Reply:
        for key in self.access.keys.values():
            if key:
                body = body.replace(key.encode(), _STRUCK_OUT)
        headers = {name.lower(): self._strike_out(value) for name, value in response.headers.items()}
        return Reply(url, response.status_code, headers, body, self._now())

    def _strike_out(self, text: str) -> str:
        for key in self.access.keys.values():
            text = text.replace(key, _STRUCK_OUT.decode()) if key else text
        return text

    def _address(self, request: Request) -> str:
        base = self.access.urls.get(request.host.name, request.host.url).rstrip("/")
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{base}{request.path}{query}"

    def _headers(self, request: Request) -> dict[str, str]:
        host = request.host
        where, _, name = (host.key_in or "").partition(":")
        key = self.access.keys.get(host.name)
        return {"Accept": request.accept} | ({name: key} if key and where == "header" else {})

    def _form(self, request: Request) -> dict[str, str]:
        host, form = request.host, dict(request.form or {})
        if host.sends_contact:
            form["tool"] = _TOOL
            if self.access.contact:
                form["email"] = self.access.contact
        where, _, name = (host.key_in or "").partition(":")
        key = self.access.keys.get(host.name)
        return form | ({name: key} if key and where == "form" else {})

    # --- Retries ------------------------------------------------------------------------------------------------

    def trying(self, host: Host) -> AsyncRetrying:
        """Return a retrying object that repeats transient failures after growing waits."""

        def may_pass(error: BaseException) -> bool:
            if self.is_resting(host) or (isinstance(error, SourceError) and _is_final(error)):
                return False
            if isinstance(error, SourceBusy):
                return (error.retry_after_s or 0) <= self.access.longest_wait_s
            # A truncated reply looks like one of another shape.
            return isinstance(error, SourceUnreachable | SourceChanged)

        return AsyncRetrying(
            retry=retry_if_exception(may_pass),
            stop=stop_after_attempt(self.access.attempts),
            wait=self._wait_s,
            before_sleep=lambda state: _log_retry(host, state),
            sleep=self._sleep,
            reraise=True,
        )

    def _wait_s(self, state: RetryCallState) -> float:
        error = state.outcome and state.outcome.exception()
        required_s = error.retry_after_s if isinstance(error, SourceBusy) else None
        return max(self._wait(state), required_s or 0)

    def _limiter_of(self, host: Host) -> HostLimiter:
        limiter = self._limiters.get(host.name)
        if limiter is None:
            rate = host.rate_with_key if host.rate_with_key and self.has_key(host) else host.rate
            limiter = self._limiters[host.name] = HostLimiter(host.name, rate, clock=self._clock, sleep=self._sleep)
        return limiter

    def _breaker_of(self, host: Host) -> CircuitBreaker:
        breaker = self._breakers.get(host.name)
        if breaker is None:
            access = self.access
            breaker = self._breakers[host.name] = CircuitBreaker(
                failures=access.breaker_failures, rest_s=access.breaker_rest_s, clock=self._clock
            )
        return breaker


def _is_final(error: SourceError) -> bool:
    """Return whether the host is well and rejects this request for good, so that a retry is pointless."""
    return error.status in _FINAL_STATUSES


def _is_followed(url: str, reply: Reply) -> bool:
    """Return whether a reply is a redirect to the same site: no other site, and never from https to http."""
    location = reply.headers.get("location")
    if reply.status not in _REDIRECTS or not location:
        return False
    here, there = urlsplit(url), urlsplit(urljoin(url, location))
    if there.scheme not in {here.scheme, "https"} or not here.hostname or not there.hostname:
        return False
    ours, theirs = (name.removeprefix("www.") for name in (here.hostname, there.hostname))
    return ours == theirs or theirs.endswith(f".{ours}") or (ours.endswith(f".{theirs}") and "." in theirs)


def _describe_redirect(reply: Reply) -> str | None:
    if reply.status not in _REDIRECTS:
        return None
    return (
        f"{reply.url} redirects to another site, which is not followed: {reply.headers.get('location', 'no address')}"
    )


def _log_retry(host: Host, state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    _LOGGER.info("%s: attempt %d failed (%s); trying again", host.name, state.attempt_number, error)


def _retry_after_s(text: str | None, now: datetime) -> float | None:
    """Return a Retry-After in seconds, written as seconds or as a date; None if it cannot be read."""
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
