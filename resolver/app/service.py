"""Open what the REST service needs, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .access import Access, open_access
from .http_options import read_http_options
from .jobs import open_jobs
from .live import open_live_checks
from .nightly import count_usage
from .resolver import ReleaseFollower
from .settings import read_settings
from .stores import follow_marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..jobs.runner import Jobs
    from ..resolve.answer import Answer
    from .http_options import HttpOptions
    from .live import LiveChecks


class Service(NamedTuple):
    """The parts of the service: resolver, live checks and usage counts if enabled, jobs, HTTP options, and access."""

    find_resolver: ReleaseFollower
    live: LiveChecks | None
    jobs: Jobs
    count_usage: Callable[[Answer], None] | None
    http: HttpOptions
    access: Access


def open_service() -> Service:
    """Open the service on this machine's current release, which is built first if there is none."""
    settings = read_settings()
    return Service(
        ReleaseFollower(settings.data_dir, find_marks=follow_marks()),
        open_live_checks(settings) if settings.live else None,
        open_jobs(settings=settings),
        count_usage() if settings.count_usage else None,
        read_http_options(settings),
        open_access(settings),
    )
