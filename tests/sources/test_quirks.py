"""The irregularities of each source are read correctly; the rows are in tests/data/upstream."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from resolver.identifiers.species import HUMAN, MOUSE
from resolver.sources.base import SCHEMAS
from resolver.sources.registry import BY_KEY, FILES
from seed.upstream import find_upstream_files, read_upstream_file

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"
FOUND = find_upstream_files([UPSTREAM], FILES)


def read(key: str, kind: str, path: Path | None = None) -> pl.DataFrame:
    return read_upstream_file(BY_KEY[key], path or FOUND[key], FOUND).frame(kind).collect()


def accessions(key: str, subject: str, prefix: str) -> list[str]:
    stated = read(key, "identifiers").filter(subject=subject, prefix=prefix)
    return sorted(set(stated["accession"]))


def names(key: str, subject: str, kind: str) -> set[str]:
    return set(read(key, "names").filter(subject=subject, kind=kind)["text"])


# NCBI


@pytest.mark.parametrize("name", ["U2B''", "U2 snRNP B''", "U2 small nuclear ribonucleoprotein B''"])
def test_quotation_marks_in_gene_info_are_kept(name: str) -> None:
    stated = read("ncbi.gene_info.human", "names").filter(subject="ncbigene:6629")
    assert name in stated["text"].to_list()


def test_a_lone_double_quote_in_gene_info_swallows_nothing(tmp_path: Path) -> None:
    text = FOUND["ncbi.gene_info.human"].read_text(encoding="utf-8")
    path = tmp_path / "Homo_sapiens.gene_info"
    path.write_text(text.replace("thymidine phosphorylase", '"thymidine phosphorylase'), encoding="utf-8")
    assert read("ncbi.gene_info.human", "genes", path).height == read("ncbi.gene_info.human", "genes").height
    named = read("ncbi.gene_info.human", "names", path).filter(subject="ncbigene:1890")
    assert '"thymidine phosphorylase' in named["text"].to_list()


@pytest.mark.parametrize(
    ("key", "subject", "prefix", "accession"),
    [
        ("ncbi.gene_info.mouse", "ncbigene:16196", "mgi", "96561"),
        ("ncbi.gene_info.human", "ncbigene:3574", "hgnc", "6023"),
        ("ncbi.gene_info.human", "ncbigene:3574", "omim", "146660"),
        ("ncbi.gene_info.mouse", "ncbigene:16196", "ensembl", "ENSMUSG00000040329"),
        ("ncbi.mane", "ncbigene:3574", "hgnc", "6023"),
        ("mgi.homology", "ncbigene:16196", "mgi", "96561"),
        ("mgi.homology", "ncbigene:3574", "hgnc", "6023"),
        ("mgi.homology", "ncbigene:3574", "omim", "146660"),
    ],
)
def test_an_accession_is_stripped_of_its_prefix_however_often_it_is_repeated(
    key: str, subject: str, prefix: str, accession: str
) -> None:
    assert accessions(key, subject, prefix) == [accession]


@pytest.mark.parametrize(
    ("key", "taxon", "subspecies"),
    [("ncbi.gene_info.human", HUMAN, "6775065"), ("ncbi.gene_info.mouse", MOUSE, "7668591")],
)
def test_rows_of_subspecies_are_left_out(key: str, taxon: int, subspecies: str) -> None:
    assert subspecies in FOUND[key].read_text(encoding="utf-8")
    genes = read(key, "genes")
    assert set(genes["taxon"]) == {taxon}
    assert f"ncbigene:{subspecies}" not in genes["subject"].to_list()


@pytest.mark.parametrize(
    ("key", "kind", "column", "rat"),
    [
        ("ncbi.gene2ensembl", "identifiers", "subject", "ncbigene:25647"),
        ("homologene.groups", "identifiers", "subject", "ncbigene:25647"),
        ("ncbi.gene_history", "retirements", "retired", "ncbigene:1246494"),
    ],
)
def test_rows_of_other_species_are_left_out(key: str, kind: str, column: str, rat: str) -> None:
    assert rat.removeprefix("ncbigene:") in FOUND[key].read_text(encoding="utf-8")
    assert rat not in read(key, kind)[column].to_list()


@pytest.mark.parametrize("kind", SCHEMAS)
@pytest.mark.parametrize("key", BY_KEY)
def test_what_upstream_writes_for_nothing_is_never_a_value(key: str, kind: str) -> None:
    stated = read(key, kind).select(pl.col(pl.String))
    written = pl.concat([stated.select(value=column) for column in stated.columns if column != "strand"])
    assert written.filter(pl.col("value").is_in(["", "-", "null", "\\N"])).height == 0


def test_a_replaced_gene_id_has_a_day_and_a_successor_and_a_discontinued_one_has_none() -> None:
    retired = read("ncbi.gene_history", "retirements").filter(pl.col("retired").is_in(["ncbigene:4334", "ncbigene:4"]))
    columns = ("retired", "successor", "reason", "date", "label")
    assert sorted(retired.select(columns).rows()) == [
        ("ncbigene:4", None, "discontinued", "2005-05-08", "A12M1"),
        ("ncbigene:4334", "ncbigene:1890", "replaced", "2006-02-03", "MNGIE"),
    ]


def test_a_gene_and_a_phenotype_mim_number_are_told_apart() -> None:
    stated = read("ncbi.mim2gene_medgen", "identifiers").filter(subject="ncbigene:3574")
    assert dict(stated.select("accession", "relation").iter_rows()) == {
        "146660": "gene",
        "618309": "phenotype",
    }


def test_a_phenotype_without_a_gene_is_stated_of_itself() -> None:
    (stated,) = read("ncbi.mim2gene_medgen", "identifiers").filter(accession="100050").to_dicts()
    assert (stated["subject"], stated["relation"]) == ("omim:100050", "phenotype")


def test_mane_tells_select_from_plus_clinical_in_both_namespaces() -> None:
    products = read("ncbi.mane", "products").filter(
        pl.col("transcript").is_in(
            ["refseq:NM_004333", "refseq:NM_001374258", "ensembl:ENST00000646891", "ensembl:ENST00000644969"]
        )
    )
    assert dict(products.select("transcript", "mane").iter_rows()) == {
        "refseq:NM_004333": "select",
        "ensembl:ENST00000646891": "select",
        "refseq:NM_001374258": "plus clinical",
        "ensembl:ENST00000644969": "plus clinical",
    }


def test_versions_are_read_off_accessions() -> None:
    stated = read("ncbi.mane", "identifiers").filter(subject="ncbigene:3574", prefix="refseq")
    assert set(stated.select("accession", "version").iter_rows()) == {("NM_000880", 4), ("NP_000871", 1)}


def test_a_pair_without_a_protein_makes_no_product() -> None:
    transcripts = read("ncbi.gene2ensembl", "products")["transcript"].to_list()
    assert "refseq:NM_000880" in transcripts
    assert "refseq:NM_001199886" not in transcripts


def test_of_genomic_refseqs_only_those_of_one_gene_are_taken() -> None:
    genomic = read("ncbi.gene2refseq", "identifiers").filter(pl.col("accession").str.starts_with("N"))
    stated = set(genomic.filter(~pl.col("accession").str.contains("^N[MP]"))["accession"])
    assert stated == {"NG_007726", "NG_017013"}


def test_suppressed_refseqs_are_left_out() -> None:
    assert "NM_999999" in FOUND["ncbi.gene2refseq"].read_text(encoding="utf-8")
    assert accessions("ncbi.gene2refseq", "ncbigene:3574", "refseq") == ["NM_000880", "NP_000871"]


def test_pairs_of_orthologs_are_read_from_both_sides_and_those_of_other_species_left_out() -> None:
    pairs = read("ncbi.gene_orthologs", "orthologs").select("human", "mouse").rows()
    assert {("ncbigene:3574", "ncbigene:16196"), ("ncbigene:9997", "ncbigene:100126824")} <= set(pairs)
    assert len(pairs) == 4


# HGNC


def test_multi_valued_fields_of_hgnc_lose_their_quotes_and_keep_those_of_names() -> None:
    assert names("hgnc.complete_set", "hgnc:11155", "alias") == {"Msl1", "U2B''"}


def test_a_human_gene_of_hgnc_may_have_several_mouse_orthologs() -> None:
    mice = read("hgnc.complete_set", "orthologs").filter(human="hgnc:39979")["mouse"]
    assert set(mice) == {"mgi:104526", "mgi:5825566"}


def test_a_readthrough_is_told_apart_from_other_genes() -> None:
    genes = dict(read("hgnc.complete_set", "genes").select("symbol", "gene_type").iter_rows())
    assert (genes["BORCS8-MEF2B"], genes["MEF2B"]) == ("readthrough", "protein-coding")


def test_an_entry_that_was_split_has_two_successors() -> None:
    successors = read("hgnc.withdrawn", "retirements").filter(retired="hgnc:1531")
    assert set(successors["successor"]) == {"hgnc:4206", "hgnc:9936"}
    assert set(successors["reason"]) == {"merged"}


def test_the_symbol_of_a_merged_entry_is_a_former_symbol_of_each_successor() -> None:
    named = read("hgnc.withdrawn", "names").filter(text="CBBM")
    assert set(named.select("subject", "kind").iter_rows()) == {
        ("hgnc:4206", "previous_symbol"),
        ("hgnc:9936", "previous_symbol"),
    }


def test_an_entry_that_was_withdrawn_has_no_successor() -> None:
    (row,) = read("hgnc.withdrawn", "retirements").filter(retired="hgnc:1").to_dicts()
    assert (row["successor"], row["reason"], row["label"]) == (None, "withdrawn", "A12M1")


def test_an_entry_that_was_merged_into_a_withdrawn_one_is_retired_all_the_same() -> None:
    assert read("hgnc.withdrawn", "retirements").filter(retired="hgnc:231").height == 1


# MGI


def test_tabs_at_the_end_of_rows_shift_nothing() -> None:
    (gene,) = read("mgi.alliance_homology", "genes").filter(subject="mgi:96561").to_dicts()
    assert FOUND["mgi.alliance_homology"].read_text(encoding="utf-8").count("\t\n") == 7
    assert (gene["symbol"], gene["chromosome"], gene["start"], gene["end"], gene["strand"], gene["assembly"]) == (
        "Il7", "3", 7637088, 7678820, "-", "GRCm39",
    )  # fmt: skip


def test_a_marker_of_which_little_is_known_has_nulls() -> None:
    (gene,) = read("mgi.alliance_homology", "genes").filter(subject="mgi:87855").to_dicts()
    assert (gene["chromosome"], gene["start"], gene["assembly"], gene["gene_type"]) == (None, None, None, "other")


def test_the_class_key_of_the_homology_report_is_not_read_as_homologene() -> None:
    stated = read("mgi.homology", "identifiers")
    assert "homologene" not in stated["prefix"].to_list()
    assert stated.filter(pl.col("accession").str.starts_with("4788")).height == 0


def test_genes_of_one_homology_class_are_orthologs() -> None:
    pairs = read("mgi.homology", "orthologs").select("human", "mouse").rows()
    assert {("ncbigene:3574", "ncbigene:16196"), ("ncbigene:124", "ncbigene:11522")} < set(pairs)
    assert len(pairs) == 4


def test_the_swiss_prot_column_of_the_homology_report_holds_reviewed_entries() -> None:
    stated = read("mgi.homology", "identifiers").filter(prefix="uniprot")
    assert set(stated["accession"]) >= {"P13232", "P10168", "Q02080"}
    assert set(stated["reviewed"]) == {True}


def test_a_place_is_taken_apart() -> None:
    (gene,) = read("mgi.homology", "genes").filter(subject="ncbigene:3574").to_dicts()
    assert (gene["chromosome"], gene["start"], gene["end"], gene["strand"], gene["assembly"]) == (
        "8", 78675044, 78805523, "-", "GRCh38",
    )  # fmt: skip


@pytest.mark.parametrize(("marker", "place"), [("mgi:96561", "3 2.02 cM"), ("mgi:94880", None), ("mgi:87923", None)])
def test_a_cm_position_that_is_no_number_is_no_place(marker: str, place: str | None) -> None:
    (gene,) = read("mgi.marker_list", "genes").filter(subject=marker).to_dicts()
    assert gene["map_location"] == place


def test_quotation_marks_in_marker_names_are_kept() -> None:
    assert names("mgi.marker_list", "mgi:1930009", "full_name") == {
        "protein phosphatase 2, regulatory subunit B'', gamma"
    }


def test_transcripts_and_proteins_of_a_marker_are_separated_by_blanks() -> None:
    stated = accessions("mgi.ensembl", "mgi:96561", "ensembl")
    assert {"ENSMUSG00000040329", "ENSMUSP00000126219", "ENSMUST00000168269", "ENSMUST00000194279"} <= set(stated)
    assert len(stated) == 6


def test_a_withdrawn_row_retires_no_id_since_it_states_none_and_its_symbol_is_kept() -> None:
    assert read("mgi.marker_list", "retirements").is_empty()
    assert names("mgi.marker_list", "mgi:96561", "previous_symbol") == {"Fake1"}
    assert names("mgi.entrez", "mgi:96561", "previous_symbol") == {"Fake1"}


def test_a_withdrawn_row_is_no_marker() -> None:
    subjects = set(read("mgi.marker_list", "genes")["subject"]) | set(read("mgi.marker_list", "names")["subject"])
    assert "null" not in subjects
    assert None not in subjects


def test_a_symbol_that_was_withdrawn_on_its_own_marker_retires_nothing() -> None:
    assert names("mgi.marker_list", "mgi:98834", "previous_symbol") == {"Tp53"}
    (gene,) = read("mgi.marker_list", "genes").filter(subject="mgi:98834").to_dicts()
    assert gene["symbol"] == "Trp53"


def test_the_older_marker_list_states_the_same_of_current_markers(tmp_path: Path) -> None:
    lines = FOUND["mgi.marker_list"].read_text(encoding="utf-8").splitlines()
    older = [line.rsplit("\t", 2)[0] for line in lines if "\tW\t" not in line]
    (tmp_path / "MRK_List2.rpt").write_text("\n".join(older), encoding="utf-8")
    genes = read("mgi.marker_list", "genes", tmp_path / "MRK_List2.rpt")
    assert genes.equals(read("mgi.marker_list", "genes"))


def test_secondary_mgi_ids_lead_to_the_current_marker() -> None:
    retired = read("mgi.entrez", "retirements").select("retired", "successor").rows()
    assert sorted(retired) == [(f"mgi:{number}", "mgi:96561") for number in (1111111, 3333333, 4444444)]


def test_the_columns_of_the_sequence_report_tell_reviewed_entries_from_others() -> None:
    stated = read("mgi.sequences", "identifiers").filter(subject="mgi:96561", prefix="uniprot")
    assert dict(stated.select("accession", "reviewed").rows()) == {"P10168": True, "Q3UT18": False, "Q544C8": False}


# UniProt


@pytest.mark.parametrize(
    ("key", "accession", "reviewed"),
    [
        ("uniprot.idmapping.human", "P13232", True),
        ("uniprot.idmapping.human", "Q5FBX5", False),
        ("uniprot.idmapping.human", "A0A0A0MTG5", False),
        ("uniprot.idmapping.mouse", "P10168", True),
        ("uniprot.idmapping.mouse", "Q3UT18", False),
    ],
)
def test_an_entry_named_after_its_accession_is_unreviewed(key: str, accession: str, reviewed: bool) -> None:
    stated = read(key, "identifiers").filter(prefix="uniprot", accession=accession)
    assert set(stated["reviewed"]) == {reviewed}


def test_an_entry_without_a_name_is_not_said_to_be_reviewed_or_not(tmp_path: Path) -> None:
    path = tmp_path / "HUMAN_9606_idmapping_selected.tab"
    text = FOUND["uniprot.idmapping.human"].read_text(encoding="utf-8")
    path.write_text(text.replace("IL7_HUMAN", ""), encoding="utf-8")
    stated = read("uniprot.idmapping.human", "identifiers", path).filter(prefix="uniprot", accession="P13232")
    assert set(stated["reviewed"]) == {None}


def test_an_entry_of_two_genes_is_stated_of_both() -> None:
    stated = read("uniprot.idmapping.human", "identifiers").filter(prefix="uniprot", accession="Q02080")
    assert set(stated["subject"]) == {"ncbigene:4207", "ncbigene:100271849", "ensembl:ENSG00000213999"}


def test_an_entry_without_a_gene_id_is_stated_of_its_ensembl_gene() -> None:
    stated = read("uniprot.idmapping.mouse", "identifiers").filter(prefix="uniprot", accession="Q99N42")
    assert stated["subject"].to_list() == ["ensembl:ENSMUSG00000022615"]


def test_a_version_of_an_ensembl_gene_is_no_part_of_the_record_that_it_names() -> None:
    stated = read("uniprot.idmapping.human", "identifiers").filter(prefix="uniprot", accession="P00533")
    assert set(stated["subject"]) == {"ncbigene:1956", "ensembl:ENSG00000146648"}


def test_mim_numbers_of_uniprot_mix_genes_and_phenotypes_and_are_not_read() -> None:
    assert "omim" not in read("uniprot.idmapping.human", "identifiers")["prefix"].to_list()


def test_an_entry_that_was_demerged_has_several_successors_and_the_prose_around_none() -> None:
    retired = read("uniprot.secondary", "retirements").select("retired", "successor").rows()
    assert sorted(retired) == [
        ("uniprot:P00001", "uniprot:P99998"),
        ("uniprot:P00001", "uniprot:P99999"),
        ("uniprot:Q00015", "uniprot:P23141"),
        ("uniprot:Q15086", "uniprot:P04637"),
    ]


def test_a_deleted_entry_has_no_successor() -> None:
    retired = read("uniprot.deleted", "retirements").select("retired", "successor", "reason").rows()
    assert retired == [("uniprot:A0A008APQ8", None, "deleted")]


# Ensembl and HomoloGene


def test_the_history_of_ensembl_tells_changes_of_ids_and_not_of_versions() -> None:
    retired = read("ensembl.stable_id_event.human", "retirements").select("retired", "successor", "date").rows()
    assert sorted(retired) == [
        ("ensembl:ENSG00000215271", "ensembl:ENSG00000290292", "2022-07-12"),
        ("ensembl:ENSP00000370275", None, "2006-06-14"),
    ]


def test_of_several_changes_of_an_ensembl_id_the_last_counts() -> None:
    retired = read("ensembl.stable_id_event.mouse", "retirements").filter(retired="ensembl:ENSMUSG00000999991")
    assert retired["successor"].to_list() == ["ensembl:ENSMUSG00000040329"]


def test_the_database_name_of_ensembl_tells_reviewed_entries_and_isoforms_apart() -> None:
    stated = read("ensembl.uniprot.human", "identifiers").filter(pl.col("prefix").str.starts_with("uniprot"))
    assert set(stated.filter(subject="ensembl:ENSG00000104432").select("accession", "prefix", "reviewed").rows()) == {
        ("P13232", "uniprot", True),
        ("Q5FBX5", "uniprot", False),
        ("P13232-1", "uniprot.isoform", None),
    }


def test_names_of_transcripts_are_not_taken_for_entrez_ids() -> None:
    assert "FLJ37453-201" in FOUND["ensembl.entrez.human"].read_text(encoding="utf-8")
    stated = read("ensembl.entrez.human", "identifiers")
    assert set(stated.filter(prefix="ncbigene")["accession"]) == {"3574", "7157", "9997", "4207", "100271849"}


def test_a_transcript_without_a_protein_makes_none() -> None:
    products = read("ensembl.entrez.human", "products").filter(transcript="ensembl:ENST00000519833")
    assert products.height == 0
    assert "ENST00000519833" in accessions("ensembl.entrez.human", "ensembl:ENSG00000104432", "ensembl")


def test_the_first_column_of_homologene_is_the_group() -> None:
    stated = read("homologene.groups", "identifiers").filter(accession="680")
    assert set(stated.select("subject", "prefix").iter_rows()) == {
        ("ncbigene:3574", "homologene"),
        ("ncbigene:16196", "homologene"),
    }


# GTF


def test_a_gtf_states_genes_with_type_place_and_version() -> None:
    (gene,) = read("ensembl.annotation.human", "genes").filter(subject="ensembl:ENSG00000104432").to_dicts()
    place = (gene["chromosome"], gene["start"], gene["end"], gene["strand"], gene["assembly"])
    assert place == ("8", 78675743, 78805523, "-", "GRCh38")
    assert (gene["symbol"], gene["gene_type"], gene["taxon"]) == ("IL7", "protein-coding", HUMAN)


@pytest.mark.parametrize(
    ("key", "accession", "subject", "version"),
    [
        ("ensembl.annotation.human", "ENSG00000104432", "ensembl:ENSG00000104432", 15),
        ("ensembl.annotation.human", "ENST00000263851", "ensembl:ENSG00000104432", 9),
        ("ensembl.annotation.human", "ENSP00000263851", "ensembl:ENSG00000104432", 4),
        ("ensembl.annotation.mouse", "ENSMUST00000073935", "ensembl:ENSMUSG00000046182", 7),
        ("ensembl.annotation.mouse", "ENSMUSP00000073591", "ensembl:ENSMUSG00000046182", 6),
    ],
)
def test_a_gtf_states_each_gene_transcript_and_protein_once_with_its_version(
    key: str, accession: str, subject: str, version: int
) -> None:
    stated = read(key, "identifiers").filter(accession=accession)
    assert stated.select("subject", "version").rows() == [(subject, version)]


def test_a_gtf_pairs_transcripts_with_their_proteins() -> None:
    products = read("ensembl.annotation.mouse", "products").select("transcript", "protein").rows()
    assert products == [("ensembl:ENSMUST00000073935", "ensembl:ENSMUSP00000073591")]


def test_a_name_that_several_ensembl_genes_share_names_none_of_them() -> None:
    symbols = dict(read("ensembl.annotation.human", "genes").select("subject", "symbol").iter_rows())
    assert symbols["ensembl:ENSG00000310526"] == symbols["ensembl:ENSG00000227232"] == "WASH7P"
    assert symbols["ensembl:ENSG00000308361"] is None
    assert set(read("ensembl.annotation.human", "names")["text"]) == {"IL7", "EGFR"}


@pytest.mark.parametrize(
    ("biotype", "gene_type"),
    [
        ("protein_coding", "protein-coding"),
        ("lncRNA", "ncRNA"),
        ("Mt_tRNA", "ncRNA"),
        ("ribozyme", "ncRNA"),
        ("transcribed_unprocessed_pseudogene", "pseudo"),
        ("rRNA_pseudogene", "pseudo"),
        ("IG_V_gene", "other"),
        ("TEC", "other"),
    ],
)
def test_the_biotypes_of_ensembl_are_types_of_genes(biotype: str, gene_type: str, tmp_path: Path) -> None:
    path = tmp_path / "Homo_sapiens.GRCh38.114.gtf"
    path.write_text(f'1\t.\tgene\t1\t9\t.\t+\t.\tgene_id "ENSG00000000001"; gene_biotype "{biotype}";\n')
    assert read("ensembl.annotation.human", "genes", path)["gene_type"].to_list() == [gene_type]


def test_a_gtf_of_gencode_states_the_same_as_ensembl_s(tmp_path: Path) -> None:
    gene = 'gene_id "{}"; gene_type "protein_coding"; gene_name "{}"; level 2;'
    product = 'gene_id "ENSG00000104432.15"; transcript_id "ENST00000263851.9"; protein_id "ENSP00000263851.4";'
    lines = [
        "##description: evidence-based annotation of the human genome (GRCh38), version 48 (Ensembl 114)",
        "chr8\tHAVANA\tgene\t78675743\t78805523\t.\t-\t.\t" + gene.format("ENSG00000104432.15", "IL7"),
        "chr8\tHAVANA\ttranscript\t78732772\t78805463\t.\t-\t.\t" + product.partition(" protein_id")[0],
        "chr8\tHAVANA\tCDS\t.\t.\t.\t-\t0\t" + product,
        "chrM\tENSEMBL\tgene\t14747\t15887\t.\t+\t.\t" + gene.format("ENSG00000198727.2", "MT-CYB"),
        "chrY\tHAVANA\tgene\t57184101\t57197337\t.\t+\t.\t" + gene.format("ENSG00000168939.13_PAR_Y", "SPRY3"),
        "chr1\tHAVANA\tgene\t1\t9\t.\t+\t.\t" + gene.format("ENSG00000308361.1", "ENSG00000308361"),
    ]
    path = tmp_path / "gencode.v48.annotation.gtf"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    key = "ensembl.annotation.human"
    assert find_upstream_files([tmp_path], FILES) == {key: path}
    genes = read(key, "genes", path)
    assert genes.select("subject", "symbol", "chromosome").rows() == [
        ("ensembl:ENSG00000104432", "IL7", "8"),
        ("ensembl:ENSG00000198727", "MT-CYB", "MT"),
        ("ensembl:ENSG00000168939", "SPRY3", "Y"),
        ("ensembl:ENSG00000308361", None, "1"),
    ]
    assert genes["gene_type"].unique().to_list() == ["protein-coding"]
    of_il7 = read(key, "identifiers", path).filter(subject="ensembl:ENSG00000104432")
    assert sorted(of_il7.select("accession", "version").rows()) == [
        ("ENSG00000104432", 15),
        ("ENSP00000263851", 4),
        ("ENST00000263851", 9),
    ]


@pytest.mark.parametrize(
    "beside", ["Homo_sapiens.GRCh38.114.chr.gtf", "Homo_sapiens.GRCh38.114.abinitio.gtf", "chr7.GRCh38.114.gtf"]
)
def test_a_gtf_of_a_part_or_of_predictions_is_not_taken_for_the_annotation(beside: str, tmp_path: Path) -> None:
    (tmp_path / beside).touch()
    assert find_upstream_files([tmp_path], FILES) == {}


# MANE's places, and NCBI's matches of proteins


@pytest.mark.parametrize(
    ("sequence", "chromosome"),
    [("8", "8"), ("NC_000008.11", "8"), ("NC_000010.11", "10"), ("NC_000023.11", "X"), ("NC_000024.10", "Y"),
     ("NC_012920.1", "MT"), ("NT_187636.1", "NT_187636.1")],
)  # fmt: skip
def test_mane_names_a_chromosome_or_its_sequence(sequence: str, chromosome: str, tmp_path: Path) -> None:
    header, *records = FOUND["ncbi.mane"].read_text(encoding="utf-8").splitlines()
    (il7,) = (record.split("\t") for record in records if record.startswith("GeneID:3574\t"))
    il7[10] = sequence
    path = tmp_path / "MANE.GRCh38.v1.5.summary.txt"
    path.write_text("\n".join([header, "\t".join(il7)]) + "\n", encoding="utf-8")
    (gene,) = read("ncbi.mane", "genes", path).to_dicts()
    assert (gene["chromosome"], gene["start"], gene["end"], gene["strand"]) == (chromosome, 78732772, 78805463, "-")


def test_identical_proteins_and_uniprot_s_links_are_statements_and_similar_ones_are_none() -> None:
    stated = read("ncbi.protein_matches", "identifiers").select("subject", "accession").rows()
    assert sorted(stated) == [
        ("refseq:NP_000537", "P04637"),
        ("refseq:NP_000871", "P13232"),
        ("refseq:NP_000871", "Q5FBY9"),
        ("refseq:NP_032397", "P10168"),
    ]


def test_a_transgene_of_mgi_is_engineered(tmp_path: Path) -> None:
    header, *records = FOUND["mgi.marker_list"].read_text(encoding="utf-8").splitlines()
    il7 = next(record for record in records if record.startswith("MGI:96561\t"))
    path = tmp_path / "MRK_List1.rpt"
    path.write_text("\n".join([header, il7.replace("protein coding gene", "transgene")]) + "\n", encoding="utf-8")
    assert read("mgi.marker_list", "genes", path)["gene_type"].to_list() == ["engineered"]
