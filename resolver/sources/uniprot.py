"""UniProt: proteins of a gene, by UniProt's own mapping of each entry.

Quirks: idmapping_selected has 22 columns and no header; values are separated by "; "; an entry name that
begins with its own accession (Q3UT18_MOUSE) marks an unreviewed entry; column MIM mixes genes and phenotypes
and is not read.
"""

from __future__ import annotations

import polars as pl

from .base import CC_BY, Facts, Layout, Rows, SourceFile, curie, exploded, identifier_facts, text

SOURCE = "UniProt"
_FOLDER = "https://ftp.uniprot.org/pub/databases/uniprot/current_release/knowledgebase/idmapping/by_organism"
_LAYOUT = Layout(
    ("accession", "entry_name", "gene_id", "refseq", "gi", "pdb", "go", "uniref100", "uniref90", "uniref50",
     "uniparc", "pir", "taxon", "mim", "unigene", "pubmed", "embl", "embl_cds", "ensembl", "ensembl_transcript",
     "ensembl_protein", "more_pubmed"),
    header=False,
)  # fmt: skip


def read_idmapping_selected(rows: Rows, key: str) -> Facts:
    """Read idmapping_selected: which genes an entry belongs to, and the sequences that it was made from."""
    by_gene = exploded(rows, "gene_id", "; ").with_columns(subject=curie("ncbigene", text("gene_id")))
    by_ensembl = exploded(rows, "ensembl", "; ").with_columns(
        subject=curie("ensembl", text("ensembl").str.extract(r"^([^.]+)", 1))
    )
    entry_name = text("entry_name")
    reviewed = ~entry_name.str.starts_with(pl.col("accession") + "_")
    subject = pl.col("subject")
    identifiers = [
        identifier_facts(linked, key, subject=subject, prefix=prefix, accession=text(column), reviewed=is_reviewed)
        for linked in (by_gene, by_ensembl)
        for column, prefix, is_reviewed in (
            ("accession", "uniprot", reviewed),
            ("entry_name", "uniprot.mnemonic", None),
        )
    ]
    identifiers += [
        identifier_facts(
            exploded(linked, column, "; "), key, subject=subject, prefix=prefix, accession=text(column)
        )
        for linked, column, prefix in (
            (by_gene, "refseq", "refseq"),
            (by_ensembl.filter(~pl.col("ensembl_transcript").str.contains(";")), "ensembl_transcript", "ensembl"),
            (by_ensembl.filter(~pl.col("ensembl_protein").str.contains(";")), "ensembl_protein", "ensembl"),
        )
    ]  # fmt: skip
    return Facts(identifiers=identifiers)


FILES = tuple(
    SourceFile(
        key=f"uniprot.idmapping.{species}",
        source=SOURCE,
        patterns=(f"{code}_idmapping_selected.tab",),
        url=f"{_FOLDER}/{code}_idmapping_selected.tab.gz",
        licence=CC_BY,
        layout=_LAYOUT,
        read=read_idmapping_selected,
        adds=f"{species} UniProt entries and their names",
    )
    for species, code in (("human", "HUMAN_9606"), ("mouse", "MOUSE_10090"))
)
