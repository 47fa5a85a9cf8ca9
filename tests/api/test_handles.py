"""Connections to releases are closed when their use ends: the count of handles stays as it was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resolver.store.release import publish_release
from tests.releases import EARLIER, copy_with_earlier_release
from tests.serving import Running, running

_LONG = pytest.mark.long
_AT_ONCE = 8


@pytest.fixture(scope="module")
def folder(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with_earlier_release(data_dir, tmp_path_factory.mktemp("two") / "data")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Running]:
    with running(folder) as opened:
        yield opened


@pytest.mark.parametrize("number", [50, pytest.param(1_000, marks=_LONG)])
@pytest.mark.parametrize(("method", "path"), [("GET", "/diff?ids=IL7"), ("POST", "/diff")])
def test_a_comparison_leaves_no_handle(service: Running, method: str, path: str, number: int) -> None:
    def compare() -> None:
        body = None if method == "GET" else ["IL7", "TP53"]
        assert service.client.request(method, path, json=body).status_code == 200

    compare()
    before = service.count_handles()
    for _ in range(number):
        compare()
    _until_handles_are(service, before)


@pytest.mark.parametrize("number", [6, pytest.param(100, marks=_LONG)])
def test_a_published_release_leaves_no_handle_of_the_one_before(folder: Path, service: Running, number: int) -> None:
    ids = [EARLIER, service.client.get("/readyz").json()["release"]]
    _query_at_once(service)
    before = service.count_handles()
    for round_number in range(number):
        wanted = ids[round_number % 2]
        publish_release(folder, wanted)
        _until_release_is(service, wanted)
        _query_at_once(service)
    _until_handles_are(service, before)


def _query_at_once(service: Running) -> None:
    """Send lists at once, which several threads of the service answer."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        responses = list(threads.map(lambda _: service.client.post("/resolve", json=["IL7"] * 500), range(_AT_ONCE)))
    assert {response.status_code for response in responses} == {200}


def _until_release_is(service: Running, release_id: str) -> None:
    until = time.monotonic() + 30
    while service.client.get("/readyz").json()["release"] != release_id:
        assert time.monotonic() < until, "the release was not noticed"
        time.sleep(0.05)


def _until_handles_are(service: Running, most: int) -> None:
    until = time.monotonic() + 10
    while (count := service.count_handles()) > most:
        assert time.monotonic() < until, f"{count} handles are open, {most} were before"
        time.sleep(0.1)
