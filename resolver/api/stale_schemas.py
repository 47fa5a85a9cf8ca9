"""The shapes of marks and nightly runs, for the API's documentation; a test holds the answers against them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StaleEvidenceShape(_Shape):
    """What the upstream was asked, and which fields of its answer told."""

    url: str
    fields: dict[str, str]


class StaleShape(_Shape):
    """A marked identifier; moments are ISO 8601 in UTC."""

    curie: str
    version: int | None = Field(description="the version that the release holds")
    verdict: Literal["replaced", "retired", "moved_gene", "version_behind"]
    successors: list[str] = Field(description="CURIEs to use now")
    since: str
    seen_at: str = Field(description="when the upstream last said so")
    source: str
    genes: list[str] = Field(description="the primary CURIEs of the genes that hold it")
    taxon: Literal[9606, 10090] | None
    upstream_release: str | None
    evidence: StaleEvidenceShape | None
    note: str | None


class RunSourceShape(_Shape):
    """What a run did at a source."""

    source: str
    state: Literal[
        "running", "done", "unchanged", "out_of_time", "out_of_calls", "stopped", "down", "not_understood",
        "implausible", "failed",
    ]  # fmt: skip
    reason: str | None
    held: int = Field(description="identifiers that it can be asked about")
    planned: int = Field(description="those that were due")
    checked: int = Field(description="those with a verdict")
    stale: int
    not_checked: int = Field(description="those that met an obstacle")
    calls: int
    marked: int = Field(description="new marks")
    lifted: int = Field(description="marks that went, since the upstream says current again")
    marks: int = Field(description="marks of the source after the run")
    upstream_release: str | None
    started_at: str
    ended_at: str | None


class RunShape(_Shape):
    """A nightly run."""

    id: int
    state: Literal["running", "done", "stopped", "abandoned"]
    release_id: str
    holder: str
    started_at: str
    ended_at: str | None
    reason: str | None
    seconds: int | None
    sources: list[RunSourceShape]
    troubles: list[str] = Field(description="sources that did not go as they should")
