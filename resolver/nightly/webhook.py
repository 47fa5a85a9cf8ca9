"""Post the news of an ended run to a webhook, signed, with retries of transient failures."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ..errors import BadOption, SourceUnreachable
from .marks import describe_moment
from .report import SHOWN_NEWS, describe_run, read_news

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..store.ledger_reader import LedgerReader

_ATTEMPTS = 5
_TIMEOUT_S = 10.0
_SECRET = "whsec_"  # noqa: S105  (how a secret begins)
# Client errors that a retry may solve: too slow, too early, or too many requests.
_PASSING = {408, 425, 429}


def describe_delivery(
    reader: LedgerReader, run_id: int, *, dropped: int, public_url: str | None = None
) -> dict[str, Any]:
    """Return the object of a run: its counts, the first hundred marks of each kind of news, and where all of them are.

    `links` are paths of the service, below `public_url` where there is one. Raises RunUnknown.
    """
    run = describe_run(reader.get_run(run_id), reader.list_releases())
    since = describe_moment(_find_begin(reader, run_id))
    news = read_news(reader, run_id, limit=SHOWN_NEWS)
    base = (public_url or "").rstrip("/")
    paths = {"stale": f"/stale?since={since}", "report": "/stale/report", "feed": "/stale/feed"}
    return {
        "type": "nightly_run.ended",
        "timestamp": run["ended_at"] or run["started_at"],
        "data": {
            "counts": news.counts | {"dropped": dropped, "held_back": sum(reader.count_held_back().values())},
            "marks": news.marks,
            "links": {name: base + path for name, path in paths.items()},
            "run": run,
        },
    }


def _find_begin(reader: LedgerReader, run_id: int) -> int:
    """Return when recording of the run's verdicts began, which may be in an interrupted run before it."""
    begin = int(reader.get_run(run_id)["started_at"])
    for run in reader.list_runs():
        if run["id"] < run_id:
            if run["state"] == "done":
                break
            begin = run["started_at"]
    return begin


def read_secret(secret: str) -> bytes:
    """Return the key of a secret: `whsec_` and base64, or else its own bytes. Raises BadOption for broken base64."""
    if not secret.startswith(_SECRET):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_SECRET), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadOption(
            "RESOLVER_WEBHOOK_SECRET is not base64 after whsec_",
            hint="Make one with: openssl rand -base64 32",
        ) from error


def sign(message_id: str, timestamp: int, body: bytes, key: bytes) -> str:
    """Return the value of `webhook-signature`, by the Standard Webhooks specification."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


async def post_webhook(
    url: str,
    delivery: dict[str, Any],
    *,
    secret: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.time,
) -> None:
    """Post an object; any status of success accepts it.

    It is posted up to five times if the receiver does not reply, or replies 408, 425, 429 or 5xx. All attempts have the
    same `webhook-id`, by which a receiver recognizes them, and each its own time. Raises SourceUnreachable with the
    last status, and BadOption for a secret that cannot be read.
    """
    body = orjson.dumps(delivery, option=orjson.OPT_SORT_KEYS)
    key = None if secret is None else read_secret(secret)
    message_id = f"msg_{uuid.uuid4().hex}"
    trying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=1, max=60),
        sleep=sleep,
        reraise=True,
    )
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, transport=transport) as client:
            async for attempt in trying:
                with attempt:
                    moment = int(clock())
                    headers = {"content-type": "application/json", "webhook-id": message_id}
                    headers["webhook-timestamp"] = str(moment)
                    if key is not None:
                        headers["webhook-signature"] = sign(message_id, moment, body, key)
                    (await client.post(url, content=body, headers=headers)).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnreachable(
            f"the webhook was not delivered: {_explain(error)}",
            source="webhook",
            hint="Check RESOLVER_WEBHOOK_URL and its receiver; the run itself is in the ledger.",
        ) from error


def _may_pass(error: BaseException) -> bool:
    """Return whether another attempt may succeed."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500 or error.response.status_code in _PASSING
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


def _explain(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"the receiver replied {error.response.status_code} {error.response.reason_phrase}".rstrip()
    return f"{type(error).__name__}: {error}".rstrip(": ")
