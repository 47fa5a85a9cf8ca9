"""All exceptions of the package.

ResolverError                 .code (stable slug) and .hint (what to do)
├── InputError
│   ├── UnknownNamespace      no such namespace, or one without xrefs
│   ├── UnknownSpecies        no such species
│   ├── BadOption             no such option, or an invalid value
│   ├── TooMany               more input than one call accepts
│   ├── LiveOff               live checks are switched off in this service
│   ├── NotAcceptable         no media type that the request accepts
│   ├── UnsupportedEncoding   a body in a content coding that is not read
│   ├── LoopbackOnly          a change that the service accepts only from its own machine
│   ├── UnknownKey            no such API key
│   ├── SeveralGenes          .answer: a query that matches several genes, under on_many=error
│   ├── MissingColumn         .available: a column that the table does not have, or has twice
│   └── UnreadableTable       .path .line: a malformed table
├── ReleaseError
│   ├── NoRelease             no release in the data folder
│   ├── UnknownRelease        no such release in the data folder
│   ├── ReleaseCorrupt        a release that does not match its manifest
│   └── SchemaMismatch        .release_id: a release of another version of the program
├── ClusterFailed             a failed job on a cluster
├── ServiceUnreachable        no service replies at an address, or the reply is not of one
├── SourceError               .source .status
│   ├── SourceUnreachable     .connected: no reply, a server error, or a broken transfer
│   ├── SourceBusy            .retry_after_s: a source database that limits requests
│   ├── SourceRefused         a source database that refuses a request
│   ├── SourceChanged         .sample: a file or reply of unknown layout
│   └── ChecksumMismatch      a file that does not match its published checksum
├── LedgerError               the ledger of nightly runs cannot be read or written
│   ├── LedgerLocked          another program locks the ledger for too long
│   ├── LedgerFull            no space to write the ledger
│   ├── LedgerUnreachable     the file cannot be opened, or the server does not reply
│   │   └── NoLedger          there is no ledger yet
│   └── LedgerNewer           the schema is of a newer version of the program
├── RunError                  a request about nightly runs that cannot be carried out
│   ├── RunActive             .holder: another run is active
│   ├── RunUnknown            no such run in the ledger
│   ├── MarkUnknown           the identifier is not marked
│   └── LeaseLost             another run has taken over
└── WorkError                 conversions and jobs beside the service
    ├── ServiceBusy           .retry_after_s: too many conversions or jobs at once
    │   ├── TooManyConnections  the process of the service has as many connections as it accepts
    │   ├── OutOfHandles      the process of the service has no file handle left
    │   └── Stopping          the service stops before the request is done
    ├── UnknownJob            no such job
    ├── NoResult              a job without a result
    ├── KeyReused             an idempotency key of a different request
    ├── DiskFull              no space on the disk
    ├── JobsFull              the files of all jobs take as much as they may
    ├── JobsUnavailable       the service cannot write to its jobs folder
    ├── StorageUnavailable    the service cannot read or write its files
    ├── OutOfTime             a job that reached its time limit
    ├── TooSlow               a request body that arrives too slowly
    └── WorkFailed            the worker process ended without a result

"Not found", "ambiguous" and "retired" are answers (`resolver.resolve.outcome`), not errors. The interfaces choose
HTTP status and exit codes. Exceptions of other libraries are translated once, where they enter.
"""

from __future__ import annotations

from typing import Any


class ResolverError(Exception):
    """Base of all errors. `code` is a stable slug for programs; `hint` says what to do, also in tracebacks."""

    code = "resolver_error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if hint is not None:
            self.add_note(hint)  # shown in tracebacks

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickle and copy without calling `__init__`, whose arguments differ between subclasses."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ResolverError], args: tuple[Any, ...], members: dict[str, Any]) -> ResolverError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(members)
    if "__notes__" in members:
        error.__notes__ = list(members["__notes__"])  # the copy needs its own list
    return error


class InputError(ResolverError):
    """The input is invalid."""

    code = "bad_input"


class UnknownNamespace(InputError):
    """There is no such namespace, or it has no xrefs."""

    code = "unknown_namespace"


class UnknownSpecies(InputError):
    """There is no such species."""

    code = "unknown_species"


class BadOption(InputError):
    """There is no such option, or its value is invalid."""

    code = "bad_option"


class TooMany(InputError):
    """The input is larger than one call accepts."""

    code = "too_many"


class LiveOff(InputError):
    """Live checks are switched off in this service."""

    code = "live_off"


class NotAcceptable(InputError):
    """The request accepts none of the media types that the answer can have."""

    code = "not_acceptable"


class UnsupportedEncoding(InputError):
    """The body of the request has a content coding or a charset that the service does not read."""

    code = "unsupported_encoding"


class LoopbackOnly(InputError):
    """The service accepts this change only from its own machine, without a proxy."""

    code = "loopback_only"


class SeveralGenes(InputError):
    """The query matches several genes, and `on_many` is `error`. `answer` lists them."""

    code = "several_genes"

    def __init__(self, message: str, *, answer: Any, hint: str | None = None) -> None:  # noqa: ANN401  (its type is in a higher layer)
        super().__init__(message, hint=hint)
        self.answer = answer


class UnknownKey(InputError):
    """There is no such API key, or it was revoked before."""

    code = "unknown_key"


class MissingColumn(InputError):
    """The table does not have this column, or has it twice. `available` lists its columns."""

    code = "missing_column"

    def __init__(self, message: str, *, available: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.available = available


class UnreadableTable(InputError):
    """The table is malformed, in `path` at `line` (1 is the header)."""

    code = "unreadable_table"

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str | None = None) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {message}", hint=hint)
        self.path = path
        self.line = line


class ReleaseError(ResolverError):
    """A release is missing or unusable."""

    code = "release_error"


class NoRelease(ReleaseError):
    """There is no release in the data folder."""

    code = "no_release"


class UnknownRelease(ReleaseError):
    """There is no such release in the data folder. The hint lists the existing ones."""

    code = "unknown_release"


class ReleaseCorrupt(ReleaseError):
    """The release does not match its manifest, or cannot be read."""

    code = "release_corrupt"


class SchemaMismatch(ReleaseError):
    """The release `release_id` was built for another version of the program."""

    code = "schema_mismatch"

    def __init__(self, message: str, *, release_id: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.release_id = release_id


class ClusterFailed(ResolverError):
    """A job on a cluster failed. The message is that of the cluster."""

    code = "cluster_failed"


class ServiceUnreachable(ResolverError):
    """No service replies at an address, or the reply is not of one (`resolver.client`)."""

    code = "service_unreachable"


class SourceError(ResolverError):
    """The source database `source` failed. `status` is the HTTP status of its reply, or None."""

    code = "source_error"

    def __init__(self, message: str, *, source: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.status: int | None = None


class SourceUnreachable(SourceError):
    """The source database does not reply, replies with a server error, or breaks off a transfer.

    `connected` is False if there was no connection to its host.
    """

    code = "source_unreachable"

    def __init__(self, message: str, *, source: str, connected: bool = True, hint: str | None = None) -> None:
        super().__init__(message, source=source, hint=hint)
        self.connected = connected


class SourceBusy(SourceError):
    """The source database limits requests. `retry_after_s` is the wait that it requires, or None."""

    code = "source_busy"

    def __init__(
        self, message: str, *, source: str, retry_after_s: float | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, source=source, hint=hint)
        self.retry_after_s = retry_after_s


class SourceRefused(SourceError):
    """The source database refuses the request, or does not have the file. A retry does not help."""

    code = "source_refused"


class SourceChanged(SourceError):
    """A file or reply of the source database has an unknown layout. `sample` is the beginning of the reply."""

    code = "source_changed"

    def __init__(self, message: str, *, source: str, hint: str | None = None, sample: str | None = None) -> None:
        super().__init__(message, source=source, hint=hint)
        self.sample = sample


class ChecksumMismatch(SourceError):
    """A complete file does not match the checksum that its source published."""

    code = "checksum_mismatch"


class LedgerError(ResolverError):
    """The ledger of nightly runs cannot be read or written."""

    code = "ledger_error"


class LedgerLocked(LedgerError):
    """Another program locks the ledger for longer than the time limit."""

    code = "ledger_locked"


class LedgerFull(LedgerError):
    """There is no space to write the ledger: the disk is full, or a quota is used up."""

    code = "ledger_full"


class LedgerUnreachable(LedgerError):
    """The file of the ledger cannot be opened, or its server does not reply."""

    code = "ledger_unreachable"


class NoLedger(LedgerUnreachable):
    """There is no ledger yet: the first nightly run or job makes it."""

    code = "no_ledger"


class LedgerNewer(LedgerError):
    """The schema of the ledger is of a newer version of the program."""

    code = "ledger_newer"


class RunError(ResolverError):
    """A request about nightly runs cannot be carried out."""

    code = "run_error"


class RunActive(RunError):
    """Another run is active. `holder` names its process."""

    code = "run_active"

    def __init__(self, message: str, *, holder: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.holder = holder


class RunUnknown(RunError):
    """There is no such run in the ledger."""

    code = "run_unknown"


class MarkUnknown(RunError):
    """The identifier is not marked as stale."""

    code = "mark_unknown"


class LeaseLost(RunError):
    """Another run has taken over, and this one must not write any more."""

    code = "lease_lost"


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
