"""The words that members of requests and answers can be, each from the place that defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ...errors import ResolverError
from ...genes.ranking import MatchKind
from ...genes.verdicts import STALE, Obstacle, Verdict
from ...identifiers.model import Level
from ...identifiers.namespaces import NAMESPACES
from ...identifiers.species import SPECIES
from ...resolve.look import NO_XREF
from ...resolve.options import Consensus, OnMany, Orthologs, Policy
from ...resolve.outcome import Outcome, Reason, VersionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# For type checks these are texts; the schemas, and the tests that validate answers, have the words themselves.

# Codes of problems that no error of ours has: of access, and of HTTP itself.
_OTHER_CODES = (
    "http_error", "internal_error", "key_invalid", "key_missing", "no_such_page", "quota_exceeded", "rate_limited",
    "scope_missing", NO_XREF,
)  # fmt: skip


def _list_codes(kind: type[ResolverError] = ResolverError) -> Iterator[str]:
    yield kind.code
    for child in kind.__subclasses__():
        yield from _list_codes(child)


def _of(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(word) for word in words))


CODES = _of(sorted({*_list_codes(), *_of(Reason), *_of(Outcome), *_OTHER_CODES}))

if TYPE_CHECKING:
    CardinalityName = str
    CodeName = str
    ConsensusName = str
    KindName = str
    LevelName = str
    ObstacleName = str
    OnManyName = str
    OrthologsName = str
    OutcomeName = str
    PolicyName = str
    PrefixName = str
    ReasonName = str
    SpeciesName = str
    StaleName = str
    VerdictName = str
    VersionName = str
    Taxon = int
else:
    CardinalityName = Literal["1:1", "1:n", "n:1", "n:m"]
    CodeName = Literal[CODES]
    ConsensusName = Literal[_of(Consensus)]
    KindName = Literal[_of(MatchKind)]
    LevelName = Literal[_of(Level)]
    ObstacleName = Literal[_of(Obstacle)]
    OnManyName = Literal[_of(OnMany)]
    OrthologsName = Literal[_of(Orthologs)]
    OutcomeName = Literal[_of(Outcome)]
    PolicyName = Literal[_of(Policy)]
    PrefixName = Literal[_of(row.prefix for row in NAMESPACES)]
    ReasonName = Literal[_of(Reason)]
    SpeciesName = Literal[_of(one.name for one in SPECIES.values())]
    StaleName = Literal[_of(sorted(STALE))]
    Taxon = Literal[tuple(SPECIES)]
    VerdictName = Literal[_of(Verdict)]
    VersionName = Literal[_of(VersionStatus)]
