"""`POST /convert` of what cannot be converted: a problem says what is wrong, and what to do."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator

import httpx
import pytest

from resolver.convert.options import rename_options
from resolver.resolve.resolver import Resolver
from tests.api.conversions import HEADER, SMALL, large, read_problem, serving

LARGE_ROWS = 24_000  # more than is converted in the process of the service


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as (opened, _):
        yield opened


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
    problem = read_problem(client.post("/convert", params=stated, content=sent))
    assert (problem.status, problem.code) == (status, code)
    assert said in problem.detail
    assert "--" not in f"{problem.detail} {problem.hint}"


def test_the_nearest_column_is_suggested(client: httpx.Client) -> None:
    assert "Did you mean 'gene'?" in str(read_problem(client.post("/convert?column=gnee", content=SMALL)).hint)


def test_a_large_table_with_an_early_error_is_a_problem(client: httpx.Client) -> None:
    problem = read_problem(client.post("/convert?column=gnee", content=large(LARGE_ROWS)))
    assert (problem.status, problem.code) == (422, "missing_column")


def test_an_error_before_much_is_written_is_a_problem(client: httpx.Client) -> None:
    problem = read_problem(client.post("/convert?to=ncbigene&on_many=error", content=large(LARGE_ROWS) + b"MUM1,1\n"))
    assert (problem.status, problem.code) == (409, "several_genes")
    assert problem.detail.startswith("table, line 2:")


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
    problem = read_problem(client.post("/convert", content=body, headers={"content-type": content_type}))
    assert problem.status == 422
    assert said in problem.detail


def test_two_files_in_a_form_are_refused(client: httpx.Client) -> None:
    files = [("file", ("a.csv", SMALL)), ("file", ("b.csv", SMALL))]
    assert "several files" in read_problem(client.post("/convert", files=files)).detail


def test_option_names_of_the_cli_are_renamed_to_those_of_rest() -> None:
    message = "say --delimiter, or --on-bad-row keep; if it is, --no-header; State another: --encoding. A--B"
    assert rename_options(message) == (
        "say delimiter, or on_bad_row=keep; if it is, header=false; State another: encoding. A--B"
    )
    message = "such as --column 'my gene', (--column id takes that one); --species any; Omit --column and --no-header"
    assert rename_options(message) == (
        "such as column=my gene, (column=id takes that one); species=any; Omit column and header=false"
    )
