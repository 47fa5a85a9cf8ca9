"""What becomes of statements that contradict each other, of ids that are gone, and of marks: on made-up rows."""

from __future__ import annotations

import polars as pl
import pytest

from resolver.identifiers.species import HUMAN, MOUSE
from resolver.sources.base import Facts, gene_facts, name_facts, product_facts, retirement_facts
from seed.join import Joined
from tests.seed.statements import (
    ENSEMBL,
    HGNC,
    MGI,
    NCBI,
    UNIPROT,
    accessions,
    genes,
    joined,
    links,
    names,
    places,
    rows,
)

LIST, MODELS, MOUSE_GENES = "mgi.marker_list", "mgi.gene_models", "ncbi.gene_info.mouse"
HISTORY, WITHDRAWN, MANE, GTF = "ncbi.gene_history", "hgnc.withdrawn", "ncbi.mane", "ensembl.annotation.human"


def retirements(source: str, *cells: tuple[str, str | None]) -> Facts:
    """Return retirements (retired, successor)."""
    frame = rows("retired successor", *cells)
    successor = pl.col("successor").cast(pl.String)
    stated = retirement_facts(frame, source, retired=pl.col("retired"), successor=successor, reason=pl.lit("replaced"))
    return Facts(retirements=[stated])


def aliases(source: str, *cells: tuple[str, str]) -> Facts:
    """Return statements (CURIE, alias)."""
    stated = name_facts(rows("subject name", *cells), source, subject=pl.col("subject"), kind="alias",
                        name=pl.col("name"))  # fmt: skip
    return Facts(names=[stated])


def located(source: str, subject: str, start: int, *, chromosome: str = "1", taxon: int = HUMAN) -> Facts:
    """Return a record with a place."""
    frame = rows("subject start", (subject, start))
    place = {"start": pl.col("start"), "end": pl.col("start") + 9, "chromosome": pl.lit(chromosome)}
    return Facts(genes=[gene_facts(frame, source, subject=pl.col("subject"), taxon=taxon, **place)])


def selected(*cells: tuple[str, str]) -> Facts:
    """Return MANE Select pairs (transcript, protein) of Ensembl."""
    frame = rows("rna protein", *cells)
    return Facts(
        products=[
            product_facts(frame, MANE, prefix="ensembl", transcript="rna", protein="protein", mane=pl.lit("select"))
        ]
    )


def history(tables: Joined, retired: str) -> list[tuple[str | None, str, str]]:
    found = tables.retirements.filter(retired=retired)
    return found.select("successor", "reason", "evidence").rows()


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


# Ids that are retired, replaced or gone


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


def test_an_ensembl_link_to_a_replaced_entrez_id_leads_to_the_gene_of_its_successor() -> None:
    tables = joined(
        genes(HGNC, ("hgnc:1", "A")),
        links(HGNC, "ncbigene", ("hgnc:1", "20")),
        links(ENSEMBL, "ncbigene", ("ensembl:ENSG00000000001", "10")),
        genes(ENSEMBL, ("ensembl:ENSG00000000001", "A")),
        retirements(HISTORY, ("ncbigene:10", "ncbigene:20")),
    )
    assert tables.owners.filter(subject="ensembl:ENSG00000000001")["gene"].to_list() == ["hgnc:1"]


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
