"""Storage that fails, and what an error shows: no plain 500, and no folder of the service."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.api.errors import describe_os_error
from tests.api.conversions import SMALL, await_end, large, small_disk
from tests.releases import copy_data_dir
from tests.serving import Running, running

_NO_JOB = "0" * 32


@pytest.fixture(scope="module")
def service(data_dir: Path) -> Iterator[Running]:
    with running(data_dir) as opened:
        yield opened


# --- Tables that cannot be converted ------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["rot13", "hex", "base64", "zlib", "undefined", "unicode_escape", "idna", "\0"])
@pytest.mark.parametrize("rows", [4, 20_000])
def test_a_codec_that_is_no_text_encoding_is_a_bad_option(service: Running, encoding: str, rows: int) -> None:
    answer = service.client.post("/convert", params={"to": "symbol", "encoding": encoding}, content=large(rows))
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_option"), answer.text


@pytest.mark.parametrize("way", ["body", "form", "gzip"])
def test_more_rows_than_a_workbook_takes_are_refused_before_the_work(service: Running, way: str) -> None:
    table = b"gene\n" + b"IL7\n" * 1_100_000
    sent: dict[str, Any] = {"content": gzip.compress(table, 1) if way == "gzip" else table}
    if way == "form":
        sent = {"files": {"file": ("genes.csv", table)}}
    began_at = time.monotonic()
    answer = service.client.post("/convert?to=symbol&format=xlsx", **sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input"), answer.text
    assert "1,048,575" in answer.json()["detail"]
    assert time.monotonic() - began_at < 30  # the work takes minutes


# --- Full and read-only folders -----------------------------------------------------------------------------------


def _fill(folder: Path) -> None:
    try:
        with (folder / "fill").open("wb") as opened:
            while True:
                opened.write(b"x" * 65_536)
                opened.flush()
    except OSError:
        pass


def test_a_full_data_folder_is_a_507(data_dir: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 600) as disk:
        shutil.copytree(data_dir, disk / "data", ignore=shutil.ignore_patterns("ledger.db*", "jobs"))
        with running(disk / "data") as service:
            client = service.client
            where = client.post("/convert/jobs?to=symbol", content=SMALL).headers["location"]
            await_end(client, where)
            _fill(disk)
            for body in (SMALL, large(20_000)):
                answer = client.post("/convert/jobs?to=symbol", content=body)
                assert answer.status_code == 507, answer.text
                assert str(disk) not in answer.text
            assert client.delete(where).status_code in {204, 507}
            assert client.get("/stale").json() == []
            assert client.get("/resolve/IL7").status_code == 200
            (disk / "fill").unlink()
            assert client.post("/convert/jobs?to=symbol", content=SMALL).status_code == 202


def test_a_read_only_data_folder_is_a_503(data_dir: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 600) as disk:
        shutil.copytree(data_dir, disk / "data", ignore=shutil.ignore_patterns("ledger.db*", "jobs"))
        with running(disk / "data") as service:
            client = service.client
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            answer = client.post("/convert/jobs?to=symbol", content=SMALL)
            assert answer.status_code == 503, answer.text
            assert str(disk) not in answer.text
            for path in ("/stale", "/stale/runs", "/stale/feed", "/stale/report", "/metrics", "/resolve/IL7", "/about"):
                assert client.get(path).status_code == 200, path
            assert client.get(f"/convert/jobs/{_NO_JOB}").status_code == 404
            assert client.post("/convert?to=symbol", content=large(20_000)).status_code == 200


@pytest.mark.parametrize(("number", "code"), [(28, "disk_full"), (122, "disk_full"), (30, "storage_unavailable"),
                                              (13, "storage_unavailable"), (24, "out_of_handles")])  # fmt: skip
def test_errors_of_files_have_codes(number: int, code: str) -> None:
    error = describe_os_error(OSError(number, "it fails"))
    assert error is not None
    assert error.code == code


# --- Folders of the service ---------------------------------------------------------------------------------------


def _requests(job: str) -> list[tuple[str, str, dict[str, Any]]]:
    text = {"content-type": "text/plain"}
    mark = {"action": "dismiss", "reason": "x", "by": "me"}
    return [
        *(("GET", path, {}) for path in (
            "/nope", "/resolve/nonsense!!", "/resolve/IL7?species=rat", "/gene/rs7412", "/diff", "/diff?ids=IL7",
            "/diff?ids=IL7&from=../..", "/stale/uniprot:P13232", "/stale?format=x", "/stale/runs?number=0",
            f"/convert/jobs/{_NO_JOB}", f"/convert/jobs/{_NO_JOB}/result", f"/check/jobs/{_NO_JOB}", "/search?q=",
            "/go/IL7?to=nowhere", "/history/nonsense!!", "/orthologs/nonsense!!", "/resolve/IL7?live=true",
            job, f"{job}/result", f"{job}/report", "/readyz", "/about", "/stale", "/stale/runs", "/stale/report",
            "/stale/feed", "/metrics", "/resolve/IL7",
        )),
        ("POST", "/resolve", {"content": b"[", "headers": {"content-type": "application/json"}}),
        ("POST", "/resolve", {"content": b"IL7", "headers": text | {"content-encoding": "gzip"}}),
        ("POST", "/convert?encoding=rot13", {"content": SMALL}),
        ("POST", "/convert?column=x", {"content": large(20_000)}),
        ("POST", "/convert?sheet=x", {"content": SMALL}),
        ("POST", "/convert", {"content": b"PK\x03\x04 no workbook"}),
        ("POST", "/convert", {"content": b"PAR1 no parquet" * 99}),
        ("POST", "/convert", {"files": {"file": ("../../etc/passwd", b"PK\x03\x04")}}),
        ("POST", "/convert/jobs?to=symbol", {"content": SMALL}),
        ("POST", "/check", {"json": ["IL7"]}),
        ("POST", "/stale/uniprot:P13232", {"json": mark}),
        ("DELETE", job, {}),
    ]  # fmt: skip


def _check_answers(client: httpx.Client, folder: Path, job: str) -> set[int]:
    """Send every request, and fail if an answer names the folder or is an unexpected error; return the statuses."""
    statuses = set()
    for method, path, sent in _requests(job):
        answer = client.request(method, path, **sent)
        statuses.add(answer.status_code)
        assert answer.status_code != 500, (method, path, answer.text)
        for named in (str(folder), str(folder.parent), "/releases/", "site-packages", ".py"):
            if answer.status_code >= 400 or path == job:
                assert named not in answer.text.replace("<data folder>/releases/", ""), (method, path, answer.text)
    return statuses


def _fail_a_job(client: httpx.Client) -> str:
    job = client.post("/convert/jobs?to=symbol&column=x", content=SMALL).headers["location"]
    assert await_end(client, job)["state"] == "failed"
    return str(job)


def test_no_answer_names_a_folder_of_the_service(data_dir: Path, tmp_path: Path) -> None:
    folder = copy_data_dir(data_dir, tmp_path / "secret" / "data")
    with running(folder) as service:
        statuses = _check_answers(service.client, folder, _fail_a_job(service.client))
        assert {404, 409, 422, 403} <= statuses


def test_no_answer_names_a_folder_where_files_are_damaged(data_dir: Path, tmp_path: Path) -> None:
    folder = copy_data_dir(data_dir, tmp_path / "secret" / "data")
    with running(folder) as service:
        job = _fail_a_job(service.client)
        service.client.post("/convert/jobs?to=symbol", content=SMALL)
        (folder / "ledger.db").write_bytes(b"no database" * 999)
        for path in folder.glob("ledger.db-*"):
            path.unlink()
        shutil.rmtree(folder / "jobs")
        (folder / "jobs").write_text("no folder")
        statuses = _check_answers(service.client, folder, job)
        assert 503 in statuses
        (folder / "current").write_text("genome-gone\n")
        time.sleep(2)
        _check_answers(service.client, folder, job)
