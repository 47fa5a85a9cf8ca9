"""How the clients send requests: batches, retries, progress, and errors of the connection. Transports are injected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from resolver.api.app import create_app
from resolver.app.resolver import LocalResolver
from resolver.client import AsyncClient, Client, Retries
from resolver.client.requests import BATCH
from resolver.client.retries import read_retry_after
from resolver.errors import ServiceBusy, ServiceUnreachable
from tests.clients.contract import Blocking
from tests.serving import served

Handler = Callable[[httpx.Request], httpx.Response]
RELEASE = {"x-release": "r1", "content-type": "application/x-ndjson"}


class Scripted(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that answers each request by the next handler, the last one for all that follow."""

    def __init__(self, *handlers: Handler) -> None:
        self.handlers, self.requests = list(handlers), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the next handler."""
        request.read()
        self.requests.append(request)
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        return handler(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the next handler."""
        await request.aread()
        self.requests.append(request)
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        return handler(request)


def _queries(request: httpx.Request) -> list[str]:
    return [json.loads(line) for line in request.content.splitlines()]


def _answer(request: httpx.Request) -> httpx.Response:
    lines: list[dict[str, Any]] = [
        {"query": query, "outcome": "resolved", "reason": None, "genes": []} for query in _queries(request)
    ]
    return _lines([*lines, {"summary": {"queries": len(lines), "answers": len(lines)}}])


def _lines(objects: list[dict[str, Any]], headers: dict[str, str] = RELEASE) -> httpx.Response:
    return httpx.Response(200, headers=headers, content="".join(json.dumps(one) + "\n" for one in objects).encode())


def _fails(status: int, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    problem = {"code": "service_busy", "detail": "too many", "hint": "Wait.", "status": status}
    return lambda _request: httpx.Response(status, headers=named, json=problem)


def _breaks(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose connection breaks in the middle."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content
        raise httpx.ReadError("connection reset")

    async def __aiter__(self) -> Any:
        yield self.content
        raise httpx.ReadError("connection reset")


@pytest.fixture(params=["Client", "AsyncClient"])
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., tuple[Any, list[float]]]]:
    """Give a function that makes each client, and the list of its waits."""
    opened: list[Client | Blocking] = []

    def build(transport: Scripted, **options: Any) -> tuple[Any, list[float]]:
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)

        if request.param == "Client":
            opened.append(Client("http://service", transport=transport, sleep=waits.append, **options))
        else:
            opened.append(Blocking(AsyncClient("http://service/", transport=transport, sleep=sleep, **options)))
        return opened[-1], waits

    yield build
    for client in opened:
        client.close()


@pytest.mark.parametrize("status", [429, 502, 503, 504, 408])
def test_what_may_pass_is_retried_and_retry_after_respected(make: Any, status: int) -> None:
    transport = Scripted(_fails(status, retry_after="7"), _fails(status), _breaks, _answer)
    client, waits = make(transport)
    assert [answer.query for answer in client.resolve_many(["a", "b"])] == ["a", "b"]
    assert len(transport.requests) == 4
    assert waits[0] == 7
    assert all(0 <= wait <= 120 for wait in waits)
    transport = Scripted(_fails(status, retry_after="3"), lambda _request: httpx.Response(200, json={"hits": []}))
    client, waits = make(transport)
    assert client.search("il7") == {"hits": []}
    assert waits == [3]


def test_retry_after_may_be_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=30)
    seconds = read_retry_after(format_datetime(later, usegmt=True))
    assert seconds is not None
    assert 27 < seconds <= 30
    assert read_retry_after("soon") is read_retry_after(None) is None
    assert read_retry_after("12") == 12


def test_a_service_that_stays_busy_raises_its_own_problem(make: Any) -> None:
    client, waits = make(Scripted(_fails(429, retry_after="1")), retries=Retries(attempts=3))
    with pytest.raises(ServiceBusy, match="too many"):
        client.search("il7")
    assert waits == [1, 1]
    client, waits = make(Scripted(_fails(429, retry_after="4000")))
    with pytest.raises(ServiceBusy):
        list(client.resolve_many(["a"]))
    assert waits == []


def test_no_service_is_an_error_with_the_address(make: Any) -> None:
    client, waits = make(Scripted(_breaks), retries=Retries(attempts=2, first_wait_s=0.1))
    with pytest.raises(ServiceUnreachable, match=r"http://service: connection refused") as raised:
        client.resolve("IL7")
    assert "resolver serve" in (raised.value.hint or "")
    assert len(waits) == 1
    with pytest.raises(ServiceUnreachable):
        list(client.resolve_many(["a"]))


def test_what_is_no_service_of_ours_is_an_error(make: Any) -> None:
    client, _ = make(Scripted(lambda _request: httpx.Response(404, text="<html>nothing here</html>")))
    with pytest.raises(ServiceUnreachable, match="status 404"):
        client.resolve("IL7")


def test_errors_of_the_input_are_not_retried(make: Any) -> None:
    transport = Scripted(lambda _request: httpx.Response(422, json={"code": "bad_option", "detail": "no", "hint": "x"}))
    client, waits = make(transport)
    with pytest.raises(Exception, match="no") as raised:
        list(client.resolve_many(["a"]))
    assert raised.value.code == "bad_option"  # type: ignore[attr-defined]
    assert (len(transport.requests), waits) == (1, [])


def test_a_long_list_is_sent_in_batches_in_order_with_progress(make: Any) -> None:
    transport = Scripted(_answer)
    client, _ = make(transport, batch_size=2_500)
    queries = [str(number) for number in range(6_000)]
    seen: list[tuple[int, int]] = []
    answers = client.resolve_many(iter(queries), progress=lambda done, total: seen.append((done, total)))
    assert [answer.query for answer in answers] == queries
    assert [len(_queries(request)) for request in transport.requests] == [2_500, 2_500, 1_000]
    done = [one for one, _ in seen]
    assert done == sorted(done)
    assert (seen[0], seen[-1]) == ((0, 6_000), (6_000, 6_000))
    assert len(seen) > 5
    assert answers.summarize()["outcomes"]["resolved"] == 6_000


def test_the_documentation_states_the_size_of_a_batch() -> None:
    page = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
    assert f"in batches of {BATCH:,} (`batch_size`)" in page


def test_a_broken_answer_goes_on_where_it_broke(make: Any) -> None:
    def break_after_two(request: httpx.Request) -> httpx.Response:
        content = b"".join(_answer(request).content.splitlines(keepends=True)[:2])
        return httpx.Response(200, headers=RELEASE, stream=Broken(content))

    def end_early(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=RELEASE, content=_answer(request).content.splitlines(keepends=True)[0])

    transport = Scripted(break_after_two, end_early, _answer)
    client, waits = make(transport)
    assert [answer.query for answer in client.resolve_many(["a", "b", "c", "b"])] == ["a", "b", "c", "b"]
    assert (len(transport.requests), len(waits)) == (3, 2)


def test_a_release_that_changes_in_the_middle_is_an_error(make: Any) -> None:
    def break_after_one(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=RELEASE, stream=Broken(_answer(request).content.splitlines(True)[0]))

    def other(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={**RELEASE, "x-release": "r2"}, content=_answer(request).content)

    client, _ = make(Scripted(break_after_one, other))
    with pytest.raises(ServiceUnreachable, match="the release changed from r1 to r2"):
        list(client.resolve_many(["a", "b"]))


def test_a_list_may_be_left_in_the_middle(make: Any) -> None:
    client, _ = make(Scripted(_answer))
    answers = client.resolve_many(["a", "b", "c"])
    assert next(answers).query == "a"


def test_headers_and_the_name_of_the_client_are_sent(make: Any) -> None:
    transport = Scripted(lambda _request: httpx.Response(200, json={"query": "IL7", "outcome": "resolved"}))
    client, _ = make(transport, headers={"authorization": "Bearer key"})
    client.resolve("IL7")
    sent = transport.requests[0].headers
    assert sent["authorization"] == "Bearer key"
    assert sent["user-agent"].startswith("gene-xref-resolver/")


def test_a_member_that_was_left_out_is_an_attribute_error(make: Any) -> None:
    client, _ = make(Scripted(lambda _request: httpx.Response(200, json={"query": "IL7", "outcome": "resolved"})))
    answer = client.resolve("IL7")
    with pytest.raises(AttributeError, match="no genes: add it to fields"):
        _ = answer.genes
    assert answer == client.resolve("IL7")


def test_many_asynchronous_requests_run_at_once(resolver: LocalResolver) -> None:
    async def run(address: str) -> list[str]:
        async with AsyncClient(address) as client:
            answers = await asyncio.gather(*(client.resolve(query) for query in ["IL7", "TP53", "P13232"] * 20))
            listed = [answer.query async for answer in client.resolve_many(["IL7", "TP53"])]
        return [*(answer.query for answer in answers), *listed]

    with served(create_app(lambda: resolver)) as service:
        assert asyncio.run(run(str(service.base_url))) == [*["IL7", "TP53", "P13232"] * 20, "IL7", "TP53"]
