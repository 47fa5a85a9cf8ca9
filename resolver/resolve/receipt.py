"""Build receipts, by which answers can be reproduced: release, source versions, parameters, counts, a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from ..errors import BadOption
from ..version import __version__
from .methods import write_methods_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..store.gene_reader import GeneReader
    from .column import SpeciesVote
    from .options import Options


def build_receipt(
    reader: GeneReader, options: Options, counts: Mapping[str, int], vote: SpeciesVote | None = None
) -> dict[str, Any]:
    """Return the receipt of one answer, or of a batch.

    `counts` says how many answers had each outcome, `vote` which species the batch was read in.
    """
    total = sum(counts.values())
    done = f"{total:,} identifiers were resolved" if total != 1 else "One identifier was resolved"
    parameters = options.describe()
    if vote is not None:
        parameters["species_read"] = vote.why
    return describe_provenance(reader, parameters) | {
        "counts": dict(counts),
        "methods_sentence": write_methods_sentence(reader, done, parameters, describe_counts(counts)),
    }


def describe_provenance(reader: GeneReader, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return program, release, source files and parameters for a receipt."""
    release = reader.release
    return {
        "program": {"name": "Gene Xref Resolver", "version": __version__},
        "release": {"id": release.id, "title": release.title, "content_hash": release.content_hash},
        "sources": [
            {name: row[name] for name in ("key", "source", "upstream_version", "upstream_date", "sha256")}
            for row in reader.list_sources()
        ],
        "parameters": dict(parameters),
    }


def describe_counts(counts: Mapping[str, int]) -> str:
    """Return how many answers had each outcome, in words."""
    return ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in sorted(counts.items()))


def write_receipt(path: Path, receipt: dict[str, Any]) -> None:
    """Write a receipt as JSON. Raises BadOption where the path cannot be written."""
    try:
        path.write_bytes(orjson.dumps(receipt, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise BadOption(
            f"the receipt cannot be written to {path}: {error.strerror}", hint="Choose another path."
        ) from error
