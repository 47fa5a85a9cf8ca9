"""UniProt: proteins of a gene, by UniProt's own mapping of each entry.

Quirks: idmapping_selected has 22 columns and no header; values are separated by "; "; an entry name that
begins with its own accession (Q3UT18_MOUSE) marks an unreviewed entry; an entry of several genes does not say which
of its transcripts is whose; column MIM mixes genes and phenotypes and is not read; sec_ac.txt and delac_sp.txt are
prose before they are tables.
"""

from __future__ import annotations

import polars as pl

from ..identifiers.namespaces import BY_PREFIX
from .base import (
    CC_BY,
    NO_SEPARATOR,
    Facts,
    Layout,
    Rows,
    SourceFile,
    curie,
    exploded,
    gene_facts,
    identifier_facts,
    retirement_facts,
    text,
)

SOURCE = "UniProt"
_KNOWLEDGEBASE = "https://ftp.uniprot.org/pub/databases/uniprot/current_release/knowledgebase"
_FOLDER = f"{_KNOWLEDGEBASE}/idmapping/by_organism"
_ACCESSION = BY_PREFIX["uniprot"].forms[0].pattern
_LAYOUT = Layout(
    ("accession", "entry_name", "gene_id", "refseq", "gi", "pdb", "go", "uniref100", "uniref90", "uniref50",
     "uniparc", "pir", "taxon", "mim", "unigene", "pubmed", "embl", "embl_cds", "ensembl", "ensembl_transcript",
     "ensembl_protein", "more_pubmed"),
    header=False,
)  # fmt: skip


def read_idmapping_selected(rows: Rows, key: str) -> Facts:
    """Read idmapping_selected: which genes an entry belongs to, and the sequences that it was made from."""
    rows = rows.with_columns(
        one_ensembl_gene=~pl.col("ensembl").str.contains(";"), has_gene_id=text("gene_id").is_not_null()
    )
    by_gene = exploded(rows, "gene_id", "; ").with_columns(subject=curie("ncbigene", text("gene_id")))
    by_ensembl = exploded(rows, "ensembl", "; ").with_columns(
        subject=curie("ensembl", text("ensembl").str.extract(r"^([^.]+)", 1))
    )
    lone = by_ensembl.filter("one_ensembl_gene", ~pl.col("has_gene_id"))
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
        identifier_facts(exploded(linked, column, "; "), key, subject=subject, prefix=prefix, accession=text(column))
        for linked, column, prefix in (
            (by_gene, "refseq", "refseq"),
            (lone, "refseq", "refseq"),
            *(
                (by_ensembl.filter(pl.col("one_ensembl_gene") | ~pl.col(column).str.contains(";")), column, "ensembl")
                for column in ("ensembl_transcript", "ensembl_protein")
            ),
        )
    ]
    # An entry whose gene nobody else has a record of is that gene's all the same.
    records = lone.unique("subject")
    return Facts(
        genes=[gene_facts(records, key, subject=subject, taxon=pl.col("taxon").cast(pl.Int32))],
        identifiers=identifiers,
    )


def read_secondary_accessions(rows: Rows, key: str) -> Facts:
    """Read sec_ac.txt: secondary accessions of all species and the primary one; a demerged entry has several."""
    pair = pl.col("line").str.extract_groups(f"^({_ACCESSION})\\s+({_ACCESSION})\\s*$")
    pairs = rows.select(secondary=pair.struct.field("1"), primary=pair.struct.field("2")).drop_nulls()
    return Facts(
        retirements=[
            retirement_facts(
                pairs,
                key,
                retired=curie("uniprot", pl.col("secondary")),
                successor=curie("uniprot", pl.col("primary")),
                reason=pl.lit("merged"),
            )
        ]
    )


def read_deleted_accessions(rows: Rows, key: str) -> Facts:
    """Read delac_sp.txt: accessions of reviewed entries, of all species, that were deleted."""
    deleted = rows.select(accession=pl.col("line").str.extract(f"^({_ACCESSION})\\s*$", 1)).drop_nulls()
    return Facts(
        retirements=[
            retirement_facts(
                deleted,
                key,
                retired=curie("uniprot", pl.col("accession")),
                successor=pl.lit(None),
                reason=pl.lit("deleted"),
            )
        ]
    )


FILES = tuple(
    SourceFile(
        key=f"uniprot.idmapping.{species}",
        source=SOURCE,
        patterns=(f"{code}_idmapping_selected.tab",),
        url=f"{_FOLDER}/{code}_idmapping_selected.tab.gz",
        license=CC_BY,
        layout=_LAYOUT,
        read=read_idmapping_selected,
        adds=f"{species} UniProt entries and their names",
        checksums="RELEASE.metalink",
    )
    for species, code in (("human", "HUMAN_9606"), ("mouse", "MOUSE_10090"))
) + tuple(
    SourceFile(
        key=key,
        source=SOURCE,
        patterns=(name,),
        url=f"{_KNOWLEDGEBASE}/complete/docs/{name}",
        license=CC_BY,
        layout=Layout(("line",), header=False, separator=NO_SEPARATOR),
        read=read,
        adds=adds,
        checksums="RELEASE.metalink",
    )
    for key, name, read, adds in (
        ("uniprot.secondary", "sec_ac.txt", read_secondary_accessions, "secondary UniProt accessions"),
        ("uniprot.deleted", "delac_sp.txt", read_deleted_accessions, "deleted UniProt accessions"),
    )
)
