"""A route of an API: what it refuses, what it answers, and what both rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.upstreams.dialect import Dialect
from tests.upstreams.exchange import Played, Request
from tests.upstreams.world import World

BODIES = {"POST", "PUT", "PATCH"}


class Grade(StrEnum):
    """How far a rule or a payload can be trusted, the best first."""

    RECORDED = "recorded"
    SERVER_TEST = "server test"
    SERVER_SOURCE = "server source"
    DOCUMENTATION = "documentation"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Basis:
    """What the rules of a request, and the payload of its response, rest on; `note` says what remains unverified."""

    rules: Grade
    rules_reference: str
    payload: Grade
    payload_reference: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a route takes; everything else is refused in the words of its dialect.

    `consumes` are the media types of a body (empty: any), `produces` those of a response. `required` parameters must
    be there; of `parameters` (all names that the server knows) any may be: the true servers ignore unknown names, so
    that these are counted and not refused. `read_ids` returns the ids of a request, at most `most_ids`. Lengths are
    in bytes; 8,190 for a request line is the default of Apache and close to that of nginx.
    """

    dialect: Dialect = field(default_factory=Dialect)
    methods: tuple[str, ...] = ("GET",)
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()
    read_ids: Callable[[Request], Sequence[str]] = lambda _: ()
    most_ids: int | None = None
    longest_line: int = 8190
    longest_head: int = 65_536


def _no_headers(_: World) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Route:
    """A route of an API: `name` is `api.what`; `limits` are (calls, seconds) that may not be exceeded.

    A `path` that ends with a slash is a prefix. `with_key` are the limits of who sends a key; `refuse` is how the API
    says that it was called too often; `headers` are on every response of the API itself, refusals included.
    """

    name: str
    path: str
    rules: Rules
    basis: Basis
    play: Callable[[World, Request], Played]
    refuse: Callable[[float], Played]
    limits: tuple[tuple[int, float], ...] = ()
    with_key: tuple[tuple[int, float], ...] = ()
    has_key: Callable[[Request], bool] = lambda _: False
    headers: Callable[[World], Mapping[str, str]] = _no_headers

    @property
    def api(self) -> str:
        """The API whose limits are counted together."""
        return self.name.partition(".")[0]

    def matches(self, api: str, path: str) -> bool:
        """Return whether the route serves a path of an API."""
        return api == self.api and (path.startswith(self.path) if self.path.endswith("/") else path == self.path)


def find_refusal(route: Route, request: Request) -> Played | None:
    """Return how the true server refuses the request, or None where it answers."""
    rules, dialect = route.rules, route.rules.dialect
    refusal = (
        dialect.check_length(request, rules.longest_line, rules.longest_head)
        or dialect.check_method(request, rules.methods)
        or dialect.check_accept(request, rules.produces)
        or (dialect.check_body(request, rules.consumes) if request.method in BODIES else None)
        or dialect.check_parameters(request, rules.required)
    )
    if refusal is None and rules.most_ids is not None:
        refusal = dialect.check_number(request, rules.read_ids(request), rules.most_ids)
    return refusal


def list_ignored(route: Route, request: Request) -> list[str]:
    """Return the parameters that the true server ignores, since it does not know their names."""
    return sorted(set(request.parameters) - route.rules.parameters)
