"""`POST /convert` over a real socket: the table that was sent comes back, row for row, or a problem with the reason.

Large tables go through a process of work, small ones do not; both say the same.
"""

from __future__ import annotations

import csv
import gzip
import http.client
import io
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest
import zstandard

from resolver.api.conversions import SMALL_BYTES
from resolver.api.schemas.base import ProblemShape
from resolver.api.schemas.jobs import DryRunShape
from resolver.convert.options import rename_options
from resolver.identifiers.species import HUMAN
from resolver.jobs.model import Limits
from resolver.jobs.runner import Jobs
from resolver.resolve.resolver import Resolver
from tests.api.conversions import HEADER, ROWS, SMALL, large, serving
from tests.resolve.test_list_species import list_symbols

LARGE_ROWS = 60_000


@pytest.fixture(scope="module")
def opened(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Jobs]]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as both:
        yield both


@pytest.fixture(scope="module")
def client(opened: tuple[httpx.Client, Jobs]) -> httpx.Client:
    return opened[0]


def _cells(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.reader(io.StringIO(answer.text)))


def _problem(answer: httpx.Response) -> ProblemShape:
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:500]
    problem = ProblemShape.model_validate(answer.json())
    assert problem.status == answer.status_code
    assert problem.hint
    return problem


# --- Tables -------------------------------------------------------------------------------------------------------


def test_a_small_table_comes_back_row_for_row_with_its_summary(client: httpx.Client, resolver: Resolver) -> None:
    answer = client.post("/convert", params={"to": "ncbigene"}, content=SMALL)
    rows = _cells(answer)
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
    assert [row[3] for row in _cells(answer)[1:]] == ["resolved", "resolved", "resolved", "empty", "not_found"]
    assert [row[-1] for row in _cells(answer)[:4]] == ["also", "", "", "BHLHE40"]
    (column,) = json.loads(answer.headers["x-resolver-summary"])["columns"]
    assert column["collisions"] == {"genes": 1, "identifiers": 2, "rows": 2, "at_least": False}
    assert (column["also"], column["outcomes"]["empty"], column["causes"]) == (1, 1, {"date_to_decide": 1})


def test_a_large_table_is_converted_as_the_small_one_is(client: httpx.Client) -> None:
    few = _cells(client.post("/convert", content=SMALL))
    many = client.post("/convert", content=large(LARGE_ROWS))
    assert _cells(many) == few[:1] + few[1:] * (LARGE_ROWS // 4)
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
    rows = _cells(answer)
    assert rows[1][:3] == ["-", "P04637/Q9H3D4", "Trp53|Trp63"]
    assert len(rows) == 4
    assert json.loads(answer.headers["x-resolver-summary"])["bad_rows"] == 1


def test_columns_are_converted_each_if_repeated_and_in_turn_if_in_one_list(client: httpx.Client) -> None:
    sent = b"a,b\nIL7,TP53\nNA,TP53\n"
    repeated = client.post("/convert?column=a&column=b&to=ncbigene&species=human", content=sent)
    assert _cells(repeated)[0][2::6] == ["a.ncbigene", "b.ncbigene"]
    in_turn = client.post("/convert?column=a,b&to=ncbigene&species=human", content=sent)
    assert [row[2:5] for row in _cells(in_turn)] == [
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
    plain = _cells(client.post("/convert", params=stated, content=large(rows)))
    made = client.post("/convert", params=stated | {"format": written}, content=large(rows))
    assert made.status_code == 200, made.text
    assert made.headers["content-type"] == _MEDIA[written]
    assert f"table.converted.{written}" in made.headers["content-disposition"]
    back = client.post("/convert", params=stated | {"column": "gene", "format": "csv"}, content=made.content)
    assert [row[: len(plain[0])] for row in _cells(back)] == plain
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


# --- What is wrong ------------------------------------------------------------------------------------------------

_BAD = {
    "empty": (b"", {}, 422, "unreadable_table", "is empty"),
    "rows without genes": (b"sample,padj\nS1,0.1\n", {}, 422, "bad_option", "no column contains identifiers"),
    "binary": (bytes(range(256)) * 4, {}, 422, "unreadable_table", "NUL"),
    "NUL": (b"gene\nIL7\nTP\x0053\n", {}, 422, "unreadable_table", "line 3: contains a NUL byte"),
    "no such column": (SMALL, {"column": "gnee"}, 422, "missing_column", "column 'gnee' not found"),
    "column twice": (b"gene,gene\nIL7,TP53\n", {"column": "gene"}, 422, "missing_column", "2 columns"),
    "unbalanced quotes": (HEADER + b'IL7,"1\nTP53,2\n', {}, 422, "unreadable_table", "line 2"),
    "another width": (SMALL + b"IL7,1,2\n", {}, 422, "unreadable_table", "line 6"),
    "several genes": (HEADER + b"IL7,1\nMUM1,2\n", {"on_many": "error", "species": "human"}, 409, "several_genes",
                      "line 3"),
    "no such option": (SMALL, {"colunm": "gene"}, 422, "bad_option", "no option 'colunm'"),
    "no such target": (SMALL, {"to": "kegg"}, 422, "unknown_namespace", "kegg"),
    "no such species": (SMALL, {"species": "rat"}, 422, "unknown_species", "rat"),
    "no such format": (SMALL, {"format": "doc"}, 422, "bad_option", "format"),
    "no such policy": (SMALL, {"on_bad_row": "drop"}, 422, "bad_option", "on_bad_row"),
    "no such delimiter": (SMALL, {"delimiter": "xy"}, 422, "bad_option", "delimiter"),
    "no such encoding": (SMALL, {"encoding": "klingon"}, 422, "bad_option", "klingon"),
    "cut gzip": (gzip.compress(os.urandom(3000).hex().encode())[:-900], {}, 422, "unreadable_table", "to its end"),
}  # fmt: skip


@pytest.mark.parametrize("name", _BAD)
def test_an_impossible_conversion_is_a_problem_with_the_reason(client: httpx.Client, name: str) -> None:
    sent, stated, status, code, said = _BAD[name]
    problem = _problem(client.post("/convert", params=stated, content=sent))
    assert (problem.status, problem.code) == (status, code)
    assert said in problem.detail
    assert "--" not in f"{problem.detail} {problem.hint}"


def test_the_nearest_column_is_suggested(client: httpx.Client) -> None:
    assert "Did you mean 'gene'?" in str(_problem(client.post("/convert?column=gnee", content=SMALL)).hint)


def test_a_large_table_with_an_early_error_is_a_problem(client: httpx.Client) -> None:
    problem = _problem(client.post("/convert?column=gnee", content=large(LARGE_ROWS)))
    assert (problem.status, problem.code) == (422, "missing_column")


def test_an_error_before_much_is_written_is_a_problem(client: httpx.Client) -> None:
    problem = _problem(client.post("/convert?to=ncbigene&on_many=error", content=large(LARGE_ROWS) + b"MUM1,1\n"))
    assert (problem.status, problem.code) == (409, "several_genes")
    assert problem.detail.startswith("table, line 2:")


def test_a_later_error_aborts_the_connection(client: httpx.Client) -> None:
    sent = large(800_000) + b"one,cell,more\n"
    received = 0
    plain = {"accept-encoding": "identity"}
    with client.stream("POST", "/convert", content=sent, headers=plain) as answer:
        assert answer.status_code == 200
        parts = answer.iter_raw()
        received += len(next(parts))
        with pytest.raises(httpx.RemoteProtocolError):
            received += sum(map(len, parts))
    with client.stream("POST", "/convert", content=sent, headers=plain) as answer, suppress(httpx.RemoteProtocolError):
        for part in answer.iter_raw():
            received += len(part)
    assert received > 4 << 20


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("multipart/form-data", SMALL, "boundary"),
        ("multipart/form-data; boundary=b", SMALL, "form"),
        ("multipart/form-data; boundary=b",
         b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nIL7', "incomplete"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\nIL7\r\n--b--\r\n',
         "no file"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_a_problem(
    client: httpx.Client, content_type: str, body: bytes, said: str
) -> None:
    problem = _problem(client.post("/convert", content=body, headers={"content-type": content_type}))
    assert problem.status == 422
    assert said in problem.detail


def test_two_files_in_a_form_are_refused(client: httpx.Client) -> None:
    files = [("file", ("a.csv", SMALL)), ("file", ("b.csv", SMALL))]
    assert "several files" in _problem(client.post("/convert", files=files)).detail


def test_option_names_of_the_cli_are_renamed_to_those_of_rest() -> None:
    message = "say --delimiter, or --on-bad-row keep; if it is, --no-header; State another: --encoding. A--B"
    assert rename_options(message) == (
        "say delimiter, or on_bad_row=keep; if it is, header=false; State another: encoding. A--B"
    )
    message = "such as --column 'my gene', (--column id takes that one); --species any; Omit --column and --no-header"
    assert rename_options(message) == (
        "such as column=my gene, (column=id takes that one); species=any; Omit column and header=false"
    )


# --- Limits -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def narrow(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    # The result limit is below the buffer size, so each time it is a problem and not a broken connection.
    limits = Limits(max_bytes=2_000_000, max_output_bytes=4_000_000, max_rows=50_000, at_once=1)
    with serving(resolver, tmp_path_factory.mktemp("jobs"), limits) as (client, _):
        yield client


def test_a_body_over_the_limit_is_refused(narrow: httpx.Client) -> None:
    sent = large(200_000)
    for content in (sent, iter([sent])):  # with a Content-Length, and without
        assert _problem(narrow.post("/convert", content=content)).status == 413
    assert _problem(narrow.post("/convert", files={"file": ("a.csv", sent)})).status == 413


def test_more_rows_than_allowed_are_refused(narrow: httpx.Client) -> None:
    problem = _problem(narrow.post("/convert?to=ncbigene", content=gzip.compress(large(60_000))))
    assert (problem.status, problem.code) == (413, "too_many")
    assert "50,000 rows" in problem.detail


def test_a_compression_bomb_is_refused(narrow: httpx.Client) -> None:
    bomb = gzip.compress(HEADER + ROWS + (b"IL7," + b"0" * 5_000 + b"\n") * 20_000)
    assert len(bomb) < 500_000
    problem = _problem(narrow.post("/convert", content=bomb))
    assert (problem.status, problem.code) == (413, "too_many")
    assert "the result is over" in problem.detail


def _slow(seconds: float, sent: bytes) -> Iterator[bytes]:
    for start in range(0, len(sent), 1 + len(sent) // 10):
        yield sent[start : start + 1 + len(sent) // 10]
        time.sleep(seconds / 10)


def test_too_many_concurrent_conversions_are_refused_with_retry_after(narrow: httpx.Client) -> None:
    first: list[int] = []
    sent = large(40_000)
    thread = threading.Thread(
        target=lambda: first.append(narrow.post("/convert?to=ncbigene", content=_slow(3, sent)).status_code)
    )
    thread.start()
    time.sleep(1)
    answer = narrow.post("/convert?to=ncbigene", content=sent)
    assert narrow.post("/convert", content=SMALL).status_code == 200  # a small one takes no seat
    thread.join()
    assert (_problem(answer).status, _problem(answer).code) == (429, "service_busy")
    assert int(answer.headers["retry-after"]) > 0
    assert first == [200]
    assert narrow.post("/convert?to=ncbigene", content=sent).status_code == 200


# --- Both ways at once --------------------------------------------------------------------------------------------


def test_a_body_that_comes_slowly_is_converted(client: httpx.Client) -> None:
    answer = client.post("/convert?to=ncbigene", content=_slow(2, large(LARGE_ROWS)))
    assert len(_cells(answer)) == LARGE_ROWS + 1


def test_a_client_that_sends_50_mb_before_it_reads_gets_its_table(client: httpx.Client) -> None:
    rows = 50_000_000 // (len(ROWS) // 4)
    sent = large(rows)
    assert len(sent) > 49_000_000
    connection = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=180)
    connection.request("POST", "/convert?to=ncbigene", sent)  # not a byte is read before all is sent
    answer = connection.getresponse()
    received = answer.read()
    connection.close()
    assert answer.status == 200
    assert received.count(b"\n") == sent.count(b"\n")
    assert received.startswith(b"gene,padj,ncbigene")


def _children() -> set[int]:
    listed = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "resolver.app.worker"], capture_output=True, text=True, check=False
    )
    return {int(line) for line in listed.stdout.split()}


@contextmanager
def _half_sent(client: httpx.Client) -> Iterator[socket.socket]:
    address = client.base_url
    with socket.create_connection((address.host, address.port or 80), timeout=60) as connection:
        head = "POST /convert HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n"
        connection.sendall(head.encode() + large(400_000))
        yield connection


def test_a_client_that_disconnects_leaves_no_files_and_processes(client: httpx.Client) -> None:
    before = _children()
    with _half_sent(client):
        _until(lambda: bool(_children() - before))
    _until(lambda: not _children() - before)
    with client.stream("POST", "/convert", content=large(2_000_000)) as answer:  # while the table is sent back
        next(answer.iter_raw())
    _until(lambda: not _children() - before)
    assert client.post("/convert", content=SMALL).status_code == 200


def _until(is_so: Any, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not become so"
        time.sleep(0.05)


def test_the_size_limit_of_small_tables_is_below_the_buffer_size() -> None:
    assert SMALL_BYTES < 4 << 20


def test_a_table_is_read_in_the_species_of_its_unambiguous_cells(client: httpx.Client, resolver: Resolver) -> None:
    table = "n,gene\n" + "\n".join(
        f"{place},{symbol}" for place, symbol in enumerate(["AR", *list_symbols(resolver, HUMAN, 60)])
    )
    answer = client.post("/convert", params={"to": "species"}, content=table)
    assert {row[2] for row in _cells(answer)[1:]} == {"human"}
    dry = client.post("/convert", params={"to": "species", "dry_run": "true"}, content=table).json()
    assert any("gene is read as human" in note and "species=any" in note for note in dry["notes"])
    off = client.post("/convert", params={"to": "species", "species": "any"}, content=table)
    assert _cells(off)[1][2] == "human;mouse"
