"""Why nothing was found, what may have been meant, and that nothing of it is ever applied."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resolver.identifiers.damage import DamageKind, find_damage
from resolver.identifiers.foreign import FOREIGN, Foreign
from resolver.identifiers.names import fold_name
from resolver.identifiers.species import SPECIES
from resolver.identifiers.typos import find_typos
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import DAMAGED, Texts, read_rows, read_texts, spread


def _resolve(resolver: Resolver, text: str, **stated: Any) -> dict[str, Any]:
    return resolver.resolve(text, **stated).to_dict()


def _offered(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(offer["identifier"], offer["symbol"]) for offer in answer["suggestions"]]


def _symbols(answer: dict[str, Any]) -> list[str]:
    return [gene["symbol"] for gene in answer["genes"]]


# --- Reasons ---------------------------------------------------------------------------------------------------

REASONS: dict[Reason, tuple[str, dict[str, Any], str]] = {
    Reason.MALFORMED: ("nonsense!!", {}, "unrecognized"),
    Reason.UNKNOWN_NAMESPACE: ("zfin:ZDB-GENE-1", {}, "unrecognized"),
    Reason.NOT_IN_RELEASE: ("NM_999999999", {}, "not_found"),
    Reason.WRONG_SPECIES: ("P13232", {"species": "mouse"}, "not_found"),
    Reason.RETIRED_NO_SUCCESSOR: ("hgnc:1000", {}, "retired"),
    Reason.PHENOTYPE_NOT_GENE: ("omim:618309", {}, "not_found"),
    Reason.OUT_OF_SCOPE: ("rs7412", {}, "not_found"),
    Reason.SPREADSHEET_DAMAGE: ("1-Mar", {}, "not_found"),
    Reason.NO_ORTHOLOG: ("CD58", {"to_species": "mouse"}, "not_found"),
    Reason.SEVERAL_ORTHOLOGS: ("mgi:96611", {"to_species": "human", "orthologs": "one_to_one"}, "not_found"),
    Reason.SEVERAL_GENES: ("MUM1", {}, "ambiguous"),
    Reason.SEVERAL_READINGS: ("3574", {}, "ambiguous"),
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_given_and_says_what_to_do(resolver: Resolver, reason: Reason) -> None:
    text, stated, outcome = REASONS[reason]
    answer = _resolve(resolver, text, **stated)
    assert (answer["outcome"], answer["reason"]) == (outcome, reason)
    assert answer["hint"]


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.example)
def test_a_foreign_identifier_is_out_of_scope_and_says_what_it_names(resolver: Resolver, kind: Foreign) -> None:
    answer = _resolve(resolver, kind.example)
    assert (answer["outcome"], answer["reason"]) == ("not_found", "out_of_scope")
    assert kind.names in answer["hint"]
    assert kind.instead in answer["hint"]
    assert all(named["why"] == "the gene that it concerns" for named in answer["suggestions"])
    assert bool(answer["suggestions"]) == bool(kind.genes)


@pytest.mark.parametrize("text", ["IL7\udc80", "\ud800", "omim:\udfff", "a/\ud800", "\ud83e IL7"])
def test_half_a_character_is_a_miss_like_any_other(resolver: Resolver, text: str) -> None:
    """Neither tables nor answers can contain one; file names that are not UTF-8 can."""
    answer = _resolve(resolver, text)
    assert (answer["genes"], answer["query"]) == ([], re.sub("[\ud800-\udfff]", "\ufffd", text))
    assert [one.to_dict() for one in resolver.resolve_many([text])] == [answer]


# --- Suggestions -----------------------------------------------------------------------------------------------


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
    answer = _resolve(resolver, text)
    assert answer["reason"] == reason
    assert answer["genes"] == []
    assert _offered(answer)[0] == offer
    assert f"Did you mean {offer[0]}" in answer["hint"]


@pytest.mark.parametrize("text", ["Gm1234", "MIR999", "OR4F99", "LINC99999", "HLA-DQB9-AS1", "Foo v6"])
def test_a_text_that_may_be_a_symbol_is_not_malformed(resolver: Resolver, text: str) -> None:
    answer = _resolve(resolver, text)
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
    suggestions = _resolve(resolver, text, species=species)["suggestions"]
    assert {one["species"] for one in suggestions} == {species}


def test_genes_of_the_other_species_are_suggested_where_there_is_none_of_the_requested_one(resolver: Resolver) -> None:
    assert _offered(_resolve(resolver, "ENSMUSG0000040329", species="human"))[0] == ("ENSMUSG00000040329", "Il7")


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
    answer = _resolve(resolver, typed)
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
    answer = _resolve(resolver, data.draw(texts.one))
    damaged = answer["damage"] is not None
    assert answer["suggestions"] == [] or answer["genes"] == [] or damaged
    assert len(answer["suggestions"]) <= 8
    for offer in answer["suggestions"]:
        answer = _resolve(resolver, offer["identifier"])
        found = [*answer["genes"], *answer["other_matches"]]
        assert offer["curie"] in [gene["curie"] for gene in found]
        assert offer["why"]


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    return Texts(resolver)


@pytest.mark.parametrize("text", ["IL", "Q", "zz", "an ordinary sentence about nothing at all", "999999999"])
def test_what_is_near_to_everything_or_nothing_has_no_suggestions(resolver: Resolver, text: str) -> None:
    assert _resolve(resolver, text)["suggestions"] == []


# --- Damage ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1-Mar", "Mar-01", "2001-03-01"])
def test_a_date_in_march_may_have_been_any_of_its_genes(resolver: Resolver, text: str) -> None:
    answer = _resolve(resolver, text)
    assert (answer["outcome"], answer["reason"]) == ("not_found", "spreadsheet_damage")
    assert {"MARCHF1", "MTARC1", "Marchf1", "Mtarc1"} <= {symbol for _, symbol in _offered(answer)}
    assert answer["damage"] == answer["damage"] | {"kind": "date", "certain": False, "repaired": None}
    assert "Check the original list" in answer["hint"]


def test_a_date_in_september_names_the_septins(resolver: Resolver) -> None:
    answer = _resolve(resolver, "2-Sep")
    assert {("SEPT2", "SEPTIN2"), ("Sept2", "Septin2")} <= set(_offered(answer))
    assert answer["genes"] == []


def test_the_number_of_a_day_is_told_as_the_day_that_it_is(resolver: Resolver) -> None:
    answer = _resolve(resolver, "37681")
    assert answer["reason"] == "spreadsheet_damage"
    assert answer["damage"]["kind"] == "date_serial"
    assert "2003-03-01" in answer["hint"]
    assert {"MARCHF1", "MTARC1"} <= {symbol for _, symbol in _offered(answer)}


def test_a_number_that_names_a_gene_is_that_gene_and_may_have_been_a_date(resolver: Resolver) -> None:
    days = [str(day) for day in range(33_000, 51_000)]
    numbers = read_texts(resolver, "SELECT accession FROM identifier WHERE prefix IN ('ncbigene', 'hgnc', 'mgi')")
    met = 0
    for text in sorted(set(days) & set(numbers)):
        answer = _resolve(resolver, text)
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
    answer = _resolve(resolver, text, species=species)
    assert (answer["outcome"], answer["reason"], answer["genes"]) == ("not_found", "spreadsheet_damage", [])
    suggested = [symbol for _, symbol in _offered(answer)]
    assert suggested[: len(meant.split())] == meant.split()
    assert [one["symbol"] for one in answer["other_matches"]] == ([instead] if instead else [])
    assert answer["damage"]["kind"] == "date"
    assert answer["damage"]["repaired"] is None


@pytest.mark.parametrize(("text", "outcome"), [("5/12", "not_found"), ("9-27", "resolved"), ("14-3-3", "ambiguous")])
def test_what_no_name_became_is_no_damage(resolver: Resolver, text: str, outcome: str) -> None:
    answer = _resolve(resolver, text)
    assert (answer["outcome"], answer["damage"]) == (outcome, None)


def test_the_number_of_a_day_among_symbols_is_damage(resolver: Resolver) -> None:
    answer = _resolve(resolver, "44443", species="human", namespace="symbol")
    assert (answer["outcome"], answer["reason"]) == ("not_found", "spreadsheet_damage")
    assert _offered(answer) == [("SEPT4", "SEPTIN4"), ("SEPT5", "SEPTIN5")]


def test_a_number_of_the_other_species_may_have_been_a_date(resolver: Resolver) -> None:
    answer = _resolve(resolver, "50849", species="human")
    assert answer["reason"] == "wrong_species"
    assert "2039-03-20" in answer["hint"]
    assert _offered(answer) == [("MRT20", "MRT10")]


def test_a_clone_that_became_a_number_is_lost_and_says_so(resolver: Resolver) -> None:
    answer = _resolve(resolver, "2.31E+13")
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
    answer = _resolve(resolver, text)
    assert _symbols(answer) == symbols
    assert (answer["damage"]["kind"], answer["damage"]["repaired"]) == (kind, repaired)
    assert answer["damage"]["certain"] is True
    assert answer["query"] == text
    assert all(f"read as {repaired}" in interpretation["notes"][0] for interpretation in answer["interpretations"])


def test_damage_is_told_where_the_repaired_text_is_not_found_either(resolver: Resolver) -> None:
    answer = _resolve(resolver, "60,005")
    assert (answer["outcome"], answer["reason"]) == ("not_found", "not_in_release")
    assert (answer["damage"]["kind"], answer["damage"]["repaired"]) == ("thousands", "60005")
    assert "ncbigene:60005" in answer["hint"]


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("namespace", ["symbol", "ncbigene"])
def test_damage_is_told_in_a_stated_namespace_too(resolver: Resolver, text: str, namespace: str) -> None:
    answer = _resolve(resolver, text, namespace=namespace)
    assert answer["damage"] is not None
    assert {interpretation["prefix"] for interpretation in answer["interpretations"]} <= {"hgnc.symbol", "ncbigene"}


def test_a_name_that_looks_like_a_date_is_that_name(resolver: Resolver) -> None:
    """OCT-4 is an alias of POU5F1."""
    for text in ("Oct-4", "oct-4"):
        answer = _resolve(resolver, text)
        assert "POU5F1" in _symbols(answer)
        assert answer["damage"] is None


def test_a_name_that_may_have_been_another_as_a_date_says_so(resolver: Resolver) -> None:
    """Sep-1 is an alias of Apoa1; Oct-1 is one of Pou2f1, while OCT1 is one of SLC22A1 too."""
    for text, symbol, other in (("Sep-1", "Apoa1", "SEPTIN1"), ("Oct-1", "Pou2f1", "SLC22A1")):
        answer = _resolve(resolver, text)
        assert symbol in _symbols(answer)
        assert other in [suggested for _, suggested in _offered(answer)]
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
                answer = _resolve(resolver, name, species=SPECIES[taxon].name)
                assert answer["reason"] in {None, "several_genes"}, name
                assert curie in [found["curie"] for found in (*answer["genes"], *answer["other_matches"])]
    assert met > 50


# --- Retired ---------------------------------------------------------------------------------------------------


def test_a_retired_number_resolves_to_its_successor_and_tells_the_symbol_that_it_had(resolver: Resolver) -> None:
    answer = _resolve(resolver, "ncbigene:60454")
    assert (answer["outcome"], _symbols(answer)) == ("retired", ["SNCA"])
    assert [(step["label"], step["successor"]) for step in answer["history"]] == [("PARK4", "ncbigene:6622")]


def test_a_successor_that_the_release_lacks_is_named(resolver: Resolver) -> None:
    rows = read_rows(
        resolver,
        "SELECT retired, successor FROM retirement WHERE successor LIKE 'ncbigene:%'"
        " AND successor NOT IN (SELECT 'ncbigene:' || accession FROM identifier WHERE prefix = 'ncbigene')"
        " AND successor NOT IN (SELECT retired FROM retirement)",
    )
    assert len(rows) > 200
    answers = {answer.query: answer for answer in resolver.resolve_many([retired for retired, _ in rows])}
    for retired, successor in rows:
        answer = answers[retired]
        assert (answer.outcome, answer.reason, answer.genes) == (Outcome.RETIRED, Reason.NOT_IN_RELEASE, ())
        assert f"replaced by {successor}, which is not in this release" in str(answer.hint)
        assert answer.history[-1].successor == successor


def test_that_no_successor_is_reported_is_said_where_it_is_so(resolver: Resolver) -> None:
    retired = read_texts(resolver, "SELECT retired FROM retirement GROUP BY 1 HAVING max(successor) = '' ORDER BY 1")
    answers = list(resolver.resolve_many(spread(retired, 500)))
    assert {(answer.outcome, answer.reason) for answer in answers} == {(Outcome.RETIRED, Reason.RETIRED_NO_SUCCESSOR)}
    assert {answer.hint for answer in answers} == {"It was retired, and its authority reports no successor."}


def test_a_symbol_that_is_a_previous_one_today_needs_no_history(resolver: Resolver) -> None:
    answer = _resolve(resolver, "PARK4")
    assert (answer["outcome"], _symbols(answer), answer["history"]) == ("resolved", ["SNCA"], [])


def test_the_symbol_of_a_retired_record_resolves_to_its_successor(resolver: Resolver) -> None:
    answer = _resolve(resolver, "AF311304")
    assert (answer["outcome"], _symbols(answer)) == ("retired", ["TARDBP"])
    assert answer["genes"][0]["matched_as"]["kind"] == "retired_symbol"


def test_a_withdrawn_symbol_is_asked_of_its_history_first(resolver: Resolver) -> None:
    """SCN12A is a previous symbol of SCN11A, by which it is found without the mark."""
    withdrawn, plain = _resolve(resolver, "SCN12A~withdrawn"), _resolve(resolver, "SCN12A")
    assert (withdrawn["outcome"], _symbols(withdrawn)) == ("retired", ["SCN11A"])
    assert (plain["outcome"], _symbols(plain)) == ("resolved", ["SCN11A"])
    assert withdrawn["history"]
    assert "~withdrawn" in withdrawn["interpretations"][0]["notes"][0]


def test_every_symbol_of_a_retired_record_leads_where_the_record_does(resolver: Resolver) -> None:
    rows = read_rows(
        resolver,
        "SELECT r.folded, group_concat(r.retired) FROM retired_name r WHERE NOT EXISTS"
        " (SELECT 1 FROM name n WHERE n.folded = r.folded) GROUP BY 1 ORDER BY 1",
    )
    assert len(rows) > 50
    for folded, retired in rows:
        answer = resolver.resolve(folded)
        if any(not interpretation.is_text for interpretation in answer.interpretations):
            continue
        expected = {found.gene.curie for curie in retired.split(",") for found in resolver.resolve(curie).genes}
        assert {found.gene.curie for found in answer.genes} == expected
        assert answer.outcome in ({Outcome.RETIRED, Outcome.AMBIGUOUS} if expected else {Outcome.RETIRED})


def test_every_split_resolves_to_all_its_successors(resolver: Resolver) -> None:
    splits = read_rows(
        resolver,
        "SELECT retired, group_concat(successor) FROM retirement WHERE successor <> '' GROUP BY 1 HAVING count(*) > 1",
    )
    assert len(splits) >= 6
    for retired, successors in splits:
        answer = resolver.resolve(retired)
        expected = {found.gene.curie for curie in successors.split(",") for found in resolver.resolve(curie).genes}
        assert {found.gene.curie for found in answer.genes} == expected
        assert answer.outcome is Outcome.RETIRED
        assert {step.successor for step in answer.history} >= set(successors.split(","))


# --- Versions and pairs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "hint"),
    [
        ("ENSG00000104432.17", "current", None),
        ("ENSG00000104432.11", "older", "outdated"),
        ("ENSG00000104432.99", "newer", "Publish a newer release"),
        ("ENSG00000104432", None, None),
    ],
)
def test_a_version_is_told_to_be_current_older_or_newer(
    resolver: Resolver, text: str, status: str | None, hint: str | None
) -> None:
    answer = _resolve(resolver, text)
    assert (answer["outcome"], _symbols(answer)) == ("resolved", ["IL7"])
    assert answer["genes"][0]["matched_as"]["version_status"] == status
    assert (answer["hint"] is None) if hint is None else (hint in answer["hint"])


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("NM_000880", "refseq:NP_000871"),
        ("NP_000871.1", "refseq:NM_000880"),
        ("ENST00000263851", "ensembl:ENSP00000263851"),
        ("ENSP00000263851", "ensembl:ENST00000263851"),
    ],
)
def test_a_transcript_is_told_with_its_protein_and_a_protein_with_its_transcript(
    resolver: Resolver, text: str, pair: str
) -> None:
    (gene,) = _resolve(resolver, text)["genes"]
    assert gene["matched_as"]["pairs"] == [pair]


@pytest.mark.parametrize("text", ["IL7", "P13232", "ENSG00000104432", "omim:146660"])
def test_what_is_no_product_has_no_pair(resolver: Resolver, text: str) -> None:
    assert all(gene["matched_as"]["pairs"] == [] for gene in _resolve(resolver, text)["genes"])


def test_several_identifiers_in_one_text_are_told_as_such(resolver: Resolver) -> None:
    for text in ("TP53;BRCA1", "P04637, P13232", "IL7 /// TP53"):
        answer = resolver.resolve(text)
        assert (answer.outcome, answer.reason) == (Outcome.UNRECOGNIZED, Reason.MALFORMED)
        assert "2 identifiers" in str(answer.hint)


def test_a_text_is_never_suggested_to_itself_and_one_missing_letter_of_four_is_found(resolver: Resolver) -> None:
    assert resolver.resolve("BRCA1", namespace="hgnc").suggestions == ()
    assert "TYMP" in {suggestion.identifier for suggestion in resolver.resolve("TYM").suggestions}
