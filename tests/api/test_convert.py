"""`POST /convert` over a real socket: the table that was sent comes back, row for row.

Large tables go through a process of work, small ones do not; both say the same.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import zstandard

from resolver.api.schemas.jobs import DryRunShape
from resolver.identifiers.species import HUMAN
from resolver.resolve.resolver import Resolver
from tests.api.conversions import HEADER, SMALL, large, read_cells, serving
from tests.resolve.test_list_species import list_symbols

LARGE_ROWS = 24_000  # more than is converted in the process of the service


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as (opened, _):
        yield opened


def test_a_small_table_comes_back_row_for_row_with_its_summary(client: httpx.Client, resolver: Resolver) -> None:
    answer = client.post("/convert", params={"to": "ncbigene"}, content=SMALL)
    rows = read_cells(answer)
    assert rows[0] == ["gene", "padj", "ncbigene", "outcome", "reason", "matched_as", "retired_from", "also"]
    assert [row[1] for row in rows[1:]] == ["0012", "1e5", "NA", "TRUE"]
    assert rows[2][2] == "7157"
    assert answer.headers["x-release"] == resolver.release.id
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "table.converted.csv" in answer.headers["content-disposition"]
    summary = json.loads(answer.headers["x-resolver-summary"])
    assert (summary["rows"], summary["written"], summary["columns"][0]["name"]) == (4, 4, "gene")


def test_the_summary_of_a_header_counts_collisions_other_matches_causes_and_empty_cells(client: httpx.Client) -> None:
    sent = b"gene,n\nTP53,1\nP04637,2\nDEC1,3\nNA,4\n1-Mar,5\n"
    answer = client.post("/convert?to=symbol&species=human&column=gene", content=sent)
    assert [row[3] for row in read_cells(answer)[1:]] == ["resolved", "resolved", "resolved", "empty", "not_found"]
    assert [row[-1] for row in read_cells(answer)[:4]] == ["also", "", "", "BHLHE40"]
    (column,) = json.loads(answer.headers["x-resolver-summary"])["columns"]
    assert column["collisions"] == {"genes": 1, "identifiers": 2, "rows": 2, "at_least": False}
    assert (column["also"], column["outcomes"]["empty"], column["causes"]) == (1, 1, {"date_to_decide": 1})


def test_a_large_table_is_converted_as_the_small_one_is(client: httpx.Client) -> None:
    few = read_cells(client.post("/convert", content=SMALL))
    many = client.post("/convert", content=large(LARGE_ROWS))
    assert read_cells(many) == few[:1] + few[1:] * (LARGE_ROWS // 4)
    assert many.headers["x-release"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_compressed_table_is_decompressed(client: httpx.Client, pack: Any) -> None:
    answer = client.post("/convert", content=pack(SMALL), headers={"content-type": "application/gzip"})
    assert answer.text == client.post("/convert", content=SMALL).text
    assert json.loads(answer.headers["x-resolver-summary"])["rows"] == 4


@pytest.mark.parametrize("rows", [4, LARGE_ROWS])
def test_a_form_takes_options_before_and_behind_the_file(client: httpx.Client, rows: int) -> None:
    boundary = "b0undary"
    field = '--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n{2}\r\n'
    body = (
        field.format(boundary, "to", "ncbigene").encode()
        + f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="my genes.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n".encode()
        + large(rows)
        + b"\r\n"
        + field.format(boundary, "column", "gene").encode()
        + f"--{boundary}--\r\n".encode()
    )
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    answer = client.post("/convert", params={"best": "true"}, content=body, headers=headers)
    assert answer.text == client.post("/convert?best=true&to=ncbigene&column=gene", content=large(rows)).text
    assert 'filename="my genes.converted.csv"' in answer.headers["content-disposition"]


def test_every_option_is_read(client: httpx.Client) -> None:
    sent = "x\tid\n-\tP04637/Q9H3D4\n1\tTrp53\n2\n".encode("utf-16")
    stated = {
        "to": "symbol", "column": "#2", "species": "human", "to_species": "mouse", "consensus": "majority",
        "on_many": "list", "separator": "|", "best": "true", "missing": "-,NA", "split": "/", "delimiter": "tab",
        "header": "true", "on_bad_row": "keep", "format": "csv", "stale": "false", "encoding": "", "sheet": "",
        "from": "", "dry_run": "false",
    }  # fmt: skip
    answer = client.post("/convert", params=stated, content=sent)
    rows = read_cells(answer)
    assert rows[1][:3] == ["-", "P04637/Q9H3D4", "Trp53|Trp63"]
    assert len(rows) == 4
    assert json.loads(answer.headers["x-resolver-summary"])["bad_rows"] == 1


def test_columns_are_converted_each_if_repeated_and_in_turn_if_in_one_list(client: httpx.Client) -> None:
    sent = b"a,b\nIL7,TP53\nNA,TP53\n"
    repeated = client.post("/convert?column=a&column=b&to=ncbigene&species=human", content=sent)
    assert read_cells(repeated)[0][2::6] == ["a.ncbigene", "b.ncbigene"]
    in_turn = client.post("/convert?column=a,b&to=ncbigene&species=human", content=sent)
    assert [row[2:5] for row in read_cells(in_turn)] == [
        ["ncbigene", "outcome", "reason"], ["3574", "resolved", "columns_disagree"], ["7157", "resolved", ""],
    ]  # fmt: skip


_MEDIA = {
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ndjson": "application/x-ndjson",
    "tsv": "text/tab-separated-values; charset=utf-8",
}


@pytest.mark.parametrize("written", _MEDIA)
@pytest.mark.parametrize("rows", [4, LARGE_ROWS])
def test_every_format_is_written_and_read_again(client: httpx.Client, written: str, rows: int) -> None:
    if (written, rows) == ("xlsx", LARGE_ROWS):
        rows = 16_000
    stated = {"to": "ncbigene", "species": "human"}
    plain = read_cells(client.post("/convert", params=stated, content=large(rows)))
    made = client.post("/convert", params=stated | {"format": written}, content=large(rows))
    assert made.status_code == 200, made.text
    assert made.headers["content-type"] == _MEDIA[written]
    assert f"table.converted.{written}" in made.headers["content-disposition"]
    back = client.post("/convert", params=stated | {"column": "gene", "format": "csv"}, content=made.content)
    assert [row[: len(plain[0])] for row in read_cells(back)] == plain
    same = client.post("/convert", params=stated | {"column": "gene"}, content=made.content)  # as it was
    assert same.headers["content-type"] == _MEDIA[written]


@pytest.mark.parametrize(
    ("accept", "stated", "media_type"),
    [
        ("text/tab-separated-values", {}, _MEDIA["tsv"]),
        ("application/x-ndjson;q=0.9, text/csv;q=0.3", {}, _MEDIA["ndjson"]),
        ("text/html, */*;q=0.8", {}, "text/csv; charset=utf-8"),
        ("application/json", {}, "text/csv; charset=utf-8"),
        ("text/tab-separated-values;q=none", {}, "text/csv; charset=utf-8"),
        ("text/tab-separated-values", {"format": "ndjson"}, _MEDIA["ndjson"]),
    ],
)
def test_the_accept_header_decides_the_format_where_no_option_does(
    client: httpx.Client, accept: str, stated: dict[str, str], media_type: str
) -> None:
    answer = client.post("/convert", params=stated, content=SMALL, headers={"accept": accept})
    assert answer.headers["content-type"] == media_type


@pytest.mark.parametrize(
    ("name", "sent", "stated", "written"),
    [
        ("a.gmt", "S\tna\tENSG00000104432\tMUM1\n", {}, "S\tna\tIL7\tMUM1\n"),
        ("a.rnk", "ENSG00000104432\t2\n", {"in_place": "true"}, "IL7\t2\n"),
        ("a.csv", "m,ENSG00000104432\nA,1\n", {"header_row": "true"}, "m,IL7\nA,1\n"),
        ("a.csv", "IL7\nTP53\n", {"in_place": "true", "to": "hgnc"}, "HGNC:6023\nHGNC:11998\n"),
    ],
)
def test_layouts_are_kept(client: httpx.Client, name: str, sent: str, stated: dict[str, str], written: str) -> None:
    answer = client.post("/convert", params=stated | {"species": "human"}, files={"file": (name, sent.encode())})
    assert answer.text == written
    stem, _, suffix = name.partition(".")
    assert f"{stem}.converted.{suffix}" in answer.headers["content-disposition"]


def test_notes_name_the_options_of_rest(client: httpx.Client) -> None:
    notes = client.post("/convert?dry_run=true", content=b"TP53\nIL7\n").json()["notes"]
    assert any(note.endswith("if it is a header: header=true") for note in notes)


def test_few_matches_are_reported_in_a_warning_header(client: httpx.Client) -> None:
    answer = client.post("/convert?column=gene", content=HEADER + b"nosuch,1\nneither,2\nIL7,3\n")
    assert "gene: 33% of the filled cells" in answer.headers["x-resolver-warning"]


@pytest.mark.parametrize("rows", [4, LARGE_ROWS])
def test_a_dry_run_describes_the_conversion(client: httpx.Client, rows: int) -> None:
    answer = client.post("/convert", params={"dry_run": "true", "to": "ncbigene"}, content=large(rows))
    dry_run = DryRunShape.model_validate(answer.json(), strict=True)
    assert dry_run.added == ["ncbigene", "outcome", "reason", "matched_as", "retired_from", "also"]
    assert [(profile.column, profile.taken) for profile in dry_run.profile] == [("gene", True), ("padj", False)]
    assert dry_run.preview[1][:3] == ["P04637", "1e5", "7157"]


def test_a_table_is_read_in_the_species_of_its_unambiguous_cells(client: httpx.Client, resolver: Resolver) -> None:
    table = "n,gene\n" + "\n".join(
        f"{place},{symbol}" for place, symbol in enumerate(["AR", *list_symbols(resolver, HUMAN, 60)])
    )
    answer = client.post("/convert", params={"to": "species"}, content=table)
    assert {row[2] for row in read_cells(answer)[1:]} == {"human"}
    dry = client.post("/convert", params={"to": "species", "dry_run": "true"}, content=table).json()
    assert any("gene is read as human" in note and "species=any" in note for note in dry["notes"])
    off = client.post("/convert", params={"to": "species", "species": "any"}, content=table)
    assert read_cells(off)[1][2] == "human;mouse"
