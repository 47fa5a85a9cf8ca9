"""Decide when a run begins and in which order it checks identifiers: longest unchecked first, then most requested."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from ..store.ledger_reader import Age


class Queue(NamedTuple):
    """What is due at a source: CURIEs in query order, and the number of all tracked identifiers.

    `unchanged` counts those whose verdict is from the source's current release, `fresh` those that were
    queried lately, and `done` those that this run did before it was interrupted. `unknown` are those that
    the source did not know when they were last queried.
    """

    curies: list[str]
    tracked: int
    unchanged: int = 0
    fresh: int = 0
    done: int = 0
    unknown: frozenset[str] = frozenset()


def plan_queue(
    tracked: Iterable[str],
    ages: Iterable[Age],
    *,
    run_id: int,
    queried_before: int,
    release: str | None = None,
    usage: Mapping[str, int] | None = None,
) -> Queue:
    """Return what is due: longest unchecked first, then most requested, then in a fixed random order.

    Due are those that were last queried before the moment `queried_before`, and those whose verdict awaits
    confirmation. With the source's `release`, those with a verdict from that release are left out.
    """
    used = usage or {}
    queried_at: dict[str, int] = {}
    left_out: dict[str, str] = {}
    unknown: set[str] = set()
    for age in ages:
        if age.is_unknown and age.run_id != run_id:
            unknown.add(age.curie)
        queried_at[age.curie] = -1 if age.queried_at is None else age.queried_at
        if age.run_id == run_id:
            left_out[age.curie] = "done"
        elif age.is_held_back:
            queried_at[age.curie] = -2  # first in line, whatever the release
        elif release is not None and age.upstream_release == release and age.is_current_knowledge:
            left_out[age.curie] = "unchanged"
        elif age.queried_at is not None and age.queried_at >= queried_before:
            left_out[age.curie] = "fresh"
    counts = {"done": 0, "unchanged": 0, "fresh": 0}
    due: list[tuple[int, int, int, str]] = []
    total = 0
    for curie in tracked:
        total += 1
        why = left_out.get(curie)
        if why is None:
            # Neighbors in a namespace change together: in their own order, the first thousand of a run would be no
            # sample.
            due.append((queried_at.get(curie, -1), -used.get(curie, 0), crc32(curie.encode()), curie))
        else:
            counts[why] += 1
    due.sort()
    return Queue([curie for *_, curie in due], total, **counts, unknown=frozenset(unknown))


# --- When ---------------------------------------------------------------------------------------------------------


def parse_wall_time(text: str) -> wall_time:
    """Return a time of day, such as 02:30; raises BadOption."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if match is None:
        raise BadOption(f"{text!r} is not a time of day", hint="Specify it as 02:30.")
    return wall_time(int(match[1]), int(match[2]))


def get_zone(name: str | None) -> tzinfo | None:
    """Return a time zone by its name, such as Europe/Berlin; None is the machine's. Raises BadOption."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadOption(f"there is no time zone {name!r} here", hint="Specify it as Europe/Berlin or UTC.") from error


def find_next_run(after: datetime, at: wall_time, zone: tzinfo | None = None) -> datetime:
    """Return the next moment (UTC) after `after` at which the local time is `at`.

    If clocks go forward over that time, it is the same span after midnight; if they go back, it is the first of the two
    moments.
    """
    local = after.astimezone(zone)
    day = local.date() - timedelta(days=1)
    while True:
        wall = datetime.combine(day, at)
        # Without a zone Python takes the machine's.
        moment = (wall.astimezone() if zone is None else wall.replace(tzinfo=zone)).astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)
