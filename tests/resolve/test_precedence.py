"""Each species is decided by itself: match tiers, capitals, authorities, similar spellings, readthrough genes."""

from __future__ import annotations

import random

import pytest

from resolver.identifiers.names import fold_loosely
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.resolve.table import describe_answer


def _describe(resolver: Resolver, text: str, **options: str) -> tuple[str, list[str]]:
    answer = resolver.resolve(text, **options)  # type: ignore[arg-type]
    found = answer.genes if answer.converted is None else answer.converted
    return answer.outcome, [one.gene.symbol for one in found]


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("H3F3A", ["H3-3A", "H3f3a"]),  # previous symbol of one species, symbol of the other in other capitals
        ("H3f3a", ["H3f3a", "H3-3A"]),  # the species whose capitals were typed goes first
        ("Sept7", ["Septin7", "SEPTIN7"]),
        ("Cd20", ["Ms4a1", "MS4A1"]),
        ("FRAP1", ["MTOR", "Mtor"]),
        ("Frap1", ["Mtor", "MTOR"]),
        ("Il33", ["Il33", "IL33"]),
    ],
)
def test_a_name_keeps_the_gene_of_each_species(resolver: Resolver, text: str, genes: list[str]) -> None:
    assert _describe(resolver, text) == (Outcome.RESOLVED, genes)


@pytest.mark.parametrize(
    ("text", "species", "gene"),
    [
        ("AR", "mouse", "Ar"),  # an approved symbol in the capitals of the other species
        ("CD36", "mouse", "Cd36"),
        ("AGT", "mouse", "Agt"),
        ("Met", "human", "MET"),
        ("Alb", "human", "ALB"),
        ("LPo", "human", "IL7"),  # an alias as it is spelled, before a symbol in corrected capitals
        ("LPO", "human", "LPO"),
        ("T", "mouse", "T"),  # mice have a t too
        ("t", "mouse", "t"),
    ],
)
def test_exact_capitals_go_first(resolver: Resolver, text: str, species: str, gene: str) -> None:
    assert _describe(resolver, text, species=species) == (Outcome.RESOLVED, [gene])


@pytest.mark.parametrize(
    ("text", "genes"),
    [("IL8", ["CXCL8", "Cxcl15"]), ("DEC1", ["DELEC1", "Bhlhe40"]), ("Drr1", ["Drr1", "FAM107A"])],
)
def test_genes_that_are_not_orthologs_are_ambiguous_and_the_species_is_the_remedy(
    resolver: Resolver, text: str, genes: list[str]
) -> None:
    answer = resolver.resolve(text)
    assert [one.gene.symbol for one in answer.genes] == genes
    assert answer.outcome is Outcome.AMBIGUOUS
    assert "species=human" in (answer.hint or "")
    assert "species=mouse" in (answer.hint or "")


@pytest.mark.parametrize(
    ("text", "to_species", "genes"),
    [
        ("Hist1h4a", "mouse", ["H4c1"]),  # the mouse gene itself, not the ortholog of the human one
        ("IL7", "mouse", ["Il7"]),
        ("TNFalpha", "human", ["TNF"]),
    ],
)
def test_a_name_of_the_requested_species_needs_no_ortholog(
    resolver: Resolver, text: str, to_species: str, genes: list[str]
) -> None:
    assert _describe(resolver, text, to_species=to_species) == (Outcome.RESOLVED, genes)


@pytest.mark.parametrize(
    ("text", "species", "gene", "other"),
    [
        ("IL-7", "human", "IL7", "LINC02605"),  # HGNC names one gene, NCBI alone another
        ("PD-1", "human", "PDCD1", "RPL17"),
        ("insulin", "human", "INS", "INS-IGF2"),  # a readthrough gene
        ("c-Myc", "mouse", "Myc", "Tg(Alb1-Myc)#Sst"),  # a transgene
    ],
)
def test_an_official_name_goes_first_and_the_other_gene_is_listed(
    resolver: Resolver, text: str, species: str, gene: str, other: str
) -> None:
    answer = resolver.resolve(text, species=species)
    assert (answer.outcome, [one.gene.symbol for one in answer.genes]) == (Outcome.RESOLVED, [gene])
    assert other in [one.gene.symbol for one in answer.other_matches]


def test_a_name_of_a_transgene_alone_says_so(resolver: Resolver) -> None:
    answer = resolver.resolve("GFP")
    assert [one.gene.symbol for one in answer.genes] == ["Tg(CAG-EGFP)1Osb"]
    assert "transgene" in (answer.hint or "")


@pytest.mark.parametrize(
    ("text", "gene"),
    [
        ("TNFα", "TNF"), ("IL-1β", "IL1B"), ("IL1beta", "IL1B"), ("GSK3β", "GSK3B"), ("HIF1alpha", "HIF1A"),
        ("IFNgamma", "IFNG"), ("cMyc", "MYC"), ("cKit", "KIT"), ("IGF-1", "IGF1"), ("LAG-3", "LAG3"),
        ("VCAM-1", "VCAM1"), ("Ki67", "MKI67"), ("cyclin-D1", "CCND1"), ("b-actin", "ACTB"), ("TGF-ß1", "TGFB1"),
        ("HLA.DRA", "HLA-DRA"), ("NKX2.5", "NKX2-5"), ("Р53", "TP53"), ("IL/33", "IL33"),
    ],
)  # fmt: skip
def test_similar_spellings_are_found(resolver: Resolver, text: str, gene: str) -> None:
    assert _describe(resolver, text, species="human") == (Outcome.RESOLVED, [gene])


def test_a_similar_spelling_is_reported_as_one(resolver: Resolver) -> None:
    answer = resolver.resolve("IL-33", species="human")
    assert answer.genes[0].matched_as.kind == "similar_spelling"
    assert answer.genes[0].matched_as.notes == ("similar spelling of IL33, an approved symbol",)
    letters = resolver.resolve("Р53").interpretations[0].notes
    assert letters == ("letters that look alike are read as those of gene names: Р (U+0420) as P",)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("IL-33", "il33", True),
        ("TNF-α", "TNFalpha", True),
        ("GSK3B", "GSK3β", True),
        ("NKX2-5", "NKX2.5", True),
        ("NKX2-5", "NKX25", False),
        ("MIR4679-2", "MIR46792", False),
        ("ETA", "H", False),
    ],
)
def test_separators_and_greek_letters_fold_alike_and_numbers_stay_apart(one: str, other: str, *, is_same: bool) -> None:
    assert (fold_loosely(one) == fold_loosely(other)) is is_same


@pytest.mark.parametrize("text", ["α", "C3-", "1-2", "14-3", "---"])
def test_texts_that_are_similar_to_too_many_have_no_loose_form(text: str) -> None:
    assert fold_loosely(text) == ""


def test_the_strict_policy_makes_a_previous_symbol_that_is_an_alias_too_ambiguous(resolver: Resolver) -> None:
    answer = resolver.resolve("DEC1", species="human")
    assert [one.gene.symbol for one in answer.genes] == ["DELEC1"]
    assert [one.gene.symbol for one in answer.also] == ["BHLHE40"]
    assert answer.to_dict()["also"][0]["symbol"] == "BHLHE40"
    assert describe_answer(answer).matched_as == ("previous_symbol DEC1",)
    assert describe_answer(answer).also == ("BHLHE40",)
    strict = resolver.resolve("DEC1", species="human", policy="strict")
    assert strict.outcome is Outcome.AMBIGUOUS
    assert {one.gene.symbol for one in strict.genes} == {"DELEC1", "BHLHE40"}
    assert resolver.resolve("TP53", species="human", policy="strict").outcome is Outcome.RESOLVED


def test_several_genes_say_why_they_stand_where_they_do_and_the_likely_one_is_the_first(resolver: Resolver) -> None:
    answer = resolver.resolve("p21", species="human")
    notes = [one.matched_as.notes[-1] for one in answer.genes]
    assert answer.outcome is Outcome.AMBIGUOUS
    assert notes[0].startswith(f"number 1 of {len(notes)}: an official name; protein-coding;")
    assert "pseudo" in notes[-1]
    likely = resolver.resolve("p21", species="human", on_many="likely")
    assert [one.gene.id for one in likely.genes] == [answer.genes[0].gene.id]
    assert notes[0] in (likely.hint or "")


@pytest.mark.parametrize("text", ["CALCB", "MYL12A"])
def test_of_equal_orthologs_that_of_the_same_group_or_symbol_goes_first(resolver: Resolver, text: str) -> None:
    (gene,) = list(resolver.resolve(text, species="human").genes)
    assert gene.orthologs[0].gene.symbol.lower() == text.lower()


@pytest.mark.parametrize("text", ["JAK3_HUMAN", "100038846", "100101491"])
def test_an_alias_that_looks_like_an_identifier_is_found_by_its_own_text(resolver: Resolver, text: str) -> None:
    assert resolver.resolve(text).genes


def test_answers_do_not_depend_on_the_other_texts_of_a_list(resolver: Resolver) -> None:
    texts = [
        "H3F3A",
        "h3f3a",
        "IL-33",
        "il-33",
        "DEC1",
        "Dec1",
        "p21",
        "P21",
        "TNFalpha",
        "GFP",
        "Met",
        "MET",
        "RAS",
    ] * 3
    alone = {text: resolver.resolve(text).to_dict() for text in texts}
    random.Random(4).shuffle(texts)  # noqa: S311  (an order, not a secret)
    assert [answer.to_dict() for answer in resolver.resolve_many(texts)] == [alone[text] for text in texts]
