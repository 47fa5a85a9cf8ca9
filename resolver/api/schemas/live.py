"""The schemas of live findings, for the API's documentation."""

from __future__ import annotations

from pydantic import Field

from .base import Shape
from .words import ObstacleName, VerdictName


class LiveEvidenceShape(Shape):
    """The request to the source database, the decisive fields of its reply, and the time (UTC)."""

    url: str
    upstream_release: str | None
    fields: dict[str, str]
    seen_at: str


class LiveFindingShape(Shape):
    """What the source database reports today about an identifier; `use_now` are CURIEs, `gene` is the release's."""

    curie: str
    version: int | None
    gene: str | None
    verdict: VerdictName
    use_now: list[str]
    obstacle: ObstacleName | None = Field(description="why it was not checked")
    note: str | None
    evidence: LiveEvidenceShape | None = Field(description="null only if it was not checked")
