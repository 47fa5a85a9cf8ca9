"""Identifiers in the wrapping of programs and file formats are read as if they had been typed alone."""

from __future__ import annotations

import pytest

from resolver.identifiers.recognize import recognize
from resolver.identifiers.wrapping import WRAPPINGS, Wrapping, unwrap
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_texts


@pytest.mark.parametrize("wrapping", WRAPPINGS, ids=lambda one: one.example)
def test_each_wrapping_has_an_example_that_is_read_with_a_note(wrapping: Wrapping) -> None:
    inside, note = unwrap(wrapping.example) or ("", "")
    assert wrapping.origin in note
    read = recognize(wrapping.example).interpretations
    assert [one.identifier for one in read] == [one.identifier for one in recognize(inside).interpretations]
    assert all(note in one.notes for one in read)


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
    ],
)
def test_what_is_inside_is_found(text: str, inside: str) -> None:
    assert (unwrap(text) or ("",))[0] == inside


@pytest.mark.parametrize("text", ["TP53", "gene:TP53", "gene-", "GRCh38_", "hsa:miR-21", "117_at", "sp|P04637", "A|B"])
def test_other_texts_have_no_wrapping(text: str) -> None:
    assert unwrap(text) is None


def test_no_name_of_a_gene_has_the_shape_of_a_wrapping(resolver: Resolver) -> None:
    assert [text for text in read_texts(resolver, "SELECT text FROM name") if unwrap(text)] == []


def test_a_wrapped_identifier_leads_to_its_gene(resolver: Resolver) -> None:
    for text, symbol in (("hsa:7157", "TP53"), ("mmu:22059", "Trp53"), ("9606.ENSP00000263851", "IL7")):
        answer = resolver.resolve(text)
        assert [found.gene.symbol for found in answer.genes] == [symbol]
        assert answer.genes[0].matched_as.notes


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("HLA-A*02:01", ["HLA-A"]),
        ("CYP2D6*4", ["CYP2D6"]),
        ("NM_000546.6(TP53):c.215C>G", ["TP53"]),
        ("BRAF V600E", ["BRAF"]),
        ("BRAF:p.V600E", ["BRAF"]),
        ("TP53_R175H", ["TP53"]),
        ("EML4::ALK", ["EML4", "ALK"]),
        ("CON__P02533", []),
        ("ERCC-00002", []),
    ],
)
def test_what_concerns_a_gene_and_names_none_suggests_it(resolver: Resolver, text: str, symbols: list[str]) -> None:
    answer = resolver.resolve(text)
    assert (answer.outcome.value, answer.reason and answer.reason.value) == ("not_found", "out_of_scope")
    assert [suggestion.gene.symbol for suggestion in answer.suggestions] == symbols
