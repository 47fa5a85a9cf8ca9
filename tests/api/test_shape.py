"""The shape of answers over HTTP: each is validated against the published schema, which allows no other member."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from resolver.api.app import create_app
from resolver.api.schemas.answers import AnswerProblemShape, AnswerShape
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.release import NamespaceShape, SourceShape
from resolver.app.resolver import LocalResolver
from resolver.resolve.outcome import Outcome
from resolver.resolve.resolver import Resolver
from resolver.store.release import get_current_release
from tests.releases import copy_data_dir, own_copy
from tests.serving import served

ANSWERED = [
    "P13232", "IL-7", "IL7", "ENSMUSG00000040329.5", "omim:146660", "146660", "TP53", "Trp53", "NP_000537.3",
    "homologene:680", "3574", "MUM1", "HGNC:1871", "P13232-2", "MARCHF1", "H19", "MT-CO1",
]  # fmt: skip
OFFERED = ["ENSG0000104432", "PO4637", "BRAC1", "1-Mar", "36951", "3574.0", "8,105", "2.31E+13"]
MISSED = ["omim:618309", "NM_999999999", "NC_000008.11", "zfin:ZDB-1", "nonsense!!", "uniprot:XYZ", "x" * 300]


@pytest.fixture(scope="module")
def app(resolver: Resolver) -> FastAPI:
    return create_app(lambda: resolver)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with served(app) as opened:
        yield opened


@pytest.mark.parametrize("explain", ["false", "true"])
@pytest.mark.parametrize("identifier", ANSWERED)
def test_an_answer_has_the_published_shape(client: httpx.Client, identifier: str, explain: str) -> None:
    response = client.get(f"/resolve/{identifier}", params={"explain": explain})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = AnswerShape.model_validate(response.json(), strict=True)
    assert answer.genes
    assert ("evidence" in response.json()["genes"][0]) == (explain == "true")


@pytest.mark.parametrize("identifier", MISSED)
def test_a_miss_is_a_problem_with_all_fields_of_an_answer(client: httpx.Client, identifier: str) -> None:
    response = client.get(f"/resolve/{identifier}")
    problem = AnswerProblemShape.model_validate(response.json(), strict=True)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.status_code == problem.status
    assert problem.status == {"not_found": 404, "unrecognized": 422}[problem.outcome]
    assert problem.code == problem.reason
    assert problem.hint
    assert problem.query == identifier


@pytest.mark.parametrize("query", ["explain=true", "receipt=true", "to_species=mouse", "consensus=all", "on_many=na"])
@pytest.mark.parametrize("identifier", [*ANSWERED, *MISSED, *OFFERED])
def test_options_change_nothing_of_the_shape(client: httpx.Client, identifier: str, query: str) -> None:
    response = client.get(f"/resolve/{identifier}?{query}")
    shape = AnswerShape if response.status_code == 200 else AnswerProblemShape
    answer = shape.model_validate(response.json(), strict=True)
    assert (answer.converted is None) == (query != "to_species=mouse")
    assert (answer.receipt is None) == (query != "receipt=true")
    assert ("sources" in response.json()) == (query == "explain=true")


@pytest.mark.parametrize("identifier", OFFERED)
def test_suggestions_and_damage_have_the_published_shape(client: httpx.Client, identifier: str) -> None:
    body = client.get(f"/resolve/{identifier}").json()
    body.pop("instance", None)
    assert body["suggestions"] or body["damage"]


@pytest.mark.parametrize("query", ["on_many=error", "on_many=error&fields=symbol", "on_many=error&to=mgi&explain=true"])
def test_several_genes_are_a_problem_with_all_fields_of_an_answer(client: httpx.Client, query: str) -> None:
    response = client.get(f"/resolve/MUM1?{query}")
    problem = ProblemShape.model_validate(response.json())
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem.status, problem.code) == (409, 409, "several_genes")
    members = set(ProblemShape.model_fields) - {"hint"}
    answer = AnswerShape.model_validate(
        {name: value for name, value in response.json().items() if name not in members}, strict=True
    )
    assert [gene.symbol for gene in answer.genes] == ["IRF4", "PWWP3A", "Pwwp3a"]
    assert answer.policy.on_many == "error"
    assert problem.hint


def test_every_outcome_is_met_in_these_tests(resolver: Resolver) -> None:
    met = {resolver.resolve(identifier).outcome for identifier in (*ANSWERED, *MISSED)}
    assert met == set(Outcome)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/resolve/P13232?species=rat", 422, "unknown_species"),
        ("/resolve/P13232?to=kegg", 422, "unknown_namespace"),
        ("/resolve/P13232?explain=perhaps", 422, "bad_option"),
        ("/resolve/P13232?specie=human", 422, "bad_option"),
        ("/resolve/P13232?on_many=some", 422, "bad_option"),
        ("/resolve/P13232?fields=color", 422, "bad_option"),
        ("/resolve/P13232?species=human&species=mouse", 422, "bad_option"),
        ("/resolve/P13232?from=kegg", 422, "unknown_namespace"),
        ("/nowhere", 404, "no_such_page"),
    ],
)
def test_bad_queries_are_problems_with_a_next_step(client: httpx.Client, path: str, status: int, code: str) -> None:
    response = client.get(path)
    problem = ProblemShape.model_validate(response.json())
    assert (response.status_code, problem.status, problem.code) == (status, status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.hint


def test_a_wrong_method_is_a_problem_too(client: httpx.Client) -> None:
    response = client.delete("/resolve/P13232")
    assert (response.status_code, response.json()["code"]) == (405, "http_error")


def test_the_address_of_a_page_can_be_resolved(client: httpx.Client) -> None:
    response = client.get("/resolve/https://www.uniprot.org/uniprotkb/P13232/entry")
    assert response.json()["genes"][0]["symbol"] == "IL7"


def test_targets_and_species_are_taken_in_any_spelling(client: httpx.Client) -> None:
    gene = client.get("/resolve/IL7", params={"species": "Mus musculus", "to": "Entrez,UniProtKB"}).json()["genes"][0]
    assert gene["species"] == "mouse"
    assert list(gene["xrefs"]) == ["ncbigene", "uniprot"]


def test_namespaces_and_sources_are_listed(client: httpx.Client) -> None:
    namespaces = [NamespaceShape.model_validate(row) for row in client.get("/namespaces").json()]
    sources = [SourceShape.model_validate(row) for row in client.get("/sources").json()]
    assert {"ncbigene", "ensembl", "uniprot", "refseq", "omim", "mgi", "homologene", "hgnc"} <= {
        row.prefix for row in namespaces
    }
    assert {"NCBI", "HGNC", "MGI", "UniProt", "Ensembl", "HomoloGene"} <= {row.source for row in sources}


def test_health_and_readiness_report_the_release(client: httpx.Client, resolver: Resolver) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["release"] == resolver.release.id


def test_a_damaged_release_is_unavailable_and_never_not_found(small_data_dir: Path, tmp_path: Path) -> None:
    copied = copy_data_dir(small_data_dir, tmp_path / "data")
    database = get_current_release(copied).database
    own_copy(database)
    broken = LocalResolver(copied)
    database.write_bytes(b"no database at all" * 4096)
    with served(create_app(lambda: broken)) as client:
        for path in ("/resolve/P13232", "/readyz"):
            response = client.get(path)
            assert (response.status_code, response.json()["code"]) == (503, "release_corrupt")


def test_the_documentation_shows_real_answers(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    content = schema["paths"]["/resolve/{identifier}"]["get"]["responses"]["200"]["content"]["application/json"]
    shown = content["examples"]["P13232"]["value"]
    queried = client.get("/resolve/P13232", params={"to": "ncbigene,ensembl,uniprot"}).json()
    assert shown == queried


def test_the_documentation_page_needs_no_network_access(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert "swagger-ui" in page
    assert "//cdn" not in page
    assert "https://" not in page.replace("https://www.w3.org", "")
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"
