"""Ensembl: genes with their transcripts and proteins, links to other databases, and what became of old ids.

Quirks: one row for each pair, `-` for nothing; rows whose db_name is EntrezGene_trans_name contain the NAME of a
transcript in the xref column, not an id; most links are DEPENDENT, that is, inferred through another database. The
history writes a backslash and N for nothing and has a row for each event, also for an id that only got a new version.
A GTF has a row for each feature and all its facts in one column; GENCODE's, of the same genes, writes the version into
the id, `gene_type` for `gene_biotype`, `chr8` for `8`, and the id where a gene has no name.
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
    name_facts,
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
_ANNOTATION = Layout(
    ("sequence", "annotator", "feature", "start", "end", "score", "strand", "frame", "attributes"),
    header=False,
    comment="#",
)
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


def read_annotation(rows: Rows, key: str, *, taxon: int, assembly: str) -> Facts:
    """Read a GTF of Ensembl or GENCODE: genes with their types and places, transcripts and proteins, all with versions.

    The name of a gene is taken for one of its names only if no other gene of the file has it: many small RNAs are named
    after their family.
    """
    # Every step is one of a row alone, so that the file streams: `Expr.replace` would collect all of it.
    genes = (
        rows.filter(pl.col("feature") == "gene")
        .select(
            "start",
            "end",
            "strand",
            gene=_versioned("gene"),
            name=_attribute("gene_name"),
            type=_gene_type(),
            chromosome=text("sequence").str.replace("^chrM$", "MT").str.replace("^chr", ""),
        )
        .cast({"start": pl.Int64, "end": pl.Int64}, strict=False)
        .with_columns(name=pl.when(~pl.col("name").str.starts_with("ENS")).then("name"))
    )
    transcripts = rows.filter(pl.col("feature") == "transcript").select(
        gene=_versioned("gene"), transcript=_versioned("transcript")
    )
    coding = rows.filter(pl.col("feature") == "CDS").select(
        gene=_versioned("gene"), transcript=_versioned("transcript"), protein=_versioned("protein")
    )
    subject = curie("ensembl", pl.col("gene").str.extract(r"^([^.]+)", 1))
    return Facts(
        genes=[
            gene_facts(
                genes,
                key,
                subject=subject,
                taxon=taxon,
                symbol=pl.col("name"),
                gene_type=pl.col("type"),
                chromosome=pl.col("chromosome"),
                start=pl.col("start"),
                end=pl.col("end"),
                strand=pl.col("strand").str.extract("([+-])", 1),
                assembly=pl.lit(assembly),
            )
        ],
        identifiers=[
            identifier_facts(genes, key, subject=subject, prefix="ensembl", accession=pl.col("gene")),
            identifier_facts(transcripts, key, subject=subject, prefix="ensembl", accession=pl.col("transcript")),
            identifier_facts(
                coding.select("gene", "protein").unique(),
                key,
                subject=subject,
                prefix="ensembl",
                accession=pl.col("protein"),
            ),
        ],
        names=[
            name_facts(
                genes.select("gene", "name").filter(pl.len().over("name") == 1),
                key,
                subject=subject,
                kind="symbol",
                name=pl.col("name"),
            )
        ],
        products=[
            product_facts(
                coding.select("transcript", "protein").unique(),
                key,
                prefix="ensembl",
                transcript="transcript",
                protein="protein",
            )
        ],
    )


def _attribute(name: str) -> pl.Expr:
    return pl.col("attributes").str.extract(rf'(?:^|; ?){name} "([^"]*)"', 1)


def _versioned(kind: str) -> pl.Expr:
    """Return the id of a gene, transcript or protein with its version; the Y copies of GENCODE are those of X."""
    identifier = _attribute(f"{kind}_id").str.strip_suffix("_PAR_Y")
    version = _attribute(f"{kind}_version")
    return pl.when(version.is_null()).then(identifier).otherwise(identifier + "." + version)


def _gene_type() -> pl.Expr:
    biotype = pl.coalesce(_attribute("gene_biotype"), _attribute("gene_type"))
    return (
        pl.when(biotype == "protein_coding")
        .then(pl.lit("protein-coding"))
        .when(biotype.str.contains("pseudogene$"))
        .then(pl.lit("pseudo"))
        .when(biotype.str.contains("RNA$") | (biotype == "ribozyme"))
        .then(pl.lit("ncRNA"))
        .when(biotype.is_not_null())
        .then(pl.lit("other"))
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
# Beside the GTF of a release there are those of chromosomes alone, of haplotypes, and of predictions.
_RELEASE = "[0-9]*[0-9]"
_GENCODE = {"human": "gencode.v[0-9]*[0-9].annotation.gtf", "mouse": "gencode.vM[0-9]*[0-9].annotation.gtf"}
_PUB = "https://ftp.ensembl.org/pub"

_ANNOTATIONS = tuple(
    SourceFile(
        key=f"ensembl.annotation.{species}",
        source=SOURCE,
        patterns=(f"{name}.{assembly}.{_RELEASE}.gtf", _GENCODE[species]),
        url=f"{_PUB}/current_gtf/{name.lower()}/{name}.{assembly}.{_RELEASE}.gtf.gz",
        license=EMBL_EBI,
        layout=_ANNOTATION,
        read=partial(read_annotation, taxon=taxon, assembly=assembly),
        adds=f"{species} Ensembl genes with types and places, transcripts and proteins, all with versions",
        checksums="CHECKSUMS",
    )
    for species, taxon, name, assembly in _SPECIES
)
_LINKS = tuple(
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
)
_HISTORY = tuple(
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

FILES = (*_ANNOTATIONS, *_LINKS, *_HISTORY)
