"""Going on where an earlier transfer ended, and sending nothing where nothing has changed."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.errors import SourceRefused
from seed.download import Progress, Wanted
from tests.seed.downloads import GZIP, NEW_ROWS, ROWS, Desk, new_prefix
from tests.seed.lying_server import File, Lie, LyingServer, cut, fail, stall, states_length

# --- Resuming ---------------------------------------------------------------------------------------------------


def test_a_transfer_that_was_cut_goes_on_where_it_stopped(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), cut(500)))
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=1500-"]
    assert [seen.headers.get("if-range") for seen in desk.requests("a.tsv")] == [None, '"v1"', '"v1"']
    assert sum(seen.sent for seen in desk.requests("a.tsv")) == len(ROWS)


def test_a_weak_etag_vouches_for_no_bytes_so_that_the_date_does(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), etag='W/"v1"'))
    assert [seen.headers.get("if-range") for seen in desk.requests("a.tsv")] == [None, "Fri, 20 Nov 2026 06:00:00 GMT"]


@pytest.mark.parametrize("etag", [None, 'W/"v1"'])
def test_a_file_of_which_no_version_is_stated_is_started_over(desk: Desk, etag: str | None) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), etag=etag, last_modified=None))
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, None]


def test_a_stall_ends_the_attempt_and_the_next_goes_on(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, stall(1000, 5), stall(0, 5)), stall_timeout_s=0.3)
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=1000-"]
    assert "no answer in time" in next(progress.message for progress in desk.reported if progress.state == "retrying")


def test_a_range_that_ends_too_early_is_followed_by_the_next(desk: Desk) -> None:
    short = Lie(206, ROWS[1000:2000], {"Content-Range": f"bytes 1000-1999/{len(ROWS)}", "ETag": '"v1"'})
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), short)).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=2000-"]


def test_a_server_that_ignores_ranges_sends_the_whole_anew(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(ignores_range=True)))
    assert fetched.path.read_bytes() == ROWS
    assert [seen.status for seen in desk.requests("a.tsv")] == [200, 200]


@pytest.mark.parametrize("shift", [-10, 10])
def test_a_range_that_begins_elsewhere_is_not_appended(desk: Desk, shift: int) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(shifts_range=shift)))
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", None]


@pytest.mark.parametrize("stated", ["", "bytes 1000-", "bytes */54780", "bytes 1000-54779/99999999"])
def test_a_range_that_is_not_stated_or_is_of_a_file_of_another_length_is_not_appended(desk: Desk, stated: str) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(headers={"Content-Range": stated})))
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", None]


def test_a_range_that_nobody_asked_for_is_not_taken_for_the_file(desk: Desk) -> None:
    partial = Lie(206, ROWS[100:], {"Content-Range": f"bytes 100-{len(ROWS) - 1}/{len(ROWS)}"})
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, partial)).path.read_bytes() == ROWS


def test_a_file_that_changed_in_between_is_started_over(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(becomes=File(NEW_ROWS, '"v2"'))))
    assert fetched.path.read_bytes() == NEW_ROWS
    assert fetched.etag == '"v2"'
    assert [seen.status for seen in desk.requests("a.tsv")] == [200, 200]


def test_the_rest_of_another_version_is_not_appended_where_the_server_overlooks_if_range(desk: Desk) -> None:
    other = File(ROWS.swapcase(), '"v2"')
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(becomes=other, ignores_if_range=True)))
    assert fetched.path.read_bytes() == other.body
    assert [seen.status for seen in desk.requests("a.tsv")] == [200, 206, 200]


def test_a_part_that_was_whole_when_the_run_was_killed_is_not_sent_again(desk: Desk) -> None:
    wanted = desk.serve("a.gz", GZIP)
    desk.leave_part(wanted, GZIP, etag='"v1"', size=len(GZIP))
    assert desk.fetch_one(wanted).path.read_bytes() == GZIP
    assert [(seen.status, seen.sent) for seen in desk.requests("a.gz")] == [(416, 0)]


@pytest.mark.parametrize("size", [None, len(ROWS)])
def test_a_part_behind_the_end_of_the_file_is_started_over(desk: Desk, size: int | None) -> None:
    wanted = desk.serve("a.tsv", ROWS[:-100])
    desk.leave_part(wanted, ROWS, etag='"v1"', size=size)
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS[:-100]
    assert [seen.status for seen in desk.requests("a.tsv")] == [416, 200]


@pytest.mark.parametrize("note", [b"", b"{", b"[1]", b'{"url": 1}', b'{"path": "x"}'])
def test_a_part_that_nothing_readable_is_noted_of_is_started_over(desk: Desk, note: bytes) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.leave_part(wanted, NEW_ROWS[:1000])
    (desk.folder / "a.tsv.part.json").write_bytes(note)
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None]


def test_a_part_of_another_url_is_started_over(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.leave_part(wanted, NEW_ROWS[:1000], etag='"v1"')
    (desk.folder / "a.tsv.part.json").write_bytes(b'{"url": "https://example.org/a.tsv", "etag": "\\"v1\\""}')
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS


def test_a_download_killed_in_the_middle_is_resumed_by_the_next_run(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, stall(len(ROWS) // 2, 30))
    script = (
        "import sys\nfrom pathlib import Path\nfrom seed.download import Wanted, fetch_files\n"
        "fetch_files([Wanted('a', 'ncbi', sys.argv[1], 'a.tsv')], Path(sys.argv[2]))\n"
    )
    part = desk.folder / "a.tsv.part"
    # An empty environment names no proxy.
    with subprocess.Popen([sys.executable, "-c", script, wanted.url, str(desk.folder)], env={}) as running:
        while not (part.exists() and part.stat().st_size):
            assert running.poll() is None, "it ended before it was killed"
            time.sleep(0.01)
        running.kill()
    assert running.returncode == -signal.SIGKILL
    partial = part.stat().st_size
    assert 0 < partial <= len(ROWS) // 2
    assert not (desk.folder / "a.tsv").exists()
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, f"bytes={partial}-"]
    assert desk.files() == {"a.tsv", "a.tsv.meta.json"}


@settings(max_examples=60, deadline=None)
@given(
    lies=st.lists(
        st.one_of(
            st.builds(cut, st.integers(0, 4000), chunked=st.booleans()),
            st.builds(Lie, cut_after=st.integers(0, 4000), ignores_range=st.just(True)),
            st.builds(Lie, cut_after=st.integers(0, 4000), shifts_range=st.integers(-50, 50)),
            st.sampled_from([fail(500), fail(429, "1"), states_length(5000)]),
        ),
        max_size=8,
    )
)
def test_however_a_transfer_is_cut_the_bytes_are_those_of_the_file(server: LyingServer, lies: list[Lie]) -> None:
    body = ROWS[:4000]
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(server, Path(folder), new_prefix())
        # One attempt more than the lies: none of them may cost more than itself, but for a wrong length, which is
        # found out by a second request.
        fetched = desk.fetch_one(desk.serve("a.tsv", body, *lies), attempts=2 * len(lies) + 1)
        assert fetched.path.read_bytes() == body
        assert desk.files() == {"a.tsv", "a.tsv.meta.json"}


# --- Unchanged --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', None])
def test_an_unchanged_file_is_not_sent_twice(desk: Desk, etag: str | None) -> None:
    wanted = desk.serve("a.tsv", ROWS, etag=etag)
    first = desk.fetch_one(wanted)
    written = first.path.stat().st_mtime_ns
    second = desk.fetch_one(wanted)
    assert second.unchanged
    assert (second.sha256, second.retrieved_at, second.path) == (first.sha256, first.retrieved_at, first.path)
    assert first.path.stat().st_mtime_ns == written
    assert [(seen.status, seen.sent) for seen in desk.requests("a.tsv")] == [(200, len(ROWS)), (304, 0)]
    assert desk.reported[-1] == Progress("a.tsv", "unchanged", len(ROWS), len(ROWS))


def test_a_changed_file_takes_the_place_of_the_old_one(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.fetch_one(wanted)
    desk.serve("a.tsv", NEW_ROWS, etag='"v2"', last_modified=None)
    fetched = desk.fetch_one(wanted)
    assert not fetched.unchanged
    assert fetched.path.read_bytes() == NEW_ROWS


def test_who_reads_the_old_file_reads_it_to_its_end(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    with desk.fetch_one(wanted).path.open("rb") as reading:
        desk.serve("a.tsv", NEW_ROWS, etag='"v2"', last_modified=None)
        desk.fetch_one(wanted)
        assert reading.read() == ROWS


def test_what_is_left_of_a_part_goes_when_the_file_is_unchanged(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.fetch_one(wanted)
    desk.leave_part(wanted, NEW_ROWS[:1000])
    assert desk.fetch_one(wanted).unchanged
    assert desk.files() == {"a.tsv", "a.tsv.meta.json"}


def test_not_modified_is_no_answer_where_it_was_not_asked(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.fetch_one(wanted)
    desk.leave_part(wanted, ROWS[:1000], etag='"v2"')
    desk.serve("a.tsv", ROWS, Lie(304))
    assert isinstance(desk.fail_one(wanted), SourceRefused)


@pytest.mark.parametrize("damage", ["other size", "gone", "no note", "broken note"])
def test_a_file_that_is_not_as_it_was_left_is_fetched_anew(desk: Desk, damage: str) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    path, note = desk.fetch_one(wanted).path, desk.folder / "a.tsv.meta.json"
    match damage:
        case "other size":
            path.write_bytes(ROWS[:-1])
        case "gone":
            path.unlink()
        case "no note":
            note.unlink()
        case _:
            note.write_bytes(note.read_bytes()[:40])
    fetched = desk.fetch_one(wanted)
    assert not fetched.unchanged
    assert fetched.path.read_bytes() == ROWS
    assert [seen.status for seen in desk.requests("a.tsv")] == [200, 200]


def test_the_same_name_under_another_url_is_fetched_anew(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS))
    url = desk.server.put(f"/{desk.prefix}/release-2/a.tsv", NEW_ROWS)
    assert desk.fetch_one(Wanted("a", "ncbi", url, "a.tsv")).path.read_bytes() == NEW_ROWS
