"""Errors of releases."""

from __future__ import annotations

from .base import ResolverError


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
