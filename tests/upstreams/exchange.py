"""What is asked of the played upstreams, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.upstreams.world import World

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `path` is below the API's own base, `base` is the address of that base."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    # What faults do to the batch: ids that spoil it, and ids that are left out without a word.
    poisoned: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the query and of a form."""
        is_form = "form" in self.headers.get("content-type", "")
        return dict(self.query) | (dict(parse_qsl(self.body.decode())) if is_form else {})

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Played:
    """An answer; `ids` are those that were asked about."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A route of an API: `name` is `api.what`; `limits` are (calls, seconds) that may not be exceeded.

    `with_key` are the limits of who sends a key; `refuse` is how the API says that it was asked too often.
    """

    name: str
    methods: tuple[str, ...]
    path: str  # a prefix of the path
    play: Callable[[World, Asked], Played]
    refuse: Callable[[float], Played]
    limits: tuple[tuple[int, float], ...] = ()
    with_key: tuple[tuple[int, float], ...] = ()
    has_key: Callable[[Asked], bool] = lambda _: False

    @property
    def api(self) -> str:
        """The API whose limits are counted together."""
        return self.name.partition(".")[0]


def as_json(shown: Any, status: int = 200, **more: Any) -> Played:
    """Return an answer in JSON."""
    return Played(json.dumps(shown, indent=1).encode(), status, **more)


def as_text(text: str, status: int = 200, **more: Any) -> Played:
    """Return an answer in plain text."""
    return Played(text.encode(), status, TEXT, **more)
