"""Request ids, and what a client sees of an unexpected exception."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi.responses import StreamingResponse

from resolver.api.app import create_app
from resolver.resolve.resolver import Resolver
from tests.serving import served

SECRET = "postgresql://user:hunter2@host/name"  # noqa: S105  (what must not be shown)


@pytest.fixture(scope="module")
def client(resolver: Resolver) -> Iterator[httpx.Client]:
    """Return a client of the service with two more routes that fail: before, and after the first byte."""
    app = create_app(lambda: resolver)

    @app.get("/fails")
    async def fail() -> None:
        raise RuntimeError(SECRET)

    @app.get("/breaks")
    async def break_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begin"
            raise RuntimeError(SECRET)

        return StreamingResponse(parts())

    with served(app) as opened:
        yield opened


def test_an_unexpected_exception_is_a_problem_with_a_request_id_and_no_internals(client: httpx.Client) -> None:
    answer = client.get("/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["instance"]) == ("internal_error", 500, "/fails")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["request_id"] in problem["hint"]
    for internal in ("hunter2", "RuntimeError", "Traceback", ".py"):
        assert internal not in answer.text


def test_the_exception_is_logged_with_the_request_id(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "resolver"):
        client.get("/fails", headers={"X-Request-ID": "trace-7"})
    (record,) = [record for record in caplog.records if record.name.startswith("resolver.")]
    assert "trace-7" in record.getMessage()
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


def test_an_answer_that_has_begun_is_aborted(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/breaks")


@pytest.mark.parametrize("path", ["/resolve/P13232", "/resolve/nonsense!!", "/nope", "/resolve/P13232?species=rat"])
def test_every_response_has_the_request_id_of_the_request(client: httpx.Client, path: str) -> None:
    given = "Root=1-67891233-abcdef012345678912345678"
    assert client.get(path, headers={"X-Request-ID": given}).headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", "<script>", "\xe9", None])
def test_an_id_that_is_missing_or_not_fit_for_a_log_is_replaced(client: httpx.Client, given: str | None) -> None:
    headers = [] if given is None else [(b"X-Request-ID", given.encode("latin-1"))]
    ids = {client.get("/resolve/P13232", headers=headers).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(one) == 32 and one.isalnum() for one in ids)
