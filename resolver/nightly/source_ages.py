"""Compute the age of each source database's current release."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from .marks import describe_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY_S = 86_400
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")


class SourceAge(NamedTuple):
    """A source's newest release, and its age in days.

    `since` is the date that the source reports (a day, or a month), else the day on which a run first saw the release.
    """

    source: str
    release: str
    since: str
    is_reported: bool
    age_days: int
    last_seen_at: str

    def describe(self) -> str:
        """Return it as a sentence: `ensembl 116 since 2026-04: no news for 200 days`."""
        since = f"since {self.since}" if self.is_reported else f"seen since {self.since}"
        days = f"{self.age_days:,} day{'' if self.age_days == 1 else 's'}"
        return f"{self.source} {self.release} {since}: no news for {days}"


def list_ages(releases: Mapping[str, Mapping[str, Any]], *, now: int) -> list[SourceAge]:
    """Return the age of each source's newest release, from `LedgerReader.list_releases`, by source."""
    ages = []
    for source, row in sorted(releases.items()):
        reported = _read_date(row["date"])
        began = row["first_seen_at"] if reported is None else reported
        since = row["date"] if reported is not None else str(describe_moment(began))[:10]
        seen = str(describe_moment(row["last_seen_at"]))
        age = _count_days(began, now)
        ages.append(SourceAge(source, row["name"], since, reported is not None, age, seen))
    return ages


def find_age_at_run(part: Mapping[str, Any], releases: Mapping[str, Mapping[str, Any]]) -> int | None:
    """Return how many days old the release of a source was when a run began there; None if that is unknown.

    `part` is a row of `run_source`. Without a date that the source reported, only the newest release has an age.
    """
    began = _read_date(part["upstream_date"])
    newest = releases.get(part["source"])
    if began is None and newest is not None and newest["name"] == part["upstream_release"]:
        began = newest["first_seen_at"]
    return None if began is None else _count_days(began, part["started_at"])


def _count_days(began: int, now: int) -> int:
    return max(0, (now - began) // _DAY_S)


def _read_date(text: str | None) -> int | None:
    """Return the first moment of a day or a month, in seconds since 1970; None for anything else."""
    match = None if text is None else _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
