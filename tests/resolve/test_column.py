"""What the bare numbers of a list are: decided by the unambiguous ones, and reported."""

from __future__ import annotations

from typing import Any

import pytest

from resolver.errors import UnknownNamespace
from resolver.identifiers.namespaces import BY_PREFIX
from resolver.resolve.many import Answers
from resolver.resolve.options import Query, read_options
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import Texts, read_texts, spread


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> Texts:
    return Texts(resolver)


def _shown(answers: Answers) -> list[dict[str, Any]]:
    return [answer.to_dict() for answer in answers]


def _certain(resolver: Resolver, prefix: str, count: int) -> list[str]:
    """Return numbers that the release knows in one namespace alone."""
    statement = (
        "SELECT accession FROM identifier WHERE prefix IN ('ncbigene', 'omim', 'hgnc', 'mgi', 'homologene')"
        " GROUP BY accession HAVING min(prefix) = ? AND max(prefix) = ? ORDER BY accession"
    )
    return read_texts(resolver, statement, prefix, prefix)[:count]


@pytest.mark.parametrize("prefix", ["ncbigene", "hgnc", "omim", "mgi"])
def test_a_list_of_numbers_of_one_namespace_is_read_in_it(resolver: Resolver, texts: Texts, prefix: str) -> None:
    queried = spread(texts.numbers[prefix], 60)
    answers = resolver.resolve_many(queried)
    assert answers.column is not None
    assert answers.column.prefix == prefix
    assert BY_PREFIX[prefix].title in answers.column.why
    for answer in _shown(answers):
        assert {interpretation["prefix"] for interpretation in answer["interpretations"]} == {prefix}
        assert answer["outcome"] == "resolved" or answer["reason"] == "phenotype_not_gene"
        assert answer["reason"] != "several_readings"
    assert answers.summarize()["column"] == {"prefix": prefix, "why": answers.column.why}


def test_each_answer_says_that_its_number_was_read_as_the_others(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["3574", "79923", "378938", "100039863", "22059"])
    assert answers.column is not None
    for answer in _shown(answers):
        assert answer["outcome"] == "resolved"
        assert answers.column.why in answer["interpretations"][0]["notes"]
        assert answers.column.why in answer["genes"][0]["matched_as"]["notes"]
    assert "NCBI Gene (Entrez Gene)" in answers.column.why


def test_a_number_that_fits_twice_alone_is_certain_among_its_like(resolver: Resolver) -> None:
    assert resolver.resolve("3574").to_dict()["reason"] == "several_readings"
    among_hgnc = _shown(resolver.resolve_many(["3574", *_certain(resolver, "hgnc", 5)]))[0]
    among_entrez = _shown(resolver.resolve_many(["3574", *_certain(resolver, "ncbigene", 5)]))[0]
    assert [gene["symbol"] for gene in among_hgnc["genes"]] == ["FADS1"]
    assert [gene["symbol"] for gene in among_entrez["genes"]] == ["IL7"]


def test_a_mixed_list_is_left_open(resolver: Resolver) -> None:
    queried = ["3574", *_certain(resolver, "hgnc", 5), *_certain(resolver, "ncbigene", 5)]
    answers = resolver.resolve_many(queried)
    assert answers.column is None
    assert _shown(answers)[0] == resolver.resolve("3574").to_dict()
    assert answers.summarize()["column"] is None


def test_nine_of_ten_must_be_of_one_mind(resolver: Resolver) -> None:
    nine, one, two = _certain(resolver, "ncbigene", 9), _certain(resolver, "hgnc", 1), _certain(resolver, "hgnc", 2)
    decided = resolver.resolve_many([*nine, *one]).column
    assert decided is not None
    assert "9 of the 10 unambiguous numbers" in decided.why
    assert resolver.resolve_many([*nine, *two]).column is None


def test_fewer_than_three_votes_leave_it_open(resolver: Resolver) -> None:
    certain = _certain(resolver, "ncbigene", 3)
    assert resolver.resolve_many(["3574", "IL7", *certain[:2]]).column is None
    assert resolver.resolve_many(["3574", "IL7", *certain[:2] * 9]).column is None  # to say it often adds nothing
    assert resolver.resolve_many(["3574", "IL7", *certain]).column is not None


def test_numbers_that_the_release_does_not_know_have_no_vote(resolver: Resolver) -> None:
    assert resolver.resolve_many(["999999991", "999999992", "999999993", "999999994"]).column is None


def test_identifiers_with_letters_and_prefixes_are_answered_as_alone(resolver: Resolver) -> None:
    beside = ["omim:146660", "hgnc:6023", "MGI:96561", "homologene:680", "P13232", "IL7", "36951.5", "LOC3574"]
    queried = [*_certain(resolver, "ncbigene", 10), *beside]
    answers = resolver.resolve_many(queried)
    assert answers.column is not None
    assert _shown(answers)[-len(beside) :] == [resolver.resolve(text).to_dict() for text in beside]


def test_a_number_that_cannot_be_of_the_namespace_is_left_open(resolver: Resolver) -> None:
    answers = resolver.resolve_many([*_certain(resolver, "hgnc", 10), "146660"])
    assert answers.column is not None
    assert answers.column.prefix == "hgnc"
    assert _shown(answers)[-1] == resolver.resolve("146660").to_dict()


def test_a_stated_namespace_goes_before_what_the_list_says(resolver: Resolver) -> None:
    queried = ["3574", *_certain(resolver, "ncbigene", 10)]
    answers = resolver.resolve_many(queried, namespace="hgnc")
    assert answers.column is None
    first, *others = _shown(answers)
    assert [gene["symbol"] for gene in first["genes"]] == ["FADS1"]
    assert first["policy"]["from"] == "hgnc"
    assert all(
        {interpretation["prefix"] for interpretation in answer["interpretations"]} <= {"hgnc"} for answer in others
    )
    own = Query("3574", read_options({"from": "hgnc"}))
    asked_alone = resolver.resolve_many([own, *_certain(resolver, "ncbigene", 10)])
    assert next(asked_alone).genes[0].gene.symbol == "FADS1"


@pytest.mark.parametrize(
    ("namespace", "text"),
    [("omim", "P13232"), ("omim", "IL7"), ("hgnc", "ENSG00000104432"), ("ensembl", "3574"), ("uniprot", "146660")],
)
def test_a_stated_namespace_is_strict(resolver: Resolver, namespace: str, text: str) -> None:
    answer = resolver.resolve(text, namespace=namespace).to_dict()
    assert (answer["outcome"], answer["reason"], answer["genes"]) == ("unrecognized", "malformed", [])
    assert BY_PREFIX[namespace].title in answer["hint"]


def test_a_namespace_that_there_is_not_is_refused(resolver: Resolver) -> None:
    with pytest.raises(UnknownNamespace, match="kegg") as caught:
        resolver.resolve_many(["3574"], namespace="kegg")
    assert "ncbigene" in str(caught.value.hint)


def test_a_long_list_is_decided_by_a_sample_of_it(resolver: Resolver, texts: Texts) -> None:
    """Each of 6,000 numbers is answered, and the release is searched for 2,000 of them at most."""
    entrez = texts.numbers["ncbigene"]
    invented = [str(number) for number in range(900_000_000, 900_000_000 + 6_000 - len(entrez))]
    column = resolver.resolve_many([*invented, *entrez]).column
    assert column is not None
    assert column.prefix == "ncbigene"


def test_decimals_that_a_spreadsheet_added_vote_and_are_read_like_the_others(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["79923.0", "22059.0", "378938.0", "3574.0"])
    listed = list(answers)
    assert answers.column is not None
    assert answers.column.prefix == "ncbigene"
    last = listed[-1].to_dict()
    assert [gene["curie"] for gene in last["genes"]] == ["hgnc:6023"]
    assert last["damage"]["repaired"] == "3574"
    assert answers.column.why in last["interpretations"][0]["notes"]


def test_numbers_of_probe_sets_are_those_of_affymetrix_in_a_list_of_its_own(resolver: Resolver) -> None:
    """In a list of a custom CDF by Brainarray they are numbers of NCBI Gene."""
    of_genes = resolver.resolve_many(["7157_at", "3574_at", "22059_at"])
    assert [found.gene.symbol for answer in of_genes for found in answer.genes] == ["TP53", "IL7", "Trp53"]
    assert of_genes.column is None
    of_array = resolver.resolve_many(["1000_at", "1002_f_at", "1003_s_at", "P13232"])
    listed = list(of_array)
    assert of_array.column is not None
    assert (of_array.column.prefix, of_array.column.of) == ("affy.probeset", "numbers with _at")
    assert "2 of the 3" in of_array.column.why
    assert [answer.reason for answer in listed] == ["out_of_scope"] * 3 + [None]
    assert "Affymetrix" in (listed[0].hint or "")
