"""`manifest.json`: what a release is, its counts, and where every fact comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from resolver.identifiers.species import SPECIES
from resolver.store.release import MANIFEST, SCHEMA
from resolver.version import __version__

from .stages import digest_file

if TYPE_CHECKING:
    from pathlib import Path

    from seed.join import Joined

NOT_FETCHED = "taken from a folder, not fetched: not compared with the file that the source publishes"


def count_contents(joined: Joined) -> dict[str, Any]:
    """Return how many genes, identifiers, names and orthologs there are, by species and namespace."""
    species = {taxon: known.name for taxon, known in SPECIES.items()}
    named = joined.genes.select(pl.col("id"), species=pl.col("taxon").replace_strict(species, return_dtype=pl.String))
    identifiers = (
        joined.identifiers.join(named, left_on="gene", right_on="id")
        .group_by("prefix", "relation", "species")
        .agg(pl.col("accession").n_unique())
        .sort("prefix", "relation", "species")
    )
    counts: dict[str, dict[str, int]] = {}
    for prefix, relation, name, number in identifiers.iter_rows():
        counts.setdefault(f"{prefix} {relation}", {})[name] = number
    genes = named.group_by("species").len().sort("species")
    return {
        "genes": dict(genes.iter_rows()),
        "identifiers": counts,
        "names": joined.names.height,
        "ortholog_pairs": joined.orthologs.height // 2,
        "products": joined.products.height,
        "retirements": joined.retirements["retired"].n_unique(),
    }


def describe_origin(path: Path, sha256: str) -> str:
    """Return a note on a source file that this program did not fetch; empty for one that it did.

    The record beside a fetched file decides, as long as the file is still the same.
    """
    try:
        record = orjson.loads(path.with_name(f"{path.name}.meta.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        record = None
    return "" if isinstance(record, dict) and record.get("sha256") == sha256 else NOT_FETCHED


def build_manifest(
    *,
    release_id: str,
    title: str,
    content_hash: str,
    joined: Joined,
    sources: list[dict[str, Any]],
    files: list[Path],
    built_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the manifest; `built_at` alone differs between two builds of the same content on one machine.

    `files` are those of the release, the first of them in its folder itself.
    """
    return {
        "id": release_id,
        "title": title,
        "schema": SCHEMA,
        "content_hash": content_hash,
        "built_at": (built_at or datetime.now(UTC)).isoformat(timespec="seconds"),
        "built_by": f"gene-xref-resolver {__version__}",
        "files": {
            path.relative_to(files[0].parent).as_posix(): {"bytes": path.stat().st_size, "sha256": digest_file(path)}
            for path in files
        },
        "counts": count_contents(joined),
        "rejected_accessions": joined.rejected.height,
        "sources": sources,
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest.json` into the folder of a release."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=options))
