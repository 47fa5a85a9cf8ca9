"""Ensembl: genes with their transcripts and proteins, links to other databases, and what became of old ids.

Quirks: one row for each pair, `-` for nothing; rows whose db_name is EntrezGene_trans_name contain the NAME of a
transcript in the xref column, not an id; most links are DEPENDENT, that is, inferred through another database. The
history writes a backslash and N for nothing and has a row for each event, also for an id that only got a new version.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from ..identifiers.species import HUMAN, MOUSE
from .base import (
    EMBL_EBI,
    Facts,
    Layout,
    Rows,
    SourceFile,
    curie,
    gene_facts,
    identifier_facts,
    product_facts,
    retirement_facts,
    text,
)

SOURCE = "Ensembl"
_LAYOUT = Layout(("gene_stable_id", "transcript_stable_id", "protein_stable_id", "xref", "db_name", "info_type"))
_SESSIONS = Layout(
    ("session", "old_db_name", "new_db_name", "old_release", "new_release", "old_assembly", "new_assembly", "created"),
    header=False,
)
_EVENTS = Layout(("old", "old_version", "new", "new_version", "session", "type", "score"), header=False)
_GENE = curie("ensembl", text("gene_stable_id"))


def read_entrez_links(rows: Rows, key: str, *, taxon: int) -> Facts:
    """Read the entrez dump: each gene's transcripts, proteins and Entrez Gene ids."""
    ids = rows.filter(pl.col("db_name") == "EntrezGene")
    columns = (
        ("gene_stable_id", "ensembl"),
        ("transcript_stable_id", "ensembl"),
        ("protein_stable_id", "ensembl"),
        ("xref", "ncbigene"),
    )
    return Facts(
        genes=[_gene_records(rows, key, taxon)],
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


def read_refseq_links(rows: Rows, key: str, *, taxon: int) -> Facts:
    """Read the refseq dump: RefSeq accessions that Ensembl ties to each gene."""
    columns = (("transcript_stable_id", "ensembl"), ("xref", "refseq"))
    return Facts(
        genes=[_gene_records(rows, key, taxon)],
        identifiers=[
            identifier_facts(rows, key, subject=_GENE, prefix=prefix, accession=text(column)).unique(
                maintain_order=True
            )
            for column, prefix in columns
        ],
    )


def read_uniprot_links(rows: Rows, key: str, *, taxon: int) -> Facts:
    """Read the uniprot dump: UniProt entries and isoforms of each gene; db_name states whether it is reviewed."""
    database = pl.col("db_name")
    entries = rows.filter(database.is_in(["Uniprot/SWISSPROT", "Uniprot/SPTREMBL"]))
    isoforms = rows.filter(database == "Uniprot_isoform")
    reviewed = database == "Uniprot/SWISSPROT"
    return Facts(
        genes=[_gene_records(rows, key, taxon)],
        identifiers=[
            identifier_facts(
                entries, key, subject=_GENE, prefix="uniprot", accession=text("xref"), reviewed=reviewed
            ).unique(),
            identifier_facts(isoforms, key, subject=_GENE, prefix="uniprot.isoform", accession=text("xref")).unique(),
            *(
                identifier_facts(rows, key, subject=_GENE, prefix="ensembl", accession=text(column)).unique()
                for column in ("transcript_stable_id", "protein_stable_id")
            ),
        ],
    )


def _gene_records(rows: Rows, key: str, taxon: int) -> Rows:
    """Return a record for each Ensembl gene, so that one that nobody else names is still a gene of its own."""
    return gene_facts(rows.unique("gene_stable_id"), key, subject=_GENE, taxon=taxon)


def read_stable_id_events(rows: Rows, key: str, sessions: Rows | None = None) -> Facts:
    """Read stable_id_event: what each id became when it last changed into another or went; `sessions` date it."""
    nothing = ["\\N", ""]
    changed = rows.filter(~pl.col("old").is_in(nothing) & (pl.col("old") != pl.col("new")))
    number = pl.col("session").cast(pl.Int64)
    last = changed.filter(number == number.max().over("old"))
    if sessions is not None:
        last = last.join(sessions.select("session", "created"), on="session", how="left")
    else:
        last = last.with_columns(created=pl.lit(None, dtype=pl.String))
    successor = pl.when(~pl.col("new").is_in(nothing)).then(pl.lit("ensembl:") + pl.col("new"))
    return Facts(
        retirements=[
            retirement_facts(
                last,
                key,
                retired=pl.lit("ensembl:") + pl.col("old"),
                successor=successor,
                reason=pl.when(successor.is_null()).then(pl.lit("retired")).otherwise(pl.lit("replaced")),
                date=pl.col("created").str.slice(0, 10),
            )
        ]
    )


def read_mapping_sessions(rows: Rows, key: str) -> Facts:
    """Read mapping_session: it states nothing of genes, and dates the events of the history."""
    del rows, key
    return Facts()


_SPECIES = (("human", HUMAN, "Homo_sapiens", "GRCh38"), ("mouse", MOUSE, "Mus_musculus", "GRCm39"))
_PUB = "https://ftp.ensembl.org/pub"

FILES = tuple(
    SourceFile(
        key=f"ensembl.{kind}.{species}",
        source=SOURCE,
        patterns=(f"{name}.{assembly}.*.{kind}.tsv",),
        url=f"{_PUB}/current_tsv/{name.lower()}/{name}.{assembly}.*.{kind}.tsv.gz",
        license=EMBL_EBI,
        layout=_LAYOUT,
        read=partial(read, taxon=taxon),
        adds=f"{species} Ensembl transcripts and their links to {kind}",
        checksums="CHECKSUMS",
    )
    for kind, read in (("entrez", read_entrez_links), ("refseq", read_refseq_links), ("uniprot", read_uniprot_links))
    for species, taxon, name, assembly in _SPECIES
) + tuple(
    SourceFile(
        key=f"ensembl.{kind}.{species}",
        source=SOURCE,
        patterns=(f"{name.lower()}_core_*/{kind}.txt", f"{name.lower()}_core_*.{kind}.txt"),
        checksums="CHECKSUMS",
        url=f"{_PUB}/current_mysql/{name.lower()}_core_*/{kind}.txt.gz",
        license=EMBL_EBI,
        layout=layout,
        read=read,
        adds=adds.format(species),
        companion=f"ensembl.mapping_session.{species}" if kind == "stable_id_event" else None,
    )
    for kind, layout, read, adds in (
        ("stable_id_event", _EVENTS, read_stable_id_events, "what became of retired {} Ensembl ids"),
        ("mapping_session", _SESSIONS, read_mapping_sessions, "when {} Ensembl ids were retired"),
    )
    for species, _, name, _ in _SPECIES
)
