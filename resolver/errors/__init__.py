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
│   ├── AddressTooLong        an address that is longer than the service accepts
│   ├── HeadersTooLong        headers that are longer than the service accepts
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

from .base import ResolverError
from .inputs import (
    AddressTooLong,
    BadOption,
    HeadersTooLong,
    InputError,
    LiveOff,
    LoopbackOnly,
    MissingColumn,
    NotAcceptable,
    SeveralGenes,
    TooMany,
    UnknownKey,
    UnknownNamespace,
    UnknownSpecies,
    UnreadableTable,
    UnsupportedEncoding,
)
from .ledger import (
    LeaseLost,
    LedgerError,
    LedgerFull,
    LedgerLocked,
    LedgerNewer,
    LedgerUnreachable,
    MarkUnknown,
    NoLedger,
    RunActive,
    RunError,
    RunUnknown,
)
from .releases import (
    NoRelease,
    ReleaseCorrupt,
    ReleaseError,
    SchemaMismatch,
    UnknownRelease,
)
from .sources import (
    ChecksumMismatch,
    ServiceUnreachable,
    SourceBusy,
    SourceChanged,
    SourceError,
    SourceRefused,
    SourceUnreachable,
)
from .work import (
    ClusterFailed,
    DiskFull,
    JobsFull,
    JobsUnavailable,
    KeyReused,
    NoResult,
    OutOfHandles,
    OutOfTime,
    ServiceBusy,
    Stopping,
    StorageUnavailable,
    TooManyConnections,
    TooSlow,
    UnknownJob,
    WorkError,
    WorkFailed,
)

__all__ = [
    "AddressTooLong",
    "BadOption",
    "ChecksumMismatch",
    "ClusterFailed",
    "DiskFull",
    "HeadersTooLong",
    "InputError",
    "JobsFull",
    "JobsUnavailable",
    "KeyReused",
    "LeaseLost",
    "LedgerError",
    "LedgerFull",
    "LedgerLocked",
    "LedgerNewer",
    "LedgerUnreachable",
    "LiveOff",
    "LoopbackOnly",
    "MarkUnknown",
    "MissingColumn",
    "NoLedger",
    "NoRelease",
    "NoResult",
    "NotAcceptable",
    "OutOfHandles",
    "OutOfTime",
    "ReleaseCorrupt",
    "ReleaseError",
    "ResolverError",
    "RunActive",
    "RunError",
    "RunUnknown",
    "SchemaMismatch",
    "ServiceBusy",
    "ServiceUnreachable",
    "SeveralGenes",
    "SourceBusy",
    "SourceChanged",
    "SourceError",
    "SourceRefused",
    "SourceUnreachable",
    "Stopping",
    "StorageUnavailable",
    "TooMany",
    "TooManyConnections",
    "TooSlow",
    "UnknownJob",
    "UnknownKey",
    "UnknownNamespace",
    "UnknownRelease",
    "UnknownSpecies",
    "UnreadableTable",
    "UnsupportedEncoding",
    "WorkError",
    "WorkFailed",
]
