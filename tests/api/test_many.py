"""Many queries in one call: each answered as alone, in order, in every form of the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from resolver.api.app import create_app
from resolver.api.query_lists import MAX_BYTES, MAX_QUERIES
from resolver.api.schemas.answers import ManyAnswersShape, SummaryShape
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.evidence import ReceiptShape
from resolver.identifiers.species import HUMAN
from resolver.resolve.answer import Answer
from resolver.resolve.resolver import Resolver
from tests.resolve.samples import read_rows, read_texts
from tests.resolve.test_list_species import list_symbols
from tests.serving import served

QUERIES = ["P13232", "IL7", "P13232", "nonsense!!", "MUM1", "HGNC:1871", "", "ENSG0000104432", "1-Mar", "rs7412"]
NDJSON, PLAIN = "application/x-ndjson", "text/plain"


@pytest.fixture(scope="module")
def app(resolver: Resolver) -> FastAPI:
    return create_app(lambda: resolver)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with served(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def alone(client: httpx.Client) -> dict[str, Any]:
    """Return the answers that GET gives to each text, problems without what makes them problems."""
    added = {"type", "title", "status", "detail", "code", "instance"}
    answers: dict[str, Any] = {}
    for text in filter(None, QUERIES):
        shown = client.get(f"/resolve/{text}").json()
        answers[text] = {name: value for name, value in shown.items() if name not in added}
    return answers


def _post(
    client: httpx.Client, content: str | bytes, written: str = "application/json", **query: Any
) -> httpx.Response:
    return client.post("/resolve", content=content, headers={"content-type": written}, params=query)


def _lines(response: httpx.Response) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *answers, summary = [json.loads(line) for line in response.text.splitlines()]
    assert summary.keys() == {"summary"}
    return answers, summary["summary"]


def test_a_list_has_an_answer_for_each_query_in_order(
    client: httpx.Client, resolver: Resolver, alone: dict[str, Any]
) -> None:
    response = _post(client, json.dumps(QUERIES))
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.headers["x-release"] == resolver.release.id
    body = response.json()
    ManyAnswersShape.model_validate(body, strict=True)
    assert [answer["query"] for answer in body["answers"]] == QUERIES
    assert [answer for answer in body["answers"] if answer["query"]] == [alone[text] for text in QUERIES if text]


@pytest.mark.parametrize("written", ["application/x-ndjson", "application/ndjson", "application/jsonl; charset=utf-8"])
def test_lines_of_json_have_lines_of_answers(client: httpx.Client, alone: dict[str, Any], written: str) -> None:
    lines = [json.dumps(text) for text in QUERIES]
    response = _post(client, "\n".join([lines[0], "", *lines[1:], ""]), written)
    assert response.headers["content-type"] == NDJSON
    answers, summary = _lines(response)
    assert [answer["query"] for answer in answers] == QUERIES
    assert answers[1] == alone["IL7"]
    assert summary["queries"] == len(QUERIES)


def test_lines_of_text_are_queries_but_for_the_empty_ones(client: httpx.Client, alone: dict[str, Any]) -> None:
    answers, _ = _lines(_post(client, "P13232\r\n\r\n  IL7 \nMUM1\n\n", PLAIN))
    assert answers == [alone["P13232"], alone["IL7"], alone["MUM1"]]


def test_an_object_with_ids_is_accepted(client: httpx.Client, alone: dict[str, Any]) -> None:
    body = _post(client, json.dumps({"ids": ["P13232", "MUM1"]})).json()
    assert body["answers"] == [alone["P13232"], alone["MUM1"]]


def test_a_json_array_can_be_answered_in_lines(client: httpx.Client, alone: dict[str, Any]) -> None:
    headers = {"content-type": "application/json", "accept": f"{NDJSON}, */*"}
    response = client.post("/resolve", content='["P13232"]', headers=headers)
    assert response.headers["content-type"] == NDJSON
    assert _lines(response)[0] == [alone["P13232"]]


def test_numbers_and_empty_cells_are_queries_too(client: httpx.Client) -> None:
    body = _post(client, '[7157, 7157.0, null, "", {"id": 7157}, {"id": 7157.0}, {"id": null}]').json()
    ManyAnswersShape.model_validate(body, strict=True)
    shown = [(answer["query"], [gene["symbol"] for gene in answer["genes"]]) for answer in body["answers"]]
    genes = ["TP53", "MMP11", "PSMD6", "Psmd6"]  # the number is theirs in NCBI Gene, HGNC and HomoloGene
    number, decimal = ("7157", genes), ("7157.0", genes)
    empty: tuple[str, list[str]] = ("", [])
    assert shown == [number, decimal, empty, empty, number, decimal, empty]


def test_a_query_may_have_options_of_its_own(client: httpx.Client, resolver: Resolver) -> None:
    queried: list[Any] = [
        {"id": "146660", "from": "omim"},
        {"id": "IL7", "species": "mouse", "to": "mgi"},
        {"id": "IL7"},
        {"id": "IL7", "to_species": "human", "explain": True},
        {"id": "3574", "namespace": "hgnc", "on_many": "na"},
    ]
    body = _post(client, json.dumps(queried), species="human").json()
    ManyAnswersShape.model_validate(body, strict=True)
    expected = [
        resolver.resolve("146660", namespace="omim", species="human"),
        resolver.resolve("IL7", species="mouse", to="mgi"),
        resolver.resolve("IL7", species="human"),
        resolver.resolve("IL7", species="human", to_species="human", explain=True),
        resolver.resolve("3574", species="human", namespace="hgnc", on_many="na"),
    ]
    assert body["answers"] == [answer.to_dict() for answer in expected]
    assert body["summary"]["policy"]["species"] == "human"


def test_the_namespace_of_bare_numbers_is_decided_for_the_call_and_reported(client: httpx.Client) -> None:
    body = _post(client, '["3574", "100039863", "16196", "105374102", "100506403"]').json()
    assert body["summary"]["column"]["prefix"] == "ncbigene"
    assert body["summary"]["column"]["why"] in body["answers"][0]["interpretations"][0]["notes"]
    assert [answer["outcome"] for answer in body["answers"]] == ["resolved"] * 5


def test_a_summary_counts_outcomes_and_reasons(client: httpx.Client, resolver: Resolver) -> None:
    summary = _post(client, json.dumps(QUERIES), to="ensembl").json()["summary"]
    SummaryShape.model_validate(summary, strict=True)
    assert summary["outcomes"] == {"resolved": 3, "ambiguous": 1, "retired": 1, "not_found": 2, "unrecognized": 3}
    assert summary["reasons"] == {"malformed": 3, "several_genes": 1, "spreadsheet_damage": 1, "out_of_scope": 1}
    assert (summary["queries"], summary["answers"]) == (10, 10)
    assert summary["policy"]["to"] == ["ensembl"]
    assert summary["release"] == {"id": resolver.release.id, "title": resolver.release.title}
    assert "receipt" not in summary


@pytest.mark.parametrize("written", ["application/json", PLAIN])
def test_a_receipt_is_in_the_summary_alone(client: httpx.Client, written: str) -> None:
    content = '["P13232", "MUM1"]' if written != PLAIN else "P13232\nMUM1"
    response = _post(client, content, written, receipt="true")
    answers, summary = (
        _lines(response) if written == PLAIN else (response.json()["answers"], response.json()["summary"])
    )
    ReceiptShape.model_validate(summary["receipt"], strict=True)
    assert summary["receipt"]["counts"] == {"resolved": 1, "ambiguous": 1}
    assert not any("receipt" in answer for answer in answers)


def test_explode_returns_more_answers_than_queries_and_reports_it(client: httpx.Client) -> None:
    body = _post(client, '["MUM1", "P13232"]', on_many="explode").json()
    assert [answer["genes"][0]["symbol"] for answer in body["answers"]] == ["IRF4", "PWWP3A", "Pwwp3a", "IL7"]
    assert (body["summary"]["queries"], body["summary"]["answers"]) == (2, 4)


def test_no_query_has_no_answer(client: httpx.Client) -> None:
    body = _post(client, "[]").json()
    ManyAnswersShape.model_validate(body, strict=True)
    assert (body["answers"], body["summary"]["answers"]) == ([], 0)
    assert _lines(_post(client, "", PLAIN))[0] == []


@pytest.mark.parametrize(
    "query", [{"explain": "true"}, {"to_species": "mouse"}, {"on_many": "na"}, {"consensus": "all"}]
)
def test_every_answer_has_the_published_shape(client: httpx.Client, query: dict[str, str]) -> None:
    body = _post(client, json.dumps([*QUERIES, "3574.0", "36951", "PO4637", "CD58", "BRAC1"]), **query).json()
    ManyAnswersShape.model_validate(body, strict=True)


# --- What cannot be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "written", "said"),
    [
        ('["P13232", ', "application/json", "not JSON"),
        ("P13232", "application/json", "not JSON"),
        ("", "application/json", "not JSON"),
        ('"P13232"', "application/json", "not a JSON array"),
        ('{"id": "P13232"}', "application/json", "not a JSON array"),
        ('{"ids": "P13232"}', "application/json", "not a JSON array"),
        ('"P13232"\n\nP13232\n', NDJSON, "line 3 "),
        ('["P13232", ["IL7"]]', "application/json", "query 2 "),
        ('["P13232", true]', "application/json", "query 2 "),
        ('"IL7"\n{"identifier": "IL7"}', NDJSON, "query 2 "),
        ('[{"id": "IL7"}, {"id": ["IL7"]}]', "application/json", "query 2 "),
        ('[{"id": true}]', "application/json", "query 1 "),
        ('["IL7", {"id": "IL7", "specie": "human"}]', "application/json", "query 2: there is no option 'specie'"),
        ('["IL7", {"id": "IL7", "species": "rat"}]', "application/json", "query 2: unknown species 'rat'"),
        ('["IL7", {"id": "IL7", "from": "kegg"}]', "application/json", "query 2: unknown namespace 'kegg'"),
        ('["IL7", {"id": "IL7", "to": "kegg"}]', "application/json", "query 2: there are no xrefs to 'kegg'"),
        ('["IL7", {"id": "IL7", "on_many": "some"}]', "application/json", "query 2: on_many: 'some'"),
        (f'["IL7", ["a{"é" * 80}"]]', "application/json", "query 2 "),
        (b'["\xff"]', "application/json", "not JSON"),
    ],
)
def test_an_unreadable_body_is_refused_with_the_position(
    client: httpx.Client, content: str | bytes, written: str, said: str
) -> None:
    response = _post(client, content, written)
    problem = ProblemShape.model_validate(response.json())
    assert (response.status_code, problem.status) == (422, 422)
    assert response.headers["content-type"] == "application/problem+json"
    assert said in problem.detail
    assert problem.hint


@pytest.mark.parametrize("query", ["specie=human", "on_many=some", "species=human&species=mouse", "fields=color"])
def test_an_option_that_cannot_be_read_is_refused(client: httpx.Client, query: str) -> None:
    response = client.post(f"/resolve?{query}", json=["P13232"])
    assert (response.status_code, response.json()["code"]) == (422, "bad_option")
    assert response.json()["hint"]


def test_text_that_is_not_utf_8_is_not_found(client: httpx.Client) -> None:
    answers, _ = _lines(_post(client, b"P13232\n\xffIL7\n", PLAIN))
    assert [answer["outcome"] for answer in answers] == ["resolved", "not_found"]


@pytest.mark.parametrize("written", ["application/json", PLAIN])
def test_error_for_several_genes_answers_none(client: httpx.Client, resolver: Resolver, written: str) -> None:
    content = '["P13232", "MUM1", "IL7"]' if written != PLAIN else "P13232\nMUM1\nIL7"
    response = _post(client, content, written, on_many="error")
    assert (response.status_code, response.json()["code"]) == (409, "several_genes")
    assert response.json()["query"] == "MUM1"
    assert [gene["symbol"] for gene in response.json()["genes"]] == ["IRF4", "PWWP3A", "Pwwp3a"]
    fine = _post(client, '["P13232", {"id": "IL7", "species": "human"}]', on_many="error")
    assert fine.status_code == 200


# --- A hundred thousand ----------------------------------------------------------------------------------------


class _Counting(Resolver):
    """Counts the answers that it has given."""

    given = 0

    def answer(self, *queried: Any, **how: Any) -> Answer:
        self.given += 1
        return super().answer(*queried, **how)


def test_a_hundred_thousand_are_answered_in_one_call_and_the_first_before_the_last(resolver: Resolver) -> None:
    short = (
        "SELECT curie FROM gene JOIN gene_document USING (id) WHERE id NOT IN (SELECT gene_id FROM ortholog)"
        " ORDER BY length(document) LIMIT 500"
    )
    queried = list(islice(cycle([*read_texts(resolver, short), "rs7412", "nonsense!!"]), MAX_QUERIES))
    counting = _Counting(resolver.reader)
    answered = 0
    with (
        served(create_app(lambda: counting)) as client,
        client.stream(
            "POST", "/resolve", content="\n".join(queried), headers={"content-type": PLAIN}, timeout=120
        ) as response,
    ):
        assert response.status_code == 200
        lines = response.iter_lines()
        for text, line in zip(queried, lines, strict=False):
            if answered == 0:
                assert counting.given < MAX_QUERIES / 2
            answered += line.startswith(f'{{"query":{json.dumps(text)},')
        (last,) = islice(lines, 2)
    assert answered == MAX_QUERIES
    summary = json.loads(last)["summary"]
    assert (summary["queries"], summary["answers"]) == (MAX_QUERIES, MAX_QUERIES)
    assert sum(summary["outcomes"].values()) == MAX_QUERIES


@pytest.mark.parametrize("written", ["application/json", PLAIN, NDJSON])
def test_one_more_is_refused(client: httpx.Client, written: str) -> None:
    queried = ['"a"'] * (MAX_QUERIES + 1)
    response = _post(client, f"[{','.join(queried)}]" if written == "application/json" else "\n".join(queried), written)
    problem = ProblemShape.model_validate(response.json())
    assert (response.status_code, problem.code) == (413, "too_many")
    assert "100,001" in problem.detail
    assert problem.hint


def test_an_endless_body_is_refused_while_it_arrives(client: httpx.Client) -> None:
    response = _post(client, b"x" * (MAX_BYTES + 1), PLAIN)
    assert (response.status_code, response.json()["code"]) == (413, "too_many")


def test_queries_are_answered_from_the_release_that_the_call_began_with(resolver: Resolver) -> None:
    """Each request takes the current resolver once."""
    queried = []

    def find() -> Resolver:
        queried.append(1)
        return resolver

    with served(create_app(find)) as client:
        response = _post(
            client, json.dumps([curie for (curie,) in read_rows(resolver, "SELECT curie FROM gene")][:900])
        )
    assert response.json()["summary"]["answers"] == 900
    assert len(queried) == 1


def test_a_list_is_read_in_one_species_only_on_request(client: httpx.Client, resolver: Resolver) -> None:
    queries = json.dumps(["AR", *list_symbols(resolver, HUMAN, 60)])
    for species, genes in (({}, 2), ({"species": "any"}, 2), ({"species": "auto"}, 1)):
        body = _post(client, queries, **species).json()
        ManyAnswersShape.model_validate(body, strict=True)
        assert len(body["answers"][0]["genes"]) == genes
        assert (body["summary"]["species"] is None) is (genes == 2)
    assert body["summary"]["species"]["species"] == "human"
    assert body["answers"][0]["policy"]["species"] == "auto"
