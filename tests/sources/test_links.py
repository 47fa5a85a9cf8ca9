"""Which gene an upstream ties an identifier to, where it names several, or names one that nobody else knows."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from resolver.identifiers.species import HUMAN, MOUSE
from resolver.sources.registry import BY_KEY, FILES
from seed.upstream import find_upstream_files, read_upstream_file

UPSTREAM = Path(__file__).parent.parent / "data" / "upstream"
FOUND = find_upstream_files([UPSTREAM], FILES)
MAPPING = "uniprot.idmapping.human"


def read(key: str, kind: str, path: Path | None = None) -> pl.DataFrame:
    return read_upstream_file(BY_KEY[key], path or FOUND[key], FOUND).frame(kind).collect()


def accessions(key: str, subject: str, prefix: str, path: Path | None = None) -> list[str]:
    stated = read(key, "identifiers", path).filter(subject=subject, prefix=prefix)
    return sorted(set(stated["accession"]))


def write_mapping(folder: Path, **cells: str) -> Path:
    """Write a row of idmapping_selected; cells that are not named are empty."""
    columns = BY_KEY[MAPPING].layout.columns
    path = folder / "HUMAN_9606_idmapping_selected.tab"
    path.write_text("\t".join(({"taxon": "9606"} | cells).get(name, "") for name in columns) + "\n", encoding="utf-8")
    return path


def test_the_mane_select_pair_of_hgnc_is_an_ensembl_and_a_refseq_transcript() -> None:
    assert "ENST00000646891" in accessions("hgnc.complete_set", "hgnc:1097", "ensembl")
    assert accessions("hgnc.complete_set", "hgnc:1097", "refseq") == ["NM_004333"]
    stated = read("hgnc.complete_set", "identifiers").filter(accession="ENST00000646891")
    assert stated["version"].to_list() == [2]


def test_a_gene_of_mane_is_a_record_though_gene_info_may_be_older() -> None:
    records = read("ncbi.mane", "genes")
    assert {"ncbigene:3574", "ncbigene:673"} <= set(records["subject"])
    assert records["subject"].is_unique().all()
    assert set(records["taxon"]) == {HUMAN}


def test_a_marker_without_an_ensembl_gene_still_has_its_entrez_gene() -> None:
    assert accessions("mgi.gene_models", "mgi:96561", "ensembl") == ["ENSMUSG00000040329"]
    assert accessions("mgi.gene_models", "mgi:88178", "ncbigene") == ["111237"]
    assert accessions("mgi.gene_models", "mgi:88178", "ensembl") == []


def test_all_transcripts_of_an_entry_of_one_ensembl_gene_are_that_gene_s() -> None:
    assert len(accessions(MAPPING, "ensembl:ENSG00000284194", "ensembl")) == 8


def test_of_an_entry_of_several_genes_it_is_not_guessed_whose_each_transcript_is(tmp_path: Path) -> None:
    genes, transcripts = "ENSG00000000001; ENSG00000000002", "ENST00000000001; ENST00000000002"
    path = write_mapping(tmp_path, accession="P62805", ensembl=genes, ensembl_transcript=transcripts)
    stated = read(MAPPING, "identifiers", path)
    assert set(stated["accession"]) == {"P62805"}
    assert set(stated["subject"]) == {"ensembl:ENSG00000000001", "ensembl:ENSG00000000002"}


def test_an_entry_without_a_gene_id_makes_a_record_of_its_ensembl_gene() -> None:
    records = read("uniprot.idmapping.mouse", "genes").select("subject", "taxon")
    assert records.rows() == [("ensembl:ENSMUSG00000022615", MOUSE)]
    assert accessions("uniprot.idmapping.mouse", "ensembl:ENSMUSG00000022615", "refseq") == ["NP_612175"]


def test_an_entry_of_several_ensembl_genes_makes_a_record_of_none(tmp_path: Path) -> None:
    path = write_mapping(tmp_path, accession="P62805", ensembl="ENSG00000000001; ENSG00000000002")
    assert read(MAPPING, "genes", path).is_empty()
