"""`manifest.json`: what a release is, its counts, and where every fact comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from resolver.identifiers.species import SPECIES
from resolver.store.release import MANIFEST, SCHEMA, describe_database
from resolver.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seed.join import Joined

_OF_DATABASE = frozenset({"schema", "built_at", "built_by", "database"})
_WHOLE = 20_000  # of each species; the genome has about 100,000, a build for a test a handful
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


def describe_genes(genes: Mapping[str, int]) -> str:
    """Return the title of a release, from the number of its genes by species."""
    is_whole = all(genes.get(species.name, 0) >= _WHOLE for species in SPECIES.values())
    return "the whole genome of human and mouse" if is_whole else "a selection of human and mouse genes"


def describe_origin(path: Path, sha256: str) -> str:
    """Return a note on a source file that this program did not fetch; empty for one that it did.

    The record beside a fetched file decides, as long as the file is still the same.
    """
    try:
        record = orjson.loads(path.with_name(f"{path.name}.meta.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        record = None
    return "" if isinstance(record, dict) and record.get("sha256") == sha256 else NOT_FETCHED


def complete_manifest(packed: dict[str, Any], database: Path) -> dict[str, Any]:
    """Return the manifest of a release: that of its packed form, and what is said of the database made from it.

    `built_at` alone differs between two databases of the same content on one machine.
    """
    return packed | {
        "schema": SCHEMA,
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "built_by": f"gene-xref-resolver {__version__}",
        "database": describe_database(database),
    }


def select_packed(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what the manifest of a release says of its packed form."""
    return {name: value for name, value in manifest.items() if name not in _OF_DATABASE}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest.json` into the folder of a release."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=options))
