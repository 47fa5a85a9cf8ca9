"""The schemas of marks and nightly runs, for the API's documentation; a test validates responses against them."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from .base import Shape
from .words import SpeciesName, StaleName, Taxon


class StaleEvidenceShape(Shape):
    """The request to the source database, and the decisive fields of its reply."""

    url: str
    fields: dict[str, str]


class StaleShape(Shape):
    """A marked identifier; moments are ISO 8601 in UTC."""

    curie: str
    version: int | None = Field(description="the version that the release has")
    symbol: str | None
    species: SpeciesName | None
    verdict: StaleName
    successors: list[str] = Field(description="CURIEs to use now, which the source reports as current")
    since: str
    seen_at: str = Field(description="when the source last reported it")
    source: str
    genes: list[str] = Field(description="the primary CURIEs of its genes")
    review: Literal["", "acknowledged", "dismissed"] = Field(description="a curator's decision; empty before one")
    page: str | None = Field(description="the source database's page about the identifier")
    taxon: Taxon | None
    upstream_release: str | None
    evidence: StaleEvidenceShape | None
    note: str | None


class MarkEventShape(Shape):
    """A line of the history of a mark."""

    event: Literal[
        "set", "changed", "lifted", "dropped", "held_back", "acknowledged", "dismissed", "reopened", "commented"
    ]
    at: str
    run_id: int | None
    by: str | None = Field(description="the person; null for a nightly run")
    verdict: str
    successors: list[str]
    reason: str | None


class MarkHistoryShape(Shape):
    """A mark and its history."""

    curie: str
    mark: StaleShape | None = Field(description="null if it was lifted")
    history: list[MarkEventShape] = Field(description="oldest event first")


_REASONED: JsonDict = {
    "if": {"properties": {"action": {"enum": ["dismiss", "comment"]}}},
    "then": {"required": ["reason"], "properties": {"reason": {"pattern": r"\S"}}},
}


class ReviewRequest(Shape):
    """What a curator decides about a mark."""

    model_config = ConfigDict(json_schema_extra=_REASONED)

    action: Literal["acknowledge", "dismiss", "reopen", "comment"]
    by: str = Field(description="the person who decides", min_length=1, max_length=2_000, pattern=r"\S")
    reason: str = Field(
        default="", description="why, or the text of a comment; required for dismiss and comment", max_length=2_000
    )


class RunSourceShape(Shape):
    """A source run: the part of a nightly run at one source."""

    source: str
    state: Literal[
        "running", "done", "unchanged", "out_of_time", "out_of_calls", "throttled", "stopped", "down", "not_understood",
        "implausible", "silent", "probe_failed", "failed",
    ]  # fmt: skip
    reason: str | None
    tracked: int = Field(description="identifiers of the release that the source covers")
    planned: int = Field(description="those that were due")
    checked: int = Field(description="those that received a verdict")
    stale: int
    not_checked: int = Field(description="those that could not be checked")
    calls: int
    marked: int = Field(description="new marks")
    lifted: int = Field(description="marks removed because the source reports current again")
    marks: int = Field(description="marks of the source after the run")
    held_back: int = Field(description="verdicts of the source that await confirmation")
    upstream_release: str | None
    upstream_date: str | None = Field(description="the date of that release, if the source reports it")
    release_age_days: int | None = Field(description="how old that release was when the run began there")
    started_at: str
    ended_at: str | None


class RunShape(Shape):
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
    troubles: list[str] = Field(description="sources with an error")
