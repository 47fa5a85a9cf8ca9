"""What a release contains: genes and identifiers by namespace and species, and the sources with their dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..store.gene_reader import GeneReader

UPDATE = "resolver seed"


def describe_release(reader: GeneReader) -> dict[str, Any]:
    """Return what the release contains: the object of `GET /about`.

    `identifiers` are counted by namespace and level, each by species. `oldest` and `newest` are the dates of the source
    files (ISO 8601; None where no file states one); `update` is the command that builds a newer release.
    """
    release = reader.release
    counts = release.manifest["counts"]
    return {
        "release": {"id": release.id, "title": release.title, "content_hash": release.content_hash},
        "genes": counts["genes"],
        "identifiers": counts["identifiers"],
        "oldest": release.oldest_source,
        "newest": release.newest_source,
        "update": UPDATE,
        "sources": reader.list_sources(),
    }
