"""The schemas of the release: its namespaces and source files."""

from __future__ import annotations

from pydantic import Field

from .base import Shape
from .words import LevelName, PrefixName, Taxon


class ReleaseShape(Shape):
    """The release of the answer."""

    id: str
    title: str


class FormShape(Shape):
    """A form of the accessions of a namespace."""

    level: LevelName
    pattern: str
    example: str
    near_miss: str
    page: str
    taxon: Taxon | None
    versioned: bool
    history_page: str | None = Field(description="the page with the history, if it differs from `page`")
    is_page_of_version: bool = Field(description="whether the page can show one version of an identifier")


class NamespaceShape(Shape):
    """A namespace that is recognized."""

    prefix: PrefixName
    title: str
    authority: str
    spellings: list[str]
    forms: list[FormShape]
    note: str


class SourceShape(Shape):
    """A source file that the release was built from."""

    key: str
    source: str
    file: str
    url: str
    license: str
    upstream_version: str
    upstream_date: str
    statements: int
    sha256: str | None
    note: str = Field(description="how the file was obtained or made, if it may differ from the original")
