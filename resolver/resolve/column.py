"""Decide the namespace of a list's bare numbers by its unambiguous numbers.

Numbers with `_at` are ids of NCBI Gene in custom CDFs of Brainarray, and Affymetrix's own elsewhere: a list that has
one that only Affymetrix writes, such as `1007_s_at`, is of its probe sets.
"""

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


# A bare number, also one to which a spreadsheet has added decimals; and the number of a probe set.
_NUMBER = re.compile(r"\s*([1-9][0-9]*)([.]0+)?\s*")
_PROBE_SET = re.compile(r"\s*[1-9][0-9]*(_[a-z])?_at\s*", re.IGNORECASE)
AFFYMETRIX = "affy.probeset"


class Column(NamedTuple):
    """The namespace that a list's bare numbers are read in, and why."""

    prefix: str
    why: str

    @property
    def of(self) -> str:
        """What in the list is read so, in words."""
        return "numbers with _at" if self.prefix == AFFYMETRIX else "bare numbers"

    def is_probe_set(self, text: str) -> bool:
        """Return whether the text is the number of a probe set of Affymetrix, since the list is of those."""
        return self.prefix == AFFYMETRIX and _PROBE_SET.fullmatch(text) is not None

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
    """Return the namespace of the bare numbers among `texts`, else that of numbers with `_at`; None if undecided.

    Each number that this release knows in one namespace alone is a vote for that namespace. One id that only Affymetrix
    writes decides on all numbers with `_at`: its arrays have many of these, and custom CDFs have none.
    """
    numbers: dict[str, None] = {}
    probe_sets = own = 0
    for text in texts:
        if (match := _NUMBER.fullmatch(text)) is not None:
            numbers[match[1]] = None
        elif "_" in text and (match := _PROBE_SET.fullmatch(text)) is not None:
            probe_sets += 1
            own += match[1] is not None
    column = _count_votes(list(numbers), reader)
    if column is None and own:
        why = f"interpreted as probe sets of Affymetrix, like {own:,} of the {probe_sets:,} of the list"
        column = Column(AFFYMETRIX, why)
    return column


def _count_votes(numbers: list[str], reader: GeneReader) -> Column | None:
    """Return the namespace that most of the unambiguous numbers are of; None without enough of them."""
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
