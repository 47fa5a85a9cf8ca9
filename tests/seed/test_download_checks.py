"""Is what came the file? Damaged, short and foreign bytes never take its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from resolver.errors import ChecksumMismatch, SourceChanged, SourceRefused, SourceUnreachable
from seed.download import Fetched, Wanted
from seed.transfer import compute_checksum, find_checksum
from tests.seed.downloads import CORRUPT, GZIP, NEW_ROWS, ROWS, Desk
from tests.seed.lying_server import Lie, cut, fail, page, sends, states_length

# --- Whole by its length, but not the file ----------------------------------------------------------------------


def test_a_file_shorter_than_its_stated_length_is_not_accepted(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, *[Lie(headers={"Content-Length": "99999"}, ignores_range=True)] * 6)
    assert isinstance(desk.fail_one(wanted), SourceUnreachable)
    assert len(desk.requests("a.tsv")) == 6


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
    assert len(desk.requests("a.gz")) == 1


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
    assert len(desk.requests(name)) == 1
    assert desk.files() == set()


def test_a_web_page_does_not_cost_the_bytes_that_have_come(desk: Desk) -> None:
    wanted = desk.serve("a.tsv", ROWS, cut(1000), page("Log in"))
    assert isinstance(desk.fail_one(wanted), SourceChanged)
    assert desk.fetch_one(wanted).path.read_bytes() == ROWS
    assert desk.ranges("a.tsv") == [None, "bytes=1000-", "bytes=1000-"]


def test_a_web_page_of_a_server_in_trouble_is_asked_past(desk: Desk) -> None:
    assert desk.fetch_one(desk.serve("a.tsv", ROWS, page("503 Backend down", 503))).path.read_bytes() == ROWS
    assert "'503 Backend down'" in next(progress.message for progress in desk.reported if progress.state == "retrying")


# --- Published checksums ----------------------------------------------------------------------------------------

MD5, SHA256 = hashlib.md5(ROWS, usedforsecurity=False).hexdigest(), hashlib.sha256(ROWS).hexdigest()
BSD_SUM = "37317    54"  # as the command sum prints it
OTHER = hashlib.sha256(b"").hexdigest()


def metalink(files: dict[str, dict[str, str]]) -> str:
    """Return a list of checksums as UniProt publishes it: Metalink 3, with mirrors."""
    listed = "".join(
        f'  <file name="{name}">\n      <size>1</size>\n      <verification>\n'
        + "".join(f'        <hash type="{kind}">{value}</hash>\n' for kind, value in hashes.items())
        + "      </verification>\n      <resources>\n"
        f'        <url location="us" preference="100" type="https">https://example.org/{name}</url>\n'
        "      </resources>\n  </file>\n"
        for name, hashes in files.items()
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<metalink version="3.0" xmlns="http://www.metalinker.org/">\n'
    return f"{head} <version>2026_02</version>\n <files>\n{listed} </files>\n</metalink>\n"


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
        metalink({"b.tsv": {"md5": OTHER[:32]}, "a.tsv": {"md5": MD5}}),
        metalink({"a.tsv": {"md5": OTHER[:32], "sha256": SHA256}}),
    ],
)
def test_a_file_with_the_published_checksum_is_accepted(desk: Desk, text: str) -> None:
    assert desk.fetch_one(with_list(desk, text)).path.read_bytes() == ROWS
    assert (len(desk.requests("a.tsv")), len(desk.requests("CHECKSUMS"))) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [f"{OTHER}  a.tsv\n", f"{OTHER[:32]}\n", "12345 41 a.tsv\n", metalink({"a.tsv": {"md5": OTHER[:32]}})],
)
def test_a_file_with_another_checksum_is_fetched_anew_once_and_then_told(desk: Desk, text: str) -> None:
    error = desk.fail_one(with_list(desk, text))
    assert isinstance(error, ChecksumMismatch)
    assert (error.code, error.source) == ("checksum_mismatch", "ensembl")
    assert desk.ranges("a.tsv") == [None, None]
    assert len(desk.requests("CHECKSUMS")) == 2
    assert desk.files() == set()


def test_a_list_that_was_behind_its_file_is_read_anew(desk: Desk) -> None:
    assert desk.fetch_one(with_list(desk, f"{OTHER}  a.tsv\n", f"{SHA256}  a.tsv\n")).sha256 == SHA256


def test_a_list_that_does_not_name_the_file_does_not_vouch_for_it(desk: Desk) -> None:
    for text in (f"{SHA256}  other.tsv\n{MD5}  another.tsv\n", metalink({"other.tsv": {"md5": MD5}})):
        error = desk.fail_one(with_list(desk, text))
        assert isinstance(error, SourceChanged)
        assert "no readable checksum of a.tsv" in str(error)


def test_a_list_that_cannot_be_had_fails_the_file_but_keeps_what_has_come(desk: Desk) -> None:
    wanted = with_list(desk, f"{SHA256}  a.tsv\n")
    desk.server.scripts[f"/{desk.prefix}/CHECKSUMS"] = [fail(503), fail(404)]
    assert isinstance(desk.fail_one(wanted), SourceRefused)
    assert desk.fetch_one(wanted).sha256 == SHA256
    assert sum(seen.sent for seen in desk.requests("a.tsv")) == len(ROWS)


def test_a_list_that_speaks_of_many_files_is_asked_for_once(desk: Desk) -> None:
    names = [f"{number}.tsv" for number in range(5)]
    url = desk.serve("CHECKSUMS", "".join(f"{SHA256}  {name}\n" for name in names).encode()).url
    wanted = [Wanted(name, "ensembl", desk.serve(name, ROWS).url, name, checksum_url=url) for name in names]
    assert all(isinstance(outcome, Fetched) for outcome in desk.fetch(*wanted))
    assert len(desk.requests("CHECKSUMS")) == 1


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
    "text",
    ["", "\n", "not a hash\n", f"{MD5[:-1]}g\n", "x y a.tsv\n", "1 2 3 a.tsv\n", "a.tsv\n", metalink({"a.tsv": {}})],
)
def test_a_list_that_is_none_states_nothing(text: str) -> None:
    assert find_checksum(text, {"a.tsv"}) is None
