"""Why nothing was found, and what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from resolver.identifiers.foreign import FOREIGN, Foreign
from resolver.resolve.outcome import Outcome, Reason
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import resolve

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
    answer = resolve(resolver, text, **stated)
    assert (answer["outcome"], answer["reason"]) == (outcome, reason)
    assert answer["hint"]


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.example)
def test_a_foreign_identifier_is_out_of_scope_and_says_what_it_names(resolver: Resolver, kind: Foreign) -> None:
    answer = resolve(resolver, kind.example)
    assert (answer["outcome"], answer["reason"]) == ("not_found", "out_of_scope")
    assert kind.names in answer["hint"]
    assert kind.instead in answer["hint"]
    assert all(named["why"] == "the gene that it concerns" for named in answer["suggestions"])
    assert bool(answer["suggestions"]) == bool(kind.genes)


@pytest.mark.parametrize("text", ["IL7\udc80", "\ud800", "omim:\udfff", "a/\ud800", "\ud83e IL7"])
def test_half_a_character_is_a_miss_like_any_other(resolver: Resolver, text: str) -> None:
    """Neither tables nor answers can contain one; file names that are not UTF-8 can."""
    answer = resolve(resolver, text)
    assert (answer["genes"], answer["query"]) == ([], re.sub("[\ud800-\udfff]", "\ufffd", text))
    assert [one.to_dict() for one in resolver.resolve_many([text])] == [answer]


def test_several_identifiers_in_one_text_are_told_as_such(resolver: Resolver) -> None:
    for text in ("TP53;BRCA1", "P04637, P13232", "IL7 /// TP53"):
        answer = resolver.resolve(text)
        assert (answer.outcome, answer.reason) == (Outcome.UNRECOGNIZED, Reason.MALFORMED)
        assert "2 identifiers" in str(answer.hint)
