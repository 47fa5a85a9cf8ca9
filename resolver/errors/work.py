"""Errors of conversions, of jobs, and of the service that runs them."""

from __future__ import annotations

from .base import ResolverError


class ClusterFailed(ResolverError):
    """A job on a cluster failed. The message is that of the cluster."""

    code = "cluster_failed"


class WorkError(ResolverError):
    """A conversion or a job cannot be carried out."""

    code = "work_error"


class ServiceBusy(WorkError):
    """Too many conversions or jobs are active or waiting. Retry after `retry_after_s` seconds."""

    code = "service_busy"

    def __init__(self, message: str, *, retry_after_s: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class TooManyConnections(ServiceBusy):
    """The process of the service has as many connections as it accepts."""

    code = "too_many_connections"


class OutOfHandles(ServiceBusy):
    """The process of the service has no file handle left."""

    code = "out_of_handles"


class Stopping(ServiceBusy):
    """The service stops before the request is done."""

    code = "stopping"


class UnknownJob(WorkError):
    """There is no such job, or it was removed."""

    code = "unknown_job"


class NoResult(WorkError):
    """The job has no result: it is not finished, failed, or was canceled."""

    code = "no_result"


class KeyReused(WorkError):
    """The idempotency key was used before, with another table or other options."""

    code = "key_reused"


class DiskFull(WorkError):
    """There is no space on the disk for the input or the result."""

    code = "disk_full"


class JobsFull(WorkError):
    """The tables and results of all jobs together take as many bytes as they may."""

    code = "jobs_full"


class TooSlow(WorkError):
    """The body of the request arrives too slowly, or not at all."""

    code = "too_slow"


class OutOfTime(WorkError):
    """The job reached its time limit and was stopped."""

    code = "out_of_time"


class JobsUnavailable(WorkError):
    """The service cannot write to the folder of its jobs."""

    code = "jobs_unavailable"


class StorageUnavailable(WorkError):
    """The service cannot read or write its files."""

    code = "storage_unavailable"


class WorkFailed(WorkError):
    """The worker process ended without a result."""

    code = "work_failed"
