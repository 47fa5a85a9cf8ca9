"""The simulator refuses what the true servers refuse, in their words, and every route states what that rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.upstreams.route import Grade, Route
from tests.upstreams.server import BASES, ROUTES, Upstreams, played

JSON = {"Accept": "application/json"}
LIST = {"Accept": "application/json, text/plain;q=0.9, */*;q=0.1"}
KEY = {"ApiKey": "key"}
ACCESSIONS = ",".join(["P13232"] * 1001)


@dataclass(frozen=True)
class Refused:
    """A request, and how it is refused: the status, and a part of the body or a header."""

    route: str
    setting: str
    path: str
    status: int
    says: str = ""
    method: str = "GET"
    given: dict[str, Any] = field(default_factory=dict)
    allow: str = ""

    def __str__(self) -> str:
        return f"{self.route}-{self.method}-{self.status}-{self.says[:24]}"


def _uniprot(what: str, path: str, status: int, says: str = "", method: str = "GET", **given: Any) -> Refused:
    return Refused(f"uniprot.{what}", "uniprot_url", f"/uniprotkb{path}", status, says, method, given)


def _ensembl(what: str, path: str, status: int, says: str = "", method: str = "POST", **given: Any) -> Refused:
    return Refused(f"ensembl.{what}", "ensembl_url", path, status, says, method, given)


REFUSED = [
    # UniProt: a form, text, broken JSON, or a method without a handler end in the handler of all exceptions.
    _uniprot("accessions", "/accessions", 500, "Internal server error", "POST", data={"accessions": "P13232"}),
    _uniprot("accessions", "/accessions", 500, "Internal server error", "POST", content=b"{",
             headers={"Content-Type": "application/json"}),
    _uniprot("accessions", "/accessions", 500, "Internal server error", "POST", json={"accessions": ["P13232"]}),
    _uniprot("accessions", "/accessions", 500, "Internal server error", "PUT", json={"accessions": "P13232"}),
    _uniprot("accessions", "/accessions", 400, "request body is missing", "POST"),
    _uniprot("accessions", "/accessions", 400, "'accessions' is a required parameter", "POST", json={}),
    _uniprot("accessions", "/accessions", 400, "'accessions' is a required parameter"),
    _uniprot("accessions", "/accessions", 400, "Only '1000' accessions", "POST", json={"accessions": ACCESSIONS}),
    _uniprot("accessions", "/accessions", 400, "Invalid fields parameter value 'nonsense'", "POST",
             json={"accessions": "P13232", "fields": "accession,nonsense"}),
    _uniprot("accessions", f"/accessions?accessions={'P13232%2C' * 900}P13232", 400, "HTTP Status 400",
             headers={"X-Padding": "x" * 60_000}),
    _uniprot("accessions", "/accessions?accessions=P13232&format=cobol", 400, "not accepted: 'cobol'"),
    _uniprot("search", "/search?query=accession:P13232", 500, "Internal Server Error", headers=LIST),
    _uniprot("search", "/search?query=accession:P13232", 400, "not accepted: 'text/html'",
             headers={"Accept": "text/html"}),
    _uniprot("search", "/search?query=accession:P13232", 400, "not accepted: 'application/json;q=0.9'",
             headers={"Accept": "application/json;q=0.9"}),
    _uniprot("search", "/search", 500, "Internal server error", "POST", json={"query": "accession:P13232"}),
    _uniprot("search", "/search?size=500", 400, "'query' is a required parameter"),
    _uniprot("search", "/search?query=accession:P13232&size=501", 400, "'size' must be less than or equal to 500"),
    _uniprot("search", f"/search?query=accession:({'%20OR%20'.join(['P13232'] * 101)})", 400, "Maximum allowed is 100"),
    _uniprot("entry", "/P13232", 500, "Internal Server Error", headers=LIST),
    _uniprot("entry", "/P13232.json", 500, "Internal server error", "DELETE"),
    _uniprot("entry", "/nonsense.json", 400, "has invalid format"),
    # Ensembl: Accept ranks above Content-Type for a body, and below it otherwise.
    _ensembl("lookup", "/lookup/id", 415, "Content-Type text/html is not supported", data={"ids": "ENSG00000104432"}),
    _ensembl("lookup", "/lookup/id", 415, "Content-Type text/html is not supported", json={"ids": []},
             headers={"Accept": "text/html, application/json"}),
    _ensembl("lookup", "/lookup/id", 400, "had a problem with your request", content=b"{",
             headers={"Content-Type": "application/json"}),
    _ensembl("lookup", "/lookup/id", 400, "a limit of 1000 is in place", json={"ids": ["ENSG00000104432"] * 1001}),
    _ensembl("lookup", "/lookup/id", 400, "Id must be provided", "GET", headers=JSON),
    _ensembl("archive", "/archive/id", 415, "Content-Type text/html is not supported", data={"id": "ENSG00000104432"}),
    _ensembl("archive", "/archive/id", 400, "a limit of 1000 is in place", json={"id": ["ENSG00000104432"] * 1001}),
    Refused("ensembl.archive", "ensembl_url", "/archive/id", 405, "Method PUT not implemented", "PUT",
            {"json": {"id": []}}, "GET, HEAD, POST"),
    Refused("ensembl.data", "ensembl_url", "/info/data", 405, "Method POST not implemented", "POST", {"json": {}},
            "GET, HEAD"),
    # NCBI says what is wrong under status 200; only its gateway does not.
    Refused("ncbi.esummary", "ncbi_url", "/esummary.fcgi?db=fleegle&id=1&retmode=json", 200, "Invalid db name"),
    Refused("ncbi.esummary", "ncbi_url", "/esummary.fcgi?db=gene&retmode=json", 200, "Neither query_key nor id"),
    Refused("ncbi.esummary", "ncbi_url", "/esummary.fcgi", 200, "<ERROR>Neither query_key nor id", "POST",
            {"data": {"db": "gene"}}),
    Refused("ncbi.esummary", "ncbi_url", "/esummary.fcgi", 200, "Neither query_key nor id", "POST",
            {"json": {"id": "1"}, "params": {"db": "gene", "retmode": "json"}}),
    Refused("ncbi.esummary", "ncbi_url", "/esummary.fcgi", 200, "Too many UIDs in request", "POST",
            {"data": {"db": "gene", "retmode": "json", "id": ",".join(["1"] * 501)}}),
    Refused("ncbi.esummary", "ncbi_url", f"/esummary.fcgi?db=gene&retmode=json&id={'1234567,' * 1020}", 414),
    Refused("ncbi_files.mim2gene_medgen", "ncbi_files_url", "/mim2gene_medgen", 405, method="POST", allow="GET, HEAD"),
    # HGNC: above the published rate the address is blocked, see below.
    Refused("hgnc.fetch", "hgnc_url", "/fetch/no_such_field/IL7", 400, given={"headers": JSON}),
    Refused("hgnc.search", "hgnc_url", "/search/prev_symbol/IL7", 405, method="POST", allow="GET, HEAD"),
    Refused("hgnc_files.complete_set", "hgnc_files_url", "/hgnc_complete_set.txt", 405, method="POST"),
    Refused("hgnc_files.withdrawn", "hgnc_files_url", "/withdrawn.txt", 405, method="POST"),
    Refused("mgi.markers", "mgi_url", "/MRK_List1.rpt", 405, method="POST"),
    Refused("mgi.entrez", "mgi_url", "/MGI_EntrezGene.rpt", 405, method="POST"),
    Refused("alliance.gene", "alliance_url", "/gene/MGI:1", 400, "No gene found with ID: MGI:1"),
    Refused("alliance.gene", "alliance_url", "/gene/MGI:96561", 406, given={"headers": {"Accept": "text/html"}}),
    Refused("alliance.gene", "alliance_url", "/gene/MGI:96561", 405, method="POST", allow="GET, HEAD, OPTIONS"),
    Refused("omim.entry", "omim_url", "/entry?mimNumber=146660&format=json", 401, "API key"),
    Refused("omim.entry", "omim_url", "/entry?mimNumber=146660&format=json&apikey=key", 401, "API key"),
    Refused("omim.entry", "omim_url", "/entry?format=json", 400, given={"headers": KEY}),
    Refused("omim.entry", "omim_url", "/entry", 405, method="POST", given={"headers": KEY}),
    Refused("omim.entry", "omim_url", f"/entry?mimNumber={'146660,' * 21}", 400, given={"headers": KEY}),
    Refused("omim_files.mim2gene", "omim_files_url", "/mim2gene.txt", 405, method="POST"),
    # MyGene: a body of another type is not read.
    Refused("mygene.gene", "mygene_url", "/gene", 400, '"missing": "id"', "POST",
            {"content": b"ids=1", "headers": {"Content-Type": "text/plain"}}),
    Refused("mygene.gene", "mygene_url", "/gene", 400, "Invalid JSON body", "POST",
            {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    Refused("mygene.gene", "mygene_url", "/gene", 400, '"size": 1001', "POST", {"json": {"ids": ["1"] * 1001}}),
    Refused("mygene.gene", "mygene_url", "/gene", 400, '"allowed"', "POST", {"data": {"ids": "1", "format": "xml"}}),
    Refused("mygene.gene", "mygene_url", "/gene?ids=1", 400, '"missing": "id"'),
    Refused("mygene.gene", "mygene_url", "/gene", 405, "Method Not Allowed", "PUT", {"data": {"ids": "1"}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        opened.world.add_all(
            ["ncbigene:3574", "uniprot:P13232", "ensembl:ENSG00000104432", "mgi:96561", "omim:146660", "hgnc:6023"]
        )
        yield opened


def _send(upstreams: Upstreams, method: str, setting: str, path: str, **given: Any) -> httpx.Response:
    upstreams.counts.clear()
    return httpx.request(method, f"{upstreams.settings[setting]}{path}", **given)


@pytest.mark.parametrize("refused", REFUSED, ids=str)
def test_what_the_true_server_refuses_is_refused(upstreams: Upstreams, refused: Refused) -> None:
    response = _send(upstreams, refused.method, refused.setting, refused.path, **refused.given)
    assert response.status_code == refused.status, response.text
    assert refused.says in response.text
    assert not refused.allow or response.headers["allow"] == refused.allow
    assert list(upstreams.counts.calls) == [refused.route]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_refuses_something(route: Route) -> None:
    assert route.name in {refused.route for refused in REFUSED}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_states_what_its_rules_and_its_payload_rest_on(route: Route) -> None:
    basis = route.basis
    assert isinstance(basis.rules, Grade)
    assert isinstance(basis.payload, Grade)
    assert len(basis.rules_reference) > 10
    assert len(basis.payload_reference) > 10


def test_every_route_is_below_the_base_of_a_setting() -> None:
    bases = [path.removeprefix("/") for path in BASES.values()]
    for route in ROUTES:
        assert any(f"{route.api}{route.path}".startswith(base) for base in bases), route.name


def test_an_unknown_path_is_not_found(upstreams: Upstreams) -> None:
    assert _send(upstreams, "GET", "ensembl_url", "/lookup/idx").status_code == 404


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        (LIST, "/search?query=accession:P13232&format=json"),
        (JSON, "/search?query=accession:P13232"),
        ({"Accept": "*/*"}, "/P13232"),
        ({**LIST, "User-Agent": "Mozilla/5.0"}, "/P13232"),
        (LIST, "/P13232.json"),
    ],
)
def test_uniprot_takes_one_media_type_or_a_format(upstreams: Upstreams, headers: dict[str, str], path: str) -> None:
    response = _send(upstreams, "GET", "uniprot_url", f"/uniprotkb{path}", headers=headers)
    assert response.status_code == 200
    assert response.json()


def test_uniprot_states_its_release_on_refusals_too(upstreams: Upstreams) -> None:
    for path, status in (("/search?query=accession:P13232", 200), ("/search", 400), ("/Q99ZZ9", 404)):
        response = _send(upstreams, "GET", "uniprot_url", f"/uniprotkb{path}")
        assert response.status_code == status
        assert response.headers["x-uniprot-release"] == "2026_04"
        assert response.headers["x-uniprot-release-date"] == "14-October-2026"


def test_a_parameter_that_the_server_does_not_know_is_ignored_and_counted(upstreams: Upstreams) -> None:
    body = {"accessions": "P13232", "facets": "reviewed", "acessions": "P13232"}
    assert _send(upstreams, "POST", "uniprot_url", "/uniprotkb/accessions", json=body).status_code == 200
    assert dict(upstreams.counts.ignored) == {"uniprot.accessions acessions": 1}


def test_refusals_are_counted(upstreams: Upstreams) -> None:
    _send(upstreams, "POST", "uniprot_url", "/uniprotkb/accessions", data={"accessions": "P13232"})
    assert dict(upstreams.counts.refused) == {"uniprot.accessions 500": 1}


def test_ensembl_writes_a_page_where_no_type_is_named(upstreams: Upstreams) -> None:
    page = _send(upstreams, "GET", "ensembl_url", "/info/data")
    assert page.headers["content-type"] == "text/html"
    for headers in (JSON, {"Content-Type": "application/json"}):
        assert _send(upstreams, "GET", "ensembl_url", "/info/data", headers=headers).json() == {"releases": [116]}


def test_ensembl_has_no_list_where_it_knows_none_of_the_ids(upstreams: Upstreams) -> None:
    body = {"id": ["ENSG00000999999"]}
    assert _send(upstreams, "POST", "ensembl_url", "/archive/id", json=body).json() is None
    upstreams.world.ensembl_refuses_undefined = True
    refused = _send(upstreams, "POST", "ensembl_url", "/archive/id", json=body)
    upstreams.world.ensembl_refuses_undefined = False
    assert refused.status_code == 400
    assert "hash- or arrayref expected" in refused.text


def test_genenames_answers_in_json_only_where_that_is_asked_for(upstreams: Upstreams) -> None:
    for accept in ("*/*", "text/json", "application/json, text/xml"):
        page = _send(upstreams, "GET", "hgnc_url", "/fetch/hgnc_id/6023", headers={"Accept": accept})
        assert page.headers["content-type"].startswith("text/xml")
        assert 'numFound="1"' in page.text
    found = _send(upstreams, "GET", "hgnc_url", "/fetch/hgnc_id/HGNC:6023", headers=JSON).json()
    assert found["response"]["docs"][0]["hgnc_id"] == "HGNC:6023"


def test_genenames_blocks_who_calls_more_often_than_it_publishes(upstreams: Upstreams) -> None:
    upstreams.counts.clear()
    address = f"{upstreams.settings['hgnc_url']}/fetch/hgnc_id/6023"
    with httpx.Client(headers=JSON) as client:
        assert 403 in [client.get(address).status_code for _ in range(30)]
