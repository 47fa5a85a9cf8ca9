"""MGI, Mouse Genome Informatics: mouse markers, their cross-references, and human–mouse homology.

Quirks: `null` for nothing; rows that end in one tab more than the header; a withdrawn marker has no id of its own in
any report (`NULL` in MRK_List1, the id of the current marker in MGI_EntrezGene), so that a retired id is known as a
secondary id alone; a quotation mark is an ordinary character; `DB Class Key` of the homology report is a key of the
Alliance's clusters, NOT a HomoloGene id; the report's SWISS_PROT column has reviewed accessions only, sometimes
twice; chromosome places read `Chr8:78675044-78805523(-)`.
"""

from __future__ import annotations

import polars as pl

from ..identifiers.species import HUMAN, MOUSE
from .base import (
    CC_BY,
    Facts,
    Layout,
    Rows,
    SourceFile,
    curie,
    exploded,
    gene_facts,
    identifier_facts,
    name_facts,
    ortholog_facts,
    retirement_facts,
    text,
)

SOURCE = "MGI"
_FOLDER = "https://www.informatics.jax.org/downloads/reports"
_GENE_TYPES = {
    "protein coding gene": "protein-coding",
    "pseudogene": "pseudo",
    "pseudogenic gene segment": "pseudo",
    "polymorphic pseudogene": "pseudo",
    "transgene": "engineered",
}


def _id(column: str) -> pl.Expr:
    return text(column).str.to_lowercase()


def _gene_type(column: str) -> pl.Expr:
    feature = text(column)
    is_rna = feature.str.contains("RNA gene$")
    other = pl.when(is_rna).then(pl.lit("ncRNA")).when(feature.is_not_null()).then(pl.lit("other"))
    return feature.replace_strict(_GENE_TYPES, default=None, return_dtype=pl.String).fill_null(other)


def _strand(column: str) -> pl.Expr:
    return pl.col(column).str.extract("([+-])", 1)  # here a hyphen is a value


def read_homology(rows: Rows, key: str) -> Facts:
    """Read HOM_MouseHumanSequence: clusters of human and mouse genes, with places, RefSeq and Swiss-Prot."""
    place = text("Genome Coordinates (mouse: GRCm39 human: GRCh38)")
    taxon = pl.col("NCBI Taxon ID").cast(pl.Int32)
    subject = curie("ncbigene", text("EntrezGene ID"))
    genes = gene_facts(
        rows,
        key,
        subject=subject,
        taxon=taxon,
        chromosome=place.str.extract(r"^Chr([^:]+):", 1),
        start=place.str.extract(r":([0-9]+)-", 1),
        end=place.str.extract(r"-([0-9]+)\(", 1),
        strand=place.str.extract(r"\(([+-])\)$", 1),
        assembly=pl.when(place.is_null())
        .then(None)
        .when(taxon == HUMAN)
        .then(pl.lit("GRCh38"))
        .otherwise(pl.lit("GRCm39")),
    )
    columns = (
        ("Mouse MGI ID", "mgi", "MGI:", None),
        ("HGNC ID", "hgnc", "HGNC:", None),
        ("OMIM Gene ID", "omim", "OMIM:", None),
        ("Nucleotide RefSeq IDs", "refseq", "", None),
        ("Protein RefSeq IDs", "refseq", "", None),
        ("SWISS_PROT IDs", "uniprot", "", True),
    )
    members = rows.select(cluster=pl.col("DB Class Key"), taxon=taxon, subject=subject)
    pairs = members.filter(pl.col("taxon") == HUMAN).join(
        members.filter(pl.col("taxon") == MOUSE), on="cluster", suffix="_mouse"
    )
    return Facts(
        genes=[genes.unique("subject", keep="first", maintain_order=True)],
        identifiers=[
            identifier_facts(
                exploded(rows, column, ","),
                key,
                subject=subject,
                prefix=prefix,
                accession=text(column).str.strip_prefix(lead),
                reviewed=reviewed,
            )
            for column, prefix, lead, reviewed in columns
        ],
        orthologs=[ortholog_facts(pairs.unique(), key, human=pl.col("subject"), mouse=pl.col("subject_mouse"))],
    )


def read_alliance_homology(rows: Rows, key: str) -> Facts:
    """Read HGNC_AllianceHomology: markers with Entrez, Ensembl, GRCm39 places and the HGNC id of the ortholog."""
    subject = _id("MGI Accession ID")
    start = text("NCBI Gene start")
    return Facts(
        genes=[
            gene_facts(
                rows,
                key,
                subject=subject,
                taxon=MOUSE,
                symbol=text("Marker Symbol"),
                name=text("Marker Name"),
                gene_type=_gene_type("Feature Type"),
                chromosome=pl.coalesce(text("NCBI Gene chromosome"), text("Ensembl Gene chromosome")),
                start=pl.coalesce(start, text("Ensembl Gene start")),
                end=pl.coalesce(text("NCBI Gene end"), text("Ensembl Gene end")),
                strand=pl.coalesce(_strand("NCBI Gene strand"), _strand("Ensembl Gene strand")),
                assembly=pl.when(pl.coalesce(start, text("Ensembl Gene start")).is_not_null()).then(pl.lit("GRCm39")),
            )
        ],
        identifiers=[
            identifier_facts(exploded(rows, column, "|"), key, subject=subject, prefix=prefix, accession=text(column))
            for column, prefix in (("EntrezGene ID", "ncbigene"), ("Ensembl Gene ID", "ensembl"), ("CCDS IDs", "ccds"))
        ],
        names=[
            name_facts(rows, key, subject=subject, kind=kind, name=pl.col(column))
            for column, kind in (("Marker Symbol", "symbol"), ("Marker Name", "full_name"))
        ],
        orthologs=[
            ortholog_facts(exploded(rows, "HGNC ID", "|"), key, human=_id("HGNC ID"), mouse=subject)
        ],
    )  # fmt: skip


def read_marker_list(rows: Rows, key: str) -> Facts:
    """Read MRK_List1: symbols, names, synonyms and cM positions of current markers, and symbols that were withdrawn.

    A withdrawn symbol is a previous symbol of the marker that the row names as current; a split names several, on a row
    each. MRK_List2 has the same columns but the last two, and no withdrawn markers.
    """
    subject = _id("MGI Accession ID")
    synonyms = "Marker Synonyms (pipe-separated)"
    named = rows.filter(text("Marker Symbol").is_not_null())
    position = text("cM Position")
    chromosome = text("Chr")
    current = "Current MGI Accession ID (if withdrawn)"
    withdrawn: Rows | None = None
    if current in named.collect_schema():  # MRK_List1; its older stand-in MRK_List2 has current markers alone
        withdrawn = named.filter((text("Status") == "W") & text(current).is_not_null())
        named = named.filter(text("Status") != "W")
    facts = Facts(
        genes=[
            gene_facts(
                named,
                key,
                subject=subject,
                taxon=MOUSE,
                symbol=text("Marker Symbol"),
                name=text("Marker Name"),
                gene_type=_gene_type("Feature Type"),
                chromosome=chromosome,
                map_location=pl.when(position.str.contains("^[0-9.]+$")).then(chromosome + " " + position + " cM"),
            )
        ],
        names=[
            name_facts(named, key, subject=subject, kind="symbol", name=pl.col("Marker Symbol")),
            name_facts(named, key, subject=subject, kind="full_name", name=pl.col("Marker Name")),
            name_facts(exploded(named, synonyms, "|"), key, subject=subject, kind="alias", name=pl.col(synonyms)),
        ],
    )  # fmt: skip
    if withdrawn is not None:
        facts.names.append(
            name_facts(withdrawn, key, subject=_id(current), kind="previous_symbol", name=text("Marker Symbol"))
        )
    return facts


def read_ensembl_pairs(rows: Rows, key: str) -> Facts:
    """Read MRK_ENSEMBL: markers with their Ensembl gene, transcripts and proteins."""
    columns = (("gene", " "), ("transcripts", " "), ("proteins", " "))
    return Facts(
        identifiers=[
            identifier_facts(
                exploded(rows, column, separator), key, subject=_id("mgi"), prefix="ensembl", accession=text(column)
            )
            for column, separator in columns
        ]
    )  # fmt: skip


def read_proteins(rows: Rows, key: str) -> Facts:
    """Read MRK_SwissProt_TrEMBL: markers with UniProt accessions, reviewed or not."""
    proteins = exploded(rows, "accessions", " ")
    return Facts(
        identifiers=[
            identifier_facts(proteins, key, subject=_id("mgi"), prefix="uniprot", accession=text("accessions"))
        ]
    )


def read_entrez_pairs(rows: Rows, key: str) -> Facts:
    """Read MGI_EntrezGene: markers with their Entrez Gene id, secondary MGI ids, and symbols that were withdrawn.

    A secondary id was replaced by the marker that lists it. A row of a withdrawn marker states that its symbol is a
    previous one of the current marker.
    """
    subject = _id("mgi")
    current = rows.filter(text("status") != "W")
    withdrawn = rows.filter(text("status") == "W")
    secondary = exploded(current, "secondary_ids", "|")
    return Facts(
        identifiers=[identifier_facts(current, key, subject=subject, prefix="ncbigene", accession=text("entrez_id"))],
        retirements=[
            retirement_facts(secondary, key, retired=_id("secondary_ids"), successor=subject, reason=pl.lit("merged"))
        ],
        names=[name_facts(withdrawn, key, subject=subject, kind="previous_symbol", name=pl.col("symbol"))],
    )


def read_gene_models(rows: Rows, key: str) -> Facts:
    """Read MGI_Gene_Model_Coord: markers with the Entrez and Ensembl genes that give them their places."""
    pairs = (("6. Entrez gene id", "ncbigene"), ("11. Ensembl gene id", "ensembl"))
    subject = _id("1. MGI accession id")
    return Facts(
        identifiers=[
            identifier_facts(rows, key, subject=subject, prefix=prefix, accession=text(column))
            for column, prefix in pairs
        ]
    )


def read_sequences(rows: Rows, key: str) -> Facts:
    """Read MRK_Sequence: markers with RefSeq, Ensembl and UniProt sequences; reviewed and TrEMBL in two columns.

    A first line of column names is passed over, as any row without an MGI id is.
    """
    columns = (
        ("refseq_transcripts", "refseq", None),
        ("refseq_proteins", "refseq", None),
        ("ensembl_transcripts", "ensembl", None),
        ("ensembl_proteins", "ensembl", None),
        ("uniprot", "uniprot", True),
        ("trembl", "uniprot", False),
    )
    markers = rows.filter(pl.col("mgi").str.contains("^MGI:[0-9]+$"))
    return Facts(
        identifiers=[
            identifier_facts(
                exploded(markers, column, "|"), key, subject=_id("mgi"), prefix=prefix, accession=text(column),
                reviewed=reviewed,
            )
            for column, prefix, reviewed in columns
        ]
    )  # fmt: skip


def read_archived_groups(rows: Rows, key: str) -> Facts:
    """Read an HMD_HumanPhenotype of before 2021, the last report of MGI with HomoloGene ids; cells are blank-padded."""
    group = text("homologene")
    human = curie("ncbigene", text("human_gene_id"))
    return Facts(
        identifiers=[
            identifier_facts(rows, key, subject=subject, prefix="homologene", accession=group)
            for subject in (human, _id("mgi"))
        ]
    )


FILES = (
    SourceFile(
        key="mgi.homology",
        source=SOURCE,
        patterns=("HOM_MouseHumanSequence.rpt",),
        url=f"{_FOLDER}/HOM_MouseHumanSequence.rpt",
        license=CC_BY,
        layout=Layout(
            ("DB Class Key", "NCBI Taxon ID", "EntrezGene ID", "Mouse MGI ID", "HGNC ID", "OMIM Gene ID",
             "Genome Coordinates (mouse: GRCm39 human: GRCh38)", "Nucleotide RefSeq IDs", "Protein RefSeq IDs",
             "SWISS_PROT IDs")
        ),
        read=read_homology,
        adds="human places on GRCh38, orthologs, RefSeq and reviewed UniProt entries of both species",
    ),
    SourceFile(
        key="mgi.alliance_homology",
        source=SOURCE,
        patterns=("HGNC_AllianceHomology.rpt",),
        url=f"{_FOLDER}/HGNC_AllianceHomology.rpt",
        license=CC_BY,
        layout=Layout(
            ("MGI Accession ID", "Marker Symbol", "Marker Name", "Feature Type", "EntrezGene ID",
             "NCBI Gene chromosome", "NCBI Gene start", "NCBI Gene end", "NCBI Gene strand", "Ensembl Gene ID",
             "Ensembl Gene chromosome", "Ensembl Gene start", "Ensembl Gene end", "Ensembl Gene strand", "CCDS IDs",
             "HGNC ID")
        ),
        read=read_alliance_homology,
        adds="mouse places on GRCm39, mouse CCDS ids, and MGI's pairs with Entrez, Ensembl and HGNC",
    ),
    SourceFile(
        key="mgi.marker_list",
        source=SOURCE,
        patterns=("MRK_List1.rpt", "MRK_List2.rpt"),
        url=f"{_FOLDER}/MRK_List1.rpt",
        license=CC_BY,
        layout=Layout(
            ("MGI Accession ID", "Chr", "cM Position", "Marker Symbol", "Status", "Marker Name", "Feature Type",
             "Marker Synonyms (pipe-separated)")
        ),
        read=read_marker_list,
        adds="mouse symbols, names and synonyms, and symbols that were withdrawn",
    ),
    SourceFile(
        key="mgi.ensembl",
        source=SOURCE,
        patterns=("MRK_ENSEMBL.rpt",),
        url=f"{_FOLDER}/MRK_ENSEMBL.rpt",
        license=CC_BY,
        layout=Layout(
            ("mgi", "symbol", "name", "cm", "chromosome", "gene", "transcripts", "proteins", "feature_types", "start",
             "end", "strand", "biotypes"),
            header=False,
        ),
        read=read_ensembl_pairs,
        adds="mouse Ensembl transcripts",
    ),
    SourceFile(
        key="mgi.entrez",
        source=SOURCE,
        patterns=("MGI_EntrezGene.rpt",),
        url=f"{_FOLDER}/MGI_EntrezGene.rpt",
        license=CC_BY,
        layout=Layout(
            ("mgi", "symbol", "status", "name", "cm", "chromosome", "type", "secondary_ids", "entrez_id", "synonyms",
             "feature_types", "start", "end", "strand", "biotypes"),
            header=False,
        ),
        read=read_entrez_pairs,
        adds="secondary MGI ids, withdrawn symbols, and MGI's pairs with Entrez Gene",
    ),
    SourceFile(
        key="mgi.gene_models",
        source=SOURCE,
        patterns=("MGI_Gene_Model_Coord.rpt",),
        url=f"{_FOLDER}/MGI_Gene_Model_Coord.rpt",
        license=CC_BY,
        layout=Layout(("1. MGI accession id", "6. Entrez gene id", "11. Ensembl gene id")),
        read=read_gene_models,
        adds="MGI's pairs with Entrez Gene and Ensembl, also for genes that are not in the reports on homology",
    ),
    SourceFile(
        key="mgi.sequences",
        source=SOURCE,
        patterns=("MRK_Sequence.rpt",),
        url=f"{_FOLDER}/MRK_Sequence.rpt",
        license=CC_BY,
        layout=Layout(
            ("mgi", "symbol", "status", "type", "name", "cm", "chromosome", "start", "end", "strand", "genbank",
             "refseq_transcripts", "ensembl_transcripts", "uniprot", "trembl", "ensembl_proteins", "refseq_proteins",
             "unigene", "feature_type"),
            header=False,
        ),
        read=read_sequences,
        adds="mouse Ensembl proteins, and which mouse UniProt entries are reviewed",
    ),
    SourceFile(
        key="mgi.archived_groups",
        source=SOURCE,
        patterns=("HMD_HumanPhenotype.20[0-2][0-9]-*.rpt",),
        url="",  # MGI publishes the report with other columns today
        license=CC_BY,
        layout=Layout(
            ("human_symbol", "human_gene_id", "homologene", "has_phenotype", "mouse_symbol", "mgi", "phenotypes",
             "end_of_row"),
            header=False,
        ),
        read=read_archived_groups,
        adds="HomoloGene ids of 2020, for genes that build 68 knew under other Entrez ids",
    ),
    SourceFile(
        key="mgi.proteins",
        source=SOURCE,
        patterns=("MRK_SwissProt_TrEMBL.rpt",),
        url=f"{_FOLDER}/MRK_SwissProt_TrEMBL.rpt",
        license=CC_BY,
        layout=Layout(("mgi", "symbol", "status", "name", "cm", "chromosome", "accessions"), header=False),
        read=read_proteins,
        adds="mouse UniProt entries",
    ),
)  # fmt: skip
