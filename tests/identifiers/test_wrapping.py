"""Identifiers in the wrapping of programs and file formats are read as if they had been typed alone."""

from __future__ import annotations

import pytest

from resolver.identifiers.recognize import recognize
from resolver.identifiers.wrapping import WRAPPINGS, Wrapping, unwrap
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_texts


@pytest.mark.parametrize("wrapping", WRAPPINGS, ids=lambda one: one.example)
def test_each_wrapping_has_an_example_that_is_read_with_a_note(wrapping: Wrapping) -> None:
    inside = unwrap(wrapping.example)
    assert inside is not None
    assert wrapping.origin in inside.note
    read = recognize(wrapping.example)
    alone = recognize(inside.text).interpretations
    assert [one.identifier for one in read.interpretations] == [one.identifier for one in alone]
    assert all(inside.note in one.notes for one in read.interpretations)
    assert read.caution == wrapping.caution


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (">sp|P13232|IL7_HUMAN Interleukin-7 OS=Homo sapiens OX=9606 GN=IL7 PE=1 SV=1", "P13232"),
        ("tr|Q5FBX5|Q5FBX5_HUMAN", "Q5FBX5"),
        ("gi|120407068|ref|NP_000537.3| cellular tumor antigen p53", "NP_000537.3"),
        ("CDS:ENSP00000263851", "ENSP00000263851"),
        ("gene_id:ENSG00000104432.17", "ENSG00000104432.17"),
        ("gene-H2-K1", "H2-K1"),
        ("cds-NP_000537.3", "NP_000537.3"),
        ("10090.ENSMUSP00000000001", "ENSMUSP00000000001"),
        ("mmu:22059", "ncbigene:22059"),
        ("mm10___Trp53", "Trp53"),
        ("hg38_ENSG00000104432", "ENSG00000104432"),
        ("ENST00000302805.7_1", "ENST00000302805.7"),
        ("ENSG00000141510_2", "ENSG00000141510"),
        ("ENSG00000182378.15_PAR", "ENSG00000182378.15"),
        ("P04637:PRO_0000185703", "P04637"),
        ("sp|P04637", "P04637"),
        ("ENSP00000263851.4|ENST00000263851.9|ENSG00000104432.17|-|-|IL7-201|IL7|177", "ENSP00000263851.4"),
        ("ENSG00000104432|ENST00000263851|IL7", "ENSG00000104432"),
        (">ENSP00000263851.4 pep chromosome:GRCh38:8:1:2:-1 gene:ENSG00000104432.17", "ENSP00000263851.4"),
        (">P13232", "P13232"),
        ("\u2022 Trp53", "Trp53"),
        ("* ENSG00000104432.17", "ENSG00000104432.17"),
        ("12) IL7", "IL7"),
        ("(3)\tIL7", "IL7"),
        ("ID=gene:ENSG00000104432", "ENSG00000104432"),
        ("Parent=gene-TP53", "TP53"),
        ("mm10-Trp53", "Trp53"),
        ("ENSG00000182378.15-PAR-Y", "ENSG00000182378.15"),
        ("22059_at", "ncbigene:22059"),
    ],
)
def test_what_is_inside_is_found(text: str, inside: str) -> None:
    assert (unwrap(text) or ("",))[0] == inside


@pytest.mark.parametrize(
    "text",
    [
        "TP53",
        "gene:TP53",
        "gene-",
        "GRCh38_",
        "hsa:miR-21",
        "1007_s_at",
        "A|B",
        "ENSG00000141510-2",
        ">TP53",
        "ENSG00000141510|ENSG00000104432|ENSG00000135679",
    ],
)
def test_other_texts_have_no_wrapping(text: str) -> None:
    assert unwrap(text) is None


def test_no_name_of_a_gene_has_the_shape_of_a_wrapping(resolver: Resolver) -> None:
    spelled = read_texts(resolver, "SELECT text || char(10) || spellings FROM name")
    assert [text for listed in spelled for text in listed.split("\n") if unwrap(text)] == []


def test_a_wrapped_identifier_leads_to_its_gene(resolver: Resolver) -> None:
    for text, symbol in (("hsa:7157", "TP53"), ("mmu:22059", "Trp53"), ("9606.ENSP00000263851", "IL7")):
        answer = resolver.resolve(text)
        assert [found.gene.symbol for found in answer.genes] == [symbol]
        assert answer.genes[0].matched_as.notes


def test_a_number_of_a_probe_set_is_a_gene_with_a_caution_where_it_is_one(resolver: Resolver) -> None:
    """Brainarray's and Affymetrix's own probe sets cannot be told apart by shape."""
    gene, own = resolver.resolve("7157_at"), resolver.resolve("200000_at")
    assert [found.gene.symbol for found in gene.genes] == ["TP53"]
    assert "Affymetrix" in (gene.hint or "")
    assert (own.genes, own.reason) == ((), "out_of_scope")  # 200000 was retired by NCBI


@pytest.mark.parametrize("text", ["foo bar: baz", "2':5'-oligo", "acyl-CoA:some amino acid", "(E.C. 1:2)"])
def test_a_colon_in_a_name_makes_no_curie(text: str) -> None:
    assert recognize(text).problem is None
    assert recognize("foo:1").problem is not None
