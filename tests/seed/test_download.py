"""Fetching upstream files: whole or not at all, one or many."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import itertools
import threading
from pathlib import Path

import pytest

from resolver.errors import ResolverError, SourceChanged, SourceRefused
from seed.download import Fetched, Wanted, fetch_all
from tests.seed.downloads import GZIP, NEW_ROWS, ROWS, Desk, direct
from tests.seed.lying_server import Lie, LyingServer, cut, fail, redirect, stall

# --- A whole file -----------------------------------------------------------------------------------------------


def test_a_file_stands_in_place_with_a_note_of_what_it_is(desk: Desk) -> None:
    wanted = desk.serve("gene_info.gz", GZIP)
    fetched = desk.fetch_one(wanted)
    assert fetched == Fetched(
        key="gene_info.gz",
        path=desk.folder / "gene_info.gz",
        url=wanted.url,
        etag='"v1"',
        last_modified="Fri, 20 Nov 2026 06:00:00 GMT",
        size=len(GZIP),
        sha256=hashlib.sha256(GZIP).hexdigest(),
        retrieved_at="2026-11-20T06:00:00+00:00",
        unchanged=False,
    )
    assert fetched.path.read_bytes() == GZIP
    assert desk.files() == {"gene_info.gz", "gene_info.gz.meta.json"}


def test_a_file_without_a_stated_length_is_taken_to_its_end(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000, chunked=True), Lie(chunked=True)))
    assert fetched.path.read_bytes() == ROWS


def test_a_redirect_is_followed_with_the_range(desk: Desk, server: LyingServer) -> None:
    desk.serve("moved.tsv", ROWS, cut(500))
    moved = server.url(f"/{desk.prefix}/moved.tsv", host="localhost")
    wanted = desk.serve("a.tsv", b"", redirect(moved), redirect(moved))
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("moved.tsv") == [None, "bytes=500-"]


def test_a_circle_of_redirects_is_refused(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.server.scripts[f"/{desk.prefix}/a.tsv"] = [redirect(wanted.url)] * 30
    assert isinstance(desk.fail_one(wanted), SourceRefused)
    assert desk.waits == []


def test_a_gzip_file_of_several_members_is_whole(desk: Desk) -> None:
    body = gzip.compress(ROWS) + gzip.compress(NEW_ROWS)
    assert desk.fetch_one(desk.serve("a.gz", body)).path.read_bytes() == body


def test_a_gzip_file_that_is_called_gzip_encoded_is_kept_as_it_is(desk: Desk) -> None:
    wanted = desk.serve("a.gz", GZIP, Lie(headers={"Content-Encoding": "gzip"}))
    assert desk.fetch_one(wanted).path.read_bytes() == GZIP


def test_a_plain_file_that_is_sent_encoded_is_not_taken_for_the_file(desk: Desk) -> None:
    error = desk.fail_one(desk.serve("a.tsv", GZIP, Lie(headers={"Content-Encoding": "gzip"})))
    assert isinstance(error, SourceChanged)
    assert "'gzip'" in str(error)


# --- Many files -------------------------------------------------------------------------------------------------


def test_one_file_that_fails_does_not_stop_the_others_and_outcomes_keep_their_order(desk: Desk) -> None:
    wanted = [desk.serve(name, ROWS, *([fail(404)] if name == "b.tsv" else [])) for name in ("a.tsv", "b.tsv", "c.tsv")]
    first, second, third = desk.fetch(*wanted)
    assert isinstance(second, SourceRefused)
    for name, outcome in (("a.tsv", first), ("c.tsv", third)):
        assert isinstance(outcome, Fetched)
        assert outcome.key == name
        assert outcome.path.read_bytes() == ROWS


def test_progress_tells_each_step_and_how_many_bytes_have_come(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000)))
    states = [state for state, _ in itertools.groupby(progress.state for progress in desk.reported)]
    assert states == ["queued", "fetching", "retrying", "resumed", "fetching", "done"]
    fetching = [progress for progress in desk.reported if progress.state in ("fetching", "resumed", "done")]
    assert {progress.total_bytes for progress in fetching} == {len(ROWS)}
    got = [progress.got_bytes for progress in fetching]
    assert got == sorted(got)
    assert got[-1] == len(ROWS)
    assert next(progress.got_bytes for progress in desk.reported if progress.state == "resumed") == 1000
    assert "retrying in" in next(progress.message for progress in desk.reported if progress.state == "retrying")


def test_no_file_wanted_is_no_file_fetched(desk: Desk) -> None:
    assert desk.fetch() == []


@pytest.mark.parametrize("names", [["a.tsv", "a.tsv"], ["../a.tsv"], ["folder/a.tsv"], [""]])
def test_a_name_that_is_not_of_one_file_in_the_folder_is_a_mistake(desk: Desk, names: list[str]) -> None:
    with pytest.raises(ValueError, match="not the name of exactly one file"):
        desk.fetch(*(Wanted("a", "ncbi", "https://example.org/a.tsv", name) for name in names))


def test_two_runs_on_one_folder_wait_for_each_other(desk: Desk, server: LyingServer) -> None:
    wanted = desk.serve("a.tsv", ROWS, stall(1000, 0.2))
    other = Desk(server, desk.folder, desk.prefix)
    outcomes: list[Fetched] = []
    runs = [threading.Thread(target=lambda at=at: outcomes.append(at.fetch_one(wanted))) for at in (desk, other)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(outcome.unchanged for outcome in outcomes) == [False, True]
    assert [seen.status for seen in desk.requests("a.tsv")] == [200, 304]


async def _never(_seconds: float) -> None:
    raise AssertionError("nothing is waited for")


def test_it_runs_inside_a_loop_as_well(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    (fetched,) = asyncio.run(fetch_all([wanted], desk.folder, transport=direct(), sleep=_never))
    assert isinstance(fetched, Fetched)


# --- The disk ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told_with_the_path_and_what_to_do(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    (desk.folder / "a.tsv.part").symlink_to("/dev/full")
    error = desk.fail_one(wanted)
    assert str(desk.folder / "a.tsv") in str(error)
    assert "disk is full" in str(error)
    assert "Free some space" in str(error.hint)
    assert len(desk.requests("a.tsv")) == 1


def test_a_folder_that_cannot_be_written_is_told(desk: Desk) -> None:
    (desk.folder / "file").write_text("no folder")
    desk.folder = desk.folder / "file"
    with pytest.raises(ResolverError, match="cannot be written"):
        desk.fetch(desk.serve("a.tsv", ROWS))
