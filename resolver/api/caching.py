"""What a release answers never changes: answers carry the release as their ETag, and 304 spares sending them again."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi.responses import Response

from ..version import __version__

if TYPE_CHECKING:
    from fastapi import Request

    from ..store.release import Release

# A cache may keep an answer, and asks whether the release is still the one.
_CACHE_CONTROL = "public, max-age=60, must-revalidate"


@lru_cache(maxsize=16)
def _headers(release_id: str) -> dict[str, str]:
    return {"etag": f'W/"{release_id}-{__version__}"', "cache-control": _CACHE_CONTROL, "x-release": release_id}


def release_headers(release: Release, stamp: str = "0") -> dict[str, str]:
    """Return the headers of whatever `release` answers; `stamp` is that of the marks, where the answer shows them."""
    return _headers(release.id) if stamp == "0" else _marked_headers(release.id, stamp)


@lru_cache(maxsize=16)
def _marked_headers(release_id: str, stamp: str) -> dict[str, str]:
    return _headers(release_id) | {"etag": f'W/"{release_id}-{__version__}-{stamp}"'}


def pair_headers(old: Release, new: Release) -> dict[str, str]:
    """Return the headers of what two releases answer together."""
    return _headers(f"{old.id}..{new.id}")


def find_unchanged(
    request: Request, release: Release, old: Release | None = None, *, stamp: str = "0"
) -> Response | None:
    """Return 304 where the client says that it has what this release answers; None where it has to be answered.

    With `old` the answer is that of both releases; `stamp` is that of the marks, where the answer shows them.
    """
    held = request.headers.get("if-none-match")
    if held is None:
        return None
    headers = release_headers(release, stamp) if old is None else pair_headers(old, release)
    tags = {tag.strip().removeprefix("W/") for tag in held.split(",")}
    if "*" in tags or headers["etag"].removeprefix("W/") in tags:
        return Response(status_code=304, headers=headers)
    return None
