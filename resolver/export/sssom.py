"""A release as an SSSOM set (Simple Standard for Sharing Ontological Mappings): TSV below a YAML header.

Predicates claim no more than the sources do: an identifier of the gene itself is an exact match; a transcript, a
protein or a group is not the gene, and has a relation of its own. Not all sources report how they made a statement: the
justification is `semapv:UnspecifiedMatching`. There is no confidence: agreement of sources is not a probability.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from ..identifiers.model import Level
from ..identifiers.sssom import COLUMNS, JUSTIFICATION, UNSPECIFIED_LICENSE, render_header, source_of
from ..store.warehouse_tables import TABLES, read_table
from ..version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..store.release import Release

# By the level of the identifier; those of RO read "transcribed to", "has gene product", "member of".
PREDICATES = {
    Level.GENE.value: "skos:exactMatch",
    Level.TRANSCRIPT.value: "RO:0002511",
    Level.PROTEIN.value: "RO:0002205",
    Level.GROUP.value: "RO:0002350",
    Level.GENOMIC.value: "skos:relatedMatch",
}
ORTHOLOGY = "RO:HOM0000017"  # in orthology relationship with


def write_sssom(release: Release, path: Path, on_table: Callable[[str, int], None] | None = None) -> dict[str, int]:
    """Write all xrefs that answers list, and all orthologs, each pair once; return how many rows of each there are."""
    tables = {table.name: table for table in TABLES}
    sources = next(read_table(release, tables["source_file"])).to_dicts()
    labels = {
        row[0]: row[1] for part in read_table(release, tables["gene"]) for row in part.select("gene", "symbol").rows()
    }
    counts = {}
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"#{line}\n" for line in render_header(_describe(release, sources)))
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for name, rows in (("xref", _xrefs(release)), ("ortholog", _orthologs(release))):
            number = 0
            for subject, predicate, described, stated in rows:
                writer.writerow((
                    subject, labels[subject], predicate, described, JUSTIFICATION, source_of(subject),
                    source_of(described), f"stated by {stated}",
                ))  # fmt: skip
                number += 1
            counts[name] = number
            if on_table is not None:
                on_table(name, number)
    return counts


def _describe(release: Release, sources: list[dict[str, str]]) -> dict[str, str]:
    """Return the metadata of the set."""
    licenses = sorted({f"{source['source']}: {source['license']}" for source in sources})
    return {
        "mapping_set_id": f"https://w3id.org/sssom/mappings/gene-xref-resolver/{release.id}",
        "mapping_set_title": f"Gene xrefs and orthologs, human and mouse: {release.title}",
        "mapping_set_version": release.id,
        "license": UNSPECIFIED_LICENSE,
        "mapping_date": str(release.manifest["built_at"])[:10],
        "mapping_tool": "gene-xref-resolver",
        "mapping_tool_version": __version__,
        "comment": f"The facts keep the licenses of their sources. {'; '.join(licenses)}",
    }


def _xrefs(release: Release) -> Iterator[tuple[str, str, str, str]]:
    table = next(table for table in TABLES if table.name == "xref")
    for part in read_table(release, table):
        columns = part.select("gene", "level", "curie", "sources", "assignment_rank", "alternate")
        for gene, level, curie, sources, assignment_rank, is_alternate in columns.iter_rows():
            predicate = PREDICATES.get(level)
            if predicate is not None and assignment_rank == 0 and not is_alternate and gene != curie:
                yield gene, predicate, curie, sources


def _orthologs(release: Release) -> Iterator[tuple[str, str, str, str]]:
    table = next(table for table in TABLES if table.name == "ortholog")
    for part in read_table(release, table):
        for gene, other, species, sources in part.select("gene", "ortholog", "ortholog_species", "sources").iter_rows():
            if species == "mouse":
                yield gene, ORTHOLOGY, other, sources
