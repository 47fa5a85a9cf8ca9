"""`POST /convert` reads and writes at the same time: slow clients, hasty ones, and those that disconnect."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from resolver.api.conversions import SMALL_BYTES
from resolver.resolve.resolver import Resolver
from tests.api.conversions import ROWS, SMALL, await_condition, large, read_cells, send_slowly, serving

LARGE_ROWS = 24_000  # more than is converted in the process of the service


@pytest.fixture(scope="module")
def client(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(resolver, tmp_path_factory.mktemp("jobs")) as (opened, _):
        yield opened


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


def test_a_body_that_comes_slowly_is_converted(client: httpx.Client) -> None:
    answer = client.post("/convert?to=ncbigene", content=send_slowly(2, large(LARGE_ROWS)))
    assert len(read_cells(answer)) == LARGE_ROWS + 1


@pytest.mark.long
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
        await_condition(lambda: bool(_children() - before))
    await_condition(lambda: not _children() - before)
    with client.stream("POST", "/convert", content=large(2_000_000)) as answer:  # while the table is sent back
        next(answer.iter_raw())
    await_condition(lambda: not _children() - before)
    assert client.post("/convert", content=SMALL).status_code == 200


def test_the_size_limit_of_small_tables_is_below_the_buffer_size() -> None:
    assert SMALL_BYTES < 4 << 20
