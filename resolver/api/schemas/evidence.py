"""The schemas of what is behind an answer: statements, history, marks, and the receipt."""

from __future__ import annotations

from pydantic import BaseModel, Field

from .base import Shape
from .words import StaleName


class RivalShape(Shape):
    """Another gene that an identifier is assigned to, and the files that assert it."""

    gene: str
    symbol: str
    assignment_rank: int
    sources: list[str]


class EvidenceShape(Shape):
    """The files that assert that an identifier belongs to the gene; `assignment_rank` 0 is the primary assignment.

    Of `voters` organizations that could assert it, `agreed` do.
    """

    curie: str
    relation: str
    version: int | None
    assignment_rank: int
    sources: list[str]
    agreed: int
    voters: int
    contradicted_by: list[RivalShape]


class StepShape(Shape):
    """A step on the way from the query to a gene, and the files that assert it."""

    from_: str = Field(alias="from")
    to: str | None
    how: str
    sources: list[str]


class RetirementShape(Shape):
    """A step in a retired identifier's history."""

    retired: str
    successor: str | None
    reason: str
    date: str | None
    label: str | None
    sources: list[str]


class MarkShape(Shape):
    """An identifier that its source database reports as stale: use its `successors` instead."""

    curie: str
    verdict: StaleName
    successors: list[str]
    since: str = Field(description="when it was first found stale (ISO 8601, UTC)")
    source: str


class UsedSourceShape(Shape):
    """A file that evidence names."""

    source: str
    file: str
    upstream_version: str
    upstream_date: str


class ReceiptShape(BaseModel):
    """What is needed to reproduce the result."""

    program: dict[str, str]
    release: dict[str, str]
    sources: list[dict[str, str | None]]
    parameters: dict[str, str | list[str] | None]
    counts: dict[str, int]
    methods_sentence: str
