"""Read what was typed or pasted into a search field: one identifier, or a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..resolve.outcome import Outcome

if TYPE_CHECKING:
    from ..resolve.resolver import Resolver

_LINES = re.compile(r"[\r\n]+")
_MISSES = {Outcome.NOT_FOUND, Outcome.UNRECOGNIZED}
_WITHIN = re.compile(r"[\s,;|]+")


def split_list(text: str, resolver: Resolver) -> list[str]:
    """Return the queries in a text: its lines, or the parts of a single line that matches nothing as a whole.

    A name such as `tumor protein p53` and a pair such as `TP53|7157` stay whole. A line with tabs is a row of a table:
    its first cell counts.
    """
    lines = [line.split("\t")[0].strip() for line in _LINES.split(text)]
    lines = [line for line in lines if line]
    if len(lines) != 1:
        return lines
    parts = [part for part in _WITHIN.split(lines[0]) if part]
    if len(parts) < 2:
        return lines
    if resolver.resolve(lines[0]).outcome not in _MISSES:
        return lines
    tried = parts[:50]
    found = sum(answer.outcome not in _MISSES for answer in resolver.resolve_many(tried))
    return parts if 2 * found >= len(tried) else lines
