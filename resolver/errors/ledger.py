"""Errors of the ledger, and of nightly runs that are recorded in it."""

from __future__ import annotations

from .base import ResolverError


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
