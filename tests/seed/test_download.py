"""Fetching upstream files: whole or not at all, resumed however it ended, and politely."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import itertools
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.errors import (
    ChecksumMismatch,
    ResolverError,
    SourceBusy,
    SourceChanged,
    SourceRefused,
    SourceUnreachable,
)
from seed.download import Fetched, Manners, Progress, Wanted, fetch_all, fetch_files
from seed.transfer import compute_checksum, find_checksum, parse_retry_after
from tests.seed.lying_server import (
    File,
    Lie,
    LyingServer,
    cut,
    fail,
    lying_server,
    ok,
    page,
    redirect,
    sends,
    stall,
    states_length,
)
from tests.serving import free_port

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
ROWS = b"".join(b"9606\t%d\tGENE%d\n" % (number, number) for number in range(3000))
NEW_ROWS = ROWS.replace(b"9606", b"10090")
GZIP = gzip.compress(ROWS, mtime=0)
_rooms = itertools.count()
CORRUPT = GZIP[:500] + bytes([GZIP[500] ^ 1]) + GZIP[501:]


@pytest.fixture(scope="module")
def server() -> Iterator[LyingServer]:
    """Give a server for all tests of this file; each test serves paths of its own."""
    with lying_server() as serving:
        yield serving


class Desk:
    """Where a test asks for files: a folder, waits that take no time, and what was told on the way."""

    def __init__(self, server: LyingServer, folder: Path, room: str) -> None:
        self.server = server
        self.folder = folder
        self.room = room
        self.waits: list[float] = []
        self.told: list[Progress] = []

    def serve(self, name: str, body: bytes, *script: Lie, **stated: Any) -> Wanted:
        """Serve a file under a path of this test's own, and return the wish for it."""
        return Wanted(name, "ncbi", self.server.put(f"/{self.room}/{name}", body, *script, **stated), name)

    def asked(self, name: str) -> list[Any]:
        """Return the requests for a file of this test."""
        return self.server.asked(f"/{self.room}/{name}")

    def ranges(self, name: str) -> list[str | None]:
        """Return the Range header of each request for a file."""
        return [seen.headers.get("range") for seen in self.asked(name)]

    def fetch(self, *wanted: Wanted, **manners: Any) -> list[Fetched | ResolverError]:
        """Fetch files over real sockets."""
        return fetch_files(
            wanted,
            self.folder,
            Manners(**{"connect_timeout_s": 5, "stall_timeout_s": 5} | manners),
            transport=direct(),
            clock=lambda: NOW,
            sleep=self._sleep,
            on_progress=self.told.append,
        )

    def fetch_one(self, wanted: Wanted, **manners: Any) -> Fetched:
        """Fetch one file that must come."""
        (fetched,) = self.fetch(wanted, **manners)
        assert isinstance(fetched, Fetched), fetched
        return fetched

    def fail_one(self, wanted: Wanted, **manners: Any) -> ResolverError:
        """Return the error of one file that must not come; nothing stands under its name that did not before."""
        path = self.folder / wanted.name
        before = path.read_bytes() if path.exists() else None
        (error,) = self.fetch(wanted, **manners)
        assert isinstance(error, ResolverError), error
        assert (path.read_bytes() if path.exists() else None) == before
        assert (self.told[-1].state, self.told[-1].message) == ("failed", str(error))
        return error

    def leave_part(self, wanted: Wanted, body: bytes, **stamp: Any) -> None:
        """Leave what an earlier run that was killed leaves."""
        (self.folder / f"{wanted.name}.part").write_bytes(body)
        (self.folder / f"{wanted.name}.part.json").write_bytes(orjson.dumps({"url": wanted.url, **stamp}))

    def files(self) -> set[str]:
        """Return the names in the folder."""
        return {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def direct() -> httpx.AsyncHTTPTransport:
    """Return a transport past any proxy; its TLS context is empty, since to load certificates takes long."""
    return httpx.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


@pytest.fixture
def desk(server: LyingServer, tmp_path: Path) -> Desk:
    """Return a desk with an empty folder."""
    return Desk(server, tmp_path, f"room-{next(_rooms)}")


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


def test_upstreams_are_told_who_asks_and_that_plain_bytes_are_wanted(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS), contact="https://example.org/us")
    (seen,) = desk.asked("a.tsv")
    assert seen.headers["user-agent"] == "gene-xref-resolver/0.1.0 (+https://example.org/us)"
    assert seen.headers["accept-encoding"] == "identity"


def test_a_file_without_a_stated_length_is_taken_to_its_end(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000, chunked=True), Lie(chunked=True)))
    assert fetched.path.read_bytes() == ROWS


def test_a_redirect_is_followed_with_the_range(desk: Desk, server: LyingServer) -> None:
    desk.serve("moved.tsv", ROWS, cut(500))
    moved = server.url(f"/{desk.room}/moved.tsv", host="localhost")
    wanted = desk.serve("a.tsv", b"", redirect(moved), redirect(moved))
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("moved.tsv") == [None, "bytes=500-"]


def test_a_circle_of_redirects_is_refused(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS)
    desk.server.scripts[f"/{desk.room}/a.tsv"] = [redirect(wanted.url)] * 30
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


# --- Resuming ---------------------------------------------------------------------------------------------------


def test_a_transfer_that_was_cut_goes_on_where_it_stopped(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), cut(500)))
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=1500-"]
    assert [seen.headers.get("if-range") for seen in desk.asked("a.tsv")] == [None, '"v1"', '"v1"']
    assert sum(seen.sent for seen in desk.asked("a.tsv")) == len(ROWS)


def test_a_weak_etag_vouches_for_no_bytes_so_that_the_date_does(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), etag='W/"v1"'))
    assert [seen.headers.get("if-range") for seen in desk.asked("a.tsv")] == [None, "Fri, 20 Nov 2026 06:00:00 GMT"]


@pytest.mark.parametrize("etag", [None, 'W/"v1"'])
def test_a_file_of_which_no_version_is_stated_is_started_over(desk: Desk, etag: str | None) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), etag=etag, last_modified=None))
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, None]


def test_a_stall_ends_the_attempt_and_the_next_goes_on(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, stall(1000, 5), stall(0, 5)), stall_timeout_s=0.3)
    assert fetched.path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=1000-"]
    assert "no answer in time" in next(told.message for told in desk.told if told.state == "retrying")


def test_a_range_that_ends_too_early_is_followed_by_the_next(desk: Desk) -> None:
    short = Lie(206, ROWS[1000:2000], {"Content-Range": f"bytes 1000-1999/{len(ROWS)}", "ETag": '"v1"'})
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), short)).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=2000-"]


def test_a_server_that_ignores_ranges_sends_the_whole_anew(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(ignores_range=True)))
    assert fetched.path.read_bytes() == ROWS
    assert [seen.status for seen in desk.asked("a.tsv")] == [200, 200]


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
    assert [seen.status for seen in desk.asked("a.tsv")] == [200, 200]


def test_the_rest_of_another_version_is_not_appended_where_the_server_overlooks_if_range(desk: Desk) -> None:
    other = File(ROWS.swapcase(), '"v2"')
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, cut(1000), Lie(becomes=other, ignores_if_range=True)))
    assert fetched.path.read_bytes() == other.body
    assert [seen.status for seen in desk.asked("a.tsv")] == [200, 206, 200]


def test_a_part_that_was_whole_when_the_run_was_killed_is_not_sent_again(desk: Desk) -> None:
    wanted = desk.serve("a.gz", GZIP)
    desk.leave_part(wanted, GZIP, etag='"v1"', size=len(GZIP))
    assert desk.fetch_one(wanted).path.read_bytes() == GZIP
    assert [(seen.status, seen.sent) for seen in desk.asked("a.gz")] == [(416, 0)]


@pytest.mark.parametrize("size", [None, len(ROWS)])
def test_a_part_behind_the_end_of_the_file_is_started_over(desk: Desk, size: int | None) -> None:
    wanted = desk.serve("a.tsv", ROWS[:-100])
    desk.leave_part(wanted, ROWS, etag='"v1"', size=size)
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS[:-100]
    assert [seen.status for seen in desk.asked("a.tsv")] == [416, 200]


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
    held = part.stat().st_size
    assert 0 < held <= len(ROWS) // 2
    assert not (desk.folder / "a.tsv").exists()
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, f"bytes={held}-"]
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
        desk = Desk(server, Path(folder), f"room-{next(_rooms)}")
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
    assert [(seen.status, seen.sent) for seen in desk.asked("a.tsv")] == [(200, len(ROWS)), (304, 0)]
    assert desk.told[-1] == Progress("a.tsv", "unchanged", len(ROWS), len(ROWS))


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
    assert [seen.status for seen in desk.asked("a.tsv")] == [200, 200]


def test_the_same_name_under_another_url_is_fetched_anew(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS))
    url = desk.server.put(f"/{desk.room}/release-2/a.tsv", NEW_ROWS)
    assert desk.fetch_one(Wanted("a", "ncbi", url, "a.tsv")).path.read_bytes() == NEW_ROWS


# --- Whole by its length, but not the file ----------------------------------------------------------------------


def test_a_file_shorter_than_its_stated_length_is_not_accepted(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, *[Lie(headers={"Content-Length": "99999"}, ignores_range=True)] * 6)
    assert isinstance(desk.fail_one(wanted), SourceUnreachable)
    assert len(desk.asked("a.tsv")) == 6


def test_a_length_that_was_stated_wrong_once_is_found_out_and_the_file_comes(desk: Desk) -> None:
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, states_length(99999))).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, f"bytes={len(ROWS)}-", None]


def test_a_gzip_file_under_too_short_a_length_is_found_out_and_the_file_comes(desk: Desk) -> None:
    assert desk.fetch_one(desk.serve("a.gz", GZIP, states_length(2000))).path.read_bytes() == GZIP


@pytest.mark.parametrize("damaged", [GZIP[:-100], GZIP[:-4], CORRUPT, GZIP + b"rubbish"])
def test_a_damaged_gzip_file_is_fetched_anew_once(desk: Desk, damaged: bytes) -> None:
    assert desk.fetch_one(desk.serve("a.gz", GZIP, sends(damaged))).path.read_bytes() == GZIP
    error = desk.fail_one(desk.serve("b.gz", damaged))
    assert isinstance(error, ChecksumMismatch)
    assert "damaged" in str(error)
    assert desk.ranges("b.gz") == [None, None]
    assert desk.files() == {"a.gz", "a.gz.meta.json"}


def test_a_damaged_file_does_not_take_the_place_of_a_good_one(desk: Desk) -> None:
    wanted = desk.serve("a.gz", GZIP)
    desk.fetch_one(wanted)
    desk.serve("a.gz", CORRUPT, etag='"v2"', last_modified=None)
    assert isinstance(desk.fail_one(wanted), ChecksumMismatch)
    assert (desk.folder / "a.gz").read_bytes() == GZIP


def test_a_file_called_gz_that_is_no_gzip_file_is_told_at_once(desk: Desk) -> None:
    error = desk.fail_one(desk.serve("a.gz", ROWS))
    assert isinstance(error, SourceChanged)
    assert "no gzip file" in str(error)
    assert len(desk.asked("a.gz")) == 1


@pytest.mark.parametrize(("body", "least"), [(b"", 1), (ROWS, 10**6)])
def test_a_file_smaller_than_it_can_be_is_not_accepted(desk: Desk, body: bytes, least: int) -> None:
    served = desk.serve("a.tsv", body)
    error = desk.fail_one(Wanted("a.tsv", "ncbi", served.url, "a.tsv", min_bytes=least))
    assert isinstance(error, SourceChanged)
    assert f"{len(body):,} bytes only" in str(error)


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/octet-stream"])
@pytest.mark.parametrize("name", ["a.tsv", "a.gz"])
def test_a_web_page_in_place_of_the_file_is_told_by_its_title_and_not_asked_for_again(
    desk: Desk, name: str, content_type: str
) -> None:
    wanted = desk.serve(name, ROWS, page("Site under   maintenance &amp; repair", content_type=content_type))
    error = desk.fail_one(wanted)
    assert isinstance(error, SourceChanged)
    assert wanted.url in str(error)
    assert "'Site under maintenance & repair'" in str(error)
    assert len(desk.asked(name)) == 1
    assert desk.files() == set()


def test_a_web_page_does_not_cost_the_bytes_that_have_come(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, cut(1000), page("Log in"))
    assert isinstance(desk.fail_one(wanted), SourceChanged)
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=1000-"]


def test_a_web_page_of_a_server_in_trouble_is_asked_past(desk: Desk) -> None:
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, page("503 Backend down", 503))).path.read_bytes() == ROWS
    assert "'503 Backend down'" in next(told.message for told in desk.told if told.state == "retrying")


# --- Published checksums ----------------------------------------------------------------------------------------

MD5, SHA256 = hashlib.md5(ROWS, usedforsecurity=False).hexdigest(), hashlib.sha256(ROWS).hexdigest()
BSD_SUM = "37317    54"  # as the command sum prints it
OTHER = hashlib.sha256(b"").hexdigest()


def with_list(desk: Desk, *lists: str) -> Wanted:
    """Return the wish for ROWS with a list of checksums, each text of which is served once and the last for good."""
    served = desk.serve("a.tsv", ROWS)
    lies = [sends(text.encode()) for text in lists[:-1]]
    url = desk.serve("CHECKSUMS", lists[-1].encode(), *lies, content_type="text/plain").url
    return Wanted("a.tsv", "ensembl", served.url, "a.tsv", checksum_url=url)


@pytest.mark.parametrize(
    "text",
    [
        f"{OTHER}  b.tsv\n{MD5}  a.tsv\n",
        f"{MD5} *a.tsv\n",
        f"{MD5}  ./folder/a.tsv\n",
        f"{SHA256.upper()}  a.tsv\n",
        f"{SHA256}\n",
        f"00001     2 b.tsv\n{BSD_SUM} a.tsv\n",
    ],
)
def test_a_file_with_the_published_checksum_is_accepted(desk: Desk, text: str) -> None:
    assert desk.fetch_one(with_list(desk, text)).path.read_bytes() == ROWS
    assert (len(desk.asked("a.tsv")), len(desk.asked("CHECKSUMS"))) == (1, 1)


@pytest.mark.parametrize("text", [f"{OTHER}  a.tsv\n", f"{OTHER[:32]}\n", "12345 41 a.tsv\n"])
def test_a_file_with_another_checksum_is_fetched_anew_once_and_then_told(desk: Desk, text: str) -> None:
    error = desk.fail_one(with_list(desk, text))
    assert isinstance(error, ChecksumMismatch)
    assert (error.code, error.source) == ("checksum_mismatch", "ensembl")
    assert desk.ranges("a.tsv") == [None, None]
    assert len(desk.asked("CHECKSUMS")) == 2
    assert desk.files() == set()


def test_a_list_that_was_behind_its_file_is_read_anew(desk: Desk) -> None:
    assert desk.fetch_one(with_list(desk, f"{OTHER}  a.tsv\n", f"{SHA256}  a.tsv\n")).sha256 == SHA256


def test_a_list_that_does_not_name_the_file_does_not_vouch_for_it(desk: Desk) -> None:
    error = desk.fail_one(with_list(desk, f"{SHA256}  other.tsv\n{MD5}  another.tsv\n"))
    assert isinstance(error, SourceChanged)
    assert "no checksum of a.tsv" in str(error)


def test_a_list_that_cannot_be_had_fails_the_file_but_keeps_what_has_come(desk: Desk) -> None:
    wanted = with_list(desk, f"{SHA256}  a.tsv\n")
    desk.server.scripts[f"/{desk.room}/CHECKSUMS"] = [fail(503), fail(404)]
    assert isinstance(desk.fail_one(wanted), SourceRefused)
    assert desk.fetch_one(wanted).sha256 == SHA256
    assert sum(seen.sent for seen in desk.asked("a.tsv")) == len(ROWS)


def test_a_list_that_speaks_of_many_files_is_asked_for_once(desk: Desk) -> None:
    names = [f"{number}.tsv" for number in range(5)]
    url = desk.serve("CHECKSUMS", "".join(f"{SHA256}  {name}\n" for name in names).encode()).url
    wanted = [Wanted(name, "ensembl", desk.serve(name, ROWS).url, name, checksum_url=url) for name in names]
    assert all(isinstance(outcome, Fetched) for outcome in desk.fetch(*wanted))
    assert len(desk.asked("CHECKSUMS")) == 1


def test_a_resumed_file_is_checked_as_a_whole(desk: Desk) -> None:
    wanted = with_list(desk, f"{SHA256}  a.tsv\n")
    desk.leave_part(wanted, NEW_ROWS[:1000], etag='"v1"', size=len(ROWS))
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == ["bytes=1000-", None]


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        (b"", "00000     0"),
        (b"gene\n", "04203     1"),
        (bytes(range(256)) * 9, "04608     3"),
        (b"\xff" * 1024, "33787     1"),
    ],
)
def test_bsd_sum_is_that_of_the_command_sum(tmp_path: Path, body: bytes, printed: str) -> None:
    (tmp_path / "file").write_bytes(body)
    total, blocks = compute_checksum(tmp_path / "file", "BSD sum").split()
    assert f"{int(total):05d} {blocks:>5}" == printed


@pytest.mark.parametrize(
    "text", ["", "\n", "not a hash\n", f"{MD5[:-1]}g\n", "x y a.tsv\n", "1 2 3 a.tsv\n", "a.tsv\n"]
)
def test_a_list_that_is_none_states_nothing(text: str) -> None:
    assert find_checksum(text, {"a.tsv"}) is None


# --- Trying again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_asked_past(desk: Desk, status: int) -> None:
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, fail(status), fail(status))).path.read_bytes() == ROWS
    assert len(desk.waits) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_a_refusal_is_told_at_once(desk: Desk, status: int) -> None:
    wanted = desk.serve("a.tsv", ROWS, fail(status))
    error = desk.fail_one(wanted)
    assert isinstance(error, SourceRefused)
    assert (error.code, error.source) == ("source_refused", "ncbi")
    assert f"{wanted.url}: answered {status} " in str(error)
    assert desk.waits == []


@pytest.mark.parametrize("retry_after", ["70", format_datetime(NOW + timedelta(seconds=70), usegmt=True)])
@pytest.mark.parametrize("status", [429, 503])
def test_we_wait_as_long_as_we_are_asked_to(desk: Desk, status: int, retry_after: str) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS, fail(status, retry_after), ok()))
    assert desk.waits == [70]


def test_waits_grow_and_are_not_all_alike(desk: Desk) -> None:
    for name in ("a.tsv", "b.tsv"):
        desk.fetch_one(desk.serve(name, ROWS, *[fail(429)] * 5))
    first, second = desk.waits[:5], desk.waits[5:]
    assert first == sorted(first)
    assert 1 <= first[0] <= 2
    assert 16 <= first[-1] <= 17
    assert first != second


@pytest.mark.parametrize("retry_after", ["3600", format_datetime(NOW + timedelta(hours=1), usegmt=True)])
def test_a_wait_that_is_too_long_is_told_and_not_waited(desk: Desk, retry_after: str) -> None:
    error = desk.fail_one(desk.serve("a.tsv", ROWS, cut(1000), fail(429, retry_after)))
    assert isinstance(error, SourceBusy)
    assert (error.code, error.retry_after_s) == ("source_busy", 3600)
    assert len(desk.waits) == 1, "only that after the cut"
    assert (desk.folder / "a.tsv.part").read_bytes() == ROWS[:1000]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("0", 0),
        (" 12 ", 12),
        ("Fri, 20 Nov 2026 06:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 06:01:00 -0000", 60),
        ("Fri, 20 Nov 2026 05:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, NOW) == seconds


@pytest.mark.parametrize(("lie", "kind"), [(fail(503), SourceBusy), (fail(500), SourceUnreachable)])
def test_attempts_that_bring_nothing_come_to_an_end(desk: Desk, lie: Lie, kind: type[ResolverError]) -> None:
    error = desk.fail_one(desk.serve("a.tsv", ROWS, *[lie] * 9), attempts=4)
    assert isinstance(error, kind)
    assert error.hint
    assert len(desk.asked("a.tsv")) == 4


def test_attempts_that_get_further_do_not_count(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, *[cut(1000)] * 20), attempts=2)
    assert fetched.path.read_bytes() == ROWS
    assert len(desk.asked("a.tsv")) == 21
    assert max(desk.waits) <= 2


def test_attempts_at_a_fresh_start_after_damage_count_from_there(desk: Desk) -> None:
    script = [cut(5000), sends(GZIP[:-8] + bytes(8)), *[cut(1000)] * 8]
    assert desk.fetch_one(desk.serve("a.gz", GZIP, *script), attempts=2).path.read_bytes() == GZIP


def test_bytes_of_an_earlier_run_are_not_brought_by_this_one(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, *[fail(503)] * 9)
    desk.leave_part(wanted, ROWS[:1000], etag='"v1"')
    desk.fail_one(wanted, attempts=3)
    assert len(desk.asked("a.tsv")) == 3


def test_attempts_that_start_over_each_time_count(desk: Desk) -> None:
    cuts = [cut(after) for after in range(100, 2000, 100)]
    wanted = desk.serve("a.tsv", ROWS, *cuts, etag=None, last_modified=None)
    assert isinstance(desk.fail_one(wanted, attempts=3), SourceUnreachable)
    assert len(desk.asked("a.tsv")) == 3


def test_even_attempts_that_get_further_come_to_an_end(desk: Desk) -> None:
    assert isinstance(desk.fail_one(desk.serve("a.tsv", ROWS, *[cut(1)] * 99), attempts=2), SourceUnreachable)
    assert 40 <= len(desk.asked("a.tsv")) <= 42
    assert (desk.folder / "a.tsv.part").stat().st_size == len(desk.asked("a.tsv"))


def test_an_upstream_that_nobody_answers_at_is_unreachable(desk: Desk) -> None:
    error = desk.fail_one(Wanted("a", "ncbi", f"http://127.0.0.1:{free_port()}/a.tsv", "a.tsv"), attempts=3)
    assert isinstance(error, SourceUnreachable)
    assert len(desk.waits) == 2


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a.tsv", "a.tsv", "http://127.0.0.1:port/a.tsv"])
def test_a_url_that_cannot_be_asked_is_refused(desk: Desk, url: str) -> None:
    assert isinstance(desk.fail_one(Wanted("a", "ncbi", url, "a.tsv")), SourceRefused)
    assert desk.waits == []


# --- Many files -------------------------------------------------------------------------------------------------


def test_no_more_files_than_agreed_are_fetched_at_once(tmp_path: Path) -> None:
    with lying_server() as server:
        desk = Desk(server, tmp_path, "many")
        wanted = []
        for number in range(12):
            desk.serve(f"{number}.tsv", ROWS, stall(1000, 0.05))
            url = server.url(f"/many/{number}.tsv", "127.0.0.1" if number < 6 else "localhost")
            wanted.append(Wanted(str(number), "ncbi", url, f"{number}.tsv"))
        fetched = desk.fetch(*wanted, per_host=2, total=3)
        assert all(isinstance(outcome, Fetched) for outcome in fetched)
        assert server.most_at_once == {"127.0.0.1": 2, "localhost": 2, "": 3}


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
    states = [state for state, _ in itertools.groupby(told.state for told in desk.told)]
    assert states == ["queued", "fetching", "retrying", "resumed", "fetching", "done"]
    fetching = [told for told in desk.told if told.state in ("fetching", "resumed", "done")]
    assert {told.total_bytes for told in fetching} == {len(ROWS)}
    got = [told.got_bytes for told in fetching]
    assert got == sorted(got)
    assert got[-1] == len(ROWS)
    assert next(told.got_bytes for told in desk.told if told.state == "resumed") == 1000
    assert "again in" in next(told.message for told in desk.told if told.state == "retrying")


def test_no_file_wanted_is_no_file_fetched(desk: Desk) -> None:
    assert desk.fetch() == []


@pytest.mark.parametrize("names", [["a.tsv", "a.tsv"], ["../a.tsv"], ["folder/a.tsv"], [""]])
def test_a_name_that_is_not_of_one_file_in_the_folder_is_a_mistake(desk: Desk, names: list[str]) -> None:
    with pytest.raises(ValueError, match="plain name"):
        desk.fetch(*(Wanted("a", "ncbi", "https://example.org/a.tsv", name) for name in names))


def test_two_runs_on_one_folder_wait_for_each_other(desk: Desk, server: LyingServer) -> None:
    wanted = desk.serve("a.tsv", ROWS, stall(1000, 0.2))
    other = Desk(server, desk.folder, desk.room)
    outcomes: list[Fetched] = []
    runs = [threading.Thread(target=lambda at=at: outcomes.append(at.fetch_one(wanted))) for at in (desk, other)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(outcome.unchanged for outcome in outcomes) == [False, True]
    assert [seen.status for seen in desk.asked("a.tsv")] == [200, 304]


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
    assert len(desk.asked("a.tsv")) == 1


def test_a_folder_that_cannot_be_written_is_told(desk: Desk) -> None:
    (desk.folder / "file").write_text("no folder")
    desk.folder = desk.folder / "file"
    with pytest.raises(ResolverError, match="cannot be written"):
        desk.fetch(desk.serve("a.tsv", ROWS))
