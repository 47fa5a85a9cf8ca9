"""Every exception that we raise.

ResolverError                 .code (stable slug) and .hint (what to do)
├── InputError
│   ├── UnknownNamespace      a namespace that we do not know
│   ├── UnknownSpecies        a species that we do not know
│   ├── BadOption             an option that we do not know, or a value that it cannot have
│   ├── TooMany               more was sent than is taken in one call
│   ├── LiveOff               the upstreams were to be asked, and the service does not do that
│   ├── LoopbackOnly          a change that the service accepts from its own machine alone
│   ├── SeveralGenes          .answer: a text that names several genes, where that was said to be an error
│   ├── MissingColumn         .available: a column that a table does not have, or has twice
│   └── UnreadableTable       .path .line: a table that breaks its layout
├── ReleaseError
│   ├── NoRelease             nothing is published in the data folder
│   ├── UnknownRelease        a release that was named, and is not here
│   ├── ReleaseCorrupt        a release that does not hold what its manifest says
│   └── SchemaMismatch        .release_id: a release made for another version of the program
├── ClusterFailed             a job on a cluster that ended before it was done
├── SourceError               .source
│   ├── SourceUnreachable     .connected: an upstream that does not answer, or breaks off
│   ├── SourceBusy            .retry_after_s: an upstream that asks us to come back later
│   ├── SourceRefused         an upstream that does not give us what we ask for
│   ├── SourceChanged         .sample: an upstream file or answer without the layout that we know
│   └── ChecksumMismatch      a file whose bytes are not those that the upstream published
├── LedgerError               the ledger of nightly runs cannot be read or written
│   ├── LedgerLocked          another program holds it for too long
│   ├── LedgerFull            there is no room to write
│   ├── LedgerUnreachable     it cannot be opened, or its server does not answer
│   └── LedgerNewer           a newer version of the program has changed its tables
├── RunError                  a nightly run cannot be what was asked
│   ├── RunActive             .holder: another run is at work
│   ├── RunUnknown            a run that was named, and is not in the ledger
│   ├── MarkUnknown           an identifier that was named, and is not marked
│   └── LeaseLost             another run has taken this one's place
└── WorkError                 long work beside the service: conversions and jobs
    ├── ServiceBusy           .retry_after_s: as much is at work or waiting as is allowed
    ├── UnknownJob            a job that was named, and is not here
    ├── NoResult              a job that has no result, or none yet
    ├── KeyReused             an idempotency key that came with something else before
    ├── NoRoom                there is no room on the disk
    ├── JobsUnavailable       the service cannot write to its jobs folder
    ├── OutOfTime             a job that reached its time limit
    ├── TooSlow               a body that stopped coming
    └── WorkFailed            the process that did the work ended without a result

"Not found", "ambiguous" and "retired" are answers (`resolver.resolve.outcome`), not errors. Doors own HTTP
status and exit codes; foreign exceptions are translated once, where they enter.
"""

from __future__ import annotations

from typing import Any


class ResolverError(Exception):
    """Base of all: `code` is a stable slug for programs, `hint` says what to do next, and is a note in tracebacks."""

    code = "resolver_error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        if hint is not None:
            self.add_note(hint)  # which a traceback shows

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickles and copies: no subclass is called again, whatever its arguments are."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ResolverError], args: tuple[Any, ...], members: dict[str, Any]) -> ResolverError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(members)
    if "__notes__" in members:
        error.__notes__ = list(members["__notes__"])  # a copy has notes of its own
    return error


class InputError(ResolverError):
    """What was asked cannot be answered as it was written."""

    code = "bad_input"


class UnknownNamespace(InputError):
    """A namespace that we do not know, or that no xrefs are listed for."""

    code = "unknown_namespace"


class UnknownSpecies(InputError):
    """A species that we do not know."""

    code = "unknown_species"


class BadOption(InputError):
    """An option that there is not, or a value that it cannot have."""

    code = "bad_option"


class TooMany(InputError):
    """More was sent than is taken in one call."""

    code = "too_many"


class LiveOff(InputError):
    """The upstreams were to be asked, which this service does not do unless it is set to."""

    code = "live_off"


class LoopbackOnly(InputError):
    """A request would change something, and comes from another machine, or through a proxy."""

    code = "loopback_only"


class SeveralGenes(InputError):
    """A text names several genes, and `on_many=error` was asked; `answer` lists them."""

    code = "several_genes"

    def __init__(self, message: str, *, answer: Any, hint: str | None = None) -> None:  # noqa: ANN401  (of a room above)
        super().__init__(message, hint=hint)
        self.answer = answer


class MissingColumn(InputError):
    """A column was named that the table does not have, or has twice; `available` are those that it has."""

    code = "missing_column"

    def __init__(self, message: str, *, available: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.available = available


class UnreadableTable(InputError):
    """A table that breaks its layout; `path` and `line` (1 is the header) say where."""

    code = "unreadable_table"

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str | None = None) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {message}", hint=hint)
        self.path = path
        self.line = line


class ReleaseError(ResolverError):
    """The data, not the question, is at fault."""

    code = "release_error"


class NoRelease(ReleaseError):
    """No release is published in the data folder."""

    code = "no_release"


class UnknownRelease(ReleaseError):
    """A release was named that is not published on this machine; the hint names those that are."""

    code = "unknown_release"


class ReleaseCorrupt(ReleaseError):
    """A release does not hold what its manifest says, or cannot be read."""

    code = "release_corrupt"


class SchemaMismatch(ReleaseError):
    """A release, `release_id`, was made for another version of the program."""

    code = "schema_mismatch"

    def __init__(self, message: str, *, release_id: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.release_id = release_id


class ClusterFailed(ResolverError):
    """A job on a cluster ended before it was done; the message is the cluster's own."""

    code = "cluster_failed"


class SourceError(ResolverError):
    """An upstream is at fault; `source` names it, `status` is that of its reply, None where there was none."""

    code = "source_error"

    def __init__(self, message: str, *, source: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.status: int | None = None


class SourceUnreachable(SourceError):
    """An upstream does not answer, answers with a fault of its own, or breaks off before the end.

    `connected` is False where there was no connection to its host at all.
    """

    code = "source_unreachable"

    def __init__(self, message: str, *, source: str, connected: bool = True, hint: str | None = None) -> None:
        super().__init__(message, source=source, hint=hint)
        self.connected = connected


class SourceBusy(SourceError):
    """An upstream asks us to come back later; `retry_after_s` is in how many seconds, None where it does not say."""

    code = "source_busy"

    def __init__(
        self, message: str, *, source: str, retry_after_s: float | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, source=source, hint=hint)
        self.retry_after_s = retry_after_s


class SourceRefused(SourceError):
    """An upstream answers that it has no such thing, or does not give it to us; to ask again would not help."""

    code = "source_refused"


class SourceChanged(SourceError):
    """An upstream file or answer does not have the layout that we know; `sample` is how an answer begins."""

    code = "source_changed"

    def __init__(self, message: str, *, source: str, hint: str | None = None, sample: str | None = None) -> None:
        super().__init__(message, source=source, hint=hint)
        self.sample = sample


class ChecksumMismatch(SourceError):
    """A file came whole by its length, but its bytes are not those that the upstream published."""

    code = "checksum_mismatch"


class LedgerError(ResolverError):
    """The ledger of nightly runs cannot be read or written."""

    code = "ledger_error"


class LedgerLocked(LedgerError):
    """Another program holds the ledger for longer than we wait."""

    code = "ledger_locked"


class LedgerFull(LedgerError):
    """There is no room to write the ledger: the disk is full, or a quota is used up."""

    code = "ledger_full"


class LedgerUnreachable(LedgerError):
    """The ledger's file cannot be opened, or its server does not answer."""

    code = "ledger_unreachable"


class LedgerNewer(LedgerError):
    """A newer version of the program has changed the ledger's tables."""

    code = "ledger_newer"


class RunError(ResolverError):
    """A nightly run cannot be what was asked."""

    code = "run_error"


class RunActive(RunError):
    """Another run is at work; `holder` names it."""

    code = "run_active"

    def __init__(self, message: str, *, holder: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.holder = holder


class RunUnknown(RunError):
    """A run was named that is not in the ledger."""

    code = "run_unknown"


class MarkUnknown(RunError):
    """An identifier was named that is not marked."""

    code = "mark_unknown"


class LeaseLost(RunError):
    """Another run has taken this one's place, so that this one writes no more."""

    code = "lease_lost"


class WorkError(ResolverError):
    """Work that is done beside the service, a conversion or a job, cannot be what was asked."""

    code = "work_error"


class ServiceBusy(WorkError):
    """As much is at work, or waiting, as is allowed; `retry_after_s` is in how many seconds to ask again."""

    code = "service_busy"

    def __init__(self, message: str, *, retry_after_s: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class UnknownJob(WorkError):
    """A job was named that is not here: it never was, or was removed."""

    code = "unknown_job"


class NoResult(WorkError):
    """A job has no result: it is not done yet, failed, or was cancelled."""

    code = "no_result"


class KeyReused(WorkError):
    """An idempotency key came before, with another table or other options."""

    code = "key_reused"


class NoRoom(WorkError):
    """There is no room on the disk for what is sent or made."""

    code = "no_room"


class TooSlow(WorkError):
    """The body of a request stopped coming."""

    code = "too_slow"


class OutOfTime(WorkError):
    """A job reached its time limit and was ended."""

    code = "out_of_time"


class JobsUnavailable(WorkError):
    """The service cannot keep jobs: it may not write to the folder of their files."""

    code = "jobs_unavailable"


class WorkFailed(WorkError):
    """The process that did the work ended without a result."""

    code = "work_failed"
