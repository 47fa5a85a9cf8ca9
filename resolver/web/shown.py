"""What several pages show: the release, absolute addresses, and the age of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..resolve.about import UPDATE
from .rendering import base_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from ..resolve.resolver import Resolver


def describe_release_briefly(resolver: Resolver) -> dict[str, str]:
    """Return the id and the title of the release."""
    return {"id": resolver.release.id, "title": resolver.release.title}


def adapt_hint(hint: str | None) -> str:
    """Return a hint without commands and members of JSON, which a page does not have."""
    hint = (hint or "").replace(f" A newer release may have it: {UPDATE}.", "")
    return hint.replace(": see other_matches.", ".")


def page_address(request: Request, path: str) -> str:
    """Return the absolute address of a page."""
    return f"{request.url.scheme}://{request.url.netloc}{base_of(request.scope)}{path}"


def group_sources(sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the organizations behind source files, with the number, the dates and the licenses of their files."""
    groups: dict[str, dict[str, Any]] = {}
    for row in sources:
        group = groups.setdefault(
            row["source"], {"name": row["source"], "files": 0, "dates": [], "statements": 0, "licenses": {}}
        )
        group["files"] += 1
        group["statements"] += row["statements"]
        group["licenses"][row["license"]] = None
        if row["upstream_date"]:
            group["dates"].append(row["upstream_date"])
    for group in groups.values():
        dates = sorted(group.pop("dates"))
        group["oldest"], group["newest"] = (dates[0], dates[-1]) if dates else ("", "")
    return sorted(groups.values(), key=lambda group: -group["statements"])
