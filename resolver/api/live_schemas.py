"""The shape of what upstreams say today, for the API's documentation."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LiveEvidenceShape(_Shape):
    """What an upstream was asked, which fields of its answer told, and when (UTC)."""

    url: str
    upstream_release: str | None
    fields: dict[str, str]
    seen_at: str


class LiveFindingShape(_Shape):
    """What an upstream says today of an identifier; `use_now` are CURIEs, `gene` is as the release has it."""

    curie: str
    version: int | None
    gene: str | None
    verdict: Literal["current", "replaced", "retired", "moved_gene", "version_behind", "not_checked"]
    use_now: list[str]
    obstacle: str | None = Field(description="why it was not checked")
    note: str | None
    evidence: LiveEvidenceShape | None = Field(description="null only where it was not checked")
