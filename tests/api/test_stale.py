"""`/stale`, its runs, its page and `/metrics`: what a night left in the ledger, in every format, filtered, streamed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from resolver.api.app import create_app
from resolver.api.report_page import Line, spread
from resolver.api.stale_schemas import RunShape, StaleShape
from resolver.nights import open_ledger_reader
from resolver.resolve.resolver import Resolver
from tests.nightly.history import write_nights
from tests.serving import served


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("ledger")
    write_nights(f"sqlite:///{folder / 'ledger.db'}")
    with served(create_app(lambda: resolver, open_ledger=lambda: open_ledger_reader(folder))) as opened:
        yield opened


@pytest.fixture
def empty(resolver: Resolver, tmp_path: Path) -> Iterator[httpx.Client]:
    with served(create_app(lambda: resolver, open_ledger=lambda: open_ledger_reader(tmp_path))) as opened:
        yield opened
    assert list(tmp_path.iterdir()) == []


def test_marks_are_listed_with_the_published_shape(client: httpx.Client) -> None:
    listed = client.get("/stale").json()
    assert listed
    for mark in listed:
        StaleShape.model_validate(mark, strict=True)
    assert [mark["since"] for mark in listed] == sorted(mark["since"] for mark in listed)


def test_all_formats_say_the_same(client: httpx.Client) -> None:
    listed = [mark["curie"] for mark in client.get("/stale").json()]
    lines = client.get("/stale", headers={"accept": "application/x-ndjson"})
    assert [json.loads(line)["curie"] for line in lines.text.splitlines()] == listed
    for table in (client.get("/stale?format=csv"), client.get("/stale", headers={"accept": "text/csv"})):
        assert table.headers["content-type"].startswith("text/csv")
        assert [row["curie"] for row in csv.DictReader(io.StringIO(table.text))] == listed


def test_marks_are_filtered(client: httpx.Client) -> None:
    every = client.get("/stale").json()
    for query, keep in (
        ("namespace=entrez", lambda mark: mark["curie"].startswith("ncbigene:")),
        ("species=mouse", lambda mark: mark["taxon"] == 10090),
        ("verdict=retired&namespace=omim", lambda mark: mark["curie"].startswith("omim:")),
        ("verdict=replaced", lambda _: False),
        (f"since={every[-1]['since']}", lambda mark: mark["since"] >= every[-1]["since"]),
    ):
        assert client.get(f"/stale?{query}").json() == [mark for mark in every if keep(mark)], query


@pytest.mark.parametrize(
    "query", ["namespace=nope", "species=rat", "verdict=current", "since=yesterday", "format=xml", "what=ever"]
)
def test_a_filter_that_cannot_be_read_is_a_problem(client: httpx.Client, query: str) -> None:
    response = client.get(f"/stale?{query}")
    assert response.status_code == 422
    assert response.json()["hint"]


def test_runs_are_listed_newest_first_with_what_they_did(client: httpx.Client) -> None:
    runs = client.get("/stale/runs?number=5").json()
    assert [run["id"] for run in runs] == [14, 13, 12, 11, 10]
    for run in runs:
        RunShape.model_validate(run, strict=True)
    assert runs[-1]["troubles"] == ["refseq"]
    assert client.get("/stale/runs?number=0").status_code == 422


def test_the_page_loads_nothing_from_anywhere_and_has_pictures(client: httpx.Client) -> None:
    page = client.get("/stale/report")
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.count("<svg") >= 8
    for word in ("<script", "<link", "src=", "href=", "url(", "@import", "http://", "https://"):
        assert word not in page.text


def test_names_of_lines_stand_apart_and_none_is_cut() -> None:
    lines = [Line(str(place), "#000", "", "", [], y) for place, y in enumerate([12.0] * 4 + [258.0] * 4)]
    names = sorted(line.label_y for line in spread(lines, 280))
    assert all(after - before >= 15 for before, after in pairwise(names))
    assert names[:4] == [12, 27, 42, 57]
    assert names[-1] <= 270


def test_figures_for_prometheus_are_told(client: httpx.Client, empty: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert "gene_xref_nightly_ledger 1" in lines
    assert 'gene_xref_nightly_source_healthy{source="refseq"} 1' in lines
    assert any(line.startswith('gene_xref_nightly_stale{source="mgi",verdict="retired"} ') for line in lines)
    assert all(line.startswith(("#", "gene_xref_nightly_")) for line in lines)
    assert empty.get("/metrics").text.splitlines()[-1] == "gene_xref_nightly_ledger 0"


@pytest.mark.parametrize("path", ["/stale", "/stale/runs", "/stale/report"])
def test_without_a_ledger_that_is_said_and_none_is_made(empty: httpx.Client, path: str) -> None:
    response = empty.get(path)
    assert response.status_code == 503
    assert response.json()["code"] == "ledger_unreachable"
