"""What upstreams are queried for before a download, how often, and what silence means."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from resolver.errors import SourceChanged, SourceRefused, SourceUnreachable
from resolver.sources.base import SourceFile
from resolver.sources.registry import BY_KEY, FILES
from seed.fetch_policy import POLITE, FetchPolicy, host_of
from seed.listing import find_listed_url, natural_order
from seed.survey import Answer, query_upstreams
from tests.seed.downloads import direct
from tests.seed.lying_server import LyingServer, fail, lying_server
from tests.seed.upstreams import serve_upstreams
from tests.serving import free_port


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with lying_server() as opened:
        yield opened


async def _at_once(_seconds: float) -> None:
    pass


def _survey(files: list[SourceFile], policy: FetchPolicy = POLITE) -> dict[str, Answer]:
    return query_upstreams(files, policy, transport=direct(), sleep=_at_once)


def test_every_request_identifies_the_client(server: LyingServer) -> None:
    query_upstreams(
        serve_upstreams(server, "Ensembl"), FetchPolicy(contact="https://example.org/us"), transport=direct()
    )
    assert {seen.method for seen in server.seen} == {"GET", "HEAD"}
    assert {seen.headers["user-agent"] for seen in server.seen} == {
        "gene-xref-resolver/0.2.0 (+https://example.org/us)"
    }


def test_a_listing_that_names_several_files_is_asked_for_once(server: LyingServer) -> None:
    files = serve_upstreams(server, "Ensembl")
    answers = _survey(files)
    assert all(answer.problem is None and answer.size for answer in answers.values())
    requests = Counter(seen.path for seen in server.seen if seen.method == "GET")
    assert requests == {
        "/pub/current_gtf/homo_sapiens/": 1,
        "/pub/current_gtf/mus_musculus/": 1,
        "/pub/current_tsv/homo_sapiens/": 1,
        "/pub/current_tsv/mus_musculus/": 1,
        "/pub/current_mysql/": 1,
    }


def test_a_listing_that_fails_is_not_asked_for_again_by_each_file(server: LyingServer) -> None:
    files = [file for file in serve_upstreams(server, "Ensembl") if "current_mysql" in file.url]
    server.put("/pub/current_mysql/", b"", *[fail(404)] * 9)
    answers = _survey(files)
    assert {type(answer.problem) for answer in answers.values()} == {SourceRefused}
    assert len(server.requests("/pub/current_mysql/")) == 1


def test_requests_are_repeated_after_a_passing_problem(server: LyingServer) -> None:
    files = [file for file in serve_upstreams(server, "NCBI") if file.key == "ncbi.mane"]
    folder = "/refseq/MANE/MANE_human/current/"
    server.scripts[folder] = [fail(503), fail(500)]
    server.scripts[f"{folder}MANE.GRCh38.v1.0.summary.txt.gz"] = [fail(502), fail(429)]
    (answer,) = _survey(files).values()
    assert answer.url.endswith("v1.0.summary.txt.gz")
    assert answer.last_modified == "Fri, 20 Nov 2026 06:00:00 GMT"
    assert len(server.seen) == 6


def test_a_request_is_given_up_after_a_few_attempts(server: LyingServer) -> None:
    (file,) = (replace(BY_KEY["ncbi.mane"], url=server.url("/tsv/a.*")),)
    server.put("/tsv/", b"", *[fail(503)] * 9)
    (answer,) = _survey([file], FetchPolicy(query_attempts=2)).values()
    assert answer.problem is not None
    assert len(server.seen) == 2


def test_a_file_that_tells_no_size_can_be_fetched_all_the_same(server: LyingServer) -> None:
    file = replace(BY_KEY["uniprot.secondary"], url=server.url("/docs/sec_ac.txt"))
    server.put("/docs/sec_ac.txt", b"x" * 1234, fail(403))
    assert _survey([file]) == {file.key: Answer(file.url)}


def test_a_host_without_a_connection_is_not_tried_for_each_of_its_files() -> None:
    requests: Counter[str | None] = Counter()
    waits: list[float] = []

    async def no_name(request: httpx.Request) -> httpx.Response:
        requests[host_of(str(request.url))] += 1
        raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    answers = query_upstreams(FILES, transport=httpx.MockTransport(no_name), sleep=wait)
    assert requests == dict.fromkeys({host_of(file.url) for file in FILES if file.url}, 3)
    assert max(waits) <= 3
    for file in FILES:
        if file.url:
            problem = answers[file.key].problem
            assert isinstance(problem, SourceUnreachable)
            assert not problem.connected
            assert str(problem) == f"{host_of(file.url)} cannot be reached: [Errno -2] Name or service not known"


def test_a_host_that_is_down_does_not_keep_the_others_from_answering(server: LyingServer) -> None:
    files = serve_upstreams(server, "HGNC")
    down = [replace(BY_KEY["mgi.ensembl"], url=f"http://localhost:{free_port()}/MRK_ENSEMBL.rpt")]
    answers = _survey([*down, *files])
    problem = answers["mgi.ensembl"].problem
    assert isinstance(problem, SourceUnreachable)
    assert "localhost cannot be reached" in str(problem)
    assert all(answers[file.key].size for file in files)


# --- Listings ---


def _find(server: LyingServer, pattern: str) -> str:
    async def read(url: str) -> str:
        return server.files["/" + url.partition("://")[2].partition("/")[2]].body.decode()

    return asyncio.run(find_listed_url(server.url(pattern), read, "Ensembl"))


def test_a_listing_gives_the_highest_release(server: LyingServer) -> None:
    links = "".join(f'<a href="/tsv/{name}">{name}</a>' for name in ("a.99.tsv.gz", "a.115.tsv.gz", "b.200.tsv.gz"))
    server.put("/tsv/", links.encode(), content_type="text/html")
    assert _find(server, "/tsv/a.*.tsv.gz") == server.url("/tsv/a.115.tsv.gz")


def test_a_listing_without_the_file_is_a_changed_source(server: LyingServer) -> None:
    server.put("/tsv/", b"<html>nothing here</html>", content_type="text/html")
    with pytest.raises(SourceChanged, match=r"names nothing like a\.\*"):
        _find(server, "/tsv/a.*")


def test_releases_are_ordered_by_number() -> None:
    assert sorted(["r.101", "r.99", "r.9"], key=natural_order) == ["r.9", "r.99", "r.101"]
