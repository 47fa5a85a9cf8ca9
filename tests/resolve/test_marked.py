"""Marks in answers: of the queried identifier, and of the listed ones; the same on every interface."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from resolver.api.app import create_app
from resolver.api.schemas.answers import AnswerShape
from resolver.genes.marks import Mark, Marks
from resolver.genes.verdicts import Verdict
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.store.release import get_current_release
from tests.serving import served

SINCE = "2026-11-25T02:30:00Z"


def a_mark(curie: str, gene: str, verdict: Verdict = Verdict.RETIRED, *successors: str) -> Mark:
    return Mark(curie, verdict, successors, SINCE, "uniprot", (gene,))


MARKS = Marks(
    [
        a_mark("uniprot:Q5FBX5", "hgnc:6023"),
        a_mark("uniprot:P10168", "mgi:96561", Verdict.REPLACED, "uniprot:P99999"),
        a_mark("refseq:NM_000880", "hgnc:6023", Verdict.VERSION_BEHIND, "refseq:NM_000880.5"),
        a_mark("uniprot:P04637", "hgnc:6023"),  # which the release places on another gene by now
    ],
    "7",
)


@pytest.fixture(scope="module")
def marked(data_dir: Path) -> Resolver:
    return Resolver(GeneReader(get_current_release(data_dir)), MARKS)


def shown(resolver: Resolver, text: str, **stated: str) -> list[str]:
    return [mark.curie for mark in resolver.resolve(text, **stated).marks]  # type: ignore[arg-type]


def test_the_marks_of_an_answer_are_of_what_was_asked_and_of_listed_xrefs(marked: Resolver) -> None:
    every = ["uniprot:Q5FBX5", "refseq:NM_000880", "uniprot:P10168"]
    assert shown(marked, "IL7") == every
    assert shown(marked, "Q5FBX5") == every
    assert shown(marked, "NM_000880.4")[0] == "refseq:NM_000880"
    assert shown(marked, "BRCA1") == []


def test_xrefs_that_are_not_listed_have_no_marks(marked: Resolver) -> None:
    assert shown(marked, "IL7", to="refseq") == ["refseq:NM_000880"]
    assert shown(marked, "Q5FBX5", to="refseq") == ["uniprot:Q5FBX5", "refseq:NM_000880"]
    assert shown(marked, "IL7", to="omim") == []


def test_an_isoform_shows_the_mark_of_its_entry(marked: Resolver) -> None:
    assert "uniprot:Q5FBX5" in shown(marked, "Q5FBX5-2")


def test_a_miss_and_a_converted_answer_show_marks_too(marked: Resolver) -> None:
    assert shown(marked, "Q5FBX5", species="mouse") == ["uniprot:Q5FBX5"]
    assert "uniprot:P10168" in shown(marked, "P13232", to_species="mouse")


def test_json_shows_what_python_does(marked: Resolver) -> None:
    answer = marked.resolve("IL7")
    assert answer.to_dict()["marks"] == [mark.describe() for mark in answer.marks]
    assert marked.resolve("IL7", fields="marks").to_dict() == {"marks": [mark.describe() for mark in answer.marks]}


def test_without_marks_the_member_is_empty(resolver: Resolver) -> None:
    assert resolver.resolve("IL7").to_dict()["marks"] == []


def test_rest_shows_marks_and_answers_anew_when_they_change(data_dir: Path) -> None:
    changing = Resolver(GeneReader(get_current_release(data_dir)))
    app: FastAPI = create_app(lambda: changing)
    with served(app) as client:
        plain = client.get("/resolve/IL7")
        assert plain.json()["marks"] == []
        headers: httpx.Headers = plain.headers
        assert client.get("/resolve/IL7", headers={"if-none-match": headers["etag"]}).status_code == 304
        changing.marks = MARKS
        answer = client.get("/resolve/IL7", headers={"if-none-match": headers["etag"]})
        assert answer.status_code == 200
        assert len(AnswerShape.model_validate(answer.json(), strict=True).marks) == 3
        assert client.get("/resolve/IL7", headers={"if-none-match": answer.headers["etag"]}).status_code == 304
        many = client.post("/resolve", json=["IL7", "BRCA1"]).json()["answers"]
        assert [len(one["marks"]) for one in many] == [3, 0]
