"""Which record is which gene, and where each identifier belongs: on the small upstream files, and on tiny frames."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from resolver.identifiers.species import MOUSE
from resolver.sources.base import Facts, name_facts, ortholog_facts, product_facts
from resolver.sources.registry import FILES
from seed.join import Joined
from seed.upstream import find_upstream_files, read_upstream_file
from tests.seed.statements import (
    ENSEMBL,
    HGNC,
    MGI,
    NCBI,
    UNIPROT,
    accessions,
    cardinalities,
    genes,
    joined,
    links,
    names,
    places,
    rows,
)

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"


@pytest.fixture(scope="module")
def upstream() -> Joined:
    """Return the tables that the small upstream files add up to."""
    found = find_upstream_files([UPSTREAM], FILES)
    return joined(*(read_upstream_file(file, found[file.key], found) for file in FILES))


# Interleukin 7 and its neighbours in the small upstream files


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("ncbigene", ["3574"]),
        ("hgnc", ["6023"]),
        ("uniprot", ["P13232", "Q5FBX5", "Q5FBY9", "A0A0A0MTG5"]),
        ("homologene", ["680"]),
        ("omim", ["146660", "618309"]),
        ("uniprot.mnemonic", ["IL7_HUMAN", "Q5FBX5_HUMAN", "A0A0A0MTG5_HUMAN"]),
        ("vega", ["OTTHUMG00000164620"]),
        ("mgi", []),
    ],
)
def test_interleukin_7_has_the_identifiers_that_its_sources_state(
    upstream: Joined, prefix: str, expected: list[str]
) -> None:
    assert accessions(upstream, "IL7", prefix) == expected


@pytest.mark.parametrize(
    ("symbol", "prefix", "first"),
    [
        ("IL7", "ensembl", "ENSG00000104432"),
        ("IL7", "refseq", "NM_000880"),
        ("Il7", "ensembl", "ENSMUSG00000040329"),
        ("Il7", "uniprot", "P10168"),
        ("TP53", "uniprot", "P04637"),
        ("Trp53", "homologene", "460"),
    ],
)
def test_the_best_identifier_of_a_gene_stands_first(upstream: Joined, symbol: str, prefix: str, first: str) -> None:
    assert accessions(upstream, symbol, prefix)[0] == first


@pytest.mark.parametrize(
    ("subject", "gene"),
    [
        ("ncbigene:3574", "hgnc:6023"),
        ("ensembl:ENSG00000104432", "hgnc:6023"),
        ("ncbigene:16196", "mgi:96561"),
        ("ensembl:ENSMUSG00000040329", "mgi:96561"),
        ("ncbigene:4207", "hgnc:39979"),
        ("ncbigene:100271849", "hgnc:6995"),
    ],
)
def test_a_record_of_entrez_or_ensembl_belongs_to_the_committee_s_gene(
    upstream: Joined, subject: str, gene: str
) -> None:
    assert upstream.owners.filter(subject=subject)["gene"].to_list() == [gene]


def test_genes_that_overlap_and_share_old_names_stay_apart(upstream: Joined) -> None:
    assert set(accessions(upstream, "TYMP", "ncbigene")) == {"1890"}
    assert set(accessions(upstream, "SCO2", "ncbigene")) == {"9997"}
    assert names(upstream, "TYMP")["ECGF1"] == "previous_symbol"
    assert names(upstream, "SCO2")["ECGF1"] == "alias"


@pytest.mark.parametrize("symbol", ["IL7", "Il7", "TP53", "SCO2"])
def test_a_homologene_id_is_a_group(upstream: Joined, symbol: str) -> None:
    named = upstream.genes.filter(symbol=symbol).select(gene="id")
    relations = upstream.identifiers.filter(prefix="homologene").join(named, on="gene")["relation"]
    assert relations.to_list() == ["group"]


def test_a_mim_number_of_a_phenotype_stays_one_on_its_gene(upstream: Joined) -> None:
    stated = upstream.identifiers.filter(prefix="omim").select("accession", "relation").rows()
    assert {("146660", "gene"), ("618309", "phenotype"), ("191170", "gene")} <= set(stated)


def test_every_evidence_names_the_files_that_state_it(upstream: Joined) -> None:
    (row,) = upstream.identifiers.filter(prefix="hgnc", accession="6023").to_dicts()
    assert row["evidence"].split(",") == ["hgnc.complete_set", "mgi.homology", "ncbi.gene_info.human", "ncbi.mane"]


def test_the_latest_version_that_is_stated_is_kept(upstream: Joined) -> None:
    assert upstream.identifiers.filter(accession="ENSG00000104432")["version"].to_list() == [15]


def test_a_gene_s_place_has_its_strand_on_both_strands(upstream: Joined) -> None:
    strands = dict(upstream.genes.filter(pl.col("symbol").is_in(["Il7", "Trp53"])).select("symbol", "strand").rows())
    assert strands == {"Il7": "-", "Trp53": "+"}


# What ranks first


@pytest.mark.parametrize(
    ("symbol", "prefix", "select", "plus_clinical"),
    [
        ("BRAF", "refseq", "NM_004333", "NM_001374258"),
        ("BRAF", "ensembl", "ENST00000646891", "ENST00000644969"),
    ],
)
def test_mane_select_goes_first_among_transcripts_and_plus_clinical_second(
    upstream: Joined, symbol: str, prefix: str, select: str, plus_clinical: str
) -> None:
    transcripts = [a for a in accessions(upstream, symbol, prefix) if a.startswith(("NM", "ENST"))]
    assert transcripts[:2] == [select, plus_clinical]


def test_mane_select_goes_before_what_more_sources_state() -> None:
    mane = rows("rna protein", ("NM_000002", "NP_000002"))
    select = product_facts(mane, NCBI, prefix="refseq", transcript="rna", protein="protein", mane=pl.lit("select"))
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(HGNC, "refseq", ("hgnc:1", "NM_000001")),
        links(MGI, "refseq", ("hgnc:1", "NM_000001")),
        links(NCBI, "refseq", ("hgnc:1", "NM_000002")),
        Facts(products=[select]),
    )
    assert accessions(tables, "A", "refseq") == ["NM_000002", "NM_000001"]


def test_a_reviewed_entry_goes_before_an_unreviewed_one_that_more_sources_state() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(UNIPROT, "uniprot", ("hgnc:1", "A0A0A0MTG5"), reviewed=False),
        links(HGNC, "uniprot", ("hgnc:1", "A0A0A0MTG5")),
        links(UNIPROT, "uniprot", ("hgnc:1", "Q99999"), reviewed=True),
    )
    assert accessions(tables, "A", "uniprot") == ["Q99999", "A0A0A0MTG5"]


def test_ranks_of_a_gene_and_namespace_are_counted_from_zero_without_gaps(upstream: Joined) -> None:
    ranks = upstream.identifiers.group_by("gene", "prefix").agg(pl.col("rank").sort())["rank"].to_list()
    assert [list(rank) for rank in ranks] == [list(range(len(rank))) for rank in ranks]


# Nothing is merged by a chain


def test_two_genes_that_both_claim_an_entrez_record_stay_two() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        genes(NCBI, ("ncbigene:10", "X")),
        links(HGNC, "ncbigene", ("hgnc:1", "10"), ("hgnc:2", "10")),
    )
    assert tables.genes["gene"].to_list() == ["hgnc:1", "hgnc:2"]
    assert places(tables, "10") == {"A": 0, "B": 0}


@pytest.mark.parametrize(
    ("prefix", "shared"),
    [("uniprot", "P13232"), ("refseq", "NM_000001"), ("ensembl", "ENST00000000001"), ("omim", "100000")],
)
def test_two_genes_that_share_an_accession_keep_what_only_one_of_them_has(prefix: str, shared: str) -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        links(HGNC, prefix, ("hgnc:1", shared), ("hgnc:2", shared)),
        links(HGNC, "ncbigene", ("hgnc:1", "10"), ("hgnc:2", "20")),
    )
    assert places(tables, shared) == {"A": 0, "B": 0}
    assert (accessions(tables, "A", "ncbigene"), accessions(tables, "B", "ncbigene")) == (["10"], ["20"])


def test_an_ensembl_record_that_names_the_entrez_record_of_another_gene_joins_nothing() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        links(HGNC, "ncbigene", ("hgnc:1", "10"), ("hgnc:2", "20")),
        links(HGNC, "ensembl", ("hgnc:1", "ENSG00000000001")),
        links(ENSEMBL, "ncbigene", ("ensembl:ENSG00000000001", "20")),
        links(ENSEMBL, "ensembl", ("ensembl:ENSG00000000001", "ENST00000000001")),
    )
    assert tables.genes["gene"].to_list() == ["hgnc:1", "hgnc:2"]
    assert tables.owners.filter(subject="ensembl:ENSG00000000001")["gene"].to_list() == ["hgnc:1"]
    assert places(tables, "ENST00000000001") == {"A": 0}
    assert places(tables, "20") == {"A": 1, "B": 0}


def test_an_entrez_record_goes_to_the_gene_that_its_committee_says_and_not_to_what_ncbi_says() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        genes(NCBI, ("ncbigene:10", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        links(NCBI, "hgnc", ("ncbigene:10", "2")),
        links(NCBI, "refseq", ("ncbigene:10", "NM_000001")),
    )
    assert tables.owners.filter(subject="ncbigene:10")["gene"].to_list() == ["hgnc:1"]
    assert places(tables, "NM_000001") == {"A": 0}


def test_an_entrez_record_that_no_committee_claims_is_a_gene_of_its_own() -> None:
    tables = joined(genes(HGNC, ("hgnc:1", "A")), genes(NCBI, ("ncbigene:10", "LOC10")))
    assert tables.genes.select("gene", "symbol").rows() == [("hgnc:1", "A"), ("ncbigene:10", "LOC10")]


# An identifier on two genes


def test_an_identifier_that_sources_place_on_two_genes_stays_on_both_with_its_places() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        links(HGNC, "refseq", ("hgnc:1", "NM_000001")),
        links(HGNC, "ensembl", ("hgnc:2", "ENSG00000000002")),
        links("ensembl.refseq.human", "refseq", ("ensembl:ENSG00000000002", "NM_000001")),
    )
    assert places(tables, "NM_000001") == {"A": 0, "B": 1}


@pytest.mark.parametrize("accession", ["Q02080", "NM_005919", "ENSG00000213999", "ENST00000444486", "MEF2B_HUMAN"])
def test_a_readthrough_does_not_go_before_the_plain_gene(upstream: Joined, accession: str) -> None:
    assert places(upstream, accession) == {"MEF2B": 0, "BORCS8-MEF2B": 1}


def test_a_readthrough_comes_second_even_if_its_number_is_smaller() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A-B"), gene_type="readthrough"),
        genes(HGNC, ("hgnc:2", "A"), gene_type="protein-coding"),
        links(HGNC, "uniprot", ("hgnc:1", "P13232"), ("hgnc:2", "P13232")),
        links(NCBI, "uniprot", ("hgnc:1", "P13232")),
    )
    assert places(tables, "P13232") == {"A-B": 1, "A": 0}


def test_every_identifier_is_in_the_first_place_on_some_gene(upstream: Joined) -> None:
    best = upstream.identifiers.group_by("prefix", "accession").agg(pl.col("assignment_rank").min())
    assert set(best["assignment_rank"]) == {0}


# A file whose identifiers are stated of products


def coding_regions(*cells: tuple[str, str]) -> Facts:
    """Return statements (CURIE of a protein, CCDS id) of the file that states them of RefSeq proteins."""
    return links("ccds.proteins", "ccds", *cells)


def test_an_identifier_of_a_product_belongs_to_the_gene_of_that_product(upstream: Joined) -> None:
    assert accessions(upstream, "IL7", "ccds") == ["CCDS6224", "CCDS56541"]
    assert accessions(upstream, "BRAF", "ccds") == ["CCDS5863"]
    assert upstream.identifiers.filter(accession="CCDS6224").select("version", "relation").rows() == [(1, "protein")]


def test_the_file_that_states_an_identifier_of_a_product_is_its_evidence(upstream: Joined) -> None:
    evidence = dict(upstream.identifiers.filter(prefix="ccds").select("accession", "evidence").rows())
    assert evidence["CCDS6224"] == "ccds.proteins"
    assert evidence["CCDS3648"] == "ccds.proteins,hgnc.complete_set"
    assert evidence["CCDS50859"] == "mgi.alliance_homology"


def test_an_identifier_of_a_product_goes_only_where_the_strongest_evidence_places_the_product() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        links(HGNC, "refseq", ("hgnc:1", "NP_000001")),
        links(HGNC, "ensembl", ("hgnc:2", "ENSG00000000002")),
        links("ensembl.refseq.human", "refseq", ("ensembl:ENSG00000000002", "NP_000001")),
        coding_regions(("refseq:NP_000001", "CCDS1.1")),
    )
    assert places(tables, "NP_000001") == {"A": 0, "B": 1}
    assert places(tables, "CCDS1") == {"A": 0}


def test_an_identifier_of_a_product_that_two_genes_share_belongs_to_both() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        links(HGNC, "refseq", ("hgnc:1", "NP_000001"), ("hgnc:2", "NP_000001")),
        coding_regions(("refseq:NP_000001", "CCDS1.1")),
    )
    assert places(tables, "CCDS1") == {"A": 0, "B": 0}


def test_an_identifier_of_a_product_reaches_the_gene_whose_record_names_the_product() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(NCBI, ("ncbigene:10", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        links(NCBI, "refseq", ("ncbigene:10", "NP_000001")),
        coding_regions(("refseq:NP_000001", "CCDS1.1"), ("refseq:NP_000001", "CCDS2.1")),
    )
    assert tables.genes["gene"].to_list() == ["hgnc:1"]
    assert accessions(tables, "A", "ccds") == ["CCDS1", "CCDS2"]


def test_a_product_that_no_gene_has_makes_no_gene_and_places_nothing() -> None:
    tables = joined(genes(HGNC, ("hgnc:1", "A")), coding_regions(("refseq:NP_000009", "CCDS1.1")))
    assert tables.genes["gene"].to_list() == ["hgnc:1"]
    assert tables.identifiers.filter(prefix="ccds").is_empty()


# Names


def test_an_ncbi_symbol_that_differs_from_hgnc_s_is_an_alias() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "NEW1")),
        genes(NCBI, ("ncbigene:10", "OLD1")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
    )
    assert tables.genes["symbol"].to_list() == ["NEW1"]
    assert names(tables, "NEW1") == {"NEW1": "symbol", "OLD1": "alias"}


def test_a_name_stands_once_in_its_best_kind() -> None:
    stated = rows("subject name", ("hgnc:1", "Old1"))
    subject, name = pl.col("subject"), pl.col("name")
    alias = name_facts(stated, NCBI, subject=subject, kind="alias", name=name)
    previous = name_facts(stated, HGNC, subject=subject, kind="previous_symbol", name=name)
    tables = joined(genes(HGNC, ("hgnc:1", "NEW1")), Facts(names=[alias, previous]))
    assert names(tables, "NEW1") == {"NEW1": "symbol", "Old1": "previous_symbol"}


# Orthologs, retirements, rejected accessions


@pytest.mark.parametrize(
    ("symbol", "expected"), [("IL7", [("Il7", "1:1")]), ("Il7", [("IL7", "1:1")]), ("ADH1A", [("Adh1", "n:1")])]
)
def test_orthologs_are_found_from_both_sides(upstream: Joined, symbol: str, expected: list[tuple[str, str]]) -> None:
    assert cardinalities(upstream, symbol) == expected


def orthologs(*cells: tuple[str, str], source: str = MGI) -> Facts:
    pairs = ortholog_facts(rows("human mouse", *cells), source, human=pl.col("human"), mouse=pl.col("mouse"))
    return Facts(orthologs=[pairs])


@pytest.mark.parametrize(
    ("pairs", "cardinality"),
    [
        ([("hgnc:1", "mgi:11")], "1:1"),
        ([("hgnc:1", "mgi:11"), ("hgnc:999", "mgi:11")], "n:1"),
        ([("hgnc:1", "mgi:11"), ("hgnc:1", "mgi:999")], "1:n"),
        ([("hgnc:1", "mgi:11"), ("hgnc:1", "mgi:999"), ("hgnc:999", "mgi:11")], "n:m"),
        ([("ncbigene:10", "mgi:11"), ("hgnc:1", "mgi:11")], "1:1"),
    ],
)
def test_the_cardinality_of_orthologs_counts_partners_that_have_no_record_here(
    pairs: list[tuple[str, str]], cardinality: str
) -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(NCBI, ("ncbigene:10", "A")),
        genes(MGI, ("mgi:11", "a"), taxon=MOUSE),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        orthologs(*pairs),
    )
    assert cardinalities(tables, "A") == [("a", cardinality)]
    assert cardinalities(tables, "a") == [("A", cardinality)]


def test_an_archived_source_supports_a_pair_but_makes_none() -> None:
    archived = (("hgnc:1", "mgi:11"), ("hgnc:1", "mgi:12"))
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(MGI, ("mgi:11", "a"), ("mgi:12", "b"), taxon=MOUSE),
        orthologs(archived[0]),
        orthologs(*archived, source="homologene.groups"),
    )
    pairs = tables.orthologs.select("cardinality", "support").rows()
    assert pairs == [("1:1", 2), ("1:1", 2)]  # the one pair, both ways round


def test_a_split_entry_keeps_both_successors(upstream: Joined) -> None:
    successors = upstream.retirements.filter(retired="hgnc:1531")["successor"].to_list()
    assert successors == ["hgnc:4206", "hgnc:9936"]


@pytest.mark.parametrize(
    ("prefix", "accession"),
    [("refseq", "NQ_000001"), ("ensembl", "ENSRNOG00000000001"), ("uniprot", "P1323"), ("omim", "46660")],
)
def test_an_accession_without_a_shape_of_its_namespace_is_rejected_and_told(prefix: str, accession: str) -> None:
    tables = joined(genes(HGNC, ("hgnc:1", "A")), links(NCBI, prefix, ("hgnc:1", accession)))
    assert tables.rejected.to_dicts() == [
        {"prefix": prefix, "accession": accession, "subject": "hgnc:1", "source": NCBI}
    ]
    assert tables.identifiers["prefix"].to_list() == ["hgnc"]


def test_nothing_is_rejected_of_the_small_upstream_files(upstream: Joined) -> None:
    assert upstream.rejected.to_dicts() == []
