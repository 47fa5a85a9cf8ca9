"""What the schemas share, and the schema of problems."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from .words import CodeName


class Shape(BaseModel):
    """A schema with exactly its members."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ProblemShape(BaseModel):
    """A problem (RFC 9457); `code` is stable, `hint` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: CodeName
    hint: str | None = None
    instance: str | None = None
