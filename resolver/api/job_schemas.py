"""The schemas of conversions and their jobs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .schemas import ReleaseShape


class Shape(BaseModel):
    """A schema with exactly its members."""

    model_config = ConfigDict(extra="forbid")


class ColumnProfileShape(Shape):
    """The profile of one column of a table."""

    column: str
    position: int = Field(description="1 is the first")
    taken: bool = Field(description="whether it is converted")
    found: float = Field(description="the share of its different cells that match genes")
    shares: dict[str, float] = Field(description="the share of each kind of cell, largest first")
    description: str = Field(description="the same as a sentence")


class DryRunShape(Shape):
    """What a conversion would do: a dry run."""

    release: ReleaseShape
    header: list[str] = Field(description="the columns that the table has")
    added: list[str] = Field(description="the columns that are added")
    notes: list[str] = Field(description="how the table was read, and what to check")
    profile: list[ColumnProfileShape]
    plan: dict[str, Any] = Field(description="the options of each column, and how its cells are read")
    preview: list[list[str]] = Field(description="the first rows with their new cells")


class ProgressShape(Shape):
    """The progress of a job."""

    rows: int
    bytes: int = Field(description="bytes of the uploaded table that were read")
    total_bytes: int
    percent: float
    rows_per_s: int | None
    seconds_left: float | None


class JobErrorShape(Shape):
    """The reason that a job failed."""

    code: str
    detail: str
    hint: str | None


class LinksShape(Shape):
    """The addresses of a job; null if there is none, or none yet."""

    self: str
    result: str | None
    report: str | None
    receipt: str | None


class MissShape(Shape):
    """A cell that did not simply match a gene."""

    text: str
    outcome: str
    reason: str
    rows: int


class ColumnSummaryShape(Shape):
    """The summary of one column of identifiers, by rows written."""

    name: str
    outcomes: dict[str, int]
    reasons: dict[str, int]
    matched: dict[str, int]
    empty: int
    several_genes: int
    genes_per_row: dict[str, int]
    species: dict[str, int]
    stale: int
    share_found: float
    misses: list[MissShape]


class BadLineShape(Shape):
    """A row with a number of cells other than the header's."""

    line: int
    what: str


class ConversionSummaryShape(Shape):
    """The summary of a conversion."""

    rows: int
    written: int
    bad_rows: int
    bad_lines: list[BadLineShape]
    notes: list[str]
    columns: list[ColumnSummaryShape]
    warning: str | None


class _JobShape(Shape):
    """Any job."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    name: str
    options: dict[str, str]
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: str | None
    attempt: int
    progress: ProgressShape
    release: ReleaseShape | None
    notes: list[str]
    error: JobErrorShape | None
    links: LinksShape


class JobShape(_JobShape):
    """A conversion as a job."""

    kind: Literal["convert"]
    summary: ConversionSummaryShape | None


class CheckSummaryShape(Shape):
    """The summary of the check of a list; `verdicts` counts identifiers."""

    rows: int
    written: int
    verdicts: dict[str, int]


class CheckJobShape(_JobShape):
    """The check of a long list as a job."""

    kind: Literal["check"]
    summary: CheckSummaryShape | None
