"""`/clients`: the client for R as a file, which `source()` reads from the service."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

router = APIRouter(include_in_schema=False)
R_CLIENT = files("resolver.api") / "clients" / "geneXref.R"


@router.get("/clients/geneXref.R")
async def get_r_client() -> Response:
    """Return the client for R."""
    return Response(R_CLIENT.read_bytes(), media_type="text/plain")
