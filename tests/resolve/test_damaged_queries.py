"""Queries that a spreadsheet damaged: dates and numbers that were names."""

from __future__ import annotations

import pytest

from resolver.identifiers.damage import DamageKind, find_damage
from resolver.identifiers.species import SPECIES
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import DAMAGED, read_rows, read_texts, resolve, suggested_by, symbols_of


@pytest.mark.parametrize("text", ["1-Mar", "Mar-01", "2001-03-01"])
def test_a_date_in_march_may_have_been_any_of_its_genes(resolver: Resolver, text: str) -> None:
    answer = resolve(resolver, text)
    assert (answer["outcome"], answer["reason"]) == ("not_found", "spreadsheet_damage")
    assert {"MARCHF1", "MTARC1", "Marchf1", "Mtarc1"} <= {symbol for _, symbol in suggested_by(answer)}
    assert answer["damage"] == answer["damage"] | {"kind": "date", "certain": False, "repaired": None}
    assert "Check the original list" in answer["hint"]


def test_a_date_in_september_names_the_septins(resolver: Resolver) -> None:
    answer = resolve(resolver, "2-Sep")
    assert {("SEPT2", "SEPTIN2"), ("Sept2", "Septin2")} <= set(suggested_by(answer))
    assert answer["genes"] == []


def test_the_number_of_a_day_is_told_as_the_day_that_it_is(resolver: Resolver) -> None:
    answer = resolve(resolver, "37681")
    assert answer["reason"] == "spreadsheet_damage"
    assert answer["damage"]["kind"] == "date_serial"
    assert "2003-03-01" in answer["hint"]
    assert {"MARCHF1", "MTARC1"} <= {symbol for _, symbol in suggested_by(answer)}


def test_a_number_that_names_a_gene_is_that_gene_and_may_have_been_a_date(resolver: Resolver) -> None:
    days = [str(day) for day in range(33_000, 51_000)]
    numbers = read_texts(resolver, "SELECT accession FROM identifier WHERE prefix IN ('ncbigene', 'hgnc', 'mgi')")
    met = 0
    for text in sorted(set(days) & set(numbers)):
        answer = resolve(resolver, text)
        assert answer["genes"]
        if answer["suggestions"]:
            met += 1
            assert answer["damage"]["kind"] == "date_serial"
            assert answer["damage"]["repaired"] is None
            assert answer["damage"]["explanation"] in answer["hint"]
    assert met


@pytest.mark.parametrize(
    ("text", "species", "meant", "instead"),
    [
        ("9/7", None, "SEPTIN7", None),
        ("7-9", "human", "SEPTIN7", None),
        ("3/1", "human", "MARCHF1 MTARC1", None),
        ("03-01", None, "MARCHF1 Marchf1 MTARC1", None),
        ("12/1", "human", "DELEC1 BHLHE40", None),
        ("2009/9/7", "human", "SEPTIN7", None),
        ("March 1", "human", "MARCHF1 MTARC1", None),
        ("Dec-1", "human", "DELEC1", None),
        ("Mar-1", None, "MARCHF1 Marchf1 MTARC1", "Ncr1"),
        ("MAR-1", "mouse", "Marchf1 Mtarc1", "Ncr1"),
        ("Mar-1", "human", "MARCHF1 MTARC1", None),
        ("Sep-1", "human", "SEPTIN1", None),
        ("sep-2", None, "SEPTIN2", "Apoa1"),
    ],
)
def test_a_date_is_damage_before_it_is_a_name_in_other_capitals(
    resolver: Resolver, text: str, species: str | None, meant: str, instead: str | None
) -> None:
    answer = resolve(resolver, text, species=species)
    assert (answer["outcome"], answer["reason"], answer["genes"]) == ("not_found", "spreadsheet_damage", [])
    suggested = [symbol for _, symbol in suggested_by(answer)]
    assert suggested[: len(meant.split())] == meant.split()
    assert [one["symbol"] for one in answer["other_matches"]] == ([instead] if instead else [])
    assert answer["damage"]["kind"] == "date"
    assert answer["damage"]["repaired"] is None


@pytest.mark.parametrize(("text", "outcome"), [("5/12", "not_found"), ("9-27", "resolved"), ("14-3-3", "ambiguous")])
def test_what_no_name_became_is_no_damage(resolver: Resolver, text: str, outcome: str) -> None:
    answer = resolve(resolver, text)
    assert (answer["outcome"], answer["damage"]) == (outcome, None)


def test_the_number_of_a_day_among_symbols_is_damage(resolver: Resolver) -> None:
    answer = resolve(resolver, "44443", species="human", namespace="symbol")
    assert (answer["outcome"], answer["reason"]) == ("not_found", "spreadsheet_damage")
    assert suggested_by(answer) == [("SEPT4", "SEPTIN4"), ("SEPT5", "SEPTIN5")]


def test_a_number_of_the_other_species_may_have_been_a_date(resolver: Resolver) -> None:
    answer = resolve(resolver, "50849", species="human")
    assert answer["reason"] == "wrong_species"
    assert "2039-03-20" in answer["hint"]
    assert suggested_by(answer) == [("MRT20", "MRT10")]


def test_a_clone_that_became_a_number_is_lost_and_says_so(resolver: Resolver) -> None:
    answer = resolve(resolver, "2.31E+13")
    assert answer["reason"] == "spreadsheet_damage"
    assert answer["damage"]["kind"] == "scientific"
    assert "RIKEN" in answer["hint"]


@pytest.mark.parametrize(
    ("text", "kind", "repaired", "symbols"),
    [
        ("3574.0", "decimal", "3574", ["IL7", "FADS1", "GAL3ST1", "Gal3st1"]),
        ("7157.0", "decimal", "7157", ["TP53", "MMP11", "PSMD6", "Psmd6"]),
        ("7,157", "thousands", "7157", ["TP53", "MMP11", "PSMD6", "Psmd6"]),
        ("146,660", "thousands", "146660", ["IL7"]),
    ],
)
def test_what_lost_no_digit_is_read_and_said(
    resolver: Resolver, text: str, kind: str, repaired: str, symbols: list[str]
) -> None:
    answer = resolve(resolver, text)
    assert symbols_of(answer) == symbols
    assert (answer["damage"]["kind"], answer["damage"]["repaired"]) == (kind, repaired)
    assert answer["damage"]["certain"] is True
    assert answer["query"] == text
    assert all(f"read as {repaired}" in interpretation["notes"][0] for interpretation in answer["interpretations"])


def test_damage_is_told_where_the_repaired_text_is_not_found_either(resolver: Resolver) -> None:
    answer = resolve(resolver, "60,005")
    assert (answer["outcome"], answer["reason"]) == ("not_found", "not_in_release")
    assert (answer["damage"]["kind"], answer["damage"]["repaired"]) == ("thousands", "60005")
    assert "ncbigene:60005" in answer["hint"]


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("namespace", ["symbol", "ncbigene"])
def test_damage_is_told_in_a_stated_namespace_too(resolver: Resolver, text: str, namespace: str) -> None:
    answer = resolve(resolver, text, namespace=namespace)
    assert answer["damage"] is not None
    assert {interpretation["prefix"] for interpretation in answer["interpretations"]} <= {"hgnc.symbol", "ncbigene"}


def test_a_name_that_looks_like_a_date_is_that_name(resolver: Resolver) -> None:
    """OCT-4 is an alias of POU5F1."""
    for text in ("Oct-4", "oct-4"):
        answer = resolve(resolver, text)
        assert "POU5F1" in symbols_of(answer)
        assert answer["damage"] is None


def test_a_name_that_may_have_been_another_as_a_date_says_so(resolver: Resolver) -> None:
    """Sep-1 is an alias of Apoa1; Oct-1 is one of Pou2f1, while OCT1 is one of SLC22A1 too."""
    for text, symbol, other in (("Sep-1", "Apoa1", "SEPTIN1"), ("Oct-1", "Pou2f1", "SLC22A1")):
        answer = resolve(resolver, text)
        assert symbol in symbols_of(answer)
        assert other in [suggested for _, suggested in suggested_by(answer)]
        assert answer["damage"] == answer["damage"] | {"kind": "date", "certain": False}
        assert answer["damage"]["explanation"] in answer["hint"]


def test_no_name_is_lost_since_it_looks_like_a_date(resolver: Resolver) -> None:
    rows = read_rows(
        resolver,
        "SELECT n.text, n.spellings, g.taxon, g.curie FROM name n JOIN gene g ON g.id = n.gene_id"
        " WHERE length(n.folded) BETWEEN 3 AND 12",
    )
    met = 0
    for text, spellings, taxon, curie in rows:
        for name in {text, *spellings.split("\n")} - {""}:
            damage = find_damage(name)
            if damage is not None and damage.kind is DamageKind.DATE:
                met += 1
                answer = resolve(resolver, name, species=SPECIES[taxon].name)
                assert answer["reason"] in {None, "several_genes"}, name
                assert curie in [found["curie"] for found in (*answer["genes"], *answer["other_matches"])]
    assert met > 50
