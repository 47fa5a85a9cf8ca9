"""`/search`, `/go`, `/history`, `/orthologs` and `/gene` over HTTP, each validated against its published schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.answers import AnswerProblemShape, AnswerShape
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.genes import GeneShape
from resolver.api.schemas.looking import (
    AboutShape,
    DestinationShape,
    GenePagesProblemShape,
    OrthologsShape,
    PastShape,
    SearchShape,
)
from resolver.resolve.card import make_cards, render_cards
from resolver.resolve.resolver import Resolver
from tests.serving import served


@pytest.fixture(scope="module")
def client(resolver: Resolver) -> Iterator[httpx.Client]:
    with served(create_app(lambda: resolver)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "number"),
    [("q=il7r", 4), ("q=P13232", 1), ("q=zzzzzz", 0), ("q=i&limit=100&species=mouse", 100), ("q=interleukin%20", 20)],
)
def test_hits_have_the_published_shape(client: httpx.Client, query: str, number: int) -> None:
    found = SearchShape.model_validate(client.get(f"/search?{query}").json(), strict=True)
    assert len(found.hits) == number


def test_a_search_reports_what_matched(client: httpx.Client) -> None:
    first = client.get("/search?q=her2&limit=1").json()
    assert first["has_more"] is True
    assert first["hits"] == [
        {"curie": "hgnc:3430", "symbol": "ERBB2", "taxon": 9606, "species": "human",
         "name": "erb-b2 receptor tyrosine kinase 2", "kind": "alias", "text": "HER2"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/go/P13232", "/go/ENSG00000104432?to=hgnc", "/go/IL7?species=human", "/go/hgnc:6023"]
)
def test_an_identifier_resolves_to_the_page_of_its_gene(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 303
    assert response.headers["location"] == "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:6023"
    assert response.headers["x-release"]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/go/Q5FBX5?to=uniprot", "https://www.uniprot.org/uniprotkb/P13232"),
        ("/go/P13232?to=Ensembl", "https://www.ensembl.org/id/ENSG00000104432"),
        ("/go/P13232?to=mgi,omim", "https://omim.org/entry/146660"),
        ("/go/MGI:96561", "https://www.informatics.jax.org/marker/MGI:96561"),
        ("/go/IL7?to=mgi", "https://www.informatics.jax.org/marker/MGI:96561"),
        ("/go/IL7?to=homologene", "https://www.ncbi.nlm.nih.gov/homologene/680"),
        ("/go/3574?from=entrez&to=entrez", "https://www.ncbi.nlm.nih.gov/gene/3574"),
        ("/go/ncbigene:60454?to=ncbigene", "https://www.ncbi.nlm.nih.gov/gene/6622"),
        ("/go/P13232?to=PubMed", "https://pubmed.ncbi.nlm.nih.gov/?linkname=gene_pubmed&from_uid=3574"),
        ("/go/IL7?to=gxd", "https://www.informatics.jax.org/gxd/marker/MGI:96561"),
        ("/go/P13232?to=mgi&to=gxd&to=gtex", "https://www.gtexportal.org/home/gene/ENSG00000104432"),
    ],
)
def test_a_namespace_resolves_to_its_best_page(client: httpx.Client, path: str, page: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers.get("location")) == (303, page)


@pytest.mark.parametrize(
    ("path", "outcome", "symbols"),
    [
        ("/go/IL7", "resolved", ["IL7", "Il7"]),
        ("/go/MUM1", "ambiguous", ["IRF4", "PWWP3A", "Pwwp3a"]),
        ("/go/3574?to=ensembl", "ambiguous", ["IL7", "FADS1", "GAL3ST1", "Gal3st1"]),
    ],
)
def test_several_genes_are_listed_without_a_redirect(
    client: httpx.Client, path: str, outcome: str, symbols: list[str]
) -> None:
    response = client.get(path)
    assert response.status_code == 300
    assert "location" not in response.headers
    shown = DestinationShape.model_validate(response.json(), strict=True)
    assert (shown.outcome, [page.symbol for page in shown.choices], shown.url) == (outcome, symbols, None)
    assert response.headers["link"] == ", ".join(f'<{page.url}>; rel="alternate"' for page in shown.choices)
    assert shown.hint


def test_a_gene_without_a_page_there_lists_its_namespaces(client: httpx.Client) -> None:
    response = client.get("/go/P13232?to=mgi")
    problem = GenePagesProblemShape.model_validate(response.json(), strict=True)
    assert (response.status_code, problem.code) == (404, "no_xref")
    assert problem.genes[0].symbol == "IL7"
    assert {"ensembl", "uniprot"} <= set(problem.genes[0].namespaces)
    assert "mgi" not in problem.genes[0].namespaces
    assert problem.genes[0].links == ["pubmed", "biogps", "bgee", "gxa", "proteinatlas", "gtex"]
    assert "ensembl" in str(problem.hint)


@pytest.mark.parametrize(
    ("identifier", "state"),
    [
        ("ncbigene:60454", "retired"), ("hgnc:1000", "retired"), ("MUM1", "retired"), ("PARK4", "retired"),
        ("ncbigene:6622", "current"), ("P13232", "current"), ("P13232-2", "current"), ("ENSG00000104432.12", "current"),
        ("IL7", "current"), ("omim:618309", "current"), ("homologene:680", "current"), ("MGI:96561", "current"),
        ("NM_000880.4", "current"), ("IL7_HUMAN", "current"), ("3574", "current"),
    ],
)  # fmt: skip
def test_a_history_has_the_published_shape(client: httpx.Client, identifier: str, state: str) -> None:
    response = client.get(f"/history/{identifier}")
    past = PastShape.model_validate(response.json(), strict=True)
    assert (response.status_code, past.state) == (200, state)
    assert past.records
    for record in past.records:
        if record.state == "current" and ":" in record.identifier:
            assert record.known is not None
            assert record.known.startswith("in ")


def test_a_current_identifier_has_its_source_and_what_is_not_recorded(client: httpx.Client) -> None:
    (record,) = client.get("/history/ENSG00000226784").json()["records"]
    assert record["known"].startswith("in Ensembl 114 (2025-05); this release does not record which Ensembl")
    (record,) = client.get("/history/ncbigene:6622").json()["records"]
    assert "does not record" not in record["known"]


def test_a_history_contains_dates_reasons_successors_and_merged_identifiers(client: httpx.Client) -> None:
    (retired,) = client.get("/history/ncbigene:60454").json()["records"]
    assert retired["steps"] == [
        {"retired": "ncbigene:60454", "successor": "ncbigene:6622", "reason": "replaced", "date": "2014-08-03",
         "label": "PARK4", "sources": ["ncbi.gene_history"]}
    ]  # fmt: skip
    assert [(successor["curie"], successor["genes"][0]["symbol"]) for successor in retired["successors"]] == [
        ("ncbigene:6622", "SNCA")
    ]
    (current,) = client.get("/history/ncbigene:6622").json()["records"]
    assert current["retired_identifiers"][1:] == retired["steps"]


@pytest.mark.parametrize("identifier", ["P13232", "IL7", "Klrb1c", "ENSMUSG00000040329", "ncbigene:60454", "MUM1"])
def test_orthologs_have_the_published_shape(client: httpx.Client, identifier: str) -> None:
    response = client.get(f"/orthologs/{identifier}")
    listed = OrthologsShape.model_validate(response.json(), strict=True)
    assert response.status_code == 200
    assert all(ortholog.taxon != gene.taxon for gene in listed.genes for ortholog in gene.orthologs)


def test_orthologs_show_support_methods_and_homologene_beside_them(client: httpx.Client) -> None:
    (gene,) = client.get("/orthologs/P13232").json()["genes"]
    (ortholog,) = gene["orthologs"]
    assert (ortholog["curie"], ortholog["cardinality"], ortholog["in_same_group"]) == ("mgi:96561", "1:1", True)
    assert ortholog["methods"]
    assert [group["curie"] for group in gene["homologene"]] == ["homologene:680"]
    assert [gene["symbol"] for gene in client.get("/orthologs/IL7?species=mouse").json()["genes"]] == ["Il7"]


@pytest.mark.parametrize(
    "text",
    ["hgnc:6023", "HGNC:6023", "ncbigene:3574", "ensembl:ENSG00000104432", "omim:146660", "P13232", "NM_000880.4",
     "PBGF?species=human", "3574?from=entrez", "IL7?species=human"],
)  # fmt: skip
def test_any_identifier_of_one_gene_has_its_document(client: httpx.Client, resolver: Resolver, text: str) -> None:
    response = client.get(f"/gene/{text}")
    gene = GeneShape.model_validate(response.json(), strict=True)
    assert (response.status_code, gene.curie) == (200, "hgnc:6023")
    assert response.json() == resolver.gene("P13232")
    whole = resolver.resolve("P13232").to_dict()["genes"][0]
    assert response.json() == {name: whole[name] for name in GeneShape.model_fields}


@pytest.mark.parametrize("text", ["IL7", "homologene:680", "MUM1", "3574"])
def test_several_genes_have_the_answer_that_lists_them(client: httpx.Client, text: str) -> None:
    response = client.get(f"/gene/{text}")
    answer = AnswerShape.model_validate(response.json(), strict=True)
    assert response.status_code == 300
    assert len(answer.genes) > 1
    assert answer.hint
    assert response.json()["genes"] == client.get(f"/resolve/{text}").json()["genes"]


@pytest.mark.parametrize("text", ["P13232", "IL7", "mgi:96561"])
def test_as_text_a_gene_and_its_ortholog_share_a_card(client: httpx.Client, resolver: Resolver, text: str) -> None:
    response = client.get(f"/gene/{text}?format=text")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert response.text == render_cards(make_cards(resolver.resolve("IL7")))
    assert response.headers["x-release"]
    assert client.get(f"/gene/{text}?format=json").json() == client.get(f"/gene/{text}").json()


MISSES = [
    ("/go/NM_999999999", 404, "not_in_release"),
    ("/go/hgnc:1000", 404, "retired_no_successor"),
    ("/go/omim:618309", 404, "phenotype_not_gene"),
    ("/go/P13232?species=mouse", 404, "wrong_species"),
    ("/go/nonsense!!", 422, "malformed"),
    ("/history/NM_999999999", 404, "not_in_release"),
    ("/history/zfin:ZDB-1", 422, "unknown_namespace"),
    ("/orthologs/CXCL8", 404, "no_ortholog"),
    ("/orthologs/hgnc:1000", 404, "retired_no_successor"),
    ("/gene/hgnc:99999", 404, "not_in_release"),
    ("/gene/ncbigene:60454", 404, "retired"),
    ("/gene/60454", 404, "retired"),
    ("/gene/omim:618309?format=text", 404, "phenotype_not_gene"),
    ("/gene/nonsense!!?format=text", 422, "malformed"),
]


@pytest.mark.parametrize(("path", "status", "code"), MISSES)
def test_a_miss_is_the_problem_that_resolve_gives(client: httpx.Client, path: str, status: int, code: str) -> None:
    response = client.get(path)
    problem = AnswerProblemShape.model_validate(response.json(), strict=True)
    assert (response.status_code, problem.status, problem.code) == (status, status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.hint


@pytest.mark.parametrize(
    "path",
    [
        "/search", "/search?q=", "/search?q=il7&limit=0", "/search?q=il7&limit=101", "/search?q=il7&limit=many",
        "/search?q=il7&to=ensembl", "/search?q=il7&limit=-1", "/go/P13232?explain=true", "/go/P13232?nope=1",
        "/history/P13232?species=human", "/orthologs/P13232?to_species=mouse", "/gene/hgnc:6023?to=ensembl",
        "/gene/P13232?format=yaml",
    ],
)  # fmt: skip
def test_bad_options_are_problems_with_a_next_step(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    problem = ProblemShape.model_validate(response.json())
    assert (response.status_code, problem.code) == (422, "bad_option")
    assert problem.hint


@pytest.mark.parametrize("path", ["/go/IL7?species=rat", "/search?q=il7&species=rat", "/go/IL7?to=kegg"])
def test_unknown_species_and_namespaces_keep_their_codes(client: httpx.Client, path: str) -> None:
    assert client.get(path).json()["code"] == ("unknown_namespace" if "kegg" in path else "unknown_species")


@pytest.mark.parametrize(
    "path", ["/search?q=il7", "/history/P13232", "/orthologs/P13232", "/gene/hgnc:6023", "/resolve/P13232"]
)
def test_answers_of_a_release_have_an_etag(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    headers: dict[str, Any] = {"if-none-match": first.headers["etag"]}
    assert first.headers["cache-control"]
    assert client.get(path, headers=headers).status_code == 304
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_the_current_release_describes_itself(client: httpx.Client) -> None:
    about = client.get("/about").json()
    AboutShape.model_validate(about, strict=True)
    assert about["sources"] == client.get("/sources").json()
    assert about["genes"]["human"] > 0
