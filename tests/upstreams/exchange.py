"""A request to the simulated source databases, and a response."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html"
XML = "application/xml"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """A request: `path` is below the API's own base, `base` is the address of that base, `target` is as sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    target: str = ""
    # What faults do to the batch: ids that spoil it, and ids that are left out without a word.
    poisoned: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()

    @property
    def content_type(self) -> str:
        """The media type of the body, in lower case and without parameters; empty where none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def form(self) -> dict[str, str]:
        """The parameters of the query and of a form."""
        is_form = "form" in self.content_type
        return dict(self.query) | (dict(parse_qsl(self.body.decode())) if is_form else {})

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None where it is not valid JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name, wherever they stand: query, form, or the members of a JSON object."""
        members = self.json if "json" in self.content_type else None
        return dict(self.form) | (members if isinstance(members, dict) else {})

    @property
    def line_bytes(self) -> int:
        """The length of the request line."""
        return len(self.method) + len(self.target or self.path) + len("  HTTP/1.1\r\n")

    @property
    def head_bytes(self) -> int:
        """The length of the request line and all headers."""
        return self.line_bytes + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers.items())


@dataclass(frozen=True, slots=True)
class Played:
    """A response; `ids` are those that the request names.

    `by_gateway` marks what is sent before the API itself is reached: the API's own headers are missing there.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    ids: Sequence[str] = ()
    by_gateway: bool = False


def as_json(shown: Any, status: int = 200, **more: Any) -> Played:
    """Return a response in JSON."""
    return Played(json.dumps(shown, indent=1).encode(), status, **more)


def as_text(text: str, status: int = 200, content_type: str = TEXT, **more: Any) -> Played:
    """Return a response in plain text, or in another type of text."""
    return Played(text.encode(), status, content_type, **more)
