"""The schemas of conversions and their jobs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .base import Shape
from .release import ReleaseShape
from .words import OutcomeName


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
    outcome: OutcomeName
    reason: str
    rows: int


class CollisionShape(Shape):
    """A gene, or one of each species, that several different identifiers became."""

    gene: str = Field(description="symbol and CURIE")
    identifiers: int = Field(description="how many different identifiers became it")
    rows: int
    texts: list[str] = Field(description="the most frequent of the identifiers, at most 10")


class CollisionsShape(Shape):
    """Which different identifiers of a column became the same gene."""

    genes: int = Field(description="how many genes several different identifiers became")
    identifiers: int = Field(description="how many different identifiers became these genes")
    rows: int = Field(description="the rows that contain them")
    at_least: bool = Field(description="whether not all identifiers were compared: the first 2,000,000 different ones")
    largest: list[CollisionShape] = Field(description="those with the most rows, at most 50")
    next_step: str | None


class CauseShape(Shape):
    """The misses of one cause."""

    cause: str
    meaning: str
    rows: int
    identifiers: int = Field(description="how many different cells")
    examples: list[str] = Field(description="the most frequent ones, at most 5")
    next_step: str


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
    also: int = Field(description="rows whose text is a name of another gene too")
    share_found: float
    collisions: CollisionsShape | None
    causes: list[CauseShape]
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
    assumed: list[str] = Field(description="what nobody specified, and was decided by the table")
    next_step: str | None = Field(description="the one step that helps most rows")
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
