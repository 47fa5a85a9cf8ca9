"""What schemathesis needs to know besides the description: how lines are written, what a miss is, who sends them."""

from __future__ import annotations

import itertools
import json
from ipaddress import IPv6Address
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode

from resolver.resolve.outcome import Reason

_BY_IDENTIFIER = ("/resolve/", "/gene/", "/go/", "/history/", "/orthologs/")
_addresses = itertools.count(int(IPv6Address("2001:db8::")), 2**64)  # of documentation; a network for each case


@schemathesis.serializer("application/x-ndjson")
def write_lines(_context: Any, queries: Any) -> bytes:
    """Write each query as a line; what is no list cannot be written so, and becomes a line that is no JSON."""
    if not isinstance(queries, list):
        return b"{" + json.dumps(queries).encode()
    return b"".join(json.dumps(one).encode() + b"\n" for one in queries)


@schemathesis.deserializer("text/html")
def read_page(_context: Any, response: Any) -> str:
    """Return a page as the text that it is."""
    return str(response.text)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Send each case from another address, for a service that believes it: 20 wrong keys of one address get 429."""
    case.headers["X-Forwarded-For"] = str(IPv6Address(next(_addresses)))


@schemathesis.check
def misses_are_answers(_context: Any, response: Any, case: Any) -> None:
    """Fail if an identifier route refuses valid data otherwise than by the outcome `unrecognized`."""
    is_valid = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if is_valid and response.status_code == 422 and case.operation.path.startswith(_BY_IDENTIFIER):
        code = response.json()["code"]
        assert code in set(Reason), f"valid data is refused with {code}"
