"""What keeps a host from being reached is named, redirects stay within a site, and a pause is never shortened."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from resolver.errors import SourceBusy, SourceChanged, SourceUnreachable
from resolver.live.client import Access, LiveClient
from resolver.sources.live.base import FormRefused, Host, Rate, Reply, Request, read_json
from tests.serving import free_port
from tests.upstreams.server import Upstreams, played

HOST = Host(name="somewhere", url="http://127.0.0.1:9", rate=Rate(per_second=1000))


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Upstreams]:
    with played() as opened:
        yield opened


def query(client: LiveClient, path: str = "/x", **more: Any) -> Any:
    async def check() -> Reply:
        async with client:
            return await client.query(Request(HOST, path), lambda reply: None, **more)

    return asyncio.run(check())


def client_at(url: str, **more: Any) -> LiveClient:
    options = {"attempts": 1, "timeout_s": 0.3, "connect_timeout_s": 1.0} | more
    return LiveClient(Access(urls={"somewhere": url}, **options))


def _raised(url: str) -> SourceUnreachable:
    with pytest.raises(SourceUnreachable) as caught:
        query(client_at(url))
    return caught.value


def test_a_name_that_cannot_be_resolved_is_reported_as_dns() -> None:
    error = _raised("http://nowhere.invalid")
    assert "cannot be resolved (DNS)" in str(error)
    assert not error.connected
    assert "DNS server" in str(error.hint)


def test_a_refused_connection_is_reported_as_such() -> None:
    error = _raised(f"http://127.0.0.1:{free_port()}")
    assert "refused the connection" in str(error)
    assert not error.connected


def test_a_server_without_tls_is_reported_as_a_tls_failure(upstreams: Upstreams) -> None:
    error = _raised(upstreams.base.replace("http:", "https:"))
    assert "TLS connection to somewhere failed" in str(error)
    assert not error.connected


def test_a_server_that_never_replies_is_reported_as_a_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        error = _raised(f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert "did not reply in time" in str(error)


def test_an_address_without_a_scheme_is_reported_as_no_url() -> None:
    assert "is not a valid URL" in str(_raised("rest.example.org"))


# --- Replies, by a transport of our own ---------------------------------------------------------------------------


def client_of(reply: Callable[[httpx.Request], httpx.Response], **more: Any) -> LiveClient:
    options: dict[str, Any] = {
        "attempts": 3,
        "backoff_s": 0.0,
        "urls": {"somewhere": "https://www.example.org/files"},
    } | more
    return LiveClient(Access(**options), transport=httpx.MockTransport(reply))


def read_file(client: LiveClient) -> list[str]:
    lines: list[str] = []

    async def read() -> None:
        async with client:
            await client.read_lines(Request(HOST, "/list.txt", accept="*/*"), lines.append)

    asyncio.run(read())
    return lines


@pytest.mark.parametrize(
    "location",
    ["/moved/list.txt", "https://www.example.org/new.txt", "https://files.example.org/a", "https://example.org/a"],
)
def test_a_redirect_of_a_file_is_followed_within_its_site(location: str) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/files/list.txt":
            return httpx.Response(301, headers={"location": location})
        return httpx.Response(200, text="one\ntwo\n")

    assert read_file(client_of(reply)) == ["one", "two"]


@pytest.mark.parametrize(
    "location", ["https://example.com/a", "https://org/a", "http://www.example.org/a", "https://badexample.org/a"]
)
def test_a_redirect_of_a_file_to_another_site_is_not_followed(location: str) -> None:
    with pytest.raises(SourceUnreachable, match="redirects to another site"):
        read_file(client_of(lambda request: httpx.Response(302, headers={"location": location})))


def test_redirects_in_a_circle_end() -> None:
    with pytest.raises(SourceUnreachable, match="redirects without end"):
        read_file(client_of(lambda request: httpx.Response(302, headers={"location": "/files/list.txt"})))


def test_a_404_with_an_unfamiliar_body_is_no_failure_of_the_host() -> None:
    """An id that is not there must not stop the queries for those that are."""
    sent = 0

    def reply(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        if "bad" in request.url.path:
            return httpx.Response(404, text="<html>gone</html>")
        return httpx.Response(200, json={})

    async def check() -> None:
        async with client_of(reply, breaker_failures=3) as client:
            for number in range(20):
                with pytest.raises(SourceChanged):
                    await client.query(Request(HOST, f"/bad{number}"), lambda reply: read_json(reply, "somewhere"))
            await client.query(Request(HOST, "/good"), lambda reply: read_json(reply, "somewhere"))

    asyncio.run(check())
    assert sent == 21  # one query each: such a reply is not retried either


@pytest.mark.parametrize("status", [405, 406, 415, 500])
def test_a_form_of_request_that_is_not_served_is_refused_at_once(status: int) -> None:
    sent: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent.append(request.method)
        return httpx.Response(status)

    with pytest.raises(FormRefused):
        query(client_of(reply), has_other_form=True)
    assert len(sent) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_required_pause_is_respected_to_its_end(status: int) -> None:
    """Not even a call of another kind is sent to the host before."""
    sent = 0

    def reply(_: httpx.Request) -> httpx.Response:
        nonlocal sent
        sent += 1
        return httpx.Response(status, headers={"retry-after": "3600"})

    async def check() -> float:
        async with client_of(reply) as client:
            for _ in range(3):
                with pytest.raises(SourceBusy):
                    await client.query(Request(HOST, "/x"), lambda reply: None)
            return client.pause_left_s(HOST)

    assert 3590 < asyncio.run(check()) <= 3600
    assert sent == 1


def test_each_request_accepts_one_media_type() -> None:
    accepted: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        accepted.append(request.headers["accept"])
        return httpx.Response(200, text="one\n")

    query(client_of(reply))
    read_file(client_of(reply))
    assert accepted == ["application/json", "*/*"]
