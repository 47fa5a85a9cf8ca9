"""What may have been meant is suggested, and never applied."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resolver.identifiers.names import fold_name
from resolver.identifiers.typos import find_typos
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import Texts, read_texts, resolve, suggested_by


@pytest.mark.parametrize(
    ("text", "reason", "offer"),
    [
        ("ENSG0000104432", "malformed", ("ENSG00000104432", "IL7")),
        ("PO4637", "malformed", ("P04637", "TP53")),
        ("MGI96561", "malformed", ("mgi:96561", "Il7")),
        ("MN_000880", "malformed", ("NM_000880", "IL7")),
        ("BRAC1", "not_in_release", ("BRCA1", "BRCA1")),
        ("TP35", "not_in_release", ("TP53", "TP53")),
        ("NKX21", "not_in_release", ("NKX2-1", "NKX2-1")),
        ("P132322", "malformed", ("P13232", "IL7")),
        ("NQ_000871", "malformed", ("NM_000871", "HTR6")),
        ("ABCA99", "not_in_release", ("ABCA9", "ABCA9")),
        ("Q9UHDZ", "not_in_release", ("Q9UHD2", "TBK1")),
        ("CD44v6", "not_in_release", ("CD44", "CD44")),
        ("CD44v8-10", "not_in_release", ("CD44", "CD44")),
        ("AR-V7", "not_in_release", ("AR", "AR")),
        ("IL7-201", "not_in_release", ("IL7", "IL7")),
        ("VEGFA isoform 2", "not_in_release", ("VEGFA", "VEGFA")),
    ],
)
def test_what_may_have_been_meant_is_offered_and_not_applied(
    resolver: Resolver, text: str, reason: str, offer: tuple[str, str]
) -> None:
    answer = resolve(resolver, text)
    assert answer["reason"] == reason
    assert answer["genes"] == []
    assert suggested_by(answer)[0] == offer
    assert f"Did you mean {offer[0]}" in answer["hint"]


@pytest.mark.parametrize("text", ["Gm1234", "MIR999", "OR4F99", "LINC99999", "HLA-DQB9-AS1", "Foo v6"])
def test_a_text_that_may_be_a_symbol_is_not_malformed(resolver: Resolver, text: str) -> None:
    answer = resolve(resolver, text)
    assert (answer["outcome"], answer["reason"]) == ("not_found", "not_in_release")


def test_no_approved_symbol_would_be_malformed_in_a_release_without_it(resolver: Resolver) -> None:
    statement = "SELECT DISTINCT text FROM name WHERE kind IN ('symbol', 'previous_symbol') AND gene_id % 4 = 0"
    near = {symbol: typos for symbol in read_texts(resolver, statement) if (typos := find_typos(symbol))}
    assert len(near) > 2_000
    assert [symbol for symbol, typos in near.items() if not all(typo.may_be_symbol for typo in typos)] == []


@pytest.mark.parametrize("species", ["human", "mouse"])
@pytest.mark.parametrize(
    "text", ["BRAC1", "EFGR", "CD44v6", "Cd44v6", "BRAF V600E", "9/7", "MARCH 1", "1-Sep", "36951"]
)
def test_suggestions_keep_to_the_requested_species(resolver: Resolver, text: str, species: str) -> None:
    suggestions = resolve(resolver, text, species=species)["suggestions"]
    assert {one["species"] for one in suggestions} == {species}


def test_genes_of_the_other_species_are_suggested_where_there_is_none_of_the_requested_one(resolver: Resolver) -> None:
    assert suggested_by(resolve(resolver, "ENSMUSG0000040329", species="human"))[0] == ("ENSMUSG00000040329", "Il7")


def _exchanged(symbol: str, place: int) -> str:
    return symbol[:place] + symbol[place + 1] + symbol[place] + symbol[place + 2 :]


TYPOS: dict[str, Callable[[str, int], str]] = {
    "two exchanged": _exchanged,
    "one left out": lambda symbol, place: symbol[:place] + symbol[place + 1 :],
    "one too many": lambda symbol, place: symbol[:place] + "Q" + symbol[place:],
    "one wrong": lambda symbol, place: symbol[:place] + "Q" + symbol[place + 1 :],
}


@pytest.mark.parametrize("typo", TYPOS)
@given(data=st.data())
def test_a_symbol_with_one_typo_is_offered(
    resolver: Resolver, symbols: list[str], typo: str, data: st.DataObject
) -> None:
    symbol = data.draw(st.sampled_from(symbols))
    typed = TYPOS[typo](symbol, data.draw(st.integers(0, len(symbol) - 2)))
    answer = resolve(resolver, typed)
    assume(answer["reason"] == "not_in_release" and all(one["curie"] is None for one in answer["interpretations"]))
    offered = {fold_name(offer["identifier"]) for offer in answer["suggestions"]}
    assert fold_name(symbol) in offered or len(answer["suggestions"]) == 8


@pytest.fixture(scope="module")
def symbols(resolver: Resolver) -> list[str]:
    """Return approved symbols of five to twelve letters and digits; a typo in a shorter one leaves nothing to go by."""
    statement = "SELECT DISTINCT text FROM name WHERE kind = 'symbol' AND length(text) BETWEEN 5 AND 12 ORDER BY 1"
    listed = read_texts(resolver, statement)
    numbered = ("gm", "loc", "mir", "rnu", "snord", "ens")
    return [symbol for symbol in listed if not symbol.lower().startswith(numbered) and "rik" not in symbol.lower()]


@given(data=st.data())
def test_a_suggestion_resolves_to_its_gene_and_an_answer_has_none_beside_it(
    resolver: Resolver, texts: Texts, data: st.DataObject
) -> None:
    answer = resolve(resolver, data.draw(texts.one))
    damaged = answer["damage"] is not None
    assert answer["suggestions"] == [] or answer["genes"] == [] or damaged
    assert len(answer["suggestions"]) <= 8
    for offer in answer["suggestions"]:
        answer = resolve(resolver, offer["identifier"])
        found = [*answer["genes"], *answer["other_matches"]]
        assert offer["curie"] in [gene["curie"] for gene in found]
        assert offer["why"]


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    return Texts(resolver)


@pytest.mark.parametrize("text", ["IL", "Q", "zz", "an ordinary sentence about nothing at all", "999999999"])
def test_what_is_near_to_everything_or_nothing_has_no_suggestions(resolver: Resolver, text: str) -> None:
    assert resolve(resolver, text)["suggestions"] == []


def test_a_text_is_never_suggested_to_itself_and_one_missing_letter_of_four_is_found(resolver: Resolver) -> None:
    assert resolver.resolve("BRCA1", namespace="hgnc").suggestions == ()
    assert "TYMP" in {suggestion.identifier for suggestion in resolver.resolve("TYM").suggestions}
