"""NCBI: Gene records and their history, RefSeq, MANE, and the MIM numbers that NCBI ties to genes.

Quirks: the two gene_info files have rows of subspecies, whose tax id is another; `-` stands for nothing;
quotation marks are ordinary characters (U2B''); `dbXrefs` writes `HGNC:HGNC:6023` and `MGI:MGI:96561`;
mim2gene_medgen lists genes and phenotypes in one column; MANE writes `GeneID:3574`, and the chromosome as an accession
(`NC_000008.11`; `8` before version 1.2); gene_refseq_uniprotkb_collab lists similar proteins beside identical ones.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from ..identifiers.species import HUMAN, MOUSE
from .base import (
    PUBLIC_DOMAIN,
    Facts,
    Layout,
    Rows,
    SourceFile,
    Subject,
    curie,
    exploded,
    gene_facts,
    identifier_facts,
    name_facts,
    ortholog_facts,
    product_facts,
    retirement_facts,
    text,
)

SOURCE = "NCBI"
_FOLDER = "https://ftp.ncbi.nlm.nih.gov/gene/DATA"
_ID = curie("ncbigene", text("GeneID"))
_DB_XREFS = {"MIM": "omim", "HGNC": "hgnc", "MGI": "mgi", "Ensembl": "ensembl"}


def read_gene_info(rows: Rows, key: str, *, taxon: int) -> Facts:
    """Read one species' gene_info: records, names and the cross-references of `dbXrefs`."""
    rows = rows.filter(pl.col("#tax_id") == str(taxon))
    xrefs = exploded(rows, "dbXrefs", "|").with_columns(
        database=pl.col("dbXrefs").str.extract(r"^([^:]+):", 1),
        accession=pl.col("dbXrefs").str.extract(r"([^:]+)$", 1),
    )
    names = (("Symbol", "symbol"), ("Synonyms", "alias"), ("description", "full_name"))
    designations = ("Full_name_from_nomenclature_authority", "Other_designations")
    return Facts(
        genes=[
            gene_facts(
                rows,
                key,
                subject=_ID,
                taxon=taxon,
                symbol=text("Symbol"),
                name=text("description"),
                gene_type=text("type_of_gene"),
                chromosome=text("chromosome").str.extract(r"^([^|]+)", 1),
                map_location=text("map_location"),
            )
        ],
        identifiers=[
            identifier_facts(
                xrefs.filter(pl.col("database") == database),
                key,
                subject=_ID,
                prefix=prefix,
                accession=pl.col("accession"),
            )
            for database, prefix in _DB_XREFS.items()
        ],
        names=[
            name_facts(exploded(rows, column, "|"), key, subject=_ID, kind=kind, name=pl.col(column))
            for column, kind in (*names, *((column, "full_name") for column in designations))
        ],
    )


def read_gene_history(rows: Rows, key: str) -> Facts:
    """Read gene_history: Gene ids that were replaced or discontinued, with the day."""
    rows = rows.filter(pl.col("#tax_id").is_in([str(HUMAN), str(MOUSE)]))
    day = pl.col("Discontinue_Date")
    return Facts(
        retirements=[
            retirement_facts(
                rows,
                key,
                retired=curie("ncbigene", text("Discontinued_GeneID")),
                successor=_ID,
                reason=pl.when(_ID.is_null()).then(pl.lit("discontinued")).otherwise(pl.lit("replaced")),
                date=day.str.slice(0, 4) + "-" + day.str.slice(4, 2) + "-" + day.str.slice(6, 2),
                label=text("Discontinued_Symbol"),
            )
        ]
    )


def read_gene2ensembl(rows: Rows, key: str) -> Facts:
    """Read gene2ensembl: matched RefSeq and Ensembl genes, transcripts and proteins."""
    rows = rows.filter(pl.col("#tax_id").is_in([str(HUMAN), str(MOUSE)]))
    columns = (
        ("Ensembl_gene_identifier", "ensembl"),
        ("RNA_nucleotide_accession.version", "refseq"),
        ("Ensembl_rna_identifier", "ensembl"),
        ("protein_accession.version", "refseq"),
        ("Ensembl_protein_identifier", "ensembl"),
    )
    taxon = pl.col("#tax_id").cast(pl.Int32)
    return Facts(
        # A record for each gene, so that one that is newer than gene_info is known.
        genes=[gene_facts(rows.unique("GeneID"), key, subject=_ID, taxon=taxon)],
        identifiers=[
            identifier_facts(rows, key, subject=_ID, prefix=prefix, accession=text(column))
            for column, prefix in columns
        ],
        products=[
            product_facts(rows, key, prefix="refseq", transcript=columns[1][0], protein=columns[3][0]),
            product_facts(rows, key, prefix="ensembl", transcript=columns[2][0], protein=columns[4][0]),
        ],
    )


def read_gene2refseq(rows: Rows, key: str) -> Facts:
    """Read gene2refseq: every RefSeq accession of a gene, with versions, and which transcript makes which protein.

    Of the genomic accessions only RefSeqGenes (NG_) are taken: chromosomes and contigs contain many genes.
    """
    rows = rows.filter(pl.col("#tax_id").is_in([str(HUMAN), str(MOUSE)]) & (pl.col("status") != "SUPPRESSED"))
    transcript, protein = "RNA_nucleotide_accession.version", "protein_accession.version"
    genomic = text("genomic_nucleotide_accession.version")
    accessions = (text(transcript), text(protein), pl.when(genomic.str.starts_with("NG_")).then(genomic))
    return Facts(
        identifiers=[
            identifier_facts(rows, key, subject=_ID, prefix="refseq", accession=accession).unique()
            for accession in accessions
        ],
        products=[product_facts(rows, key, prefix="refseq", transcript=transcript, protein=protein).unique()],
    )


def read_gene_orthologs(rows: Rows, key: str) -> Facts:
    """Read gene_orthologs: pairs of genes that NCBI calculates to be orthologs, of all species."""
    rows = rows.filter(pl.col("relationship") == "Ortholog")
    gene, other = _ID, curie("ncbigene", text("Other_GeneID"))
    is_pair = [
        (pl.col("#tax_id") == str(one)) & (pl.col("Other_tax_id") == str(two))
        for one, two in ((HUMAN, MOUSE), (MOUSE, HUMAN))
    ]
    return Facts(
        orthologs=[
            ortholog_facts(rows.filter(is_pair[0]), key, human=gene, mouse=other),
            ortholog_facts(rows.filter(is_pair[1]), key, human=other, mouse=gene),
        ]
    )


def read_mane_summary(rows: Rows, key: str) -> Facts:
    """Read the MANE summary: the RefSeq and Ensembl transcripts that both agree on, all with versions."""
    subject = text("#NCBI_GeneID").str.replace("GeneID:", "ncbigene:", literal=True)
    columns = (
        ("HGNC_ID", "hgnc"),
        ("Ensembl_Gene", "ensembl"),
        ("RefSeq_nuc", "refseq"),
        ("RefSeq_prot", "refseq"),
        ("Ensembl_nuc", "ensembl"),
        ("Ensembl_prot", "ensembl"),
    )
    mane = pl.col("MANE_status").str.strip_prefix("MANE ").str.to_lowercase()
    selected = rows.sort("MANE_status", descending=True).unique("#NCBI_GeneID", keep="first", maintain_order=True)
    return Facts(
        # A record for each gene, so that one newer than gene_info is known; its place is that of the transcript.
        genes=[
            gene_facts(
                selected,
                key,
                subject=subject,
                taxon=HUMAN,
                chromosome=_chromosome("GRCh38_chr"),
                start=text("chr_start"),
                end=text("chr_end"),
                strand=pl.col("chr_strand").str.extract("([+-])", 1),
                assembly=pl.lit("GRCh38"),
            )
        ],
        identifiers=[
            identifier_facts(
                rows,
                key,
                subject=subject,
                prefix=prefix,
                accession=text(column).str.replace("HGNC:", "", literal=True),
            )
            for column, prefix in columns
        ],
        products=[
            product_facts(rows, key, prefix=prefix, transcript=f"{name}_nuc", protein=f"{name}_prot", mane=mane)
            for name, prefix in (("RefSeq", "refseq"), ("Ensembl", "ensembl"))
        ],
    )


def _chromosome(column: str) -> pl.Expr:
    """Return the name of a human chromosome that is given by its RefSeq accession; other sequences keep theirs."""
    sequence = text(column)
    number = sequence.str.extract(r"^NC_0000([0-9]{2})\.", 1).str.strip_chars_start("0")
    return pl.coalesce(number.replace({"23": "X", "24": "Y"}), sequence.str.replace(r"^NC_012920\..*", "MT"))


def read_protein_matches(rows: Rows, key: str) -> Facts:
    """Read gene_refseq_uniprotkb_collab: the UniProt entries of each RefSeq protein, of one species.

    An entry of the same sequence, or one that UniProt itself links, is a statement; one that is only similar is none.
    """
    taxa = [str(HUMAN), str(MOUSE)]
    rows = rows.filter(
        pl.col("NCBI_tax_id").is_in(taxa),
        pl.col("NCBI_tax_id") == pl.col("UniProtKB_tax_id"),
        text("method").is_in(["identical", "uniprot"]),
    )
    protein = curie("refseq", text("#NCBI_protein_accession").str.extract(r"^([^.]+)", 1))
    entry = text("UniProtKB_protein_accession")
    return Facts(identifiers=[identifier_facts(rows, key, subject=protein, prefix="uniprot", accession=entry)])


def read_mim2gene_medgen(rows: Rows, key: str) -> Facts:
    """Read mim2gene_medgen: MIM numbers of genes, and of phenotypes with the genes that they are linked to."""
    kind = pl.col("type").str.strip_chars()
    rows = rows.filter(kind.is_in(["gene", "phenotype"]))
    number = text("#MIM number")
    # A phenotype without a gene is stated of itself, so that it is known to be one.
    subject = pl.coalesce(_ID, pl.when(kind == "phenotype").then(curie("omim", number)))
    return Facts(
        identifiers=[identifier_facts(rows, key, subject=subject, prefix="omim", accession=number, relation=kind)]
    )


_GENE_INFO = Layout(
    ("#tax_id", "GeneID", "Symbol", "Synonyms", "dbXrefs", "chromosome", "map_location", "description",
     "type_of_gene", "Full_name_from_nomenclature_authority", "Other_designations", "Modification_date")
)  # fmt: skip

FILES = (
    SourceFile(
        key="ncbi.gene_info.human",
        source=SOURCE,
        patterns=("Homo_sapiens.gene_info",),
        url=f"{_FOLDER}/GENE_INFO/Mammalia/Homo_sapiens.gene_info.gz",
        license=PUBLIC_DOMAIN,
        layout=_GENE_INFO,
        read=partial(read_gene_info, taxon=HUMAN),
        adds="human Entrez genes, their symbols, synonyms and types",
    ),
    SourceFile(
        key="ncbi.gene_info.mouse",
        source=SOURCE,
        patterns=("Mus_musculus.gene_info",),
        url=f"{_FOLDER}/GENE_INFO/Mammalia/Mus_musculus.gene_info.gz",
        license=PUBLIC_DOMAIN,
        layout=_GENE_INFO,
        read=partial(read_gene_info, taxon=MOUSE),
        adds="mouse Entrez genes, their symbols, synonyms and types",
    ),
    SourceFile(
        key="ncbi.gene_history",
        source=SOURCE,
        patterns=("gene_history",),
        url=f"{_FOLDER}/gene_history.gz",
        license=PUBLIC_DOMAIN,
        layout=Layout(("#tax_id", "GeneID", "Discontinued_GeneID", "Discontinued_Symbol", "Discontinue_Date")),
        read=read_gene_history,
        adds="retired Entrez Gene ids and their successors",
        all_species=True,
    ),
    SourceFile(
        key="ncbi.gene2ensembl",
        source=SOURCE,
        patterns=("gene2ensembl",),
        url=f"{_FOLDER}/gene2ensembl.gz",
        license=PUBLIC_DOMAIN,
        layout=Layout(
            ("#tax_id", "GeneID", "Ensembl_gene_identifier", "RNA_nucleotide_accession.version",
             "Ensembl_rna_identifier", "protein_accession.version", "Ensembl_protein_identifier")
        ),
        read=read_gene2ensembl,
        adds="NCBI's matches of RefSeq and Ensembl transcripts and proteins",
        all_species=True,
    ),
    SourceFile(
        key="ncbi.gene2refseq",
        source=SOURCE,
        patterns=("gene2refseq",),
        url=f"{_FOLDER}/gene2refseq.gz",
        license=PUBLIC_DOMAIN,
        layout=Layout(
            ("#tax_id", "GeneID", "status", "RNA_nucleotide_accession.version", "protein_accession.version",
             "genomic_nucleotide_accession.version")
        ),
        read=read_gene2refseq,
        adds="all RefSeq accessions with versions (NR, XM, XR, XP, NG too) and transcript-protein pairs",
        all_species=True,
    ),
    SourceFile(
        key="ncbi.gene_orthologs",
        source=SOURCE,
        patterns=("gene_orthologs",),
        url=f"{_FOLDER}/gene_orthologs.gz",
        license=PUBLIC_DOMAIN,
        layout=Layout(("#tax_id", "GeneID", "relationship", "Other_tax_id", "Other_GeneID")),
        read=read_gene_orthologs,
        adds="NCBI's support for human-mouse orthologs",
        all_species=True,
    ),
    SourceFile(
        key="ncbi.mane",
        source=SOURCE,
        patterns=("MANE.GRCh38.v*.summary.txt",),
        url="https://ftp.ncbi.nlm.nih.gov/refseq/MANE/MANE_human/current/MANE.GRCh38.v*.summary.txt.gz",
        license=PUBLIC_DOMAIN,
        layout=Layout(
            ("#NCBI_GeneID", "Ensembl_Gene", "HGNC_ID", "RefSeq_nuc", "RefSeq_prot", "Ensembl_nuc", "Ensembl_prot",
             "MANE_status", "GRCh38_chr", "chr_start", "chr_end", "chr_strand")
        ),
        read=read_mane_summary,
        adds="MANE Select transcripts, with versions",
    ),
    SourceFile(
        key="ncbi.protein_matches",
        source=SOURCE,
        patterns=("gene_refseq_uniprotkb_collab",),
        url=f"{_FOLDER}/gene_refseq_uniprotkb_collab.gz",
        license=PUBLIC_DOMAIN,
        layout=Layout(
            ("#NCBI_protein_accession", "UniProtKB_protein_accession", "NCBI_tax_id", "UniProtKB_tax_id", "method")
        ),
        read=read_protein_matches,
        adds="UniProt entries of RefSeq proteins, unreviewed ones too",
        all_species=True,
        subject=Subject.PRODUCT,
    ),
    SourceFile(
        key="ncbi.mim2gene_medgen",
        source=SOURCE,
        patterns=("mim2gene_medgen",),
        url=f"{_FOLDER}/mim2gene_medgen",
        license=PUBLIC_DOMAIN,
        layout=Layout(("#MIM number", "GeneID", "type")),
        read=read_mim2gene_medgen,
        adds="which MIM numbers are genes and which phenotypes",
    ),
)  # fmt: skip
