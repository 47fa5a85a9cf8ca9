"""The species of a list: decided by its unambiguous entries, reported, and no filter."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.identifiers.species import HUMAN, MOUSE, SPECIES
from resolver.resolve.many import Answers
from resolver.resolve.options import Query, read_options
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_texts, spread

OF_BOTH = ["AR", "CD36", "AGT", "ERBB2"]  # names of genes of both species, in capitals that are human symbols


def list_symbols(resolver: Resolver, taxon: int, count: int) -> list[str]:
    """Return approved symbols of one species, from all over the genome."""
    statement = "SELECT symbol FROM gene WHERE taxon = ? AND curie GLOB ? ORDER BY symbol"
    return spread(read_texts(resolver, statement, taxon, "hgnc:*" if taxon == HUMAN else "mgi:*"), count)


def resolve(resolver: Resolver, queries: list[Any], species: str = "auto") -> tuple[list[dict[str, Any]], Answers]:
    """Return the answers to a list as the service shows them."""
    answers = resolver.resolve_many(queries, species=species)
    return [answer.to_dict() for answer in answers], answers


def taxa_of(answer: dict[str, Any]) -> set[int]:
    return {gene["taxon"] for gene in answer["genes"]}


@pytest.mark.parametrize("taxon", [HUMAN, MOUSE])
def test_a_list_of_symbols_is_read_in_its_species(resolver: Resolver, taxon: int) -> None:
    symbols = list_symbols(resolver, taxon, 600)
    shown, answers = resolve(resolver, symbols)
    assert answers.species is not None
    assert answers.species.taxon == taxon
    assert [[gene["symbol"] for gene in answer["genes"]] for answer in shown] == [[symbol] for symbol in symbols]
    alone, _ = resolve(resolver, symbols, "any")
    assert sum(len(answer["genes"]) > 1 for answer in alone) > 20  # which the species of the list decides
    assert [answer["query"] for answer in shown] == symbols


@pytest.mark.parametrize("query", OF_BOTH)
def test_what_both_species_have_is_of_the_species_of_the_list(resolver: Resolver, query: str) -> None:
    assert taxa_of(resolve(resolver, [query])[0][0]) == {HUMAN, MOUSE}
    for taxon in SPECIES:
        shown, answers = resolve(resolver, [query, *list_symbols(resolver, taxon, 60)])
        assert taxa_of(shown[0]) == {taxon}
        assert answers.species is not None
        assert answers.species.why in shown[0]["interpretations"][-1]["notes"]
        assert "species any" in answers.species.why


def test_what_only_the_other_species_has_is_kept_with_a_note(resolver: Resolver) -> None:
    only_mouse = ["ENSMUSG00000059552", "mgi:96561", "Gm10021"]
    shown, answers = resolve(resolver, [*only_mouse, *list_symbols(resolver, HUMAN, 200)])
    assert answers.species is not None
    assert (answers.species.taxon, answers.species.mouse) == (HUMAN, 3)
    for answer in shown[:3]:
        assert (answer["outcome"], taxa_of(answer)) == ("resolved", {MOUSE})
        assert "of mouse, and kept although its prefix or list is human" in answer["interpretations"][0]["notes"]
        assert "although its prefix or list is human" in answer["genes"][0]["matched_as"]["notes"][-1]
    filtered, _ = resolve(resolver, only_mouse, "human")
    assert {answer["reason"] for answer in filtered} == {"wrong_species"}


def test_a_group_and_a_previous_symbol_are_read_in_the_species_too(resolver: Resolver) -> None:
    shown, _ = resolve(resolver, ["homologene:680", "Hist1h4a", *list_symbols(resolver, MOUSE, 60)])
    assert [[gene["symbol"] for gene in answer["genes"]] for answer in shown[:2]] == [["Il7"], ["H4c1"]]


def test_a_mixed_list_keeps_both_and_reports_the_counts(resolver: Resolver) -> None:
    human, mouse = list_symbols(resolver, HUMAN, 40), list_symbols(resolver, MOUSE, 40)
    queries = [*OF_BOTH, *human, *mouse]
    shown, answers = resolve(resolver, queries)
    for answer, alone in zip(shown, resolve_alone(resolver, queries), strict=True):
        assert answer | {"policy": alone["policy"]} == alone
    vote = answers.species
    assert vote is not None
    assert vote.taxon is None
    assert 38 <= vote.human <= 44
    assert 36 <= vote.mouse <= 40
    described = answers.summarize()["species"]
    assert described["species"] is None
    assert f"{vote.human} human and {vote.mouse} mouse" in described["why"]


def resolve_alone(resolver: Resolver, queries: list[str]) -> list[dict[str, Any]]:
    return [resolver.resolve(query).to_dict() for query in queries]


@pytest.mark.parametrize(("others", "taxon"), [(1, HUMAN), (3, None)])
def test_19_of_20_votes_decide(resolver: Resolver, others: int, taxon: int | None) -> None:
    human = [f"hgnc:{number}" for number in (5, 7, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 26, 27, 29, 30, 31, 32, 33)]
    mouse = ["mgi:96561", "mgi:98834", "mgi:97376"][:others]
    answers = resolver.resolve_many([*human, *mouse], species="auto")
    assert answers.species is not None
    assert (answers.species.human, answers.species.mouse, answers.species.taxon) == (19, others, taxon)


def test_fewer_than_20_different_queries_are_read_as_each_alone(resolver: Resolver) -> None:
    few = ["AR", *list_symbols(resolver, HUMAN, 18)]
    shown, answers = resolve(resolver, few * 3)
    assert answers.species is None
    assert answers.summarize()["species"] is None
    assert shown == resolve_alone(resolver, few * 3)
    assert resolver.resolve_many([*few, "KRAS"], species="auto").species is not None


def test_a_list_whose_capitals_say_nothing_has_no_vote(resolver: Resolver) -> None:
    lowered = [symbol.lower() for symbol in list_symbols(resolver, HUMAN, 600)]
    assert resolver.resolve_many(lowered, species="auto").species is None


def test_bare_numbers_vote_in_the_namespace_of_the_list(resolver: Resolver) -> None:
    statement = (
        "SELECT accession FROM identifier i JOIN gene g ON g.id = i.gene_id WHERE prefix = 'ncbigene' AND g.taxon = ?"
    )
    numbers = spread(read_texts(resolver, statement, MOUSE), 60)
    shown, answers = resolve(resolver, [*numbers, "AR"])
    assert answers.column is not None
    assert answers.column.prefix == "ncbigene"
    assert answers.species is not None
    assert answers.species.taxon == MOUSE
    assert taxa_of(shown[-1]) == {MOUSE}


def test_without_auto_nothing_is_decided_and_a_query_may_have_a_species_of_its_own(resolver: Resolver) -> None:
    human = list_symbols(resolver, HUMAN, 60)
    assert resolver.resolve_many(["AR", *human]).species is None
    own = Query("AR", read_options({"species": "mouse"}))
    both = Query("AR", read_options({"species": "any"}))
    shown, _ = resolve(resolver, [own, both, "AR", *human])
    assert [taxa_of(answer) for answer in shown[:3]] == [{MOUSE}, {HUMAN, MOUSE}, {HUMAN}]


def test_the_receipt_says_how_the_list_was_read(resolver: Resolver) -> None:
    answers = resolver.resolve_many(list_symbols(resolver, HUMAN, 60), species="auto", receipt=True)
    list(answers)
    receipt = answers.build_receipt()
    assert receipt["parameters"]["species"] == "auto"
    assert "unambiguous entries are human" in receipt["parameters"]["species_read"]
    assert "unambiguous entries are human" in receipt["methods_sentence"]
