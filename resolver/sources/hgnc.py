"""HGNC, the HUGO Gene Nomenclature Committee: approved human symbols, names, and what was withdrawn.

Quirks: multi-valued fields are quoted and separated by `|`; `mgd_id` may name several mouse genes; withdrawn.txt
separates the successors of a split by ", " and each is `HGNC_ID|SYMBOL|STATUS`; a successor may be withdrawn itself;
`mane_select` contains an Ensembl and a RefSeq transcript in one field.
"""

from __future__ import annotations

import polars as pl

from ..identifiers.species import HUMAN
from .base import (
    CC0,
    Facts,
    Layout,
    Rows,
    SourceFile,
    exploded,
    gene_facts,
    identifier_facts,
    name_facts,
    ortholog_facts,
    retirement_facts,
    text,
)

SOURCE = "HGNC"
_FOLDER = "https://storage.googleapis.com/public-download-files/hgnc/tsv/tsv"
_GENE_TYPES = {"protein-coding gene": "protein-coding", "non-coding RNA": "ncRNA", "pseudogene": "pseudo"}
_IDENTIFIERS = {
    "entrez_id": "ncbigene",
    "ensembl_gene_id": "ensembl",
    "refseq_accession": "refseq",
    "uniprot_ids": "uniprot",
    "omim_id": "omim",
    "vega_id": "vega",
    "ccds_id": "ccds",
}
_NAMES = {
    "symbol": "symbol",
    "alias_symbol": "alias",
    "prev_symbol": "previous_symbol",
    "name": "full_name",
    "alias_name": "full_name",
    "prev_name": "full_name",
}
_ID = pl.col("hgnc_id").str.strip_chars().str.to_lowercase()


def read_complete_set(rows: Rows, key: str) -> Facts:
    """Read hgnc_complete_set.txt: approved genes with their names and cross-references."""
    readthrough = pl.col("locus_type") == "readthrough"
    locus_group = pl.col("locus_group").replace_strict(_GENE_TYPES, default="other", return_dtype=pl.String)
    genes = gene_facts(
        rows,
        key,
        subject=_ID,
        taxon=HUMAN,
        symbol=text("symbol"),
        name=text("name"),
        gene_type=pl.when(readthrough).then(pl.lit("readthrough")).otherwise(locus_group),
        map_location=text("location"),
    )
    xrefs = [(exploded(rows, column, "|"), column, prefix) for column, prefix in _IDENTIFIERS.items()]
    mane = exploded(rows, "mane_select", "|")
    xrefs += [
        (mane.filter(pl.col("mane_select").str.starts_with(lead)), "mane_select", prefix)
        for lead, prefix in (("ENST", "ensembl"), ("NM_", "refseq"))
    ]
    return Facts(
        genes=[genes],
        identifiers=[
            identifier_facts(values, key, subject=_ID, prefix=prefix, accession=pl.col(column))
            for values, column, prefix in xrefs
        ],
        names=[
            name_facts(exploded(rows, column, "|"), key, subject=_ID, kind=kind, name=pl.col(column))
            for column, kind in _NAMES.items()
        ],
        orthologs=[
            ortholog_facts(exploded(rows, "mgd_id", "|"), key, human=_ID, mouse=text("mgd_id").str.to_lowercase())
        ],
    )


def read_withdrawn(rows: Rows, key: str) -> Facts:
    """Read withdrawn.txt: HGNC ids that were withdrawn, merged or split."""
    successors = exploded(rows.rename(lambda name: name.partition("(")[0].strip()), "MERGED_INTO_REPORT", ", ")
    parts = pl.col("MERGED_INTO_REPORT").str.split("|")
    merged = successors.with_columns(
        successor=parts.list.get(0, null_on_oob=True).str.strip_chars().str.to_lowercase(),
        approved=parts.list.get(2, null_on_oob=True).str.strip_chars() == "Approved",
    )
    retired = pl.col("HGNC_ID").str.strip_chars().str.to_lowercase()
    facts = retirement_facts(
        merged,
        key,
        retired=retired,
        successor=pl.col("successor"),
        reason=pl.when(pl.col("successor").is_null()).then(pl.lit("withdrawn")).otherwise(pl.lit("merged")),
        label=text("WITHDRAWN_SYMBOL"),
    )
    # The symbol of a merged entry is a former symbol of its successors.
    names = name_facts(
        merged.filter(pl.col("approved").fill_null(value=False)),
        key,
        subject=pl.col("successor"),
        kind="previous_symbol",
        name=pl.col("WITHDRAWN_SYMBOL"),
    )
    return Facts(retirements=[facts], names=[names])


FILES = (
    SourceFile(
        key="hgnc.complete_set",
        source=SOURCE,
        patterns=("hgnc_complete_set*.txt",),
        url=f"{_FOLDER}/hgnc_complete_set.txt",
        license=CC0,
        layout=Layout(
            (
                "hgnc_id",
                "locus_group",
                "locus_type",
                "location",
                "mgd_id",
                "mane_select",
                "date_modified",
                *_IDENTIFIERS,
                *_NAMES,
            ),
            quote='"',
        ),
        read=read_complete_set,
        adds="approved human symbols, names, and HGNC's cross-references",
    ),
    SourceFile(
        key="hgnc.withdrawn",
        source=SOURCE,
        patterns=("withdrawn*.txt",),
        url=f"{_FOLDER}/withdrawn.txt",
        license=CC0,
        layout=Layout(
            (
                "HGNC_ID",
                "STATUS",
                "WITHDRAWN_SYMBOL",
                "MERGED_INTO_REPORT(S) (i.e HGNC_ID|SYMBOL|STATUS)",
            )
        ),
        read=read_withdrawn,
        adds="withdrawn, merged and split HGNC ids",
    ),
)
