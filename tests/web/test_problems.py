"""Problems are pages for browsers: in plain words, with a search field, and with the status that programs get."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from resolver.access.keyring import KeyRing
from resolver.api.app import create_app
from resolver.api.errors import problem_response
from resolver.app.access import Access
from resolver.errors import ReleaseCorrupt
from resolver.resolve.resolver import Resolver
from resolver.store.key_table import KeyTable
from resolver.web.app import add_pages
from resolver.web.browsers import BrowserAnswers
from tests.serving import served


def test_there_is_a_search_field_where_there_is_no_page(client: httpx.Client) -> None:
    page = client.get("/no-such-page")
    assert page.status_code == 404
    assert 'name="q"' in page.text
    assert client.get("/no-such-page", headers={"accept": "*/*"}).json()["code"] == "no_such_page"


def test_an_option_that_cannot_be_read_is_explained(client: httpx.Client) -> None:
    page = client.get("/lookup/IL7?species=fish")
    assert page.status_code == 422
    assert "The input could not be read" in page.text


def test_a_failure_and_a_missing_release_are_explained() -> None:
    def crash() -> Resolver:
        raise RuntimeError("unexpected <b>")

    def corrupt() -> Resolver:
        raise ReleaseCorrupt("the release cannot be read", hint="Publish another.")

    for find, status, words in ((crash, 500, "Something went wrong"), (corrupt, 503, "cannot be read at the moment")):
        with served(add_pages(create_app(find))) as broken:
            page = broken.get("/lookup/IL7", headers={"accept": "text/html"})
            assert page.status_code == status
            assert words in page.text
            assert "unexpected <b>" not in page.text
            assert page.headers["x-request-id"]


def test_a_problem_of_an_identifier_is_explained_once(client: httpx.Client) -> None:
    page = client.get("/go/nonsense77").text
    assert "<h1>No gene matches</h1>" in page
    assert page.count("Check the spelling") == 1
    assert "nothing at this address" not in page
    removed = client.get("/convert/jobs/abcdef12").text
    assert "<h1>There is no such conversion</h1>" in removed
    assert "there is no job &#39;abcdef12&#39;.</p>" in removed


def test_problems_are_styled_where_requests_are_refused(resolver: Resolver, tmp_path: Path) -> None:
    with closing(KeyTable(f"sqlite:///{tmp_path / 'ledger.db'}")) as table:
        access = Access(keys=KeyRing(table), rate_limit="1/hour")
        with served(add_pages(create_app(lambda: resolver, access=access))) as service:
            page = service.get("/lookup/IL7", headers={"accept": "text/html"})
            assert page.status_code == 401
            assert "<h1>This service requires a key</h1>" in page.text
            for address in re.findall(r'(?:src|href)="(/static/[^"]*)"', page.text):
                assert service.get(address).status_code == 200, address
    with served(add_pages(create_app(lambda: resolver, access=Access(rate_limit="1/hour")))) as service:
        pages = [service.get("/lookup/IL7", headers={"accept": "text/html"}) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 429]
    assert "<h1>Too many requests came from your address</h1>" in pages[1].text


@pytest.mark.parametrize("status", [403, 404, 405, 408, 409, 413, 418, 422, 429, 500, 503, 507])
def test_every_problem_is_a_page_for_browsers(status: int) -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        problem = problem_response(
            status, code="some_code", title="Title", detail="<b>detail</b>", hint="A hint.", path="/x"
        )
        problem.headers["retry-after"] = "7"
        await problem(scope, receive, send)

    async def get(accept: str) -> httpx.Response:
        transport = httpx.ASGITransport(BrowserAnswers(refuse))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/x", headers={"accept": accept})

    page = asyncio.run(get("text/html"))
    assert page.status_code == status
    assert page.headers["retry-after"] == "7"
    assert "<h1>" in page.text
    assert 'name="q"' in page.text
    assert "<b>detail" not in page.text
    assert asyncio.run(get("*/*")).json()["detail"] == "<b>detail</b>"
