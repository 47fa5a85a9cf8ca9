"""Errors of other servers: source databases, and a service that `resolver.client` calls."""

from __future__ import annotations

from .base import ResolverError


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
