"""By what answers are counted, and how texts lead to genes, as numbers."""

from __future__ import annotations

from typing import NamedTuple

from ..genes.ranking import MatchKind
from ..identifiers.namespaces import BY_PREFIX

# What `match_of` numbers: how texts led to their genes, the namespace of an identifier or the kind of a name.
MATCHES = ("", *BY_PREFIX, *(kind.value for kind in MatchKind if kind is not MatchKind.IDENTIFIER))
FIRST_KIND = 1 + len(BY_PREFIX)


class Kind(NamedTuple):
    """What answers are counted by; `genes` is how many they lead to."""

    outcome: str
    reason: str
    genes: int
