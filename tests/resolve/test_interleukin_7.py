"""Interleukin 7, the golden case: every identifier and name that encyclopedias print resolves to the same pair."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from resolver.resolve.resolver import Resolver

HUMAN, MOUSE = "hgnc:6023", "mgi:96561"
_TABLE = Path(__file__).parent.parent / "data" / "il7.tsv"
_LINES = [line for line in _TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
CASES = [(row["input"], row["outcome"], row["first gene"]) for row in csv.DictReader(_LINES, delimiter="\t")]


@pytest.fixture(scope="module")
def il7(resolver: Resolver) -> dict[str, Any]:
    answer = resolver.resolve(HUMAN).to_dict()
    gene: dict[str, Any] = answer["genes"][0]
    return gene


@pytest.mark.parametrize(("text", "outcome", "first"), CASES, ids=[case[0] for case in CASES])
def test_each_printed_identifier_resolves_to_the_same_pair(
    resolver: Resolver, text: str, outcome: str, first: str
) -> None:
    answer = resolver.resolve(text).to_dict()
    assert answer["outcome"] == outcome
    assert answer["genes"][0]["curie"] == first
    pairs = [{gene["curie"], *(ortholog["curie"] for ortholog in gene["orthologs"])} for gene in answer["genes"]]
    assert {HUMAN, MOUSE} in pairs
    if outcome == "ambiguous":
        assert answer["hint"]
        assert answer["reason"] in {"several_readings", "several_genes"}
    else:
        assert all(pair == {HUMAN, MOUSE} for pair in pairs)


def test_a_printed_name_that_is_the_symbol_of_another_gene_in_other_capitals_lists_that_gene(
    resolver: Resolver,
) -> None:
    answer = resolver.resolve("LPo")
    assert [match.gene.symbol for match in answer.other_matches] == ["LPO", "Lpo"]


def _identifiers(gene: dict[str, Any], prefix: str) -> list[str]:
    return [xref["identifier"] for xref in gene["xrefs"][prefix]]


def test_the_human_gene_has_its_identifiers_in_every_namespace(il7: dict[str, Any]) -> None:
    assert _identifiers(il7, "ncbigene") == ["3574"]
    assert _identifiers(il7, "ensembl")[0] == "ENSG00000104432"
    assert _identifiers(il7, "hgnc") == ["HGNC:6023"]
    assert _identifiers(il7, "mgi") == []
    assert _identifiers(il7, "uniprot")[0] == "P13232"
    assert {"NM_000880", "NP_000871"} <= set(_identifiers(il7, "refseq"))
    assert _identifiers(il7, "omim") == ["146660"]
    assert _identifiers(il7, "homologene") == ["680"]


def test_the_mouse_gene_stands_under_it_with_its_own_identifiers(il7: dict[str, Any]) -> None:
    (mouse,) = il7["orthologs"]
    assert (mouse["curie"], mouse["cardinality"], mouse["species"]) == (MOUSE, "1:1", "mouse")
    assert _identifiers(mouse, "ncbigene") == ["16196"]
    assert _identifiers(mouse, "ensembl")[0] == "ENSMUSG00000040329"
    assert _identifiers(mouse, "mgi") == ["MGI:96561"]
    assert {"NM_008371", "NP_032397"} <= set(_identifiers(mouse, "refseq"))
    assert _identifiers(mouse, "homologene") == ["680"]


def test_reviewed_entries_are_told_from_unreviewed_ones(il7: dict[str, Any]) -> None:
    reviewed = {xref["identifier"]: xref["reviewed"] for xref in il7["orthologs"][0]["xrefs"]["uniprot"]}
    assert reviewed == {"P10168": True, "Q3UT18": False, "Q544C8": False}


def test_the_places_are_those_of_the_encyclopaedias(il7: dict[str, Any]) -> None:
    def place(gene: dict[str, Any]) -> tuple[object, ...]:
        location = gene["location"]
        return tuple(location[name] for name in ("chromosome", "start", "end", "assembly"))

    assert place(il7) == ("8", 78675044, 78805523, "GRCh38")
    assert place(il7["orthologs"][0]) == ("3", 7637088, 7678820, "GRCm39")


def test_levels_and_mane_select_are_told(il7: dict[str, Any]) -> None:
    listed = {xref["identifier"]: xref for prefix in ("ensembl", "refseq") for xref in il7["xrefs"][prefix]}
    levels = {name: listed[name]["level"] for name in ("ENSG00000104432", "ENST00000263851", "NM_000880", "NP_000871")}
    assert list(levels.values()) == ["gene", "transcript", "transcript", "protein"]
    select = {name for name, xref in listed.items() if xref["mane"] == "select"}
    assert select == {"ENST00000263851", "ENSP00000263851", "NM_000880", "NP_000871"}


def test_rna_pages_are_at_nuccore_and_protein_pages_at_protein(il7: dict[str, Any]) -> None:
    pages = {xref["identifier"]: xref["url"] for xref in il7["xrefs"]["refseq"]}
    assert pages["NM_000880"] == "https://www.ncbi.nlm.nih.gov/nuccore/NM_000880"
    assert pages["NP_000871"] == "https://www.ncbi.nlm.nih.gov/protein/NP_000871"


def test_the_phenotype_number_is_kept_apart_from_the_gene_number(il7: dict[str, Any]) -> None:
    assert [xref["identifier"] for xref in il7["phenotypes"]] == ["618309"]
