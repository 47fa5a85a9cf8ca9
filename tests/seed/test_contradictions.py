"""What becomes of statements that contradict each other: on made-up rows."""

from __future__ import annotations

import polars as pl
import pytest

from resolver.identifiers.species import MOUSE
from resolver.sources.base import Facts
from seed.join import Joined
from tests.seed.statements import (
    ENSEMBL,
    GTF,
    HGNC,
    LIST,
    MANE,
    MGI,
    MODELS,
    MOUSE_GENES,
    NCBI,
    UNIPROT,
    genes,
    joined,
    links,
    names,
    places,
    selected,
)

# Of two files of one organization the newer one decides


@pytest.mark.parametrize(("of_list", "symbol"), [("2026-06-25", "Ackr5"), ("2020", "Gpr182"), ("", "Gpr182")])
def test_the_newer_file_of_an_organization_decides_what_a_gene_is_called(of_list: str, symbol: str) -> None:
    tables = joined(
        genes(MGI, ("mgi:1", "Gpr182"), taxon=MOUSE),
        genes(LIST, ("mgi:1", "Ackr5"), taxon=MOUSE),
        dates={MGI: "2024-11-18", LIST: of_list},
    )
    assert tables.genes["symbol"].to_list() == [symbol]


def test_the_symbol_of_an_older_file_of_the_committee_is_a_previous_symbol() -> None:
    tables = joined(
        genes(MGI, ("mgi:1", "Gpr182"), taxon=MOUSE),
        genes(LIST, ("mgi:1", "Ackr5"), taxon=MOUSE),
        dates={MGI: "2024-11-18", LIST: "2026-06-25"},
    )
    assert names(tables, "Ackr5") == {"Ackr5": "symbol", "Gpr182": "previous_symbol"}


def test_the_symbol_of_another_organization_s_older_file_is_an_alias() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(NCBI, ("ncbigene:10", "OLD1")),
        links(HGNC, "ncbigene", ("hgnc:1", "10")),
        dates={HGNC: "2026-06-20", NCBI: "2021-07-11"},
    )
    assert names(tables, "A") == {"A": "symbol", "OLD1": "alias"}


@pytest.mark.parametrize(
    ("of_models", "gene"), [("2024-05-27", ["mgi:1"]), ("2026", ["mgi:2"]), ("", ["mgi:1", "mgi:2"])]
)
def test_the_newer_file_of_a_committee_decides_whose_an_entrez_record_is(of_models: str, gene: list[str]) -> None:
    tables = joined(
        genes(MGI, ("mgi:1", "a"), ("mgi:2", "b"), taxon=MOUSE),
        genes(MOUSE_GENES, ("ncbigene:10", "a"), taxon=MOUSE),
        links(MGI, "ncbigene", ("mgi:1", "10")),
        links(MODELS, "ncbigene", ("mgi:2", "10")),
        dates={MGI: "2024-11-18", MODELS: of_models, MOUSE_GENES: "2023-03-23"},
    )
    assert tables.owners.filter(subject="ncbigene:10")["gene"].to_list() == gene


def test_an_older_file_of_an_organization_is_second_to_its_newer_one_and_stays_evidence() -> None:
    tables = joined(
        genes(MGI, ("mgi:1", "a"), ("mgi:2", "b"), taxon=MOUSE),
        links("mgi.ensembl", "ensembl", ("mgi:1", "ENSMUST00000000001")),
        links(MGI, "ensembl", ("mgi:2", "ENSMUST00000000001")),
        dates={"mgi.ensembl": "2026-06-25", MGI: "2024-11-18"},
    )
    assert places(tables, "ENSMUST00000000001") == {"a": 0, "b": 1}


def test_files_of_different_organizations_are_not_compared_by_their_dates() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A"), ("hgnc:2", "B")),
        genes(NCBI, ("ncbigene:20", "B")),
        links(HGNC, "refseq", ("hgnc:1", "NM_000001")),
        links(HGNC, "ncbigene", ("hgnc:2", "20")),
        links(NCBI, "refseq", ("ncbigene:20", "NM_000001")),
        dates={HGNC: "2026-06-20", NCBI: "2021-07-11"},
    )
    assert places(tables, "NM_000001") == {"A": 0, "B": 0}


# A gene with two Entrez ids


@pytest.mark.parametrize(("of_ncbi", "listed"), [("2021-07-11", ["11"]), ("2026-07", ["10", "11"]), ("", ["10", "11"])])
def test_the_committee_s_newer_file_decides_which_entrez_id_is_the_gene_s(of_ncbi: str, listed: list[str]) -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        genes(NCBI, ("ncbigene:10", "A")),
        links(NCBI, "hgnc", ("ncbigene:10", "1")),
        links(NCBI, "refseq", ("ncbigene:10", "NM_000001")),
        links(HGNC, "ncbigene", ("hgnc:1", "11")),
        dates={HGNC: "2026-06-20", NCBI: of_ncbi},
    )
    of_gene = tables.identifiers.filter(prefix="ncbigene")
    assert sorted(of_gene.filter(~pl.col("alternate"))["accession"]) == listed
    # Both lead to the gene, each with its evidence, and so does what the older record has.
    assert dict(of_gene.select("accession", "evidence").rows()) == {"10": NCBI, "11": HGNC}
    assert places(tables, "NM_000001") == {"A": 0}
    assert not tables.identifiers.filter(accession="NM_000001")["alternate"].item()


# An Ensembl id belongs to the gene that most authorities name


_GENE, _OTHER = "ENSG00000159216", "ENSG00000143384"


def _contested(*parts: Facts) -> Joined:
    """Return two genes, HGNC's RUNX1 and NCBI's LOC1, and what else is stated."""
    return joined(genes(HGNC, ("hgnc:1", "RUNX1")), genes(NCBI, ("ncbigene:2", "LOC1")), *parts)


def test_an_ensembl_gene_is_that_of_its_authority_and_committee_where_one_organization_names_another() -> None:
    tables = _contested(
        genes(GTF, (f"ensembl:{_GENE}", "RUNX1")),
        links(HGNC, "ensembl", ("hgnc:1", _GENE)),
        links("ncbi.gene2ensembl", "ensembl", ("ncbigene:2", _GENE)),
        links(NCBI, "ensembl", ("ncbigene:2", _GENE)),  # another file of the same organization
    )
    assert places(tables, _GENE) == {"RUNX1": 0, "LOC1": 1}


def test_one_organization_against_one_is_a_tie_whichever_they_are() -> None:
    stated = [links(HGNC, "ensembl", ("hgnc:1", accession)) for accession in (_GENE, _OTHER)] + [
        links("ncbi.gene2ensembl", "ensembl", ("ncbigene:2", accession)) for accession in (_GENE, _OTHER)
    ]
    tables = _contested(*stated)
    assert places(tables, _GENE) == places(tables, _OTHER) == {"RUNX1": 0, "LOC1": 0}


def test_mane_counts_as_an_authority_on_transcripts() -> None:
    tables = _contested(
        links(ENSEMBL, "ensembl", ("hgnc:1", "ENST00000319423")),
        links(MANE, "ensembl", ("ncbigene:2", "ENST00000319423")),
        selected(("ENST00000319423", "ENSP00000322435")),
    )
    assert places(tables, "ENST00000319423") == {"LOC1": 0, "RUNX1": 1}


def test_a_uniprot_entry_of_several_genes_stays_with_all_of_them() -> None:
    tables = _contested(
        links(HGNC, "uniprot", ("hgnc:1", "P62805")),
        links(UNIPROT, "uniprot", ("hgnc:1", "P62805"), ("ncbigene:2", "P62805")),
    )
    assert places(tables, "P62805") == {"RUNX1": 0, "LOC1": 0}
