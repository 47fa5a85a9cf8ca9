"""Answers as SSSOM sets, and `Link` headers, over HTTP on the embedded release."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from resolver.export.release import ExportFormat, export_release
from resolver.identifiers.sssom import COLUMNS, JUSTIFICATION, REPLACED_BY
from resolver.web.app import add_pages
from tests.serving import environment_of, served

_LINK = re.compile(r'<([^>]+)>; rel="([a-z-]+)"(?:; type="([^"]+)")?')
_PROFILE = "text/tab-separated-values; profile=sssom"


@pytest.fixture(scope="module")
def client(resolver: LocalResolver) -> Iterator[httpx.Client]:
    with served(add_pages(create_app(lambda: resolver))) as opened:
        yield opened


def _read(text: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return the header and the rows of a set, which has every prefix that it uses."""
    lines = text.splitlines(keepends=True)
    header = yaml.safe_load("".join(line[1:] for line in lines if line.startswith("#")))
    table = csv.DictReader(io.StringIO("".join(line for line in lines if not line.startswith("#"))), delimiter="\t")
    rows = list(table)
    assert tuple(table.fieldnames or ()) == COLUMNS
    for row in rows:
        assert all(row[slot] for slot in ("subject_id", "predicate_id", "object_id", "mapping_justification"))
        used = {row[slot].partition(":")[0] for slot in ("subject_id", "predicate_id", "object_id", "object_source")}
        assert used <= set(header["curie_map"])
    return header, rows


def test_an_answer_as_sssom_has_the_required_slots_and_the_identifiers_of_the_answer(client: httpx.Client) -> None:
    answer = client.get("/resolve/P13232?format=sssom&to=ensembl,uniprot,hgnc")
    assert answer.headers["content-type"].replace(" ", "") == "text/tab-separated-values;charset=utf-8;profile=sssom"
    header, rows = _read(answer.text)
    assert header["mapping_set_version"] == answer.headers["x-release"]
    assert {"mapping_set_id", "license"} <= header.keys()
    (gene,) = client.get("/resolve/P13232?to=ensembl,uniprot,hgnc").json()["genes"]
    expected = {xref["curie"] for listed in gene["xrefs"].values() for xref in listed} - {gene["curie"]}
    mapped = {row["object_id"] for row in rows if row["predicate_id"] != "RO:HOM0000017"}
    assert mapped == expected
    assert {row["subject_id"] for row in rows} == {"hgnc:6023"}
    assert {row["mapping_justification"] for row in rows} == {JUSTIFICATION}
    by_object = {row["object_id"]: row for row in rows}
    assert by_object["uniprot:P13232"]["predicate_id"] == "RO:0002205"
    assert by_object["ensembl:ENSG00000104432"]["predicate_id"] == "skos:exactMatch"
    assert by_object["mgi:96561"]["predicate_id"] == "RO:HOM0000017"
    assert "query P13232, resolved; stated by " in by_object["uniprot:P13232"]["comment"]


def test_the_accept_header_and_the_list_and_the_command_give_the_same_rows(
    client: httpx.Client, data_dir: Path
) -> None:
    single = _read(client.get("/resolve/P13232", headers={"accept": _PROFILE}).text)[1]
    body = ["P13232", "ncbigene:60454", "nonsense77"]
    listed = _read(client.post("/resolve", json=body, headers={"accept": _PROFILE}).text)[1]
    assert listed[: len(single)] == single
    assert (
        client.post("/resolve?format=sssom", json=body).text
        == client.post("/resolve", json=body, headers={"accept": _PROFILE}).text
    )
    (step,) = [row for row in listed if row["predicate_id"] == REPLACED_BY]
    assert (step["subject_id"], step["object_id"]) == ("ncbigene:60454", "ncbigene:6622")
    assert not any("nonsense77" in row["comment"] for row in listed)
    command = [sys.executable, "-m", "resolver", "resolve", "--sssom", "P13232"]
    ended = subprocess.run(command, env=environment_of(data_dir), capture_output=True, text=True, check=True)
    assert _read(ended.stdout)[1] == single


def test_rows_of_answers_are_rows_of_the_exported_set(sample: LocalResolver, tmp_path: Path) -> None:
    export_release(sample, ExportFormat.SSSOM, tmp_path / "set.sssom.tsv")
    kept = COLUMNS[:-1]
    exported = {tuple(row[slot] for slot in kept) for row in _read((tmp_path / "set.sssom.tsv").read_text())[1]}
    with served(create_app(lambda: sample)) as client:
        rows = _read(client.post("/resolve?format=sssom", json=["IL7", "TP53", "mgi:96561", "NM_000880"]).text)[1]
    assert len(rows) > 100
    assert {tuple(row[slot] for slot in kept) for row in rows} <= exported


def test_another_program_reads_an_answer(client: httpx.Client, tmp_path: Path) -> None:
    sssom_pydantic = pytest.importorskip("sssom_pydantic", reason="sssom-pydantic is not installed")
    path = tmp_path / "answer.sssom.tsv"
    path.write_text(client.get("/resolve/P13232?format=sssom").text, encoding="utf-8")
    pack = sssom_pydantic.read(path)
    assert len(pack[0]) == len(_read(path.read_text(encoding="utf-8"))[1])


def test_misses_and_unknown_formats_are_problems(client: httpx.Client) -> None:
    assert client.get("/resolve/nonsense77?format=sssom").json()["code"] == "not_in_release"
    for answer in (client.get("/resolve/IL7?format=xml"), client.post("/resolve?format=xml", json=["IL7"])):
        assert (answer.status_code, answer.json()["hint"]) == (422, "Formats are json, sssom.")


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/resolve/P13232", "/resolve/uniprot:P13232"),
        ("/resolve/NM_000880.4?to=hgnc", "/resolve/refseq:NM_000880"),
        ("/resolve/MGI:MGI:96561", "/resolve/mgi:96561"),
        ("/resolve/IL-7", None),
        ("/gene/P13232", "/gene/hgnc:6023"),
        ("/gene/IL7?species=mouse&format=text", "/gene/mgi:96561"),
    ],
)
def test_links_lead_to_the_canonical_address_and_to_other_formats(
    client: httpx.Client, path: str, canonical: str | None
) -> None:
    answer = client.get(path, headers={"accept": "*/*"})
    links = [(rel, target, kind) for target, rel, kind in _LINK.findall(answer.headers["link"])]
    assert [target for rel, target, _ in links if rel == "canonical"] == ([] if canonical is None else [canonical])
    assert {"alternate", "describedby", "service-desc", "service-doc"} <= {rel for rel, *_ in links}
    for rel, target, kind in links:
        followed = client.get(target, headers={"accept": kind or "*/*"})
        assert followed.status_code in {200, 300}, (rel, target)
        if kind:
            assert followed.headers["content-type"].partition(";")[0] == kind


def test_the_page_of_a_gene_has_the_same_links(client: httpx.Client) -> None:
    page = client.get("/gene/hgnc:6023", headers={"accept": "text/html"}).text
    targets = dict(re.findall(r'<link rel="([a-z-]+)"[^>]* href="([^"]+)"', page))
    assert targets["canonical"].endswith("/gene/hgnc:6023")
    assert (targets["describedby"], targets["service-desc"]) == ("/about", "/openapi.json")
    assert 'href="/resolve/hgnc:6023?format=sssom"' in page
