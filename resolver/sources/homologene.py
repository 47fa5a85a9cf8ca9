"""HomoloGene build 68 (2014), the last one: groups of homologous genes, archived by NCBI in January 2024.

Quirk: six columns and no header, all species in one file.
"""

from __future__ import annotations

import polars as pl

from ..identifiers.species import HUMAN, MOUSE
from .base import PUBLIC_DOMAIN, Facts, Layout, Rows, SourceFile, curie, identifier_facts, ortholog_facts, text

SOURCE = "HomoloGene"


def read_groups(rows: Rows, key: str) -> Facts:
    """Read homologene.data: the group that each human and mouse gene belongs to, and the pairs within a group."""
    rows = rows.filter(pl.col("taxon").is_in([str(HUMAN), str(MOUSE)]))
    subject = curie("ncbigene", text("gene_id"))
    members = rows.select("group", "taxon", subject=subject)
    mice = members.filter(pl.col("taxon") == str(MOUSE)).select("group", mouse="subject")
    pairs = members.filter(pl.col("taxon") == str(HUMAN)).join(mice, on="group")
    return Facts(
        identifiers=[identifier_facts(rows, key, subject=subject, prefix="homologene", accession=text("group"))],
        orthologs=[ortholog_facts(pairs, key, human=pl.col("subject"), mouse=pl.col("mouse"))],
    )


FILES = (
    SourceFile(
        key="homologene.groups",
        source=SOURCE,
        patterns=("homologene.data",),
        url="https://ftp.ncbi.nlm.nih.gov/pub/HomoloGene/build68/homologene.data",
        license=PUBLIC_DOMAIN,
        layout=Layout(("group", "taxon", "gene_id", "symbol", "protein_gi", "protein"), header=False),
        read=read_groups,
        adds="archived HomoloGene groups, and their support for human-mouse orthologs",
    ),
)
