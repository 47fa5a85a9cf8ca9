"""HTTP caching: the answers of a release never change, so the ETag names the release; 304 for an unchanged answer."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi.responses import Response

from ..version import __version__

if TYPE_CHECKING:
    from fastapi import Request

# A cache may store an answer, and revalidates it after a minute.
_CACHE_CONTROL = "public, max-age=60, must-revalidate"


@lru_cache(maxsize=16)
def _headers(release_id: str) -> dict[str, str]:
    return {"etag": f'W/"{release_id}-{__version__}"', "cache-control": _CACHE_CONTROL, "x-release": release_id}


def release_headers(release: str, stamp: str = "0") -> dict[str, str]:
    """Return the headers of an answer of a release; `stamp` is that of the marks that the answer shows."""
    return _headers(release) if stamp == "0" else _marked_headers(release, stamp)


@lru_cache(maxsize=16)
def _marked_headers(release_id: str, stamp: str) -> dict[str, str]:
    return _headers(release_id) | {"etag": f'W/"{release_id}-{__version__}-{stamp}"'}


def pair_headers(old: str, new: str) -> dict[str, str]:
    """Return the headers of an answer that compares two releases."""
    return _headers(f"{old}..{new}")


def find_unchanged(request: Request, release: str, old: str | None = None, *, stamp: str = "0") -> Response | None:
    """Return a 304 response if the client has the current answer, else None.

    With `old` the answer compares two releases; `stamp` is that of the marks that the answer shows.
    """
    known = request.headers.get("if-none-match")
    if known is None:
        return None
    headers = release_headers(release, stamp) if old is None else pair_headers(old, release)
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if "*" in tags or headers["etag"].removeprefix("W/") in tags:
        return Response(status_code=304, headers=headers)
    return None
