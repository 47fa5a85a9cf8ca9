"""Pages over a real socket: what they show, to whom, and what their headers permit."""

from __future__ import annotations

import html
import json
import logging
import re
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from resolver.api.app import create_app
from resolver.resolve.resolver import Resolver
from resolver.web.answer_page import describe_answer_page
from resolver.web.rendering import get_environment, load_assets
from tests.serving import served

_PATHS = ("/", "/gene/hgnc:6023", "/lookup/CAP", "/go/CAP", "/lookup/TP35", "/convert", "/stale", "/about",
          "/compare")  # fmt: skip
_ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


# --- Browsers and programs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/resolve/P13232", "/gene/hgnc:6023", "/go/IL7", "/stale", "/about"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5", None])
def test_a_program_gets_what_it_got_without_pages(
    client: httpx.Client, resolver: Resolver, path: str, accept: str | None
) -> None:
    headers = {} if accept is None else {"accept": accept}
    with served(create_app(lambda: resolver)) as plain, httpx.Client(base_url=client.base_url) as program:
        for one in (plain, program):
            del one.headers["accept"]
        expected, got = plain.get(path, headers=headers), program.get(path, headers=headers)
    assert (got.status_code, got.content) == (expected.status_code, expected.content)
    assert "accept" in got.headers["vary"].lower()
    kept = {"content-type", "etag", "cache-control", "x-release"} & expected.headers.keys()
    assert {name: got.headers[name] for name in kept} == {name: expected.headers[name] for name in kept}


@pytest.mark.parametrize("path", ["/resolve/P13232", "/gene/hgnc:6023", "/stale", "/about"])
def test_a_browser_gets_a_page_at_the_same_address(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept" in page.headers["vary"]
    assert page.text.startswith('<!DOCTYPE html>\n<html lang="en"')


def test_a_browser_chooses_between_the_pages_of_several_genes(client: httpx.Client) -> None:
    page = client.get("/go/TP53?to=omim,mgi")
    assert (page.status_code, page.headers["content-type"]) == (300, "text/html; charset=utf-8")
    assert "Accept" in page.headers["vary"]
    assert page.headers["link"].startswith('<https://omim.org/entry/191170>; rel="alternate"')
    assert '<a class="choose" href="https://omim.org/entry/191170" rel="noopener external"><strong>TP53' in page.text
    assert "191170 at omim.org" in page.text
    assert 'href="https://www.informatics.jax.org/marker/MGI:98834"' in page.text
    assert client.get("/go/3574?to=omim").text.count("It has no page there.") == 1
    assert client.get("/go/P13232").headers["location"].startswith("https://www.genenames.org/")
    assert client.get("/go/TP53?format=json").json()["outcome"] == "resolved"
    nowhere = client.get("/go/hgnc:6023?to=mgi")
    assert nowhere.status_code == 404
    assert "<h1>The gene has no page there</h1>" in nowhere.text


@pytest.mark.parametrize("path", ["/go/nonsense77", "/history/nonsense77", "/orthologs/nonsense77"])
def test_a_long_problem_is_a_page_for_browsers_that_accept_compression(client: httpx.Client, path: str) -> None:
    program = {"accept": "application/json", "accept-encoding": "gzip"}
    assert client.get(path, headers=program).headers["content-encoding"] == "gzip"
    page = client.get(path, headers={"accept-encoding": "gzip"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Check the spelling" in page.text


def test_a_format_in_the_address_goes_before_the_accept_header(client: httpx.Client) -> None:
    assert client.get("/gene/hgnc:6023?format=json").json()["symbol"] == "IL7"
    assert client.get("/gene/hgnc:6023?format=text").text.startswith("IL7")


def test_other_methods_reach_the_service(client: httpx.Client) -> None:
    table = client.post(
        "/convert?to=ncbigene&species=human", content=b"gene\nIL7\n", headers={"content-type": "text/csv"}
    )
    assert table.text.splitlines()[1].startswith("IL7,3574")
    assert client.head("/gene/hgnc:6023").status_code == 200


def test_a_page_is_sent_again_only_if_it_has_changed(client: httpx.Client) -> None:
    etag = client.get("/gene/hgnc:6023").headers["etag"]
    unchanged = client.get("/gene/hgnc:6023", headers={"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    of_program = client.get("/gene/hgnc:6023", headers={"accept": "*/*"}).headers["etag"]
    assert client.get("/gene/hgnc:6023", headers={"if-none-match": of_program}).status_code == 200


# --- What no page does --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*_PATHS, "/no-such-page"])
def test_pages_load_nothing_from_other_hosts_and_have_no_inline_script(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for tag in re.findall(r"<script\b[^>]*>", page.text):
        assert 'src="/static/' in tag or 'type="application/ld+json"' in tag
    for address in re.findall(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]*)"', page.text):
        assert address.startswith("/") or "canonical" in page.text
    assert not re.search(r"<[^>]*\s(?:on\w+|style)=", re.sub(r"<script type.*?</script>", "", page.text, flags=re.S))
    assert "set-cookie" not in page.headers


def test_static_files_are_stored_for_good_under_the_hash_of_their_content(client: httpx.Client) -> None:
    for name, asset in load_assets().items():
        sent = client.get(asset.path)
        assert sent.status_code == 200
        assert sent.content == asset.content
        assert "immutable" in sent.headers["cache-control"]
        assert client.get(f"/static/0000/{name}").status_code == 404
    assert client.get("/static/x/..%2fapp.py").status_code == 404


@pytest.mark.parametrize("path", [*_PATHS, "/lookup/TP53", "/lookup/TTN", "/lookup/hgnc:12403"])
def test_a_page_with_all_that_it_loads_is_under_100_kb(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    with client.stream("GET", path) as sent:
        weight = sum(len(part) for part in sent.iter_raw())
    for address in re.findall(r'(?:src|href)="(/static/[^"]*)"', page.text):
        with client.stream("GET", address) as sent:
            weight += sum(len(part) for part in sent.iter_raw())
    assert weight < 100_000


_PLACES = ("/lookup/{}", "/gene/{}", "/resolve/{}", "/lookup?q={}", "/convert?to={}", "/convert?species={}",
           "/stale?namespace={}", "/stale?page={}", "/{}", "/static/{}/x", "/lookup/IL7?species={}")  # fmt: skip


@pytest.mark.parametrize("place", _PLACES)
def test_what_is_typed_into_an_address_is_shown_as_text(client: httpx.Client, place: str) -> None:
    page = client.get(place.format(quote(_ATTACK, safe="")), follow_redirects=True)
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "49" not in re.findall(r"<h1>.*?</h1>", page.text, re.S)[0]


@pytest.mark.parametrize("fields", [{"q": f"IL7\n{_ATTACK}"}, {"q": _ATTACK}])
def test_what_is_pasted_is_shown_as_text(client: httpx.Client, fields: dict[str, str]) -> None:
    page = client.post("/lookup", data=fields, follow_redirects=True)
    assert "<script>alert" not in page.text
    assert html.escape("<script>alert(1)</script>") in page.text


def test_titles_of_compared_lists_are_shown_as_text(client: httpx.Client) -> None:
    fields = dict.fromkeys(("first", "second", "first_title", "second_title"), f"IL7\n{_ATTACK}")
    page = client.post("/compare", data=fields)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


# --- One gene -----------------------------------------------------------------------------------------------------

_OF_IL7 = ("IL7", "ncbigene:3574", "ENSG00000104432", "ENSG00000104432.17", "ENST00000263851", "P13232",
           "NM_000880", "NP_000871.1", "HGNC:6023", "omim:146660", "MGI:96561", "homologene:680",
           "interleukin 7")  # fmt: skip


@pytest.mark.parametrize("query", _OF_IL7)
def test_every_identifier_of_il7_leads_to_its_box(client: httpx.Client, query: str) -> None:
    page = client.get(f"/lookup/{quote(query)}")
    assert page.status_code == 200
    for shown in ("IL7", "Il7", "3574", "16196", "ENSG00000104432", "P13232", "NM_000880", "NP_000871", "146660",
                  "HGNC:6023", "MGI:96561", "MANE Select", "reviewed", "8q21.13", "680"):  # fmt: skip
        assert shown in page.text


def test_the_page_of_a_gene_describes_itself_to_machines(client: httpx.Client) -> None:
    page = client.get("/lookup/P13232").text
    base = str(client.base_url)
    assert f'<link rel="canonical" href="{base}/gene/hgnc:6023">' in page
    assert 'property="og:title" content="IL7 | Il7"' in page
    data = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[0])
    assert [(one["@type"], one["name"]) for one in data] == [("Gene", "IL7"), ("Gene", "Il7")]
    assert data[0]["taxonomicRange"].endswith("9606")


def test_the_location_is_drawn_to_scale(client: httpx.Client) -> None:
    page = client.get("/gene/hgnc:6023").text
    widths = [float(width) for width in re.findall(r'class="arm" x="0" y="30" width="([\d.]+)"', page)]
    assert widths[0] / widths[1] == pytest.approx(145_138_636 / 159_745_316, rel=1e-3)
    assert "at 54% of its length" in page


def test_contradictions_are_shown_with_who_asserts_them(client: httpx.Client) -> None:
    page = client.get("/gene/hgnc:2732").text  # DDT, of which an NCBI Gene number is also on DDTL
    assert '<a class="badge warn" href="#evidence">disputed</a>' in page
    assert re.search(r"<td[^>]*>[\w, ]*: DDTL \(hgnc:33446\)", page)


def test_a_column_is_copied_as_a_whole(client: httpx.Client) -> None:
    page, document = client.get("/gene/hgnc:4931").text, client.get("/gene/hgnc:4931?format=json").json()  # HLA-A
    copied = re.findall(r'data-copy="([^"]*)" data-what="identifiers"', page)[0].split("\n")
    listed = [xref["identifier"] for group in document["xrefs"].values() for xref in group]
    assert len(listed) > 150
    assert sorted(copied) == sorted(listed)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ENST00000263851", "is an Ensembl transcript identifier of IL7"),
        ("NM_000880", "is a RefSeq transcript identifier of IL7"),
        ("P13232", "is a UniProtKB protein identifier of IL7"),
    ],
)
def test_a_match_is_described_in_words(client: httpx.Client, query: str, words: str) -> None:
    assert words in client.get(f"/lookup/{query}").text


@pytest.mark.parametrize("query", ["IL-7", "nosuchgene77", "NM_999999999", "hgnc:1000", "CAP"])
def test_pages_have_no_words_of_other_interfaces(client: httpx.Client, query: str) -> None:
    shown = html.unescape(re.sub(r"<[^>]*>", "", client.get(f"/lookup/{query}").text.partition("<main")[2]))
    for word in ("other_matches", "resolver seed", "· unknown"):
        assert word not in shown
    assert len(re.findall("no successor", re.sub("no successor reported", "", shown))) <= 1


def test_several_genes_are_a_choice_with_reasons(client: httpx.Client) -> None:
    page = client.get("/lookup/CAP")
    assert page.status_code == 200
    assert client.get("/gene/CAP").status_code == 300
    assert "CAP is an alias of it. Number 1 of 6" in page.text
    assert 'href="/gene/hgnc:20040"' in page.text


def test_a_retired_identifier_has_a_timeline(client: httpx.Client, resolver: Resolver) -> None:
    page = client.get("/lookup/PARK2").text
    assert 'class="timeline"' in page
    assert "renamed" in page


def test_a_miss_has_a_reason_suggestions_and_a_next_step(client: httpx.Client) -> None:
    page = client.get("/lookup/TP35")
    assert page.status_code == 404
    for shown in ("matches no gene", "What may have been meant", 'href="/gene/hgnc:11998"', "Next step"):
        assert shown in page.text
    assert "spreadsheet" in client.get("/lookup/1-Mar").text


# --- Lists --------------------------------------------------------------------------------------------------------


def test_one_identifier_leads_to_its_own_address(client: httpx.Client) -> None:
    for text, address in (("IL7", "/lookup/IL7"), (" tumor protein p53\n", "/lookup/tumor%20protein%20p53"), ("", "/")):
        answer = client.post("/lookup", data={"q": text})
        assert (answer.status_code, answer.headers["location"]) == (303, address)


@pytest.mark.parametrize("text", ["IL7\nTP53\nTP35", "IL7 TP53 TP35", "IL7, TP53; TP35", "IL7\tx\nTP53\ty\nTP35\tz"])
def test_a_pasted_list_is_resolved_line_by_line(client: httpx.Client, text: str) -> None:
    page = client.post("/lookup", data={"q": text})
    assert page.headers["cache-control"] == "no-store"
    assert page.text.count('class="outcome resolved"') == 3  # two rows and the count
    assert "not found" in page.text


def test_a_list_that_is_too_long_is_refused_in_plain_words(client: httpx.Client) -> None:
    page = client.post("/lookup", data={"q": "IL7\n" * 5_001})
    assert page.status_code == 413
    assert "This is too much at once" in page.text


def test_lists_are_neither_stored_nor_logged(
    client: httpx.Client, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = set(data_dir.rglob("*"))
    secret = "SECRETGENE17"  # noqa: S105
    client.post("/lookup", data={"q": f"{secret}\nIL7"})
    client.post("/compare", data={"first": secret, "second": f"{secret}\nIL7"})
    client.post("/resolve", json=[secret])
    assert secret not in caplog.text.replace("httpx", "")
    assert set(data_dir.rglob("*")) == before


def test_two_lists_are_compared_by_gene(client: httpx.Client) -> None:
    fields = {"first": "IL7\nTP53\nPARK2\nTP35", "second": "P13232\nPRKN\nEGFR", "species": "human"}
    page = client.post("/compare", data=fields).text
    assert "1 genes are in First list only, 2 in both, 1 in Second list only" in page
    assert "Under other names: 2" in page
    table = client.post("/compare", data=fields | {"download": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert "both,hgnc:6023,IL7,human,IL7,P13232" in table.text.splitlines()
    assert "first: not_found,,,,TP35," in table.text.splitlines()


# --- Time ---------------------------------------------------------------------------------------------------------


def test_the_page_of_a_gene_takes_under_30_ms_for_95_of_100(resolver: Resolver) -> None:
    genes = [hit["curie"] for letter in "abcdefghij" for hit in resolver.search(letter, limit=20)["hits"]]
    template = get_environment().get_template("gene.html.j2")
    took = []
    for curie in genes:
        began = time.thread_time()
        answer = resolver.resolve(curie)
        page = describe_answer_page(answer)
        if page.box is not None:
            template.render(page=page, answer=answer, query=curie, base="", release=None, species=[], canonical="")
        took.append(time.thread_time() - began)
    assert len(took) > 150
    assert sorted(took)[int(0.95 * len(took))] < 0.03
