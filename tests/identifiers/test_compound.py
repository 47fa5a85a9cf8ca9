"""Two identifiers of one gene in one text are recognized by their separator and their kinds."""

from __future__ import annotations

import pytest

from resolver.identifiers.compound import split_compound
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_texts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("TP53|7157", ("TP53", "7157")),
        ("7157 | TP53", ("7157", "TP53")),
        ("TP53 (7157)", ("TP53", "7157")),
        ("TP53[Entrez 7157]", ("TP53", "Entrez 7157")),
        ("TP53 (HGNC:11998)", ("TP53", "HGNC:11998")),
        ("EML4^ENSG00000143924.19", ("EML4", "ENSG00000143924.19")),
        (">ENSG00000141510|TP53", ("ENSG00000141510", "TP53")),
        ("P04637|P53_HUMAN", ("P04637", "P53_HUMAN")),
        ("ENSG00000141510.16_TP53", ("ENSG00000141510.16", "TP53")),
        ("TP53__ENSG00000141510", ("TP53", "ENSG00000141510")),
        ("NM_000546.6_TP53", ("NM_000546.6", "TP53")),
        ("ENSG00000182378.15_PAR_Y_PLCXD1", ("ENSG00000182378.15_PAR_Y", "PLCXD1")),
        ("1/2-SBSRNA4|100533182", ("1/2-SBSRNA4", "100533182")),
        ('"HLA-A|3105" ', ("HLA-A", "3105")),
    ],
)
def test_a_pair_is_certain_where_its_separator_says_so(text: str, parts: tuple[str, str]) -> None:
    compound = split_compound(text)
    assert compound is not None
    assert compound.parts == parts
    assert compound.is_certain


@pytest.mark.parametrize("text", ["TP53_7157", "7157_TP53", "TP53-ENSG00000141510", "ENSG00000141510 TP53"])
def test_other_pairs_count_only_if_both_parts_are_found(text: str) -> None:
    compound = split_compound(text)
    assert compound is not None
    assert not compound.is_certain


@pytest.mark.parametrize(
    "text",
    [
        "TP53",
        "TP53|IL7",
        "7157|3574",
        "P04637|Q53GA5",
        "ENSG00000141510|ENSG00000104432",
        "TP53;7157",
        "TP53-7157",
        "TP53:7157",
        "TP53|",
        "|7157",
        "TP53|0",
        "NKX2-5",
        "TP53 7157",
        "",
        "x" * 300,
        "ENSG00000141510",
        "|".join("abc"),
    ],
)
def test_lists_and_single_identifiers_are_no_pairs(text: str) -> None:
    assert split_compound(text) is None


@pytest.mark.parametrize("text", ["CON__P02533", "A_23_P100001", "1007_s_at", "BRAF_V600E", "P04637_S15", "TP53_pS15"])
def test_what_has_a_shape_of_its_own_is_at_most_a_pair_of_one_gene(text: str) -> None:
    compound = split_compound(text)
    assert compound is None or compound.has_other_shape


def test_a_name_with_the_shape_of_a_pair_keeps_its_answer(resolver: Resolver) -> None:
    """The parts are looked up only where the whole matches nothing."""
    names = read_texts(resolver, "SELECT text FROM name WHERE kind <> 'full_name' AND text GLOB '*[_|(]*'")
    shaped = [name for name in names if split_compound(name)]
    assert len(shaped) > 1_000
    for answer in resolver.resolve_many(shaped[::7]):
        assert answer.genes
        assert not any("identify the same gene" in note for found in answer.genes for note in found.matched_as.notes)
