"""What a cache may keep: an answer as long as its release is live, and never a miss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from resolver.api.app import create_app
from resolver.resolve.resolver import Resolver
from resolver.store.gene_reader import GeneReader
from resolver.version import __version__
from tests.serving import served

ANSWERED = ["P13232", "IL7", "MUM1", "HGNC:1871"]
MISSED = ["nonsense!!", "NM_999999999", "rs7412", "1-Mar"]


class _Live:
    """The resolver that is live; another release can be put in its place."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def __call__(self) -> Resolver:
        return self.resolver

    def put_live(self, release_id: str) -> None:
        release = self.resolver.release
        self.resolver = Resolver(GeneReader(replace(release, manifest=release.manifest | {"id": release_id})))


@pytest.fixture
def live(resolver: Resolver) -> _Live:
    return _Live(resolver)


@pytest.fixture
def client(live: _Live) -> Iterator[httpx.Client]:
    with served(create_app(live)) as opened:
        yield opened


@pytest.mark.parametrize("text", ANSWERED)
def test_an_answer_carries_the_release_and_the_program_as_its_etag(
    client: httpx.Client, resolver: Resolver, text: str
) -> None:
    response = client.get(f"/resolve/{text}")
    assert response.status_code == 200
    assert response.headers["etag"] == f'W/"{resolver.release.id}-{__version__}"'
    assert response.headers["x-release"] == resolver.release.id
    assert "must-revalidate" in response.headers["cache-control"]


@pytest.mark.parametrize("etag", ["{}", '"other", {}', 'W/"other" , {},"more"', "*"])
def test_a_client_with_the_current_etag_gets_304(client: httpx.Client, etag: str) -> None:
    first = client.get("/resolve/P13232")
    again = client.get("/resolve/P13232", headers={"if-none-match": etag.format(first.headers["etag"])})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "x-release"):
        assert again.headers[name] == first.headers[name]


def test_the_strong_spelling_of_the_etag_is_the_same_release(client: httpx.Client) -> None:
    strong = client.get("/resolve/P13232").headers["etag"].removeprefix("W/")
    assert client.get("/resolve/P13232", headers={"if-none-match": strong}).status_code == 304


@pytest.mark.parametrize("etag", ['"other"', 'W/"starter-0"', "", "starter"])
def test_a_client_with_another_etag_gets_the_answer(client: httpx.Client, etag: str) -> None:
    response = client.get("/resolve/P13232", headers={"if-none-match": etag})
    assert response.status_code == 200
    assert response.json()["genes"]


def test_another_release_changes_the_etag(client: httpx.Client, live: _Live) -> None:
    before = client.get("/resolve/P13232")
    live.put_live("starter-another")
    after = client.get("/resolve/P13232", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert after.json()["release"]["id"] == after.headers["x-release"] == "starter-another"
    assert client.get("/resolve/P13232", headers={"if-none-match": after.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("text", MISSED)
def test_a_miss_is_not_cacheable(client: httpx.Client, text: str) -> None:
    """The next release may contain what this one does not."""
    response = client.get(f"/resolve/{text}")
    assert response.status_code in {404, 422}
    assert "etag" not in response.headers
    assert "max-age" not in response.headers.get("cache-control", "")


def test_a_client_with_an_old_answer_gets_the_miss_of_the_next_release(client: httpx.Client, live: _Live) -> None:
    etag = client.get("/resolve/P13232").headers["etag"]
    live.put_live("starter-another")
    assert client.get("/resolve/nonsense!!", headers={"if-none-match": etag}).status_code == 422


@pytest.mark.parametrize("query", ["specie=human", "on_many=some", "species=rat", "to=kegg"])
def test_an_invalid_option_is_refused_and_not_cacheable(client: httpx.Client, query: str) -> None:
    response = client.get(f"/resolve/P13232?{query}")
    assert response.status_code == 422
    assert "etag" not in response.headers


@pytest.mark.parametrize("text", [*ANSWERED, *MISSED])
def test_head_has_the_status_and_headers_of_get_and_no_body(client: httpx.Client, text: str) -> None:
    got, head = client.get(f"/resolve/{text}"), client.head(f"/resolve/{text}")
    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("content-type", "content-length", "etag", "x-release", "cache-control"):
        assert head.headers.get(name) == got.headers.get(name)


def test_head_answers_304_too(client: httpx.Client) -> None:
    etag = client.head("/resolve/P13232").headers["etag"]
    assert client.head("/resolve/P13232", headers={"if-none-match": etag}).status_code == 304


def test_different_options_have_different_addresses_and_answers(client: httpx.Client) -> None:
    """So that a cache, which goes by the address, never mixes them up."""
    assert client.get("/resolve/IL7?species=mouse").json()["genes"][0]["species"] == "mouse"
    assert client.get("/resolve/IL7").json()["genes"][0]["species"] == "human"
    assert client.get("/resolve/IL7").headers["vary"] == "Accept-Encoding"


def test_batch_answers_name_their_release_and_are_not_cacheable(client: httpx.Client, resolver: Resolver) -> None:
    response = client.post("/resolve", json=["P13232"])
    assert response.headers["x-release"] == resolver.release.id
    assert "etag" not in response.headers
