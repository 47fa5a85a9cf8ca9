"""Open the jobs of this machine, with the limits that the settings give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jobs.child import Starter
from ..jobs.model import Limits
from ..jobs.runner import JobRunner, Jobs
from ..jobs.store import JobStore
from .environment import find_ledger_url
from .settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from .settings import Settings

WORKER = "resolver.app.worker"


def open_jobs(data_dir: Path | None = None, settings: Settings | None = None) -> Jobs:
    """Open the jobs of a data folder; by default of the one that is set. No job runs before the runner is started."""
    given = settings or read_settings()
    folder = given.data_dir if data_dir is None else data_dir
    limits = Limits(
        given.convert_max_bytes,
        given.convert_max_output_bytes,
        given.convert_max_rows,
        given.convert_at_once,
        given.jobs_at_once,
        given.jobs_waiting,
        given.jobs_kept,
        given.jobs_keep_hours * 3600,
        given.jobs_max_minutes * 60,
    )
    store, starter = JobStore(folder / "jobs", find_ledger_url(data_dir)), Starter(WORKER, folder)
    return Jobs(store, JobRunner(store, starter, limits), starter, limits)
