"""`/diff`: the answers of two published releases to the same queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from resolver.api.app import create_app
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.looking import ComparisonShape, DiffShape
from resolver.app.resolver import LocalResolver, ReleaseFollower
from resolver.resolve.resolver import Resolver
from tests.releases import EARLIER, copy_with_earlier_release
from tests.serving import served


@pytest.fixture(scope="module")
def client(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = copy_with_earlier_release(data_dir, tmp_path_factory.mktemp("two") / "data")
    with served(create_app(ReleaseFollower(folder))) as opened:
        yield opened


def _compared(client: httpx.Client, query: str) -> dict[str, Any]:
    response = client.get(f"/diff?{query}")
    assert response.status_code == 200
    (comparison,) = DiffShape.model_validate(response.json(), strict=True).comparisons
    return comparison.model_dump()


def test_the_current_release_is_compared_with_the_previous_one(client: httpx.Client, resolver: Resolver) -> None:
    summary = client.get("/diff?ids=IL7,TNF").json()["summary"]
    assert (summary["from"]["id"], summary["to"]["id"]) == (EARLIER, resolver.release.id)
    assert (summary["queries"], summary["changed"]) == (2, 1)


def test_a_renamed_gene_shows_its_names_and_xrefs(client: httpx.Client) -> None:
    comparison = _compared(client, "ids=hgnc:6023")
    assert comparison["changed"]
    assert comparison["renamed"] == [{"curie": "hgnc:6023", "before": "IL7OLD", "after": "IL7"}]
    assert comparison["xrefs"] == [
        {"gene": "hgnc:6023", "namespace": "uniprot", "added": [], "removed": ["uniprot:A0A000"]},
        {"gene": "hgnc:6023", "namespace": "omim", "added": ["omim:146660"], "removed": []},
    ]


def test_an_identifier_that_is_new_shows_the_gene_and_why_it_was_missed(client: httpx.Client) -> None:
    comparison = _compared(client, "ids=P13232")
    assert (comparison["before"]["outcome"], comparison["before"]["reason"]) == ("not_found", "not_in_release")
    assert comparison["after"]["outcome"] == "resolved"
    assert [gene["curie"] for gene in comparison["genes_added"]] == ["hgnc:6023"]
    assert not comparison["genes_removed"]


def test_the_other_way_round_the_gene_is_removed(client: httpx.Client) -> None:
    comparison = _compared(client, f"ids=P13232&from=current&to={EARLIER}")
    assert [gene["curie"] for gene in comparison["genes_removed"]] == ["hgnc:6023"]


def test_unchanged_answers_are_listed_as_unchanged(client: httpx.Client) -> None:
    assert not _compared(client, "ids=TNF")["changed"]
    assert not _compared(client, "ids=IL7&from=current")["changed"]
    assert not _compared(client, "ids=TP53&species=mouse")["changed"]


def test_a_list_is_compared_in_order(client: httpx.Client) -> None:
    response = client.post("/diff?from=earlier", json=["TNF", "P13232", {"id": "3574", "from": "entrez"}, "TNF", None])
    shown = DiffShape.model_validate(response.json(), strict=True)
    assert [one.query for one in shown.comparisons] == ["TNF", "P13232", "3574", "TNF", ""]
    assert (shown.summary.queries, shown.summary.changed) == (5, 2)
    assert ".." in response.headers["x-release"]


def test_lines_in_are_lines_out(client: httpx.Client) -> None:
    response = client.post("/diff", content="TNF\nP13232\n", headers={"content-type": "text/plain"})
    *lines, last = [orjson.loads(line) for line in response.content.splitlines()]
    assert [ComparisonShape.model_validate(line, strict=True).changed for line in lines] == [False, True]
    assert last["summary"]["changed"] == 1


def test_an_empty_list_has_no_comparisons(client: httpx.Client) -> None:
    assert DiffShape.model_validate(client.post("/diff", json=[]).json()).comparisons == []


@pytest.mark.parametrize("query", ["from=nowhere", "to=nowhere", "to=../../etc", "from=earlier-1x"])
def test_an_unknown_release_lists_the_published_ones(client: httpx.Client, query: str, resolver: Resolver) -> None:
    response = client.get(f"/diff?ids=IL7&{query}")
    problem = ProblemShape.model_validate(response.json())
    assert (response.status_code, problem.code) == (404, "unknown_release")
    assert EARLIER in str(problem.hint)
    assert resolver.release.id in str(problem.hint)


def test_a_single_release_has_no_previous_one(resolver: LocalResolver) -> None:
    with served(create_app(lambda: resolver)) as client:
        assert client.get("/diff?ids=IL7&to=starter").status_code == 404
        response = client.get("/diff?ids=IL7")
        assert (response.status_code, response.json()["code"]) == (404, "unknown_release")


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=,", "?ids=IL7&explain=true", "?ids=IL7&from=a&from=b"])
def test_bad_queries_are_problems_with_a_next_step(client: httpx.Client, query: str) -> None:
    response = client.get(f"/diff{query}")
    assert (response.status_code, response.json()["code"]) == (422, "bad_option")
    assert response.json()["hint"]


def test_queries_that_change_what_is_shown_cannot_be_compared(client: httpx.Client) -> None:
    response = client.post("/diff", json=["IL7", {"id": "TNF", "to": "ensembl"}])
    assert (response.status_code, response.json()["code"]) == (422, "bad_option")
    assert "query 2" in response.json()["detail"]


def test_a_comparison_is_sent_once(client: httpx.Client) -> None:
    first = client.get("/diff?ids=IL7")
    headers = {"if-none-match": first.headers["etag"]}
    assert client.get("/diff?ids=IL7", headers=headers).status_code == 304
    assert client.get("/diff?ids=IL7&from=current", headers=headers).status_code == 200
