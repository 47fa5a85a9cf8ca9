"""Telling another program that a night is over: a signed object, posted, and tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from ..errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

SIGNATURE = "X-Resolver-Signature"
_ATTEMPTS = 5
_TIMEOUT_S = 10.0


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body, as the header has it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def post_webhook(
    url: str,
    told: dict[str, Any],
    *,
    secret: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Post an object; raises SourceUnreachable where nobody takes it after five attempts.

    It is taken by any answer of success. The same body is sent each time, with the same signature.
    """
    import httpx
    from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

    body = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers[SIGNATURE] = sign(body, secret)
    trying = AsyncRetrying(
        retry=retry_if_exception_type(httpx.HTTPError),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=1, max=60),
        sleep=sleep,
        reraise=True,
    )
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, transport=transport) as client:
            async for attempt in trying:
                with attempt:
                    (await client.post(url, content=body, headers=headers)).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SourceUnreachable(
            f"the webhook could not be told: {type(error).__name__}",
            source="webhook",
            hint="Look at RESOLVER_WEBHOOK_URL; the run itself is in the ledger.",
        ) from error
