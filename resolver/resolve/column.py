"""Decide the namespace of a list's bare numbers by its unambiguous numbers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers.namespaces import BY_PREFIX, NUMBERED
from ..identifiers.recognize import recognize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..store.gene_reader import GeneReader

# A decision needs this many unambiguous numbers, of which this share agree, and looks at this many distinct numbers at
# most: more would not make it better.
_FEWEST_VOTES = 3
_SHARE = 0.9
_SAMPLE = 2_000


# A bare number, also one to which a spreadsheet has added decimals.
_NUMBER = re.compile(r"\s*([1-9][0-9]*)([.]0+)?\s*")


class Column(NamedTuple):
    """The namespace that a list's bare numbers are read in, and why."""

    prefix: str
    why: str

    @staticmethod
    def is_number(text: str) -> bool:
        """Return whether the text is a bare number."""
        match = _NUMBER.fullmatch(text)
        return match is not None and match[2] is None

    def takes_decimal(self, text: str) -> bool:
        """Return whether the text is a number of the column to which a spreadsheet has added decimals (`3574.0`)."""
        match = _NUMBER.fullmatch(text)
        if match is None or match[2] is None:
            return False
        return any(
            interpretation.identifier.prefix == self.prefix for interpretation in recognize(match[1]).interpretations
        )


def decide_column(texts: Iterable[str], reader: GeneReader) -> Column | None:
    """Return the namespace of the bare numbers among `texts`; None if it is undecided.

    Each number that this release knows in one namespace alone is a vote for that namespace.
    """
    read = (_NUMBER.fullmatch(text) for text in texts)
    numbers = list(dict.fromkeys(match[1] for match in read if match is not None))
    if len(numbers) < _FEWEST_VOTES:
        return None
    step = max(1, len(numbers) // _SAMPLE)
    sample = numbers[::step][:_SAMPLE]
    known: dict[str, set[str]] = {}
    for prefix, accession in reader.find_placed(sample):
        if prefix in NUMBERED:
            known.setdefault(accession, set()).add(prefix)
    votes = Counter(next(iter(prefixes)) for prefixes in known.values() if len(prefixes) == 1)
    if not votes:
        return None
    (prefix, count), total = votes.most_common(1)[0], votes.total()
    if total < _FEWEST_VOTES or count < _SHARE * total:
        return None
    title = BY_PREFIX[prefix].title
    why = f"interpreted as {title}, like {count:,} of the {total:,} unambiguous numbers of the list"
    return Column(prefix, why)
