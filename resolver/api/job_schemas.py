"""The shapes of conversions and their jobs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .schemas import ReleaseShape


class Shape(BaseModel):
    """A shape has all its members, and no others."""

    model_config = ConfigDict(extra="forbid")


class OddsShape(Shape):
    """What one column of a table holds."""

    column: str
    position: int = Field(description="1 is the first")
    taken: bool = Field(description="whether it is converted")
    found: float = Field(description="the share of its cells that lead to genes")
    shares: dict[str, float] = Field(description="the share of each kind of cell, likeliest first")
    told: str = Field(description="the same in words")


class DryRunShape(Shape):
    """What a conversion would do."""

    release: ReleaseShape
    header: list[str] = Field(description="the columns that the table has")
    added: list[str] = Field(description="the columns that are added")
    notes: list[str] = Field(description="how the table was read, and what to look at")
    odds: list[OddsShape]
    plan: dict[str, Any] = Field(description="what is asked of each cell, and how the cells are read")
    preview: list[list[str]] = Field(description="the first rows with their new cells")


class ProgressShape(Shape):
    """How far a job is."""

    rows: int
    bytes: int = Field(description="read of the table that was sent")
    total_bytes: int
    percent: float
    rows_per_s: int | None
    seconds_left: float | None


class JobErrorShape(Shape):
    """Why a job failed."""

    code: str
    detail: str
    hint: str | None


class LinksShape(Shape):
    """Where to go from a job; null where there is nothing, or nothing yet."""

    self: str
    result: str | None
    report: str | None


class MissShape(Shape):
    """A text that did not simply lead to a gene."""

    text: str
    outcome: str
    reason: str
    rows: int


class ColumnSummaryShape(Shape):
    """What one column of identifiers came to, by rows written."""

    name: str
    outcomes: dict[str, int]
    reasons: dict[str, int]
    matched: dict[str, int]
    empty: int
    several_genes: int
    genes_per_row: dict[str, int]
    stale: int
    share_found: float
    misses: list[MissShape]


class BadLineShape(Shape):
    """A row of another width than the header."""

    line: int
    what: str


class ConversionSummaryShape(Shape):
    """What a conversion came to."""

    rows: int
    written: int
    bad_rows: int
    bad_lines: list[BadLineShape]
    notes: list[str]
    columns: list[ColumnSummaryShape]
    warning: str | None


class _JobShape(Shape):
    """What is told of any job."""

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
    """A conversion that is done while nobody waits."""

    kind: Literal["convert"]
    summary: ConversionSummaryShape | None


class CheckSummaryShape(Shape):
    """What the check of a list came to; `verdicts` counts identifiers."""

    rows: int
    written: int
    verdicts: dict[str, int]


class CheckJobShape(_JobShape):
    """The check of a list that is too long to wait for."""

    kind: Literal["check"]
    summary: CheckSummaryShape | None
