"""`/metrics`, `/version` and `/service-info`: the service itself, for those who run it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from ...app.stores import read_ledger
from ...errors import LedgerError, ReleaseError
from ...nightly.report import Report, build_report
from ...version import __version__
from ..threads import run_long
from .metrics import CONTENT_TYPE, JobCounts, Metrics
from .shapes import ServiceInfoShape, VersionShape

if TYPE_CHECKING:
    from ...app.access import Access
    from ...resolve.resolver import Resolver

router = APIRouter(tags=["about"])
_ORGANIZATION = "Gene Xref Resolver"


@router.get("/metrics", summary="Get metrics for Prometheus", response_class=PlainTextResponse)
async def show_metrics(request: Request) -> Response:
    """Return metrics of requests, answers, jobs, the release, nightly runs and marks, as Prometheus reads them."""
    state = request.app.state
    metrics: Metrics = state.metrics

    def read_report() -> Report | None:
        now = datetime.now(UTC).timestamp()
        with suppress(LedgerError):
            return read_ledger(state.open_ledger, lambda reader: build_report(reader, now=now))
        return None

    def render() -> bytes:
        resolver: Resolver | None = None
        with suppress(ReleaseError):
            resolver = state.find_resolver()
        return metrics.render(resolver, read_report(), lambda: _count_jobs(request))

    state.sample(None)
    return Response(await run_long(render), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})


def _count_jobs(request: Request) -> JobCounts:
    jobs = request.app.state.conversions.jobs
    return JobCounts(jobs.store.count_states(), jobs.store.budget.measure(), jobs.store.budget.limit)


@router.get("/version", summary="Get the versions of program and release", response_model=VersionShape)
async def show_version(request: Request) -> dict[str, Any]:
    """Return the version of the program and the id of the current release, if there is one."""
    release = await run_in_threadpool(_find_release, request)
    return {"version": __version__, "release": release}


@router.get("/service-info", summary="Describe the service as GA4GH defines it", response_model=ServiceInfoShape)
async def show_service_info(request: Request) -> dict[str, Any]:
    """Return what the GA4GH Service Info specification 1.0.0 defines; the operator sets id and organization."""
    access: Access = request.app.state.access
    known = access.identity
    public = known.get("public_url")
    host = urlsplit(public or "").hostname or "localhost"
    contact = known.get("contact")
    described: dict[str, Any] = {
        "id": known.get("id") or ".".join([*reversed(host.split(".")), "gene-xref-resolver"]),
        "name": "Gene Xref Resolver",
        "type": {"group": "org.gene-xref-resolver", "artifact": "gene-xref-resolver", "version": __version__},
        "description": "Maps any human or mouse gene identifier, symbol or name to all others of its gene.",
        "organization": {
            "name": known.get("organization_name") or _ORGANIZATION,
            "url": known.get("organization_url") or public or str(request.base_url).rstrip("/"),
        },
        "contactUrl": f"mailto:{contact}" if contact else None,
        "documentationUrl": f"{public or str(request.base_url)}".rstrip("/") + "/docs",
        "version": __version__,
    }
    return {name: value for name, value in described.items() if value is not None}


def _find_release(request: Request) -> str | None:
    with suppress(ReleaseError):
        return str(request.app.state.find_resolver().release.id)
    return None
