"""What a gene gets from statements about it: names, MANE marks, a place, a type: on made-up rows."""

from __future__ import annotations

import polars as pl
import pytest

from resolver.identifiers.species import HUMAN, MOUSE
from resolver.sources.base import Facts, gene_facts
from tests.seed.statements import (
    GTF,
    HGNC,
    LIST,
    MANE,
    MGI,
    MOUSE_GENES,
    NCBI,
    aliases,
    genes,
    joined,
    links,
    located,
    names,
    places,
    rows,
    selected,
)

# Names


def test_a_synonym_of_ncbi_that_is_the_beginning_of_another_and_unknown_to_mgi_is_dropped() -> None:
    tables = joined(
        genes(LIST, ("mgi:1", "a"), ("mgi:2", "b"), taxon=MOUSE),
        genes(MOUSE_GENES, ("ncbigene:10", "a"), ("ncbigene:20", "b"), taxon=MOUSE),
        links(MGI, "ncbigene", ("mgi:1", "10"), ("mgi:2", "20")),
        aliases(
            MOUSE_GENES,
            ("ncbigene:10", "5-ht"),
            ("ncbigene:10", "5-ht-2"),
            ("ncbigene:10", "Htr"),
            ("ncbigene:10", "Htr2"),
            ("ncbigene:20", "5-ht"),
        ),
        aliases(LIST, ("mgi:1", "Htr")),
    )
    assert set(names(tables, "a")) == {"a", "5-ht-2", "Htr", "Htr2"}  # MGI calls it Htr
    assert set(names(tables, "b")) == {"b", "5-ht"}  # its other synonym is another gene's


def test_synonyms_of_human_genes_are_kept() -> None:
    tables = joined(genes(NCBI, ("ncbigene:10", "A")), aliases(NCBI, ("ncbigene:10", "AB"), ("ncbigene:10", "ABC")))
    assert set(names(tables, "A")) == {"A", "AB", "ABC"}


# MANE


def test_a_transcript_is_marked_only_on_the_gene_for_which_mane_states_it() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "OR6B2"), ("hgnc:2", "OR6B3")),
        links(HGNC, "ncbigene", ("hgnc:1", "10"), ("hgnc:2", "20")),
        links(HGNC, "ensembl", ("hgnc:2", "ENST00000319423")),
        links(MANE, "ensembl", ("ncbigene:10", "ENST00000319423"), ("ncbigene:10", "ENSP00000322435")),
        genes(MANE, ("ncbigene:10", "OR6B2")),
        selected(("ENST00000319423", "ENSP00000322435")),
    )
    named = tables.identifiers.join(tables.genes.select("symbol", gene="id"), on="gene")
    marks = named.filter(accession="ENST00000319423").select("symbol", "mane").rows()
    assert sorted(marks) == [("OR6B2", "select"), ("OR6B3", None)]


# Places


def test_a_gene_without_a_place_gets_that_of_the_gtf_else_that_of_mane() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        links(HGNC, "ncbigene", ("hgnc:1", "10"), ("hgnc:2", "20")),
        links(HGNC, "ensembl", ("hgnc:1", "ENSG00000000001")),
        located(GTF, "ensembl:ENSG00000000001", 100),
        located(MANE, "ncbigene:10", 102),
        located(MANE, "ncbigene:20", 202),
    )
    assert tables.genes.select("symbol", "start", "end").rows() == [("A", 100, 109), ("B", 202, 211)]


def test_a_gene_is_placed_by_the_ensembl_gene_that_its_committee_names() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(NCBI, ("ncbigene:10", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        links(HGNC, "ensembl", ("hgnc:1", "ENSG00000000002")),
        links(NCBI, "ensembl", ("ncbigene:10", "ENSG00000000001")),
        located(GTF, "ensembl:ENSG00000000001", 5, chromosome="HSCHR6_MHC_APD"),
        located(GTF, "ensembl:ENSG00000000002", 100, chromosome="6"),
    )
    assert tables.genes.select("chromosome", "start").rows() == [("6", 100)]


# Ensembl genes that nobody else names, readthrough and engineered genes


def test_an_ensembl_gene_that_no_other_authority_names_is_a_gene_of_its_own() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(HGNC, "ensembl", ("hgnc:1", "ENSG00000000001")),
        located(GTF, "ensembl:ENSG00000000001", 5),
        located(GTF, "ensembl:ENSG00000000002", 50),
        links(GTF, "ensembl", ("ensembl:ENSG00000000002", "ENSG00000000002.3")),
    )
    of_own = tables.genes.filter(gene="ensembl:ENSG00000000002")
    assert of_own.select("symbol", "start").rows() == [("ENSG00000000002", 50)]
    assert tables.identifiers.filter(accession="ENSG00000000002")["version"].to_list() == [3]
    assert tables.genes.height == 2


def test_an_entrez_gene_that_is_newer_than_gene_info_is_a_gene_with_the_symbol_that_ncbi_gives_it() -> None:
    frame = rows("subject", ("ncbigene:124900174",))
    newer = gene_facts(frame, "ncbi.gene2ensembl", subject=pl.col("subject"), taxon=HUMAN)
    tables = joined(
        Facts(genes=[newer]),
        links("ncbi.gene2ensembl", "ensembl", ("ncbigene:124900174", "ENSG00000000001")),
        located(GTF, "ensembl:ENSG00000000001", 5),
    )
    assert tables.genes.select("gene", "symbol", "start").rows() == [("ncbigene:124900174", "LOC124900174", 5)]
    assert places(tables, "ENSG00000000001") == {"LOC124900174": 0}


@pytest.mark.parametrize(
    ("name", "gene_type"),
    [
        ("A-B readthrough", "readthrough"),
        ("A-B readthrough (NMD candidate)", "readthrough"),
        ("A-B readthrough transcribed pseudogene", "readthrough"),
        ("A-B readthrough antisense RNA 1", "ncRNA"),
    ],
)
def test_a_readthrough_is_known_by_its_name_too(name: str, gene_type: str) -> None:
    frame = rows("subject name", ("ncbigene:10", name))
    kinds = {"name": pl.col("name"), "gene_type": pl.lit("ncRNA")}
    record = gene_facts(frame, NCBI, subject=pl.col("subject"), taxon=HUMAN, **kinds)
    assert joined(Facts(genes=[record])).genes["gene_type"].to_list() == [gene_type]


@pytest.mark.parametrize(
    ("symbol", "taxon", "gene_type"),
    [
        ("Tn(Wap-ERBB2)1Smoc", MOUSE, "engineered"),
        ("Et(cre/ERT2)119Rdav", MOUSE, "engineered"),
        ("T(In1;5)44H", MOUSE, "engineered"),
        ("Gt(ROSA)26Sor", MOUSE, "other"),
        ("Tg", MOUSE, "other"),
        ("Tg(1)", HUMAN, "other"),
    ],
)
def test_transgenes_and_rearranged_chromosomes_of_the_mouse_are_marked(symbol: str, taxon: int, gene_type: str) -> None:
    tables = joined(genes(LIST, ("mgi:1", symbol), taxon=taxon, gene_type="other"))
    assert tables.genes["gene_type"].to_list() == [gene_type]


def test_an_engineered_gene_does_not_go_before_a_plain_one() -> None:
    tables = joined(
        genes(LIST, ("mgi:1", "Tg(Il7)1"), ("mgi:2", "Il7"), taxon=MOUSE),
        links(MGI, "uniprot", ("mgi:1", "P10168"), ("mgi:2", "P10168")),
    )
    assert places(tables, "P10168") == {"Tg(Il7)1": 1, "Il7": 0}
