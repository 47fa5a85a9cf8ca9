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
    chosen = settings or read_settings()
    folder = chosen.data_dir if data_dir is None else data_dir
    limits = Limits(
        chosen.convert_max_bytes,
        chosen.convert_max_output_bytes,
        chosen.convert_max_rows,
        chosen.convert_at_once,
        chosen.jobs_at_once,
        chosen.jobs_waiting,
        chosen.jobs_kept,
        chosen.jobs_keep_hours * 3600,
        chosen.jobs_max_minutes * 60,
    )
    store, starter = (
        JobStore(folder / "jobs", find_ledger_url(data_dir), max_total_bytes=chosen.jobs_max_total_bytes),
        Starter(WORKER, folder),
    )
    return Jobs(store, JobRunner(store, starter, limits), starter, limits)
