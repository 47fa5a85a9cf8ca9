"""`/about` for browsers: the release, its sources and licenses, privacy, and how programs use the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...api.conversions import conversions_of
from ...api.threads import run_long
from ...errors import ResolverError
from ..rendering import make_response
from ..shown import describe_release_briefly, group_sources, page_address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ...resolve.resolver import Resolver


async def show_about(request: Request) -> Response:
    """Show what the release contains and how the service treats its input."""
    return await run_long(_render, request)


def _render(request: Request) -> Response:
    resolver: Resolver = request.app.state.find_resolver()
    about = resolver.about()
    try:
        keep_hours: float | None = conversions_of(request).jobs.limits.keep_s / 3600
    except ResolverError:  # the service cannot keep jobs
        keep_hours = None
    context: dict[str, Any] = {
        "release": describe_release_briefly(resolver),
        "about": about,
        "groups": group_sources(about["sources"]),
        "keep_hours": keep_hours,
        "is_live": request.app.state.live is not None,
        "logs_all": request.app.state.access.log == "full",
        "is_counting": request.app.state.count is not None,
        "service": page_address(request, ""),
        "canonical": page_address(request, "/about"),
    }
    return make_response(request.scope, "about.html.j2", context)
