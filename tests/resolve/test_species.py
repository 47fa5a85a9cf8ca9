"""Genes of the requested species: direct matches or orthologs, with the method and the source."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.identifiers.species import HUMAN, MOUSE
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_rows, read_texts


def _converted(resolver: Resolver, text: str, to_species: str, **stated: Any) -> list[tuple[str, str, str | None]]:
    """Return symbol, how and class of each gene of the species."""
    answer = resolver.resolve(text, to_species=to_species, **stated).to_dict()
    return [(gene["symbol"], gene["via"]["how"], gene["via"]["cardinality"]) for gene in answer["converted"]]


def test_a_gene_of_the_other_species_is_answered_by_its_ortholog(resolver: Resolver) -> None:
    assert _converted(resolver, "P13232", "mouse") == [("Il7", "ortholog", "1:1")]
    assert _converted(resolver, "MGI:96561", "human") == [("IL7", "ortholog", "1:1")]


def test_a_gene_of_the_species_is_itself(resolver: Resolver) -> None:
    assert _converted(resolver, "P13232", "human") == [("IL7", "itself", None)]
    assert _converted(resolver, "MGI:96561", "mouse") == [("Il7", "itself", None)]


def test_what_names_a_gene_of_each_species_resolves_to_the_one_itself_and_once(resolver: Resolver) -> None:
    assert _converted(resolver, "IL7", "mouse") == [("Il7", "itself", None)]
    assert _converted(resolver, "IL7", "human") == [("IL7", "itself", None)]


@pytest.mark.parametrize(
    ("text", "to_species", "expected"),
    [
        ("hgnc:11998", "mouse", [("Trp53", "ortholog", "1:1")]),
        ("hgnc:40", "mouse", [("Abcb1a", "ortholog", "1:n"), ("Abcb1b", "ortholog", "1:n")]),
        ("Abcb1a", "human", [("ABCB1", "ortholog", "1:n")]),
        ("BMI1", "mouse", [("Bmi1", "itself", None)]),
        ("hgnc:1066", "mouse", [("Bmi1", "ortholog", "n:1")]),
    ],
)
def test_the_class_of_a_pair_is_told_human_to_mouse(
    resolver: Resolver, text: str, to_species: str, expected: list[tuple[str, str, str | None]]
) -> None:
    assert _converted(resolver, text, to_species) == expected


@pytest.mark.parametrize("cardinality", ["1:1", "1:n", "n:1", "n:m"])
def test_pairs_of_every_class_are_converted_both_ways(resolver: Resolver, cardinality: str) -> None:
    pairs = read_rows(
        resolver,
        "SELECT g.curie, h.curie FROM ortholog o JOIN gene g ON g.id = o.gene_id JOIN gene h ON h.id = o.other_id"
        " WHERE o.cardinality = ? AND g.taxon = ? ORDER BY 1, 2",
        cardinality,
        HUMAN,
    )
    assert len(pairs) > 50
    partners: dict[str, set[str]] = {}
    for human, mouse in pairs[:100]:
        for curie, other, taxon in ((human, mouse, MOUSE), (mouse, human, HUMAN)):
            answer = resolver.resolve(curie, to_species=taxon).to_dict()
            via = {gene["curie"]: gene["via"] for gene in answer["converted"]}
            assert (via[other]["how"], via[other]["cardinality"]) == ("ortholog", cardinality)
            assert via[other]["gene"] == curie
            assert via[other]["support"] >= 1
            partners[curie] = set(via)
    for human, mouse in pairs[:100]:  # of several, the release may contain only one
        assert len(partners[human]) == 1 or cardinality in {"1:n", "n:m"}
        assert len(partners[mouse]) == 1 or cardinality in {"n:1", "n:m"}


def test_the_methods_behind_a_pair_are_named(resolver: Resolver) -> None:
    (gene,) = resolver.resolve("P13232", to_species="mouse").to_dict()["converted"]
    via = gene["via"]
    assert any("Alliance of Genome Resources" in method for method in via["methods"])
    assert any("HGNC's curators" in method for method in via["methods"])
    assert len(via["methods"]) == len({source.partition(".")[0] for source in via["sources"]})


def test_a_gene_without_an_ortholog_is_not_found_and_listed_as_related(resolver: Resolver) -> None:
    answer = resolver.resolve("CD58", to_species="mouse").to_dict()
    assert (answer["outcome"], answer["reason"]) == ("not_found", "no_ortholog")
    assert (answer["genes"], answer["converted"]) == ([], [])
    assert [gene["symbol"] for gene in answer["related"]] == ["CD58"]
    assert "mouse ortholog of CD58" in answer["hint"]


def test_no_gene_is_converted_without_an_ortholog_that_a_source_states(resolver: Resolver) -> None:
    without = read_texts(
        resolver, "SELECT curie FROM gene WHERE taxon = ? AND id NOT IN (SELECT gene_id FROM ortholog)", HUMAN
    )
    assert len(without) > 20
    for curie in without[:100]:
        assert resolver.resolve(curie, to_species="mouse").to_dict()["reason"] == "no_ortholog"


def test_without_to_species_nothing_is_converted(resolver: Resolver) -> None:
    assert resolver.resolve("P13232").to_dict()["converted"] is None
    assert resolver.resolve("nonsense!!").to_dict()["converted"] is None


@pytest.mark.parametrize("text", ["nonsense!!", "rs7412", "hgnc:1000", "omim:618309"])
def test_a_miss_is_converted_to_none(resolver: Resolver, text: str) -> None:
    assert resolver.resolve(text, to_species="mouse").to_dict()["converted"] == []


def test_the_species_asked_in_and_the_species_asked_for_are_two_things(resolver: Resolver) -> None:
    assert _converted(resolver, "IL7", "mouse", species="human") == [("Il7", "ortholog", "1:1")]
    answer = resolver.resolve("P13232", species="mouse", to_species="mouse").to_dict()
    assert (answer["reason"], answer["converted"]) == ("wrong_species", [])
    assert "to_species=mouse" in answer["hint"]


def test_converted_genes_show_the_xrefs_that_were_asked_for(resolver: Resolver) -> None:
    (gene,) = resolver.resolve("P13232", to_species="mouse", to="mgi").to_dict()["converted"]
    assert gene["xrefs"].keys() == {"mgi"}
    assert gene["xrefs"]["mgi"][0]["identifier"] == "MGI:96561"


@pytest.mark.parametrize(("text", "genes"), [("PCA", ["FLVCR1", "Enpp1"]), ("PDE", ["ALDH7A1", "Twist1"])])
def test_an_alias_of_two_genes_that_are_no_orthologs_is_ambiguous(
    resolver: Resolver, text: str, genes: list[str]
) -> None:
    answer = resolver.resolve(text)
    assert (answer.outcome, answer.reason) == (Outcome.AMBIGUOUS, Reason.SEVERAL_GENES)
    assert [found.gene.symbol for found in answer.genes] == genes
    assert resolver.resolve("IL-6").outcome is Outcome.RESOLVED  # of IL6 and Il6, which are
