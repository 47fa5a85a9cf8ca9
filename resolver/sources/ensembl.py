"""Ensembl: genes with their transcripts and proteins, and links to Entrez Gene and RefSeq.

Quirks: one row for each pair, `-` for nothing; rows whose db_name is EntrezGene_trans_name hold the NAME of a
transcript in the xref column, not an id; most links are DEPENDENT, that is, inferred through another database.
"""

from __future__ import annotations

import polars as pl

from .base import EMBL_EBI, Facts, Layout, Rows, SourceFile, curie, identifier_facts, product_facts, text

SOURCE = "Ensembl"
_LAYOUT = Layout(("gene_stable_id", "transcript_stable_id", "protein_stable_id", "xref", "db_name", "info_type"))
_GENE = curie("ensembl", text("gene_stable_id"))


def read_entrez_links(rows: Rows, key: str) -> Facts:
    """Read the entrez dump: each gene's transcripts, proteins and Entrez Gene ids."""
    ids = rows.filter(pl.col("db_name") == "EntrezGene")
    columns = (
        ("gene_stable_id", "ensembl"),
        ("transcript_stable_id", "ensembl"),
        ("protein_stable_id", "ensembl"),
        ("xref", "ncbigene"),
    )
    return Facts(
        identifiers=[
            identifier_facts(ids, key, subject=_GENE, prefix=prefix, accession=text(column)).unique(maintain_order=True)
            for column, prefix in columns
        ],
        products=[
            product_facts(
                ids, key, prefix="ensembl", transcript="transcript_stable_id", protein="protein_stable_id"
            ).unique(maintain_order=True)
        ],
    )


def read_refseq_links(rows: Rows, key: str) -> Facts:
    """Read the refseq dump: RefSeq accessions that Ensembl ties to each gene."""
    columns = (("transcript_stable_id", "ensembl"), ("xref", "refseq"))
    return Facts(
        identifiers=[
            identifier_facts(rows, key, subject=_GENE, prefix=prefix, accession=text(column)).unique(
                maintain_order=True
            )
            for column, prefix in columns
        ]
    )


FILES = tuple(
    SourceFile(
        key=f"ensembl.{kind}.{species}",
        source=SOURCE,
        patterns=(f"{name}.{assembly}.*.{kind}.tsv",),
        url=f"https://ftp.ensembl.org/pub/current_tsv/{name.lower()}/{name}.{assembly}.*.{kind}.tsv.gz",
        licence=EMBL_EBI,
        layout=_LAYOUT,
        read=read,
        adds=f"{species} Ensembl transcripts and their links to {kind}",
    )
    for kind, read in (("entrez", read_entrez_links), ("refseq", read_refseq_links))
    for species, name, assembly in (("human", "Homo_sapiens", "GRCh38"), ("mouse", "Mus_musculus", "GRCm39"))
)
