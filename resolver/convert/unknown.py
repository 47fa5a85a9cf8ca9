"""Identifiers that the release does not contain: an older release, not a wrong column, is the likely reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..identifiers.namespaces import BY_PREFIX
from ..identifiers.recognize import recognize

if TYPE_CHECKING:
    from ..store.release import Release


def name_unknown(text: str) -> str | None:
    """Return the namespace that a missed cell has the form of, such as `Ensembl`; None where it may only be a name."""
    recognition = recognize(text)
    if recognition.is_only_text or not recognition.interpretations:
        return None
    prefix = recognition.interpretations[0].identifier.prefix
    return BY_PREFIX[prefix].title.partition(" (")[0]


def describe_age(release: Release) -> str:
    """Return the id of a release, and the date of its newest source, in words."""
    newest = release.newest_source
    return f"{release.id}, with sources up to {newest}" if newest else f"{release.id}, whose sources state no date"
