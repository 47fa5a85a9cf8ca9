"""What the simulated servers report of a changed world: next hops, secondary ids, withdrawn entries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.upstreams.server import Upstreams, played

ROOT = Path(__file__).parent.parent.parent
JSON = {"Accept": "application/json"}


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        yield opened


def _get(upstreams: Upstreams, setting: str, path: str) -> httpx.Response:
    return httpx.get(f"{upstreams.settings[setting]}{path}", headers=JSON)


def _post(upstreams: Upstreams, setting: str, path: str, body: dict[str, Any]) -> Any:
    return httpx.post(f"{upstreams.settings[setting]}{path}", json=body).json()


def _rows(upstreams: Upstreams, setting: str, path: str) -> list[list[str]]:
    return [line.split("\t") for line in _get(upstreams, setting, path).text.splitlines()]


def _summary(upstreams: Upstreams, database: str, accession: str) -> dict[str, Any]:
    path = f"/esummary.fcgi?db={database}&id={accession}&retmode=json"
    result = httpx.get(f"{upstreams.settings['ncbi_url']}{path}").json()["result"]
    summary = result[result["uids"][0]]
    assert isinstance(summary, dict)
    return summary


def _chain(upstreams: Upstreams, prefix: str, first: str, second: str, third: str) -> None:
    for accession in (first, second, third):
        upstreams.world.add(f"{prefix}:{accession}", symbol=f"S{accession}")
    upstreams.world.merge(f"{prefix}:{first}", f"{prefix}:{second}")
    upstreams.world.merge(f"{prefix}:{second}", f"{prefix}:{third}")


# --- Chains: each server names the next hop, but for those that keep secondary ids with the current record -----------


def test_ncbi_names_the_next_gene_of_a_chain_alone(upstreams: Upstreams) -> None:
    _chain(upstreams, "ncbigene", "1", "2", "3")
    assert [_summary(upstreams, "gene", one)["currentid"] for one in "123"] == [2, 3, ""]


def test_refseq_names_the_next_record_of_a_chain_alone(upstreams: Upstreams) -> None:
    upstreams.world.replace("refseq:NM_000001", "refseq:NM_000002.3")
    assert _summary(upstreams, "nuccore", "NM_000001")["replacedby"] == "NM_000002.3"
    upstreams.world.suppress("refseq:NM_000002")
    summary = _summary(upstreams, "nucleotide", "NM_000002.3")
    assert (summary["status"], summary["replacedby"]) == ("suppressed", "")


def test_ensembl_names_the_next_gene_of_a_chain_with_its_score(upstreams: Upstreams) -> None:
    first, second, third = (f"ENSG0000000000{number}" for number in "123")
    upstreams.world.replace(f"ensembl:{first}", f"ensembl:{second}", score=0.31)
    upstreams.world.merge(f"ensembl:{second}", f"ensembl:{third}")
    listed = _post(upstreams, "ensembl_url", "/archive/id", {"id": [first, second, third]})
    assert [one["possible_replacement"] for one in listed] == [
        [{"score": "0.31", "stable_id": second}],
        [{"score": "0.9", "stable_id": third}],
        [],
    ]
    assert [one["is_current"] for one in listed] == ["", "", "1"]


def test_uniprot_names_the_next_entry_of_a_chain_alone(upstreams: Upstreams) -> None:
    _chain(upstreams, "uniprot", "P00001", "P00002", "P00003")
    upstreams.world.delete("uniprot:P00003")
    for accession, following in (("P00001", "P00002"), ("P00002", "P00003")):
        response = _get(upstreams, "uniprot_url", f"/uniprotkb/{accession}.json")
        assert response.status_code == 303
        assert response.headers["location"] == f"/uniprotkb/{following}?from={accession}"
    ended = _get(upstreams, "uniprot_url", "/uniprotkb/P00003?format=json").json()
    assert ended["inactiveReason"]["inactiveReasonType"] == "DELETED"


def test_omim_names_the_next_entry_of_a_chain_alone(upstreams: Upstreams) -> None:
    _chain(upstreams, "omim", "100001", "100002", "100003")
    response = httpx.get(
        f"{upstreams.settings['omim_url']}/entry?mimNumber=100001,100002&format=json", headers={"ApiKey": "key"}
    )
    entries = response.json()["omim"]["entryList"]
    assert [one["entry"]["movedTo"] for one in entries] == ["100002", "100003"]


def test_mygene_knows_a_retired_gene_by_its_living_successor_alone(upstreams: Upstreams) -> None:
    _chain(upstreams, "ncbigene", "1", "2", "3")
    hits = _post(upstreams, "mygene_url", "/gene", {"ids": ["1", "2", "3"]})
    assert hits == [
        {"query": "1", "notfound": True},
        {"_id": "3", "_score": 21.7, "query": "2", "symbol": "S3"},
        {"_id": "3", "_score": 21.7, "query": "3", "symbol": "S3"},
    ]


def test_a_successor_is_alive_unless_something_else_is_known_of_it(upstreams: Upstreams) -> None:
    upstreams.world.add("ncbigene:1", taxon=10090)
    upstreams.world.merge("ncbigene:1", "ncbigene:2")
    summary = _summary(upstreams, "gene", "2")
    assert (summary["status"], summary["organism"]["taxid"]) == ("", 10090)
    upstreams.world.forget("ncbigene:3")
    upstreams.world.merge("ncbigene:2", "ncbigene:3")
    assert "error" in _summary(upstreams, "gene", "3")


# --- UniProt ----------------------------------------------------------------------------------------------------------


def test_uniprot_leaves_inactive_accessions_out_of_a_batch_and_finds_them_in_a_search(upstreams: Upstreams) -> None:
    upstreams.world.add_all(["uniprot:P00001", "uniprot:P00002"], genes={"ncbigene": ("3574",)})
    upstreams.world.merge("uniprot:P00002", "uniprot:P00001")
    body = {"accessions": "p00001,P00002", "fields": "accession,xref_geneid"}
    address = f"{upstreams.settings['uniprot_url']}/uniprotkb/accessions?format=json"
    response = httpx.post(address, json=body)
    (entry,) = response.json()["results"]
    assert entry["uniProtKBCrossReferences"] == [{"database": "GeneID", "id": "3574"}]
    assert response.headers["x-total-results"] == "2"
    found = _get(upstreams, "uniprot_url", "/uniprotkb/search?query=accession:(P00002)&fields=accession").json()
    assert [one["entryType"] for one in found["results"]] == ["Inactive"]


def test_uniprot_shows_references_of_the_fields_that_are_named_alone(upstreams: Upstreams) -> None:
    upstreams.world.add("uniprot:P00001", genes={"ncbigene": ("3574",), "hgnc": ("6023",)})
    for fields, databases in (("accession", None), ("accession,xref_hgnc", ["HGNC"])):
        entry = _get(upstreams, "uniprot_url", f"/uniprotkb/P00001?fields={fields}").json()
        listed = entry.get("uniProtKBCrossReferences")
        assert (listed and [one["database"] for one in listed]) == databases


def test_a_page_of_uniprot_keeps_the_parameters_in_its_link(upstreams: Upstreams) -> None:
    ids = [f"P0000{number}" for number in range(5)]
    upstreams.world.add_all([f"uniprot:{one}" for one in ids])
    address: str | None = (
        f"{upstreams.settings['uniprot_url']}/uniprotkb/search?query=accession:({' OR '.join(ids)})"
        "&size=2&format=json&fields=accession"
    )
    found = []
    while address:
        response = httpx.get(address)
        found += [one["primaryAccession"] for one in response.json()["results"]]
        address = response.links.get("next", {}).get("url")
        assert address is None or ("fields=accession" in address and "format=json" in address)
    assert found == ids


# --- MGI --------------------------------------------------------------------------------------------------------------


def test_the_marker_list_names_withdrawn_symbols_and_never_withdrawn_ids(upstreams: Upstreams) -> None:
    upstreams.world.add("mgi:96561", symbol="Il7")
    upstreams.world.add("mgi:1", symbol="hlb368")
    upstreams.world.merge("mgi:1", "mgi:96561")
    rows = _rows(upstreams, "mgi_url", "/MRK_List1.rpt")
    samples = Path(os.environ.get("API_SAMPLES", ROOT.parent / "shared" / "api_samples"))
    if samples.is_dir():
        built = [line.split("\t") for line in (samples / "mgi/MRK_List1_withdrawn_built.rpt").read_text().splitlines()]
        assert [rows[0], *(len(row) for row in rows)] == [built[0], *(len(row) for row in built[:3])]
    (withdrawn,) = [row for row in rows if row[7] == "W"]
    assert (withdrawn[0], withdrawn[6], *withdrawn[12:]) == ("NULL", "hlb368", "MGI:96561", "Il7")


def test_a_chain_of_mouse_markers_resolves_to_secondary_ids_of_the_living_one(upstreams: Upstreams) -> None:
    _chain(upstreams, "mgi", "1", "2", "3")
    upstreams.world.add_all(["mgi:4", "mgi:5"], genes={"ncbigene": ("16196",)})
    upstreams.world.retire("mgi:4")
    rows = _rows(upstreams, "mgi_url", "/MGI_EntrezGene.rpt")
    assert {len(row) for row in rows} == {15}
    assert {(row[0], row[1], row[2], row[7], row[8]) for row in rows} == {
        ("MGI:3", "S3", "O", "MGI:1|MGI:2", ""),
        ("MGI:3", "S1", "W", "", ""),
        ("MGI:3", "S2", "W", "", ""),
        ("MGI:5", "GENE", "O", "", "16196"),
    }
    for accession in "123":
        shown = _get(upstreams, "alliance_url", f"/gene/MGI:{accession}").json()
        assert shown.get("id", shown.get("gene", {}).get("primaryExternalId")) == "MGI:3"
    assert _get(upstreams, "alliance_url", "/gene/MGI:4").status_code == 400


def test_a_mouse_marker_that_was_merged_into_a_retired_one_is_known_nowhere(upstreams: Upstreams) -> None:
    upstreams.world.add_all(["mgi:1", "mgi:2"])
    upstreams.world.merge("mgi:1", "mgi:2")
    upstreams.world.retire("mgi:2")
    assert _get(upstreams, "mgi_url", "/MGI_EntrezGene.rpt").text == ""
    assert _get(upstreams, "alliance_url", "/gene/MGI:1").status_code == 400
    assert [row[0] for row in _rows(upstreams, "mgi_url", "/MRK_List1.rpt")[1:]] == ["NULL", "NULL"]


def test_a_split_mouse_marker_is_a_withdrawn_symbol_of_each_part(upstreams: Upstreams) -> None:
    upstreams.world.add("mgi:1", symbol="Old")
    upstreams.world.demerge("mgi:1", ["mgi:2", "mgi:3"])
    rows = [row for row in _rows(upstreams, "mgi_url", "/MRK_List1.rpt") if row[7] == "W"]
    assert [(row[6], row[12]) for row in rows] == [("Old", "MGI:2"), ("Old", "MGI:3")]
    assert all(row[7] == "" for row in _rows(upstreams, "mgi_url", "/MGI_EntrezGene.rpt"))


# --- HGNC -------------------------------------------------------------------------------------------------------------


def test_the_files_of_hgnc_have_the_published_columns(upstreams: Upstreams) -> None:
    world = upstreams.world
    world.add("hgnc:6023", symbol="IL7", previous=("IL-7",), aliases=("A", "B"), genes={"ncbigene": ("3574",)})
    header, row = _rows(upstreams, "hgnc_files_url", "/hgnc_complete_set.txt")
    assert len(header) == len(row) == 54
    shown = dict(zip(header, row, strict=True))
    assert (shown["hgnc_id"], shown["symbol"], shown["status"]) == ("HGNC:6023", "IL7", "Approved")
    assert (shown["prev_symbol"], shown["alias_symbol"], shown["entrez_id"]) == ("IL-7", '"A|B"', "3574")


def test_a_withdrawn_entry_of_hgnc_names_where_its_chain_ends(upstreams: Upstreams) -> None:
    _chain(upstreams, "hgnc", "1", "2", "3")
    upstreams.world.add("hgnc:4", symbol="S4")
    upstreams.world.demerge("hgnc:4", ["hgnc:3", "hgnc:5"])
    upstreams.world.retire("hgnc:5")
    rows = {row[0]: row[1:] for row in _rows(upstreams, "hgnc_files_url", "/withdrawn.txt")[1:]}
    assert rows == {
        "HGNC:1": ["Merged/Split", "S1", "HGNC:3|S3|Approved"],
        "HGNC:2": ["Merged/Split", "S2", "HGNC:3|S3|Approved"],
        "HGNC:4": ["Merged/Split", "S4", "HGNC:3|S3|Approved, HGNC:5|GENE|Entry Withdrawn"],
        "HGNC:5": ["Entry Withdrawn", "GENE", ""],
    }


def test_genenames_finds_withdrawn_entries_and_no_merged_ones(upstreams: Upstreams) -> None:
    upstreams.world.add("hgnc:1", symbol="NEW", previous=("OLD",), aliases=("NICK",))
    upstreams.world.add_all(["hgnc:2", "hgnc:3"])
    upstreams.world.retire("hgnc:2")
    upstreams.world.merge("hgnc:3", "hgnc:1")

    def found(path: str) -> Any:
        response = _get(upstreams, "hgnc_url", path).json()["response"]
        assert response["numFound"] == len(response["docs"])
        return [(one["hgnc_id"], one.get("status", one.get("score"))) for one in response["docs"]]

    assert found("/fetch/hgnc_id/1") == found("/fetch/symbol/NEW") == [("HGNC:1", "Approved")]
    assert found("/fetch/prev_symbol/OLD") == found("/fetch/alias_symbol/NICK") == [("HGNC:1", "Approved")]
    assert found("/fetch/hgnc_id/HGNC:2") == [("HGNC:2", "Entry Withdrawn")]
    assert found("/fetch/hgnc_id/3") == found("/fetch/symbol/NOTHING") == []
    assert found("/search/prev_symbol/OLD") == [("HGNC:1", 9.5)]
