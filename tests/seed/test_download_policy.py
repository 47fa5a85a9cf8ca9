"""How upstreams are treated: which client, how often, how many files at once, and when to give up."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from resolver.errors import ResolverError, SourceBusy, SourceRefused, SourceUnreachable
from seed.download import Fetched, Wanted
from seed.transfer import parse_retry_after
from tests.seed.downloads import GZIP, NOW, ROWS, Desk
from tests.seed.lying_server import Lie, cut, fail, lying_server, ok, sends, stall
from tests.serving import free_port


def test_upstreams_are_told_who_asks_and_that_plain_bytes_are_wanted(desk: Desk) -> None:
    desk.fetch_one(desk.serve("a.tsv", ROWS), contact="https://example.org/us")
    (seen,) = desk.requests("a.tsv")
    assert seen.headers["user-agent"] == "gene-xref-resolver/0.2.0 (+https://example.org/us)"
    assert seen.headers["accept-encoding"] == "identity"


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
    assert len(desk.requests("a.tsv")) == 4


def test_attempts_that_get_further_do_not_count(desk: Desk) -> None:
    fetched = desk.fetch_one(desk.serve("a.tsv", ROWS, *[cut(1000)] * 20), attempts=2)
    assert fetched.path.read_bytes() == ROWS
    assert len(desk.requests("a.tsv")) == 21
    assert max(desk.waits) <= 2


def test_attempts_at_a_fresh_start_after_damage_count_from_there(desk: Desk) -> None:
    script = [cut(5000), sends(GZIP[:-8] + bytes(8)), *[cut(1000)] * 8]
    assert desk.fetch_one(desk.serve("a.gz", GZIP, *script), attempts=2).path.read_bytes() == GZIP


def test_bytes_of_an_earlier_run_are_not_brought_by_this_one(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, *[fail(503)] * 9)
    desk.leave_part(wanted, ROWS[:1000], etag='"v1"')
    desk.fail_one(wanted, attempts=3)
    assert len(desk.requests("a.tsv")) == 3


def test_attempts_that_start_over_each_time_count(desk: Desk) -> None:
    cuts = [cut(after) for after in range(100, 2000, 100)]
    wanted = desk.serve("a.tsv", ROWS, *cuts, etag=None, last_modified=None)
    assert isinstance(desk.fail_one(wanted, attempts=3), SourceUnreachable)
    assert len(desk.requests("a.tsv")) == 3


def test_even_attempts_that_get_further_come_to_an_end(desk: Desk) -> None:
    assert isinstance(desk.fail_one(desk.serve("a.tsv", ROWS, *[cut(1)] * 99), attempts=2), SourceUnreachable)
    assert 40 <= len(desk.requests("a.tsv")) <= 42
    assert (desk.folder / "a.tsv.part").stat().st_size == len(desk.requests("a.tsv"))


def test_an_upstream_that_nobody_answers_at_is_unreachable(desk: Desk) -> None:
    error = desk.fail_one(Wanted("a", "ncbi", f"http://127.0.0.1:{free_port()}/a.tsv", "a.tsv"), attempts=3)
    assert isinstance(error, SourceUnreachable)
    assert len(desk.waits) == 2


def test_a_host_that_is_gone_is_not_tried_for_each_of_its_files(desk: Desk) -> None:
    here = desk.serve("here.tsv", ROWS)
    port = free_port()
    gone = [Wanted(name, "ncbi", f"http://localhost:{port}/{name}", name) for name in ("a", "b", "c", "d")]
    *errors, fetched = desk.fetch(*gone, here, attempts=3, per_host=1)
    assert isinstance(fetched, Fetched)
    for error in errors:
        assert isinstance(error, SourceUnreachable)
        assert not error.connected
        assert "localhost cannot be reached" in str(error)
    assert len(desk.waits) == 2


def test_a_file_that_breaks_off_does_not_cost_the_others_of_its_host(desk: Desk) -> None:
    broken, whole = desk.serve("broken.tsv", ROWS, *[cut(0)] * 9), desk.serve("whole.tsv", ROWS)
    error, fetched = desk.fetch(broken, whole, attempts=2, per_host=1)
    assert isinstance(error, SourceUnreachable)
    assert error.connected
    assert isinstance(fetched, Fetched)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a.tsv", "a.tsv", "http://127.0.0.1:port/a.tsv"])
def test_a_url_that_cannot_be_asked_is_refused(desk: Desk, url: str) -> None:
    assert isinstance(desk.fail_one(Wanted("a", "ncbi", url, "a.tsv")), SourceRefused)
    assert desk.waits == []
