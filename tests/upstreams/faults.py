"""Faults that can be switched on, and the counts of what was request."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.upstreams.exchange import Played, Request
from tests.upstreams.route import Route


class Kind(StrEnum):
    """What can go wrong with an answer."""

    LATENCY = "latency"
    BUSY = "busy"  # 429
    BUSY_UNDER_200 = "busy_under_200"  # NCBI's words of a 429 with status 200
    ERROR = "error"  # 500
    BAD_GATEWAY = "bad_gateway"  # 502 with a page
    HTML = "html"  # a page under 200
    TRUNCATED = "truncated"  # half of the body, as if it were whole
    CUT = "cut"  # half of the body, and the connection ends
    HANG = "hang"
    WRONG_TYPE = "wrong_type"  # XML
    WRONG_SHAPE = "wrong_shape"  # JSON of another shape
    EMPTY = "empty"
    POISON = "poison"
    OMIT = "omit"
    RAW_NEWLINE = "raw_newline"
    BAD_REQUEST = "bad_request"  # Ensembl's "something bad has happened"
    FORBIDDEN = "forbidden"
    REDIRECT = "redirect"


@dataclass(slots=True)
class Fault:
    """A fault of a route (or of all of an API, or `*`), for so many calls (None: until it is switched off)."""

    route: str
    kind: Kind
    times: int | None = None
    ids: frozenset[str] = frozenset()
    seconds: float = 0.0
    retry_after: str | None = None


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._on: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        route: str,
        kind: Kind | str,
        *,
        times: int | None = None,
        ids: frozenset[str] | set[str] = frozenset(),
        seconds: float = 0.0,
        retry_after: str | None = None,
    ) -> None:
        """Switch a fault on."""
        with self._lock:
            self._on.append(Fault(route, Kind(kind), times, frozenset(ids), seconds, retry_after))

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._on.clear()

    def take(self, route: Route) -> list[Fault]:
        """Return the faults of this call."""
        taken = []
        with self._lock:
            for fault in self._on:
                if fault.route not in {"*", route.name, route.api} or fault.times == 0:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                taken.append(fault)
        return taken


class Counts:
    """What was request of each route; thread-safe. A call above a published rate is an excess, and our fault."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self.calls: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.excesses: Counter[str] = Counter()
        self.agents: Counter[str] = Counter()
        self.largest: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()

    def admit(self, route: Route, request: Request) -> float:
        """Count a call; return 0, or in how many seconds the API would take it."""
        limits = route.with_key if route.with_key and route.has_key(request) else route.limits
        now = self._clock()
        with self._lock:
            self.calls[route.name] += 1
            self.agents[request.headers.get("user-agent", "")] += 1
            times = self._times[route.api]
            longest = max((seconds for _, seconds in limits), default=0.0)
            while times and times[0] <= now - longest:
                times.popleft()
            for most, seconds in limits:
                recent = [one for one in times if one > now - seconds] if seconds <= 1 else times
                if len(recent) >= most:
                    self.excesses[route.name] += 1
                    return max(0.01, recent[0] + seconds - now)
            times.append(now)
        return 0.0

    def count_ids(self, route: Route, number: int) -> None:
        """Count the ids that a call request about."""
        with self._lock:
            self.ids[route.name] += number
            self.largest[route.name] = max(self.largest[route.name], number)

    def count_refusal(self, route: Route, status: int) -> None:
        """Count a request that the rules of its route refuse, as `route status`."""
        with self._lock:
            self.refused[f"{route.name} {status}"] += 1

    def count_ignored(self, route: Route, names: Iterable[str]) -> None:
        """Count parameters that the true server ignores, as `route name`: most likely a misspelling."""
        with self._lock:
            self.ignored.update(f"{route.name} {name}" for name in names)

    def clear(self) -> None:
        """Forget all that was counted, as if a day had passed: another client begins."""
        with self._lock:
            self._times.clear()
            for counter in (
                self.calls, self.ids, self.excesses, self.agents, self.largest, self.refused, self.ignored
            ):  # fmt: skip
                counter.clear()


_PAGE = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><h1>We are down</h1></body></html>"
_XML = b'<?xml version="1.0"?><eSummaryResult><ERROR>unexpected</ERROR></eSummaryResult>'


def spoil(played: Played, fault: Fault) -> Played:
    """Return the answer as the fault leaves it."""
    match fault.kind:
        case Kind.BUSY:
            headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
            return replace(played, body=b"slow down", status=429, content_type="text/plain", headers=headers)
        case Kind.BUSY_UNDER_200:
            return replace(played, body=b'{"error":"API rate limit exceeded","count":"4","limit":"3"}', status=200)
        case Kind.ERROR:
            return replace(played, body=b"Internal Server Error", status=500, content_type="text/plain")
        case Kind.BAD_GATEWAY:
            return replace(played, body=_PAGE, status=502, content_type="text/html")
        case Kind.HTML:
            return replace(played, body=_PAGE, status=200, content_type="text/html")
        case Kind.TRUNCATED | Kind.CUT:
            return replace(played, body=played.body[: len(played.body) // 2])
        case Kind.WRONG_TYPE:
            return replace(played, body=_XML, status=200, content_type="application/xml")
        case Kind.WRONG_SHAPE:
            return replace(played, body=b'{"surprise": [1, 2, 3], "result": 7, "results": "none"}', status=200)
        case Kind.EMPTY:
            return replace(played, body=b"", status=200)
        case Kind.RAW_NEWLINE:
            return replace(played, body=played.body.replace(b"homo", b"ho\nmo").replace(b"gene", b"ge\nne", 1))
        case Kind.BAD_REQUEST:
            return replace(played, body=b'{"error":"something bad has happened"}', status=400)
        case Kind.FORBIDDEN:
            return replace(played, body=b"IP blacklisted", status=403, content_type="text/plain")
        case Kind.REDIRECT:
            return replace(played, body=b"", status=302, headers={"Location": "https://example.org/maintenance"})
        case _:
            return played
