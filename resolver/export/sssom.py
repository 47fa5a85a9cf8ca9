"""A release as an SSSOM set (Simple Standard for Sharing Ontological Mappings): TSV below a YAML header.

Predicates claim no more than the sources do: an identifier of the gene itself is an exact match; a transcript, a
protein or a group is not the gene, and has a relation of its own. Not all sources report how they made a statement: the
justification is `semapv:UnspecifiedMatching`. There is no confidence: agreement of sources is not a probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ..identifiers.sssom import (
    COLUMNS,
    JUSTIFICATION,
    ORTHOLOGY,
    PREDICATES,
    describe_licenses,
    describe_set,
    render_header,
    source_of,
)
from ..store.warehouse_tables import TABLES, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from ..store.release import Release
    from .tables import OnTable

_TABLES = {table.name: table for table in TABLES}


def write_sssom(release: Release, path: Path, on_table: OnTable | None = None) -> dict[str, int]:
    """Write all xrefs that answers list, and all orthologs, each pair once; return how many rows of each there are."""
    genes = pl.concat(read_table(release, _TABLES["gene"]))
    labels = dict(genes.select("gene", "symbol").iter_rows())
    with path.open("wb") as out:
        out.writelines(f"#{line}\n".encode() for line in render_header(_describe(release)))
        out.write(("\t".join(COLUMNS) + "\n").encode())
        counts = {}
        for name, select in (("xref", _select_xrefs), ("ortholog", _select_orthologs)):
            counts[name] = 0
            for part in read_table(release, _TABLES[name]):
                rows = _describe_mappings(select(part), labels)
                rows.write_csv(out, include_header=False, separator="\t")
                counts[name] += rows.height
            if on_table is not None:
                on_table(name, counts[name])
    return counts


def _describe(release: Release) -> dict[str, str]:
    """Return the metadata of the set."""
    sources = pl.concat(read_table(release, _TABLES["source_file"])).select("source", "license").iter_rows()
    title = f"Gene xrefs and orthologs, human and mouse: {release.title}"
    date = str(release.manifest["built_at"])
    return describe_set(release.id, title, describe_licenses(sources), date=date, version=release.id)


def _select_xrefs(part: pl.DataFrame) -> pl.DataFrame:
    listed = part.filter(
        pl.col("level").is_in(list(PREDICATES)), pl.col("assignment_rank") == 0, ~pl.col("alternate").cast(pl.Boolean),
        pl.col("gene") != pl.col("curie"),
    )  # fmt: skip
    predicate = pl.col("level").replace_strict(PREDICATES, return_dtype=pl.String)
    return listed.select("sources", subject_id="gene", predicate_id=predicate, object_id="curie")


def _select_orthologs(part: pl.DataFrame) -> pl.DataFrame:
    of_human = part.filter(pl.col("ortholog_species") == "mouse")
    return of_human.select("sources", subject_id="gene", predicate_id=pl.lit(ORTHOLOGY), object_id="ortholog")


def _describe_mappings(rows: pl.DataFrame, labels: dict[str, str]) -> pl.DataFrame:
    """Return mappings as rows of the set."""
    subject, described = pl.col("subject_id"), pl.col("object_id")
    return rows.with_columns(
        subject_label=subject.replace_strict(labels, return_dtype=pl.String),
        mapping_justification=pl.lit(JUSTIFICATION),
        subject_source=subject.map_elements(source_of, return_dtype=pl.String),
        object_source=described.map_elements(source_of, return_dtype=pl.String),
        comment=pl.lit("stated by ") + pl.col("sources"),
    ).select(COLUMNS)
