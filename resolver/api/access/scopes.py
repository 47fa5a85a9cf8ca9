"""The scope that a request needs, by its path: what is not listed here needs `read`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette._utils import get_route_path

from ...access.model import Scope

if TYPE_CHECKING:
    from starlette.types import Scope as Request

# Without a key: whether the service is up, what it is, and how to use it.
PUBLIC = frozenset(
    {"/", "/healthz", "/readyz", "/version", "/service-info", "/openapi.json", "/llms.txt", "/docs", "/redoc"}
)
_PUBLIC_BELOW = ("/static-offline-docs/", "/static/", "/clients/")
_READING = frozenset({"GET", "HEAD"})


def is_public(scope: Request) -> bool:
    """Return whether a request needs no key. The answer to OPTIONS contains no data."""
    path = get_route_path(scope)
    return path in PUBLIC or path.startswith(_PUBLIC_BELOW) or scope["method"] == "OPTIONS"


def find_needed(scope: Request) -> tuple[Scope, ...]:
    """Return the scopes that a request needs, all of them."""
    path = get_route_path(scope)
    first = path[1:].partition("/")[0]
    match first:
        case "convert":
            needed = Scope.CONVERT
        case "check":
            needed = Scope.LIVE
        case "metrics":
            needed = Scope.METRICS
        case "stale" if scope["method"] not in _READING:
            needed = Scope.ADMIN
        case _:
            needed = Scope.READ
    if needed is not Scope.LIVE and b"live=" in scope["query_string"]:
        return needed, Scope.LIVE
    return (needed,)
