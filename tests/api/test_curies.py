"""`/{prefix}:{accession}` and `/llms.txt` over HTTP, as programs and browsers see them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.answers import AnswerProblemShape
from resolver.identifiers.model import Namespace
from resolver.identifiers.namespaces import NAMESPACES
from resolver.resolve.resolver import Resolver
from resolver.web.app import add_pages
from tests.serving import served

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_LINK = re.compile(r"^- \[[^\]]+\]\((\S+)\): \S", re.MULTILINE)


@pytest.fixture(scope="module")
def client(resolver: Resolver) -> Iterator[httpx.Client]:
    with served(add_pages(create_app(lambda: resolver))) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "curie", "symbol"),
    [
        ("/ensembl:ENSG00000104432", "ensembl:ENSG00000104432", "IL7"),
        ("/ncbigene:3574", "ncbigene:3574", "IL7"),
        ("/hgnc:6023", "hgnc:6023", "IL7"),
        ("/uniprot:P13232", "uniprot:P13232", "IL7"),
        ("/MGI:96561", "mgi:96561", "Il7"),
        ("/MGI:MGI:96561", "mgi:MGI:96561", "Il7"),
        ("/omim:146660", "omim:146660", "IL7"),
        ("/refseq:NM_000880", "refseq:NM_000880", "IL7"),
        ("/REFSEQ:NM_000880.4", "refseq:NM_000880.4", "IL7"),
        ("/Entrez:3574", "ncbigene:3574", "IL7"),
        ("/mim:146660", "omim:146660", "IL7"),
        ("/ncbigene:60454", "ncbigene:60454", "SNCA"),  # retired
    ],
)
def test_a_curie_leads_programs_to_its_answer_and_browsers_to_the_page(
    client: httpx.Client, path: str, curie: str, symbol: str
) -> None:
    redirect = client.get(path)
    assert (redirect.status_code, redirect.headers["location"]) == (303, f"/resolve/{curie}")
    assert "accept" in redirect.headers["vary"].lower()
    answer = client.get(path, follow_redirects=True)
    assert [gene["symbol"] for gene in answer.json()["genes"]] == [symbol]
    page = client.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["location"]) == (303, f"/gene/{curie}")
    shown = client.get(path, headers=BROWSER, follow_redirects=True)
    assert shown.status_code == 200
    assert f"<h1>{symbol}" in shown.text
    assert ("was retired" in shown.text) == (answer.json()["outcome"] == "retired")


@pytest.mark.parametrize("namespace", NAMESPACES, ids=lambda namespace: namespace.prefix)
def test_every_spelling_of_a_prefix_is_read(client: httpx.Client, namespace: Namespace) -> None:
    spellings = [spelling for spelling in namespace.spellings if "/" not in spelling]
    codes = {client.get(f"/{spelling}:!!").json()["code"] for spelling in spellings}
    assert codes == {"malformed"}


def test_the_query_string_is_passed_on(client: httpx.Client) -> None:
    assert (
        client.get("/hgnc:6023?to=omim&fields=xrefs").headers["location"] == "/resolve/hgnc:6023?to=omim&fields=xrefs"
    )
    found = client.get("/hgnc:6023?to=omim&fields=xrefs", follow_redirects=True).json()
    assert list(found["genes"][0]["xrefs"]) == ["omim"]


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("/ensembel:ENSG00000104432", "unknown_namespace", "Did you mean /ensembl:ENSG00000104432?"),
        ("/unprot:P13232", "unknown_namespace", "Did you mean /uniprot:P13232?"),
        ("/zzzz:1", "unknown_namespace", "Prefixes are ncbigene, ensembl"),
        ("/ensembl:ENSG00000104430", "not_in_release", "Not in the whole genome"),
        ("/ensembl:ENSG1", "malformed", "one looks like ensembl:ENSG00000104432"),
    ],
)
def test_what_does_not_exist_is_404_with_the_reason(client: httpx.Client, path: str, code: str, says: str) -> None:
    refused = client.get(path)
    assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
    problem = AnswerProblemShape.model_validate(refused.json(), strict=True)
    assert problem.code == code
    assert says in (problem.hint or "")
    page = client.get(path, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert says in page.text.replace("&#39;", "'")


def test_other_addresses_are_not_taken_for_curies(client: httpx.Client) -> None:
    assert client.get("/nowhere").json()["code"] == "no_such_page"
    assert client.get("/nowhere/a:b").json()["code"] == "no_such_page"
    assert client.get("/resolve/hgnc:6023").status_code == 200
    assert client.head("/hgnc:6023").status_code == 303


def test_the_page_for_language_models_has_the_layout_of_its_convention_and_links_that_work(
    client: httpx.Client, resolver: Resolver
) -> None:
    page = client.get("/llms.txt")
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    lines = page.text.splitlines()
    assert lines[0].startswith("# ")
    assert lines[2].startswith("> ")
    assert resolver.release.id in page.text
    assert len(page.text) < 4_000
    links = _LINK.findall(page.text)
    assert len(links) == sum(line.startswith("- ") for line in lines)
    assert {client.get(link, follow_redirects=True).status_code for link in links} == {200}
