"""What the bare numbers of a list are: decided by those of its members that can be only one thing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.namespaces import BY_PREFIX, NUMBERED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..store.gene_reader import GeneReader

# A decision needs this many members that can be only one thing, this share of them of one mind, and is made from
# this many distinct numbers at most: more would not make it better.
_FEWEST_VOTES = 3
_SHARE = 0.9
_SAMPLE = 2_000


class Column(NamedTuple):
    """The namespace that a list's bare numbers are read in, and why."""

    prefix: str
    why: str


def decide_column(texts: Iterable[str], reader: GeneReader) -> Column | None:
    """Return which namespace the bare numbers among `texts` are of; None where they do not tell.

    Each number that this release knows in one namespace alone is a vote for that namespace.
    """
    numbers = list(dict.fromkeys(text for text in map(str.strip, texts) if text.isascii() and text.isdigit()))
    if len(numbers) < _FEWEST_VOTES:
        return None
    step = max(1, len(numbers) // _SAMPLE)
    sample = numbers[::step][:_SAMPLE]
    known: dict[str, set[str]] = {}
    for prefix, accession in reader.find_placements_of(sample)[0]:
        if prefix in NUMBERED:
            known.setdefault(accession, set()).add(prefix)
    votes = Counter(next(iter(prefixes)) for prefixes in known.values() if len(prefixes) == 1)
    if not votes:
        return None
    (prefix, count), total = votes.most_common(1)[0], votes.total()
    if total < _FEWEST_VOTES or count < _SHARE * total:
        return None
    title = BY_PREFIX[prefix].title
    why = f"read as {title}: so are {count:,} of the {total:,} numbers of the list that can be only one thing"
    return Column(prefix, why)
