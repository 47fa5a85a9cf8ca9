"""Receipts: what a reader needs to get the same answers again."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from resolver.api.schemas.evidence import ReceiptShape
from resolver.errors import BadOption
from resolver.resolve.receipt import write_receipt
from resolver.resolve.resolver import Resolver
from resolver.version import __version__


def test_a_receipt_names_program_release_and_every_upstream_file(resolver: Resolver) -> None:
    receipt = resolver.resolve("P13232", receipt=True).to_dict()["receipt"]
    ReceiptShape.model_validate(receipt, strict=True)
    assert receipt["program"] == {"name": "Gene Xref Resolver", "version": __version__}
    assert receipt["release"]["id"] == resolver.release.id
    assert receipt["release"]["content_hash"] == resolver.release.content_hash
    stated = {str(row["key"]): row for row in resolver.reader.list_sources()}
    assert {source["key"] for source in receipt["sources"]} == stated.keys()
    for source in receipt["sources"]:
        assert source["upstream_version"] == stated[source["key"]]["upstream_version"]
        assert source["sha256"] == stated[source["key"]]["sha256"]


def test_the_parameters_of_a_receipt_are_those_that_were_asked_by(resolver: Resolver) -> None:
    answer = resolver.resolve("IL7", receipt=True, species="mouse", to="Entrez", on_many="first", consensus="all")
    assert answer.to_dict()["receipt"]["parameters"] == {
        "from": None,
        "species": "mouse",
        "to_species": None,
        "orthologs": "all",
        "to": ["ncbigene"],
        "consensus": "all",
        "on_many": "first",
        "policy": "tiers",
    }


def test_the_sentence_for_the_methods_tells_program_release_dates_and_counts(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["P13232", "IL7", "MUM1", "nonsense!!"], receipt=True, to="ensembl,uniprot")
    assert all("receipt" not in answer.to_dict() for answer in answers)
    receipt = answers.summarize()["receipt"]
    assert receipt["counts"] == {"resolved": 2, "ambiguous": 1, "unrecognized": 1}
    sentence = receipt["methods_sentence"]
    assert sentence.startswith(f"4 identifiers were resolved with Gene Xref Resolver {__version__} (release")
    assert sentence.endswith(": 1 ambiguous, 2 resolved, 1 unrecognized.")
    for expected in (resolver.release.id, resolver.release.content_hash[:16], "HGNC (", "has ensembl and uniprot"):
        assert expected in sentence
    for source in receipt["sources"]:
        if source["upstream_date"]:
            assert source["upstream_date"][:10] in sentence, source["key"]


def test_one_answer_is_told_in_the_singular(resolver: Resolver) -> None:
    receipt = resolver.resolve("nonsense!!", receipt=True).to_dict()["receipt"]
    assert receipt["methods_sentence"].startswith("One identifier was resolved")
    assert receipt["counts"] == {"unrecognized": 1}


def test_the_same_queries_have_the_same_receipt(resolver: Resolver) -> None:
    """There is no time of day in it: a later client can compare the two."""

    def answer() -> object:
        answers = resolver.resolve_many(["P13232", "MUM1"], receipt=True)
        list(answers)
        return answers.summarize()["receipt"]

    assert answer() == answer()


def test_a_receipt_can_be_had_without_being_part_of_the_summary(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["P13232"])
    list(answers)
    assert "receipt" not in answers.summarize()
    assert answers.build_receipt()["counts"] == {"resolved": 1}


def test_a_receipt_is_written_as_json(resolver: Resolver, tmp_path: Path) -> None:
    receipt = resolver.resolve("P13232", receipt=True).to_dict()["receipt"]
    write_receipt(tmp_path / "receipt.json", receipt)
    assert orjson.loads((tmp_path / "receipt.json").read_bytes()) == receipt


def test_a_receipt_that_cannot_be_written_is_told_with_its_path(resolver: Resolver, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=r"nowhere.receipt\.json") as caught:
        write_receipt(tmp_path / "nowhere" / "receipt.json", {})
    assert caught.value.hint


def test_a_list_has_no_receipt_before_its_first_answer(resolver: Resolver) -> None:
    answers = resolver.resolve_many(["IL7", "TP53"])
    with pytest.raises(BadOption, match="no query has been answered yet") as raised:
        answers.build_receipt()
    assert "Iterate" in str(raised.value.hint)
    next(answers)
    assert answers.build_receipt()["methods_sentence"].startswith("One identifier was resolved")
    assert resolver.resolve_many([]).build_receipt()["counts"] == {}
