"""Two identifiers in one query: one gene if both lead to it, both genes if they disagree, one if only it is found."""

from __future__ import annotations

import pytest

from resolver.errors import SeveralGenes
from resolver.resolve.resolver import Resolver


@pytest.mark.parametrize(
    ("text", "symbol", "value"),
    [
        ("TP53|7157", "TP53", "ncbigene:7157"),
        ("7157 (TP53)", "TP53", "ncbigene:7157"),
        ("TP53_7157", "TP53", "ncbigene:7157"),
        ("tp53|7157", "TP53", "ncbigene:7157"),
        ("Trp53|22059", "Trp53", "ncbigene:22059"),
        ("TP53|22059", "Trp53", "ncbigene:22059"),  # TP53 is a name of the mouse gene too
        ("SEPT7|989", "SEPTIN7", "ncbigene:989"),  # by a previous symbol
        ("B3GNT2|10678", "B3GNT2", "ncbigene:10678"),  # which has the shape of an accession
        ("TP53|11998", "TP53", "hgnc:11998"),  # a number of HGNC, since it agrees
        ("NAT2|10", "NAT2", "ncbigene:10"),
        ("ENSG00000141510.16_TP53", "TP53", "ensembl:ENSG00000141510"),
        ("TP53-ENSG00000141510", "TP53", "ensembl:ENSG00000141510"),
        ("P04637|P53_HUMAN", "TP53", "uniprot:P04637"),
        ("ENSG00000182326_C1S", "C1S", "ensembl:ENSG00000182326"),  # which has the shape of a variant
        ("0610009K14Rik_71681", "0610009K14Rik", "ncbigene:71681"),
        ("ENSG00000159216_RUNX1", "RUNX1", "ensembl:ENSG00000159216"),  # which another gene has too
    ],
)
def test_parts_that_agree_are_one_gene_with_a_note(resolver: Resolver, text: str, symbol: str, value: str) -> None:
    answer = resolver.resolve(text)
    assert (answer.outcome, answer.query) == ("resolved", text)
    (found,) = answer.genes
    assert (found.gene.symbol, found.matched_as.value) == (symbol, value)
    assert "which identify the same gene" in found.matched_as.notes[0]
    assert all("which identify the same gene" in one.notes[0] for one in answer.interpretations)
    assert [one.to_dict() for one in resolver.resolve_many([text] * 9)] == [answer.to_dict()] * 9


def test_a_retired_number_stays_retired(resolver: Resolver) -> None:
    answer = resolver.resolve("SNCA|60454")
    assert (answer.outcome, [found.gene.symbol for found in answer.genes]) == ("retired", ["SNCA"])
    assert answer.history


@pytest.mark.parametrize("text", ["TP53|3574", "TP53 (3574)", "TP53_3574", "ENSG00000141510_IL7"])
def test_parts_that_disagree_are_ambiguous(resolver: Resolver, text: str) -> None:
    answer = resolver.resolve(text, species="human")
    assert (answer.outcome, answer.reason) == ("ambiguous", "several_genes")
    assert {found.gene.symbol for found in answer.genes} == {"TP53", "IL7"}
    assert "disagree" in (answer.hint or "")
    assert len(resolver.resolve(text, species="human", on_many="first").genes) == 1
    with pytest.raises(SeveralGenes, match="TP53"):
        resolver.resolve(text, species="human", on_many="error")


def test_parts_that_disagree_are_converted_like_other_genes(resolver: Resolver) -> None:
    answer = resolver.resolve("TP53|3574", species="human", to_species="mouse")
    assert {one.gene.symbol for one in answer.converted or ()} == {"Trp53", "Il7"}
    mouse = resolver.resolve("TP53|3574", species="mouse")
    assert [found.gene.symbol for found in mouse.genes] == ["Trp53"]
    assert "IL7 (human" in (mouse.hint or "")


@pytest.mark.parametrize(
    ("text", "known", "missing", "symbol"),
    [
        ("NOSUCHGENE|7157", "7157", "NOSUCHGENE", "TP53"),
        ("TP53|999999999", "TP53", "999999999", "TP53"),
        ("ENSG00000999999_TP53", "TP53", "ENSG00000999999", "TP53"),
        ("TP53 (ENSG00000999999)", "TP53", "ENSG00000999999", "TP53"),
    ],
)
def test_one_part_answers_with_a_hint_that_the_other_is_missing(
    resolver: Resolver, text: str, known: str, missing: str, symbol: str
) -> None:
    answer = resolver.resolve(text)
    assert (answer.outcome, answer.genes[0].gene.symbol) == ("resolved", symbol)
    assert (answer.hint or "").startswith(f"Only {known} is in")
    assert answer.genes[0].matched_as.notes[0] == f"read as {known}: {missing} is not in this release"


@pytest.mark.parametrize(
    "text",
    ["cluster_12", "cluster_7157", "sample (12)", "12 patients (7157)", "TP53_1", "ENSG00000141510 patients", "A_1"],
)
def test_a_number_that_counts_something_is_no_gene(resolver: Resolver, text: str) -> None:
    assert resolver.resolve(text).outcome == "not_found"


def test_with_a_specified_namespace_a_query_is_one_identifier(resolver: Resolver) -> None:
    assert resolver.resolve("TP53|7157", namespace="ncbigene").reason == "malformed"
