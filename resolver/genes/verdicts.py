"""Verdicts on staleness: what a source database reports today of an identifier in a release or a list.

A verdict other than `not_checked` needs positive evidence from the source database. A failure of the source database is
an obstacle, never a verdict.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from ..identifiers.model import Identifier


class Verdict(StrEnum):
    """What became of an identifier at its source database."""

    CURRENT = "current"
    REPLACED = "replaced"
    RETIRED = "retired"
    MOVED_GENE = "moved_gene"  # current, but of another gene than in the release
    VERSION_BEHIND = "version_behind"
    NOT_CHECKED = "not_checked"


# These are marked; the others are not.
STALE: frozenset[Verdict] = frozenset({Verdict.REPLACED, Verdict.RETIRED, Verdict.MOVED_GENE, Verdict.VERSION_BEHIND})


class Obstacle(StrEnum):
    """Why an identifier was not checked."""

    ARCHIVED = "archived"  # its source is not published any more
    NO_LIVE_SOURCE = "no_live_source"  # no source database can be queried about this namespace
    NO_KEY = "no_key"  # the source database requires a key, and none is set
    DOWN = "down"
    THROTTLED = "throttled"
    NOT_UNDERSTOOD = "not_understood"  # a reply of an unknown shape
    NOT_KNOWN_UPSTREAM = "not_known_upstream"  # a missing record is not evidence of retirement
    DEADLINE = "deadline"


class TrackedIdentifier(NamedTuple):
    """An identifier to check: its version, if any, and the primary CURIE of its gene in the release, if known.

    `gene_ids` are the gene's identifiers by prefix as the release has them (`{"ncbigene": {"3574"}}`), with which the
    source's name of the gene is compared. `taxon` is the gene's NCBI taxonomy id.
    """

    identifier: Identifier
    gene: str | None = None
    gene_ids: dict[str, frozenset[str]] | None = None
    taxon: int | None = None


class UpstreamEvidence(NamedTuple):
    """The request, the fields that decided, the release that the source database reports, and the time (UTC)."""

    url: str
    upstream_release: str | None
    fields: dict[str, str]
    seen_at: datetime


class Finding(NamedTuple):
    """The verdict on one identifier: `successors` are CURIEs to use now, `evidence` None only where not checked."""

    tracked: TrackedIdentifier
    verdict: Verdict
    successors: tuple[str, ...] = ()
    evidence: UpstreamEvidence | None = None
    obstacle: Obstacle | None = None
    note: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain objects, for every interface."""
        identifier, evidence = self.tracked.identifier, self.evidence
        return {
            "curie": identifier.curie,
            "version": identifier.version,
            "gene": self.tracked.gene,
            "verdict": self.verdict.value,
            "use_now": list(self.successors),
            "obstacle": None if self.obstacle is None else self.obstacle.value,
            "note": self.note,
            "evidence": None
            if evidence is None
            else {
                "url": evidence.url,
                "upstream_release": evidence.upstream_release,
                "fields": evidence.fields,
                "seen_at": evidence.seen_at.isoformat(timespec="seconds"),
            },
        }
