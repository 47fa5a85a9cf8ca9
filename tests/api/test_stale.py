"""`/stale`, its runs, its page and `/metrics`: the ledger of a nightly run, in every format, filtered, streamed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest
from fastapi import Request

from resolver.api.app import create_app
from resolver.api.loopback import require_loopback
from resolver.api.report_page import Line, spread
from resolver.api.schemas.marks import MarkHistoryShape, RunShape, StaleShape
from resolver.app.nightly import review_marks
from resolver.app.stores import open_ledger_reader
from resolver.errors import LoopbackOnly
from resolver.resolve.resolver import Resolver
from resolver.store.ledger import open_ledger
from tests.nightly.history import a_check, write_history
from tests.nightly.marked import write_marks
from tests.serving import served


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("ledger")
    write_history(f"sqlite:///{folder / 'ledger.db'}")
    with served(create_app(lambda: resolver, open_ledger=lambda: open_ledger_reader(folder))) as opened:
        yield opened


@pytest.fixture
def marked(resolver: Resolver, tmp_path: Path) -> Iterator[httpx.Client]:
    """Give a service whose ledger has marks of every kind; its runs were yesterday and today."""
    write_marks(f"sqlite:///{tmp_path / 'ledger.db'}", first=int(datetime.now(UTC).timestamp()) - 86_400 - 3_600)
    app = create_app(
        lambda: resolver,
        open_ledger=lambda: open_ledger_reader(tmp_path),
        review=lambda *given, **named: review_marks(*given, **named, data_dir=tmp_path),
    )
    with served(app) as opened:
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


def test_all_formats_contain_the_same_marks(client: httpx.Client) -> None:
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
    "query",
    ["namespace=nope", "species=rat", "verdict=current", "since=yesterday", "format=xml", "what=ever", "review=nope"],
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
    for word in ("<script", "<link", "src=", "url(", "@import"):
        assert word not in page.text


def test_labels_of_lines_do_not_overlap_and_none_is_cut() -> None:
    lines = [Line(str(place), "#000", "", "", [], y) for place, y in enumerate([12.0] * 4 + [258.0] * 4)]
    names = sorted(line.label_y for line in spread(lines, 280))
    assert all(after - before >= 15 for before, after in pairwise(names))
    assert names[:4] == [12, 27, 42, 57]
    assert names[-1] <= 270


def test_metrics_are_exported_for_prometheus(client: httpx.Client, empty: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert "gene_xref_nightly_ledger 1.0" in lines
    assert 'gene_xref_nightly_source_healthy{source="refseq"} 1.0' in lines
    assert any(line.startswith('gene_xref_nightly_stale{source="mgi",verdict="retired"} ') for line in lines)
    assert all(line.startswith(("#", "gene_xref_")) for line in lines)
    assert empty.get("/metrics").text.splitlines()[-1] == "gene_xref_nightly_ledger 0.0"


def test_before_the_first_nightly_run_nothing_is_stale(empty: httpx.Client) -> None:
    assert empty.get("/stale").json() == []
    assert empty.get("/stale?format=csv").text.startswith("curie,")
    assert empty.get("/stale/runs").json() == []
    assert "<entry>" not in empty.get("/stale/feed").text
    assert empty.get("/stale/report").status_code == 200
    missing = empty.get("/stale/uniprot:P13232")
    assert (missing.status_code, missing.json()["code"]) == (404, "mark_unknown")


def test_marks_come_as_sssom_and_tsv_by_format_and_by_accept(marked: httpx.Client) -> None:
    for sent in (
        marked.get("/stale?format=sssom"),
        marked.get("/stale", headers={"accept": "text/tab-separated-values; profile=sssom"}),
    ):
        assert sent.text.startswith("#curie_map:")
        assert "IAO:0100001" in sent.text
    table = marked.get("/stale", headers={"accept": "text/tab-separated-values, application/json;q=0.5"})
    assert table.text.startswith("curie\tversion\tsymbol")
    assert marked.get("/stale", headers={"accept": "*/*"}).headers["content-type"] == "application/json"


def test_a_row_has_symbol_species_successor_and_a_page_for_a_person(marked: httpx.Client) -> None:
    (mark,) = marked.get("/stale?namespace=uniprot").json()
    StaleShape.model_validate(mark, strict=True)
    reported = {name: mark[name] for name in ("curie", "symbol", "species", "verdict", "successors", "review", "page")}
    assert reported == {
        "curie": "uniprot:P13232", "symbol": "IL7", "species": "human", "verdict": "replaced",
        "successors": ["uniprot:P01579"], "review": "", "page": "https://www.uniprot.org/uniprotkb/P13232/history",
    }  # fmt: skip


def test_runs_show_the_age_of_each_source_and_what_is_held_back(marked: httpx.Client) -> None:
    run = marked.get("/stale/runs").json()[0]
    RunShape.model_validate(run, strict=True)
    parts = {part["source"]: part for part in run["sources"]}
    assert parts["ensembl"]["upstream_date"] == "2026-04"
    assert parts["ensembl"]["release_age_days"] > 200
    assert parts["uniprot"]["release_age_days"] == 1
    assert parts["mgi"]["release_age_days"] is None
    assert parts["mgi"]["held_back"] == 60


# --- Reviews ------------------------------------------------------------------------------------------------------


def test_a_mark_is_shown_with_its_history_in_any_spelling(marked: httpx.Client) -> None:
    for spelling in ("uniprot:P13232", "P13232"):
        shown = marked.get(f"/stale/{spelling}").json()
        MarkHistoryShape.model_validate(shown, strict=True)
        assert [event["event"] for event in shown["history"]] == ["set", "changed"]
    lifted = marked.get("/stale/ensembl:ENSG00000104432").json()
    assert lifted["mark"] is None
    assert marked.get("/stale/uniprot:P05231").json()["code"] == "mark_unknown"
    assert marked.get("/stale/uniprot:P05231").status_code == 404


def test_a_dismissed_mark_is_not_listed_until_it_is_reopened(marked: httpx.Client) -> None:
    address = "/stale/uniprot:P13232"
    shown = marked.post(address, json={"action": "dismiss", "reason": "not ours", "by": "ada"}).json()
    MarkHistoryShape.model_validate(shown, strict=True)
    assert shown["mark"]["review"] == "dismissed"
    assert (shown["history"][-1]["by"], shown["history"][-1]["reason"]) == ("ada", "not ours")
    assert marked.get("/stale?namespace=uniprot").json() == []
    marked.post(address, json={"action": "reopen", "by": "ada"})
    assert len(marked.get("/stale?namespace=uniprot").json()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"action": "dismiss", "by": "ada"}, {"action": "comment", "by": "ada"}, {"action": "dismiss", "reason": "x"},
        {"action": "delete", "by": "ada"}, {"action": "acknowledge", "by": " "}, [],
        {"action": "acknowledge", "by": "ada", "what": "ever"},
    ],
)  # fmt: skip
def test_a_review_that_lacks_something_is_a_problem(marked: httpx.Client, body: object) -> None:
    assert marked.post("/stale/uniprot:P13232", json=body).status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=10.1.2.3"}, {"x-real-ip": "10.1.2.3"}, {"via": "1.1 edge"},
        {"host": "rebound.example.org"},
    ],
)  # fmt: skip
def test_a_review_through_a_proxy_or_under_another_name_is_refused(
    marked: httpx.Client, headers: dict[str, str]
) -> None:
    answer = marked.post("/stale/uniprot:P13232", json={"action": "acknowledge", "by": "eve"}, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "loopback_only"
    assert marked.get("/stale/uniprot:P13232").json()["mark"]["review"] == ""


@pytest.mark.parametrize("host", ["10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3", None])
def test_a_review_from_another_machine_is_refused(host: str | None) -> None:
    with pytest.raises(LoopbackOnly):
        require_loopback(_a_request(host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_a_review_from_the_same_machine_is_accepted(host: str) -> None:
    require_loopback(_a_request(host))


def _a_request(host: str | None) -> Request:
    headers = [(b"host", b"localhost:8000"), (b"content-type", b"application/json; charset=utf-8")]
    scope = {"type": "http", "method": "POST", "path": "/stale/x", "query_string": b"", "headers": headers,
             "scheme": "http", "server": ("localhost", 8000), "client": host and (host, 4)}  # fmt: skip
    return Request(scope)


def test_a_body_that_a_browser_may_send_cross_site_is_refused(marked: httpx.Client) -> None:
    body = json.dumps({"action": "acknowledge", "by": "eve"})
    for headers in ({"content-type": "text/plain"}, {}):
        assert marked.post("/stale/uniprot:P13232", content=body, headers=headers).status_code == 422
    assert marked.get("/stale/uniprot:P13232").json()["mark"]["review"] == ""


# --- The feed -----------------------------------------------------------------------------------------------------

ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_feed_has_what_atom_requires_and_an_entry_for_each_event(marked: httpx.Client) -> None:
    sent = marked.get("/stale/feed")
    assert sent.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(sent.content)  # noqa: S314  (of our own making)
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None
    links = {link.get("rel"): str(link.get("href")) for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{marked.base_url}/stale/feed".replace("//stale", "/stale")
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 4 + 6 + 60
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)
    for entry in entries:
        assert datetime.fromisoformat(str(entry.findtext(f"{ATOM}updated"))).tzinfo
        assert entry.findtext(f"{ATOM}title")
        (link,) = [link for link in entry.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert str(link.get("href")).startswith("https://")
    titles = {entry.findtext(f"{ATOM}title") for entry in entries}
    assert {
        "uniprot:P13232 (IL7) has a new verdict: replaced, use uniprot:P01579",
        "ensembl:ENSG00000104432 (IL7) is current again",
        "mgi:96000 (Il7) awaits confirmation: retired",
    } <= titles


def test_feed_ids_are_stable_and_a_client_with_the_feed_gets_304(marked: httpx.Client) -> None:
    first = marked.get("/stale/feed", headers={"accept-encoding": "identity"})
    assert marked.get("/stale/feed").content == first.content
    for headers in (
        {"if-none-match": first.headers["etag"]},
        {"if-none-match": f'"other", W/{first.headers["etag"]}'},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        unchanged = marked.get("/stale/feed", headers=headers)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    for headers in ({"if-none-match": '"other"'}, {"if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT"},
                    {"if-modified-since": "nonsense"}):  # fmt: skip
        assert marked.get("/stale/feed", headers=headers).status_code == 200


def test_what_a_source_writes_is_escaped_in_the_feed_and_on_the_page(resolver: Resolver, tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    token, now = ledger.lease().take(), int(datetime.now(UTC).timestamp())
    run_id = ledger.begin_run(token, release_id="genome-1", holder="process 7 on lab", now=now)
    ledger.begin_source(token, run_id, "mgi", state="running", tracked=9, planned=9, release="<b>&", now=now)
    ledger.note_release(token, "mgi", "<b>&", None, now=now)
    odd = a_check("mgi:96561", "mgi", run_id, now, "retired", symbol='<script>"&\x0b]]>')
    ledger.record(token, run_id, "mgi", found=[odd], hindered=[], calls=1)
    ledger.settle(token, run_id, "mgi", state="done", reason=None, believed=True, now=now)
    ledger.close()
    with served(create_app(lambda: resolver, open_ledger=lambda: open_ledger_reader(tmp_path))) as client:
        feed = ElementTree.fromstring(client.get("/stale/feed").content)  # noqa: S314
        assert feed.findtext(f"{ATOM}entry/{ATOM}title") == 'mgi:96561 (<script>"& ]]>) is marked: retired'
        page = client.get("/stale/report").text
        assert "<script" not in page
        assert "<b>" not in page


def test_the_page_lists_news_held_back_verdicts_and_ages_with_links_that_lead_somewhere(marked: httpx.Client) -> None:
    page = marked.get("/stale/report").text
    for text in ("Newly marked (4)", "Changed (1)", "Lifted: current again (1)", "Held back, awaiting confirmation",
                 "Age of the source databases", 'href="https://www.uniprot.org/uniprotkb/P13232/history"'):  # fmt: skip
        assert text in page
    own = {link for link in re.findall(r'href="([^"]+)"', page) if not link.startswith("https://")}
    assert own == {"../stale?format=csv", "../stale/feed"}
    for link in own:
        assert marked.get(f"/stale/{link}").status_code == 200
