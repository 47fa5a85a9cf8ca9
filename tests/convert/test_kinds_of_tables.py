"""Tables as programs and databases write them: which column is converted, and that every line comes back.

All rows are written for these tests; only names of columns and their arrangement are those of the programs.
"""

from __future__ import annotations

import io

import pytest

from resolver.convert.plan import make_plan
from resolver.errors import BadOption
from resolver.resolve.options import read_options
from resolver.resolve.resolver import Resolver
from tests.convert.conversions import open_bytes

PLAN = make_plan("symbol", read_options({"species": "human"}))
# Symbol, Ensembl gene, UniProt, NCBI Gene.
GENES = [
    ("TP53", "ENSG00000141510", "P04637", "7157"),
    ("IL7", "ENSG00000104432", "P13232", "3574"),
    ("KRAS", "ENSG00000133703", "P01116", "3845"),
    ("EGFR", "ENSG00000146648", "P00533", "1956"),
    ("BRCA1", "ENSG00000012048", "P38398", "672"),
]
SYMBOLS = [symbol for symbol, *_ in GENES]


def _table(header: str, row: str, delimiter: str = "\t") -> str:
    """Return a table with a row for each gene: {s} its symbol, {e} Ensembl, {u} UniProt, {n} NCBI, {i} a number."""
    rows = [row.format(s=s, e=e, u=u, n=n, i=i, d=chr(i + 65)) for i, (s, e, u, n) in enumerate(GENES)]
    return "".join(
        line.replace(" ", delimiter).replace("~", " ") + "\n" for line in ([header] if header else []) + rows
    )


TABLES: dict[str, tuple[str, str]] = {  # the column that is converted, and the table
    "DESeq2": ("column 1", _table('"" "baseMean" "log2FoldChange" "padj"', '"{e}.{i}" 1{i}.7 -0.{i} NA', ",")),
    "limma": ("column 1", _table(' "logFC" "adj.P.Val" "B"', '"{s}" 1.{i} 0.1 3.2', ",")),
    "edgeR": ("column 1", _table("logFC logCPM FDR", "{s} 1.{i} 2.2 0.1")),
    "MaxQuant": (
        "Protein IDs",
        _table(
            "Protein~IDs Protein~names Gene~names Fasta~headers",
            "{u};CON__P02769 Some~long~protein~name {s} sp|{u}|X_HUMAN~Some~protein~OS=Homo~sapiens~GN={s}",
        ),
    ),
    "DIA-NN": ("Protein.Group", _table("Protein.Group Protein.Names Genes x.raw", "{u} {s}_HUMAN {s} 10{i}.5")),
    "Proteome Discoverer": (
        "Accession",
        _table("Confidence Accession Description Gene~Symbol", "High {u} Some~protein~OS=Homo~sapiens {s}"),
    ),
    "search engine": ("Accession", _table("Accession Description Score", "sp|{u}|{s}_HUMAN Protein~GN={s}~PE=1 {i}")),
    "featureCounts": (
        "Geneid",
        '# Program:featureCounts v2.0.1; Command:"featureCounts" "-a" "x.gtf"\n'
        + _table("Geneid Chr Start End Strand Length x.bam", "{e} 1;1 100;200 150;250 +;+ 102 {i}"),
    ),
    "GENCODE in kallisto": (
        "target_id",
        _table(
            "target_id length tpm", "ENST0000026930{i}.9|{e}.18|OTTHUMG1|OTTHUMT1|{s}-201|{s}|25|protein_coding| 2 1"
        ),
    ),
    "Cufflinks": (
        "gene_short_name",
        _table(
            "tracking_id gene_id gene_short_name tss_id locus FPKM", "XLOC_00{i} XLOC_00{i} {s} TSS{i} chr1:1{i}-20 1"
        ),
    ),
    "OMIM": (
        "Ensembl Gene ID",
        "# Generated: a day\n"
        + _table(
            "#~Chromosome MIM~Number Gene~Symbols Gene~Name Approved~Gene~Symbol Ensembl~Gene~ID Phenotypes",
            "chr1 6{i}0000 {s},~ALT{i}X Some~long~name {s} {e} Some~cancer,~114500~(3),~Autosomal~dominant",
        ),
    ),
    "GWAS Catalog": (
        "MAPPED_GENE",
        _table("CHR_ID REPORTED MAPPED_GENE SNP_GENE_IDS SNPS", "17 NR {s} {e} rs{i}1")
        .replace(GENES[1][1], "")
        .replace(GENES[3][1], ""),
    ),
    "modes of inheritance": ("Gene", _table("Ref Alt Mode Gene", "A G AD {s}").replace("AD\tIL7", "AR\tIL7")),
    "MAGeCK": ("id", _table("id num neg|score neg|rank neg|goodsgrna", "{s} 4 0.{i} {i} 2")),
    "Seurat": ("gene", _table('"" "p_val" "avg_log2FC" "cluster" "gene"', '"{s}.1" 0 1.{i} "NK" "{s}"', ",")),
    "scanpy": ("names", _table(" group names scores", "{i} {i} {s} 1.{i}", ",")),
    "indexes of genes": ("column 1", _table(" s1 s2", "{e}_{s} 0.{i} 2", ",")),
    "TCGA": ("gene_id", _table("gene_id normalized_count", "{s}|{n} 1.{i}")),
    "cBioPortal": ("Hugo_Symbol", _table("Hugo_Symbol Entrez_Gene_Id TCGA-OR-A5J1-01", "{s} {n} 0.{i}")),
    "MAF": ("Gene", "#version 2.4\n" + _table("Hugo_Symbol Entrez_Gene_Id Chromosome Gene", "{s} {n} 17 {e}")),
    "list of synonyms": ("Gene Symbol", _table("Gene~Symbol Name Synonyms", '{s} x{i}y "{e}.5,{n},X{i}Y"')),
    "one accession in all rows": ("GeneSymbol", _table("GeneSymbol HGNC_ID Name", "{s} HGNC:11998 x{i}:c.5G>A")),
    "MAGMA": ("GENE", _table("GENE CHR START STOP ZSTAT P", "{n} 1 10{i} 2000{i} 1.5 0.01", "  ")),
    "BioMart": (
        "Gene stable ID",
        _table("Gene~stable~ID Gene~name Gene~description Gene~type", "{e} {s} text~of~words protein_coding"),
    ),
    "NanoString": ("Name", _table("Code~Class Name x", "Endogenous {s} 10{i}", ",") + "Positive,POS_A(128),9\n"),
    "fgsea": ("leadingEdge", _table("pathway padj size leadingEdge", "HALLMARK_{i} 0.1 30 {s}|{s}", ",")),
    "PANTHER": ("column 2", _table("", "HUMAN|HGNC=1|UniProtKB={u} {u} {s} PTHR{i} FAMILY~NAME~HERE")),
    "SomaScan": (
        "UniProt",
        _table("Target UniProt EntrezGeneSymbol", "TG{i} {u} {s}").replace("P00533", "P00533 P01116"),
    ),
    "STRING": ("protein1", "protein1 protein2 combined_score\n9606.ENSP00000269305 9606.ENSP00000263851 490\n"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_the_column_of_genes_is_found_and_every_line_is_kept(resolver: Resolver, kind: str) -> None:
    column, text = TABLES[kind]
    conversion, out = open_bytes(resolver, text.encode(), plan=PLAN, columns=()), io.BytesIO()
    conversion.run(out)
    assert [rule.name for rule in conversion.prepared.plan.columns] == [column]
    lines, sent = out.getvalue().decode().splitlines(), text.splitlines()
    assert len(lines) == len(sent)
    for line, as_sent in zip(lines, sent, strict=True):
        assert line.startswith(as_sent.rstrip())
    resolved = sum("resolved" in line for line in lines)
    assert resolved >= (1 if kind in {"STRING", "GENCODE in kallisto"} else len(GENES))


def test_lists_of_counts_are_no_rivals_of_a_list_of_accessions(resolver: Resolver) -> None:
    text = _table("Protein~IDs Peptide~counts~(all)", "{u};{u}-2 1{i}17;7{i}")
    conversion = open_bytes(resolver, text.encode(), plan=PLAN, columns=())
    assert not any("Peptide counts" in note for note in conversion.prepared.notes)
    (rule,) = conversion.prepared.plan.columns
    assert rule.name == "Protein IDs"


# Words that symbols and aliases look like: amino acids, countries, months, cell types, drugs, samples.
WORDS = {
    "residue": "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL",
    "country": "USA GBR FRA DEU ITA ESP CHN JPN IND BRA CAN AUS MEX RUS",
    "month": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "cell_type": "B NK DC CD4 CD8 Treg Mono MAST pDC",
    "drug": "imatinib aspirin metformin DMSO EGF insulin TNF LPS PMA",
    "line": "HeLa A549 MCF7 HEK293 K562 U2OS HCT116 PC3 LNCaP",
    "sample": "S1 S2 S3 S4 S5 S6",
}


@pytest.mark.parametrize("name", WORDS)
def test_words_that_look_like_symbols_are_not_taken(resolver: Resolver, name: str) -> None:
    text = f"{name}\tn\n" + "".join(f"{word}\t1\n" for word in WORDS[name].split())
    with pytest.raises(BadOption, match="no column contains identifiers of genes"):
        open_bytes(resolver, text.encode(), plan=PLAN, columns=())


def test_a_matrix_whose_columns_are_genes_names_the_option(resolver: Resolver) -> None:
    names = ",".join(f"{symbol} ({number})" for symbol, _, _, number in GENES)
    text = f"ModelID,{names}\nACH-000001,1,2,3,4,5\nACH-000002,1,2,3,4,5\n"
    with pytest.raises(BadOption) as stopped:
        open_bytes(resolver, text.encode(), plan=PLAN, columns=())
    assert "names of the columns match genes: --header-row" in str(stopped.value.hint)
    renamed = io.BytesIO()
    open_bytes(resolver, text.encode(), plan=PLAN, columns=(), header_row=True).run(renamed)
    assert renamed.getvalue().decode().splitlines()[0] == f"ModelID,{','.join(SYMBOLS)}"
