"""Name why a host could not be reached: DNS, a refused connection, TLS, a time-out, or a broken connection."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from ..errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator


def describe_failure(host: str, error: httpx.HTTPError | httpx.InvalidURL) -> SourceUnreachable:
    """Return the error of a request that got no reply, with what failed and what to check.

    `connected` is False if there was no connection to the host.
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            hint = "Check the address in the settings and the DNS server of this machine."
            return _unreachable(f"the name of {host} cannot be resolved (DNS)", host, hint)
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
            hint = "Check the clock and the CA certificates of this machine, and any proxy on the way."
            return _unreachable(f"the TLS connection to {host} failed: {reason}", host, hint)
    if isinstance(error, httpx.ConnectTimeout):
        return _unreachable(f"{host} did not accept a connection in time", host, "A firewall may drop the packets.")
    if isinstance(error, httpx.TimeoutException):
        return SourceUnreachable(f"{host} did not reply in time", source=host)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return _unreachable(f"{host} refused the connection", host, "The address or the port may be wrong.")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return _unreachable(f"the address of {host} is not a valid URL", host, "Correct it in the settings.")
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return _unreachable(f"{host} cannot be reached: {str(error) or type(error).__name__}", host, None)
    return SourceUnreachable(f"{host} closed the connection before its reply ended", source=host)


def _unreachable(message: str, host: str, hint: str | None) -> SourceUnreachable:
    return SourceUnreachable(message, source=host, connected=False, hint=hint)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that led to it, members of groups too, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
