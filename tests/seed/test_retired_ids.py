"""What becomes of ids that are retired, replaced or gone: on made-up rows."""

from __future__ import annotations

import pytest

from tests.seed.statements import (
    ENSEMBL,
    HGNC,
    HISTORY,
    NCBI,
    WITHDRAWN,
    accessions,
    genes,
    history,
    joined,
    links,
    places,
    retirements,
)


def test_a_withdrawn_hgnc_id_that_an_older_file_states_is_retired_and_no_xref() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:2", "MST1R")),
        genes(NCBI, ("ncbigene:10", "SEA")),
        links(NCBI, "hgnc", ("ncbigene:10", "1")),
        retirements(WITHDRAWN, ("hgnc:1", "hgnc:2")),
        dates={HGNC: "2026-06-20", NCBI: "2021-07-11", WITHDRAWN: "2022-04-12"},
    )
    assert tables.identifiers.filter(prefix="hgnc")["accession"].unique().to_list() == ["2"]
    assert history(tables, "hgnc:1") == [("hgnc:2", "replaced", WITHDRAWN)]


@pytest.mark.parametrize(("of_list", "retired"), [("2026-06-20", False), ("2020", True), ("2022-04-12", True)])
def test_a_retirement_counts_unless_a_newer_file_of_the_authority_has_a_record_of_the_id(
    of_list: str, retired: bool
) -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        genes("curated.facts", ("ncbigene:99", "Z")),
        retirements(WITHDRAWN, ("hgnc:1", None)),
        dates={HGNC: of_list, WITHDRAWN: "2022-04-12"},
    )
    assert bool(history(tables, "hgnc:1")) is retired
    assert ("A" in tables.genes["symbol"].to_list()) is not retired


def test_an_entrez_id_that_ncbi_replaced_is_followed_in_the_files_of_others() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(NCBI, ("ncbigene:20", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        links(NCBI, "refseq", ("ncbigene:20", "NM_000001")),
        retirements(HISTORY, ("ncbigene:10", "ncbigene:15"), ("ncbigene:15", "ncbigene:20")),
    )
    assert tables.genes["gene"].to_list() == ["hgnc:1"]
    assert accessions(tables, "A", "ncbigene") == ["20"]
    assert places(tables, "NM_000001") == {"A": 0}
    assert places(tables, "10") == {}


def test_a_replaced_id_is_not_followed_to_a_record_that_the_same_organization_places_itself() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        genes(NCBI, ("ncbigene:20", "B")),
        links(HGNC, "ncbigene", ("hgnc:1", "10"), ("hgnc:2", "20")),
        retirements(HISTORY, ("ncbigene:10", "ncbigene:20")),
    )
    assert places(tables, "20") == {"B": 0}


def test_an_id_that_ncbi_discontinued_is_not_taken_from_others() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        retirements(HISTORY, ("ncbigene:10", None)),
    )
    assert accessions(tables, "A", "ncbigene") == []


@pytest.mark.parametrize(("of_ncbi", "is_gone"), [("2021-07-11", True), ("2026-07-01", False), ("", False)])
def test_an_id_that_the_authority_s_complete_list_lacks_is_not_taken_over_from_an_older_file(
    of_ncbi: str, is_gone: bool
) -> None:
    tables = joined(
        genes(HGNC, ("hgnc:50670", "FOXF2-AS1")),
        genes(NCBI, ("ncbigene:10", "FOXF2-AS1")),
        links(HGNC, "ncbigene", ("hgnc:50670", "10")),
        links(NCBI, "hgnc", ("ncbigene:10", "50662")),
        dates={HGNC: "2026-06-20", NCBI: of_ncbi},
    )
    assert sorted(accessions(tables, "FOXF2-AS1", "hgnc")) == (["50670"] if is_gone else ["50662", "50670"])
    assert history(tables, "hgnc:50662") == ([("hgnc:50670", "no longer listed", f"{HGNC},{NCBI}")] if is_gone else [])


def test_an_ensembl_link_to_a_replaced_entrez_id_leads_to_the_gene_of_its_successor() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "20")),
        links(ENSEMBL, "ncbigene", ("ensembl:ENSG00000000001", "10")),
        genes(ENSEMBL, ("ensembl:ENSG00000000001", "A")),
        retirements(HISTORY, ("ncbigene:10", "ncbigene:20")),
    )
    assert tables.owners.filter(subject="ensembl:ENSG00000000001")["gene"].to_list() == ["hgnc:1"]
