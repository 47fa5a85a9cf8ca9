"""Complete URLs that contain a `*` from the source's listing of the folder."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING
from urllib.parse import unquote

from resolver.errors import SourceChanged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LINK = re.compile(r'href="([^"?#]+)"', re.IGNORECASE)
_NUMBER = re.compile("([0-9]+)")


async def find_listed_url(url: str, get_page: Callable[[str], Awaitable[str]], source: str) -> str:
    """Return `url` with each part that contains a `*` replaced by the highest name in the listing of its folder.

    Raises SourceChanged if nothing in the listing matches.
    """
    scheme, _, address = url.partition("://")
    known: list[str] = []
    for part in address.split("/"):
        if "*" not in part:
            known.append(part)
            continue
        folder = f"{scheme}://{'/'.join(known)}/"
        names = {unquote(link).strip("/").rpartition("/")[2] for link in _LINK.findall(await get_page(folder))}
        fitting = [name for name in names if fnmatch(name, part)]
        if not fitting:
            raise SourceChanged(
                f"the listing of {folder} names nothing like {part}",
                source=source,
                hint="The upstream may have moved the file: compare with the address in resolver/sources.",
            )
        known.append(max(fitting, key=natural_order))
    return f"{scheme}://{'/'.join(known)}"


def natural_order(name: str) -> list[tuple[int, str]]:
    """Return a key by which `release 101` comes after `release 99`."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in _NUMBER.split(name)]
