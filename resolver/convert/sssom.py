"""A release as an SSSOM set (Simple Standard for Sharing Ontological Mappings): TSV below a YAML header.

Predicates say no more than the sources do: an identifier of the gene itself is an exact match; a transcript, a protein
or a group is not the gene, and has a relation of its own. How the sources came to a statement is not told by all of
them, so that the justification is left open (`semapv:UnspecifiedMatching`); there is no confidence, since agreement of
sources is not a probability.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from ..identifiers.model import Level
from ..identifiers.namespaces import NAMESPACES
from ..store.warehouse_tables import TABLES, read_table
from ..version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..store.release import Release

COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "mapping_justification", "subject_source",
    "object_source", "comment",
)  # fmt: skip
JUSTIFICATION = "semapv:UnspecifiedMatching"
# By the level of the identifier; those of RO read "transcribed to", "has gene product", "member of".
PREDICATES = {
    Level.GENE.value: "skos:exactMatch",
    Level.TRANSCRIPT.value: "RO:0002511",
    Level.PROTEIN.value: "RO:0002205",
    Level.GROUP.value: "RO:0002350",
    Level.GENOMIC.value: "skos:relatedMatch",
}
ORTHOLOGY = "RO:HOM0000017"  # in orthology relationship with
_LICENCE = "https://w3id.org/sssom/license/unspecified"
_PREFIXES = {
    "RO": "http://purl.obolibrary.org/obo/RO_",
    "bioregistry": "https://bioregistry.io/registry/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}


def write_sssom(release: Release, path: Path, on_table: Callable[[str, int], None] | None = None) -> dict[str, int]:
    """Write all xrefs that answers list, and all orthologs, each pair once; return how many rows each gave."""
    tables = {table.name: table for table in TABLES}
    sources = next(read_table(release, tables["source_file"])).to_dicts()
    labels = {
        row[0]: row[1] for part in read_table(release, tables["gene"]) for row in part.select("gene", "symbol").rows()
    }
    counts = {}
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"#{line}\n" for line in _header(release, sources))
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, rows in (("xref", _xrefs(release)), ("ortholog", _orthologs(release))):
            number = 0
            for subject, predicate, described, stated in rows:
                writer.writerow((
                    subject, labels[subject], predicate, described, JUSTIFICATION, _source_of(subject),
                    _source_of(described), f"stated by {stated}",
                ))  # fmt: skip
                number += 1
            counts[name] = number
            if on_table is not None:
                on_table(name, number)
    return counts


def _source_of(curie: str) -> str:
    return f"bioregistry:{curie.partition(':')[0]}"


def _header(release: Release, sources: list[dict[str, str]]) -> Iterator[str]:
    """Yield the lines of the header; texts are quoted as JSON, which is YAML too."""
    import json

    licences = sorted({f"{source['source']}: {source['licence']}" for source in sources})
    prefixes = _PREFIXES | {namespace.prefix: f"https://bioregistry.io/{namespace.prefix}:" for namespace in NAMESPACES}
    yield "curie_map:"
    for prefix, address in sorted(prefixes.items()):
        yield f"  {prefix}: {json.dumps(address)}"
    told = {
        "mapping_set_id": f"https://w3id.org/sssom/mappings/gene-xref-resolver/{release.id}",
        "mapping_set_title": f"Gene xrefs and orthologs, human and mouse: {release.title}",
        "mapping_set_version": release.id,
        "license": _LICENCE,
        "mapping_date": str(release.manifest["built_at"])[:10],
        "mapping_tool": "gene-xref-resolver",
        "mapping_tool_version": __version__,
        "comment": f"The facts keep the licences of their sources. {'; '.join(licences)}",
    }
    for name, text in told.items():
        yield f"{name}: {json.dumps(text, ensure_ascii=False)}"


def _xrefs(release: Release) -> Iterator[tuple[str, str, str, str]]:
    table = next(table for table in TABLES if table.name == "xref")
    for part in read_table(release, table):
        columns = part.select("gene", "level", "curie", "sources", "place", "alternate")
        for gene, level, curie, sources, place, is_alternate in columns.iter_rows():
            predicate = PREDICATES.get(level)
            if predicate is not None and place == 0 and not is_alternate and gene != curie:
                yield gene, predicate, curie, sources


def _orthologs(release: Release) -> Iterator[tuple[str, str, str, str]]:
    table = next(table for table in TABLES if table.name == "ortholog")
    for part in read_table(release, table):
        for gene, other, species, sources in part.select("gene", "ortholog", "ortholog_species", "sources").iter_rows():
            if species == "mouse":
                yield gene, ORTHOLOGY, other, sources
