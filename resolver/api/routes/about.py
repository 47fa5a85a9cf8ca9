"""`/healthz`, `/readyz`, `/about`, `/namespaces` and `/sources`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from ...identifiers.namespaces import NAMESPACES
from ..deps import TheResolver
from ..schemas.looking import AboutShape, HealthShape
from ..schemas.release import NamespaceShape, SourceShape

router = APIRouter(tags=["about"])


@router.get(
    "/healthz", summary="Check that the process is alive", response_model=HealthShape, response_model_exclude_none=True
)
async def get_health() -> dict[str, str]:
    """Return `ok` as long as the process answers."""
    return {"status": "ok"}


@router.get("/readyz", summary="Check that the service can answer", response_model=HealthShape)
async def get_readiness(resolver: TheResolver) -> dict[str, str]:
    """Return the current release after a test query; 503 if it cannot be read."""
    resolver.reader.find_placements("ncbigene", "0")
    return {"status": "ok", "release": resolver.release.id, "title": resolver.release.title}


@router.get("/about", summary="Describe the current release", response_model=AboutShape)
async def describe_current_release(resolver: TheResolver) -> dict[str, Any]:
    """Return what the current release contains by namespace and species, and its sources with dates and licenses."""
    return resolver.about()


@router.get("/namespaces", summary="List the namespaces", response_model=list[NamespaceShape])
async def list_namespaces() -> list[dict[str, Any]]:
    """Return the table of namespaces: spellings, shapes, examples and pages."""
    shown = ("prefix", "title", "authority", "spellings", "note")
    return [
        {name: getattr(namespace, name) for name in shown} | {"forms": [asdict(form) for form in namespace.forms]}
        for namespace in NAMESPACES
    ]


@router.get("/sources", summary="List the source files of the release", response_model=list[SourceShape])
async def list_sources(resolver: TheResolver) -> list[dict[str, Any]]:
    """Return the source files that the current release was built from, with versions, dates and licenses."""
    return resolver.reader.list_sources()
