"""Gene Xref Resolver: map any human or mouse gene identifier to all others of its gene.

`__all__` lists the public names. Each is imported at its first use, which keeps `import resolver` fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .app.resolver import LocalResolver as Resolver
    from .app.resolver import convert_file as convert_file
    from .app.resolver import convert_frame as convert_frame
    from .convert.merging import CollisionWarning as CollisionWarning
    from .errors import (
        AddressTooLong as AddressTooLong,
    )
    from .errors import (
        BadOption as BadOption,
    )
    from .errors import (
        ChecksumMismatch as ChecksumMismatch,
    )
    from .errors import (
        ClusterFailed as ClusterFailed,
    )
    from .errors import (
        DiskFull as DiskFull,
    )
    from .errors import (
        HeadersTooLong as HeadersTooLong,
    )
    from .errors import (
        InputError as InputError,
    )
    from .errors import (
        JobsFull as JobsFull,
    )
    from .errors import (
        JobsUnavailable as JobsUnavailable,
    )
    from .errors import (
        KeyReused as KeyReused,
    )
    from .errors import (
        LeaseLost as LeaseLost,
    )
    from .errors import (
        LedgerError as LedgerError,
    )
    from .errors import (
        LedgerFull as LedgerFull,
    )
    from .errors import (
        LedgerLocked as LedgerLocked,
    )
    from .errors import (
        LedgerNewer as LedgerNewer,
    )
    from .errors import (
        LedgerUnreachable as LedgerUnreachable,
    )
    from .errors import (
        LiveOff as LiveOff,
    )
    from .errors import (
        LoopbackOnly as LoopbackOnly,
    )
    from .errors import (
        MarkUnknown as MarkUnknown,
    )
    from .errors import (
        MissingColumn as MissingColumn,
    )
    from .errors import (
        NoLedger as NoLedger,
    )
    from .errors import (
        NoRelease as NoRelease,
    )
    from .errors import (
        NoResult as NoResult,
    )
    from .errors import (
        NotAcceptable as NotAcceptable,
    )
    from .errors import (
        OutOfHandles as OutOfHandles,
    )
    from .errors import (
        OutOfTime as OutOfTime,
    )
    from .errors import (
        ReleaseCorrupt as ReleaseCorrupt,
    )
    from .errors import (
        ReleaseError as ReleaseError,
    )
    from .errors import (
        ResolverError as ResolverError,
    )
    from .errors import (
        RunActive as RunActive,
    )
    from .errors import (
        RunError as RunError,
    )
    from .errors import (
        RunUnknown as RunUnknown,
    )
    from .errors import (
        SchemaMismatch as SchemaMismatch,
    )
    from .errors import (
        ServiceBusy as ServiceBusy,
    )
    from .errors import (
        ServiceUnreachable as ServiceUnreachable,
    )
    from .errors import (
        SeveralGenes as SeveralGenes,
    )
    from .errors import (
        SourceBusy as SourceBusy,
    )
    from .errors import (
        SourceChanged as SourceChanged,
    )
    from .errors import (
        SourceError as SourceError,
    )
    from .errors import (
        SourceRefused as SourceRefused,
    )
    from .errors import (
        SourceUnreachable as SourceUnreachable,
    )
    from .errors import (
        Stopping as Stopping,
    )
    from .errors import (
        StorageUnavailable as StorageUnavailable,
    )
    from .errors import (
        TooMany as TooMany,
    )
    from .errors import (
        TooManyConnections as TooManyConnections,
    )
    from .errors import (
        TooSlow as TooSlow,
    )
    from .errors import (
        UnknownJob as UnknownJob,
    )
    from .errors import (
        UnknownKey as UnknownKey,
    )
    from .errors import (
        UnknownNamespace as UnknownNamespace,
    )
    from .errors import (
        UnknownRelease as UnknownRelease,
    )
    from .errors import (
        UnknownSpecies as UnknownSpecies,
    )
    from .errors import (
        UnreadableTable as UnreadableTable,
    )
    from .errors import (
        UnsupportedEncoding as UnsupportedEncoding,
    )
    from .errors import (
        WorkError as WorkError,
    )
    from .errors import (
        WorkFailed as WorkFailed,
    )
    from .identifiers.model import Interpretation as Interpretation
    from .resolve.answer import Answer as Answer
    from .resolve.outcome import Outcome as Outcome
    from .resolve.outcome import Reason as Reason

__all__ = [
    "AddressTooLong",
    "Answer",
    "BadOption",
    "ChecksumMismatch",
    "ClusterFailed",
    "CollisionWarning",
    "DiskFull",
    "HeadersTooLong",
    "InputError",
    "Interpretation",
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
    "Outcome",
    "Reason",
    "ReleaseCorrupt",
    "ReleaseError",
    "Resolver",
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
    "__version__",
    "convert_file",
    "convert_frame",
]

# The modules of the public names; all other names are in `errors`.
_ORIGINS = {
    "Answer": "resolve.answer",
    "CollisionWarning": "convert.merging",
    "Outcome": "resolve.outcome",
    "Interpretation": "identifiers.model",
    "Reason": "resolve.outcome",
    "Resolver": "app.resolver",
    "convert_file": "app.resolver",
    "convert_frame": "app.resolver",
}
_OWN_NAMES = {"Resolver": "LocalResolver"}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (attributes of a module have any type)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{_ORIGINS.get(name, 'errors')}", __name__)
    return getattr(module, _OWN_NAMES.get(name, name))


def __dir__() -> list[str]:
    return list(__all__)
