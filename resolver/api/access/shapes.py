"""The shapes of `/version` and `/service-info`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class VersionShape(BaseModel):
    """The versions of program and release."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(description="the version of the program")
    release: str | None = Field(description="the id of the current release; null if none can be read")


class ServiceTypeShape(BaseModel):
    """The type of a service, as GA4GH defines it."""

    model_config = ConfigDict(extra="forbid")

    group: str
    artifact: str
    version: str


class OrganizationShape(BaseModel):
    """Who runs the service."""

    model_config = ConfigDict(extra="forbid")

    name: str
    url: str


class ServiceInfoShape(BaseModel):
    """The object of the GA4GH Service Info specification 1.0.0."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="a name of the service that no other has, in reverse domain notation")
    name: str
    type: ServiceTypeShape
    description: str
    organization: OrganizationShape
    contactUrl: str | None = None  # noqa: N815  (as in the specification)
    documentationUrl: str  # noqa: N815
    version: str
