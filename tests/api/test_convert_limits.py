"""Limits of `POST /convert`: bytes, rows, results and concurrent conversions."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from resolver.jobs.model import Limits
from resolver.resolve.resolver import Resolver
from tests.api.conversions import HEADER, ROWS, SMALL, large, read_problem, send_slowly, serving


@pytest.fixture(scope="module")
def narrow(resolver: Resolver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    # The result limit is below the buffer size, so each time it is a problem and not a broken connection.
    limits = Limits(max_bytes=2_000_000, max_output_bytes=4_000_000, max_rows=50_000, at_once=1)
    with serving(resolver, tmp_path_factory.mktemp("jobs"), limits) as (client, _):
        yield client


def test_a_body_over_the_limit_is_refused(narrow: httpx.Client) -> None:
    sent = large(200_000)
    for content in (sent, iter([sent])):  # with a Content-Length, and without
        assert read_problem(narrow.post("/convert", content=content)).status == 413
    assert read_problem(narrow.post("/convert", files={"file": ("a.csv", sent)})).status == 413


def test_more_rows_than_allowed_are_refused(narrow: httpx.Client) -> None:
    problem = read_problem(narrow.post("/convert?to=ncbigene", content=gzip.compress(large(60_000))))
    assert (problem.status, problem.code) == (413, "too_many")
    assert "50,000 rows" in problem.detail


def test_a_compression_bomb_is_refused(narrow: httpx.Client) -> None:
    bomb = gzip.compress(HEADER + ROWS + (b"IL7," + b"0" * 5_000 + b"\n") * 20_000)
    assert len(bomb) < 500_000
    problem = read_problem(narrow.post("/convert", content=bomb))
    assert (problem.status, problem.code) == (413, "too_many")
    assert "the result is over" in problem.detail


def test_too_many_concurrent_conversions_are_refused_with_retry_after(narrow: httpx.Client) -> None:
    first: list[int] = []
    sent = large(40_000)
    thread = threading.Thread(
        target=lambda: first.append(narrow.post("/convert?to=ncbigene", content=send_slowly(3, sent)).status_code)
    )
    thread.start()
    time.sleep(1)
    answer = narrow.post("/convert?to=ncbigene", content=sent)
    assert narrow.post("/convert", content=SMALL).status_code == 200  # a small one takes no seat
    thread.join()
    assert (read_problem(answer).status, read_problem(answer).code) == (429, "service_busy")
    assert int(answer.headers["retry-after"]) > 0
    assert first == [200]
    assert narrow.post("/convert?to=ncbigene", content=sent).status_code == 200
