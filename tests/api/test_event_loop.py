"""No request holds the event loop: a probe in the service measures it while routes work at their limits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.api.conversions import SMALL_ROWS
from resolver.api.query_lists import MAX_BYTES, MAX_QUERIES
from resolver.resolve.resolver import Resolver
from tests.api.conversions import large
from tests.releases import copy_with_earlier_release
from tests.resolve.samples import read_texts
from tests.serving import end, environment_of, free_port, wait_until_ready

_LONGEST_S = 0.05
_ATTEMPTS = 3  # a hold by other programs does not repeat
_TEXT = {"content-type": "text/plain"}
_NOBODY = "http://127.0.0.1:9"  # source databases that cannot be reached
_HOSTS = (
    "NCBI",
    "NCBI_FILES",
    "ENSEMBL",
    "UNIPROT",
    "HGNC",
    "HGNC_FILES",
    "MGI",
    "ALLIANCE",
    "OMIM",
    "OMIM_FILES",
    "MYGENE",
)

Send = Callable[[httpx.Client], httpx.Response]


@pytest.fixture(scope="module")
def client(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = copy_with_earlier_release(data_dir, tmp_path_factory.mktemp("two") / "data")
    port = free_port()
    variables = {"RESOLVER_LIVE": "true"} | {f"RESOLVER_{host}_URL": _NOBODY for host in _HOSTS}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.probed", str(port)],
        env=environment_of(folder, variables),
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as opened:
            wait_until_ready(opened, process)
            yield opened
    finally:
        end(process)


@pytest.fixture(scope="module")
def texts(resolver: Resolver) -> list[str]:
    """Return as many queries as a call answers."""
    query = (
        "SELECT accession FROM identifier WHERE prefix IN ('uniprot', 'ensembl', 'refseq') ORDER BY gene_id, accession"
    )
    return list(islice(cycle([*read_texts(resolver, f"{query} LIMIT 30000"), "TP53", "nonsense!!"]), MAX_QUERIES))


def _measure(client: httpx.Client, send: Send) -> tuple[httpx.Response, float]:
    """Return a response, and the longest hold in the best of some attempts."""
    longest = []
    for _ in range(_ATTEMPTS):
        client.get("/held")
        response = send(client)
        longest.append(client.get("/held").json()["held"])
        if longest[-1] < _LONGEST_S:
            break
    return response, min(longest)


def test_the_probe_notices_what_holds_the_loop(client: httpx.Client) -> None:
    assert _measure(client, lambda client: client.get("/hold?seconds=0.5"))[1] > 0.2


_PATHS = (
    "/openapi.json", "/docs", "/about", "/namespaces", "/sources", "/metrics", "/stale", "/stale/runs?number=1000",
    "/stale/report", "/stale/feed", "/search?q=a&limit=100", "/search?q=interleukin&limit=100",
    "/resolve/TTN?explain=true&receipt=true", "/resolve/homologene:680?explain=true&to_species=mouse",
    "/resolve/" + "interleukin receptr " * 12, "/resolve/TP53?live=true", "/history/MUM1", "/orthologs/TP53",
    "/gene/hgnc:12403",
)  # fmt: skip


@pytest.mark.parametrize("path", _PATHS)
def test_no_address_holds_the_loop(client: httpx.Client, path: str) -> None:
    response, longest = _measure(client, lambda client: client.get(path))
    assert response.status_code in {200, 404, 422, 503}, response.text
    assert longest < _LONGEST_S


_PAGES = ("/", "/gene/hgnc:12403", "/lookup/CAP", "/lookup/TP35", "/about", "/stale", "/compare", "/no-such-page")


@pytest.mark.parametrize("path", _PAGES)
def test_no_page_holds_the_loop(client: httpx.Client, path: str) -> None:
    response, longest = _measure(client, lambda client: client.get(path, headers={"accept": "text/html"}))
    assert response.headers["content-type"].startswith("text/html")
    assert longest < _LONGEST_S


@pytest.mark.parametrize(
    ("path", "fields", "number"), [("/lookup", ("q",), 5_000), ("/compare", ("first", "second"), 20_000)]
)
def test_no_pasted_list_holds_the_loop(
    client: httpx.Client, texts: list[str], path: str, fields: tuple[str, ...], number: int
) -> None:
    data = dict.fromkeys(fields, "\n".join(texts[:number]))
    response, longest = _measure(client, lambda client: client.post(path, data=data, headers={"accept": "text/html"}))
    assert response.status_code == 200, response.text[:500]
    assert longest < _LONGEST_S


def test_a_long_address_to_compare_does_not_hold_the_loop(client: httpx.Client, texts: list[str]) -> None:
    response, longest = _measure(client, lambda client: client.get(f"/diff?ids={','.join(texts)[:60_000]}"))
    assert response.status_code == 200
    assert longest < _LONGEST_S


_BODIES: dict[str, tuple[Callable[[], bytes], str, int]] = {
    "a number a line": (lambda: b"1\n" * (MAX_BYTES // 2), "text/plain", 413),
    "empty lines": (lambda: b"\n" * MAX_BYTES, "text/plain", 200),
    "a line without an end": (lambda: b" " * MAX_BYTES, "text/plain", 413),
    "lines of JSON": (lambda: b"1\n" * (MAX_BYTES // 2), "application/x-ndjson", 413),
    "an array of numbers": (lambda: b"[1" + b",1" * (MAX_BYTES // 2 - 2), "application/json", 413),
    "an array of one string": (lambda: b'["' + b"a" * (MAX_BYTES - 4), "application/json", 413),
    "an array in an array": (lambda: b"[" * MAX_BYTES, "application/json", 422),
    "spaces": (lambda: b" " * MAX_BYTES, "application/json", 422),
    "escapes": (lambda: b'["' + b"\\" * (MAX_BYTES - 4), "application/json", 413),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if number == 0 else pytest.mark.long) for number, name in enumerate(_BODIES)]
)
def test_a_body_of_64_mib_is_refused_while_it_arrives(client: httpx.Client, name: str) -> None:
    make, written, status = _BODIES[name]
    body = make()
    response, longest = _measure(
        client, lambda client: client.post("/resolve", content=body, headers={"content-type": written})
    )
    assert response.status_code == status, response.text[:500]
    assert longest < _LONGEST_S


_LISTS: dict[str, tuple[str, Callable[[list[str]], dict[str, Any]], int]] = {
    "an array": ("/resolve?fields=outcome", lambda texts: {"json": texts}, 200),
    "lines": ("/resolve?fields=outcome", lambda texts: {"content": "\n".join(texts), "headers": _TEXT}, 200),
    "objects": ("/resolve?fields=outcome", lambda texts: {"json": [{"id": text, "to": "omim"} for text in texts]}, 200),
    "whole answers": ("/resolve?explain=true", lambda texts: {"json": texts[:2_000]}, 200),
    "several genes": ("/resolve?on_many=error", lambda texts: {"json": [*texts[:-1], "MUM1"]}, 409),
    "two releases": ("/diff", lambda texts: {"json": texts}, 200),
    "checks": ("/check", lambda texts: {"json": texts}, 202),
    "checks at once": ("/check", lambda texts: {"json": texts[:200]}, 200),
    "a small table": ("/convert", lambda texts: {"content": "gene\n" + "\n".join(texts[: SMALL_ROWS - 1])}, 200),
    "a table": ("/convert", lambda texts: {"content": large(1_000_000)}, 200),
    "a form": ("/convert", lambda texts: {"files": {"file": ("genes.csv", large(1_000_000))}}, 200),
    "a job": ("/convert/jobs?to=ncbigene", lambda texts: {"content": large(1_000_000)}, 202),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", _LISTS)
def test_the_largest_list_does_not_hold_the_loop(client: httpx.Client, texts: list[str], name: str) -> None:
    path, make, status = _LISTS[name]
    sent = make(texts)
    response, longest = _measure(client, lambda client: client.post(path, **sent))
    assert response.status_code == status, response.text[:500]
    assert longest < _LONGEST_S
    if job := response.headers.get("location"):
        client.delete(job)


def test_memory_does_not_grow_with_a_body_that_is_refused(client: httpx.Client) -> None:
    before = _read_peak(client)
    client.post("/resolve", content=b"1\n" * (MAX_BYTES // 2), headers=_TEXT)
    assert _read_peak(client) - before < 64 << 20


def _read_peak(client: httpx.Client) -> int:
    """Return the most memory that the service has had so far, in bytes, without the pages of files."""
    process = int(client.get("/held").json()["process"])
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    sizes = dict(line.split(":", 1) for line in status.splitlines())
    return (int(sizes["VmHWM"].split()[0]) - int(sizes["RssFile"].split()[0])) * 1024
