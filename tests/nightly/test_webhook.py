"""The webhook: what it carries, how it is signed, and when it is posted again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from resolver.app.stores import open_ledger_reader
from resolver.errors import BadOption, SourceUnreachable
from resolver.nightly.webhook import describe_delivery, post_webhook, read_secret, sign
from tests.nightly.marked import write_marks
from tests.serving import free_port

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Hook(HTTPServer):
    """Answers what is posted with these statuses, and with 204 when they are used up."""

    def __init__(self, statuses: list[int]) -> None:
        self.statuses = statuses
        self.posted: list[tuple[bytes, Message]] = []
        super().__init__(("127.0.0.1", 0), _Receiver)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Hook)
        server.posted.append((self.rfile.read(int(self.headers["content-length"])), self.headers))
        place = len(server.posted) - 1
        self.send_response(server.statuses[place] if place < len(server.statuses) else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name in the base class)
        """Stay silent."""


@pytest.fixture
def hook(request: pytest.FixtureRequest) -> Iterator[Hook]:
    with Hook(list(request.param)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _post(url: str, *, secret: str | None = SECRET) -> list[float]:
    """Post an object, a second between the attempts; return the waits between them."""
    waits: list[float] = []
    moments = iter(range(1_800_000_000, 1_800_000_100))

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    asyncio.run(post_webhook(url, {"b": 1, "a": "é"}, secret=secret, sleep=sleep, clock=lambda: next(moments)))
    return waits


def _hmac(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256 as RFC 2104 defines it, without the library that signs."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


@pytest.mark.parametrize("hook", [[500, 429]], indirect=True)
def test_every_attempt_has_one_id_its_own_time_and_a_signature_that_verifies(hook: Hook) -> None:
    assert len(_post(hook.url)) == 2
    assert len(hook.posted) == 3
    assert len({body for body, _ in hook.posted}) == len({headers["webhook-id"] for _, headers in hook.posted}) == 1
    assert [int(headers["webhook-timestamp"]) for _, headers in hook.posted] == [
        1_800_000_000, 1_800_000_001, 1_800_000_002
    ]  # fmt: skip
    for body, headers in hook.posted:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        version, _, signature = headers["webhook-signature"].partition(",")
        assert version == "v1"
        assert base64.b64decode(signature) == _hmac(KEY, signed)
        assert headers["content-type"] == "application/json"


def test_the_signature_is_that_of_the_published_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  (of the specification's own tests)
    signature = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}', read_secret(secret))
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_base64_behind_whsec_and_else_its_own_bytes() -> None:
    assert read_secret(SECRET) == KEY
    assert read_secret("plain secret") == b"plain secret"
    with pytest.raises(BadOption, match="RESOLVER_WEBHOOK_SECRET"):
        read_secret("whsec_not base64")


@pytest.mark.parametrize("hook", [[]], indirect=True)
def test_without_a_secret_nothing_is_signed(hook: Hook) -> None:
    _post(hook.url, secret=None)
    ((_, headers),) = hook.posted
    assert headers["webhook-signature"] is None
    assert headers["webhook-id"].startswith("msg_")


@pytest.mark.parametrize("hook", [[400] * 9, [401] * 9, [404] * 9, [410] * 9, [302] * 9], indirect=True)
def test_a_refusal_is_not_repeated_and_the_message_has_its_status(hook: Hook) -> None:
    with pytest.raises(SourceUnreachable, match=str(hook.statuses[0])):
        _post(hook.url)
    assert len(hook.posted) == 1


@pytest.mark.parametrize("hook", [[500] * 9, [503] * 9, [408] * 9, [425] * 9, [429] * 9], indirect=True)
def test_a_transient_failure_is_tried_five_times(hook: Hook) -> None:
    with pytest.raises(SourceUnreachable, match=str(hook.statuses[0])):
        _post(hook.url)
    assert len(hook.posted) == 5


def test_an_unreachable_receiver_is_tried_again_and_named() -> None:
    with pytest.raises(SourceUnreachable, match="ConnectError"):
        _post(f"http://127.0.0.1:{free_port()}/")


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/", "http://[broken/"])
def test_an_address_that_cannot_be_posted_to_is_reported(url: str) -> None:
    with pytest.raises(SourceUnreachable, match="not delivered"):
        _post(url)


def test_the_object_contains_the_news_of_the_run_and_links_to_all_of_it(tmp_path: Path) -> None:
    write_marks(f"sqlite:///{tmp_path / 'ledger.db'}")
    with open_ledger_reader(tmp_path) as reader:
        delivery = describe_delivery(reader, 2, dropped=3, public_url="https://genes.example.org/")
        relative = describe_delivery(reader, 2, dropped=0)
    json.dumps(delivery)
    data = delivery["data"]
    assert data["counts"] == {"set": 4, "changed": 1, "lifted": 1, "dropped": 3, "held_back": 60}
    assert [mark["curie"] for mark in data["marks"]["changed"]] == ["uniprot:P13232"]
    assert {mark["page"] for mark in data["marks"]["set"]} >= {"https://www.ncbi.nlm.nih.gov/gene/3574"}
    assert data["links"]["stale"] == "https://genes.example.org/stale?since=2026-11-19T11:06:40Z"
    assert relative["data"]["links"]["stale"] == "/stale?since=2026-11-19T11:06:40Z"
    assert data["run"]["id"] == 2


def test_only_the_first_hundred_marks_are_included(tmp_path: Path) -> None:
    from resolver.store.ledger import open_ledger
    from tests.nightly.history import a_check

    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    token = ledger.lease().take()
    run_id = ledger.begin_run(token, release_id="genome-1", holder="process 7 on lab", now=1)
    ledger.begin_source(token, run_id, "mgi", state="running", tracked=9, planned=9, release=None, now=1)
    rows = [a_check(f"mgi:{n}", "mgi", run_id, 2, "retired") for n in range(1_000, 1_150)]
    ledger.record(token, run_id, "mgi", found=rows, hindered=[], calls=1)
    ledger.settle(token, run_id, "mgi", state="done", reason=None, believed=True, now=3)
    with open_ledger_reader(tmp_path) as reader:
        data = describe_delivery(reader, run_id, dropped=0)["data"]
    assert (data["counts"]["set"], len(data["marks"]["set"])) == (150, 100)
    ledger.close()
