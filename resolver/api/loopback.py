"""Accept changes only from the machine of the service, which has no access control."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002  (FastAPI reads the annotation)

from ..access.model import Scope
from ..errors import BadOption, LoopbackOnly
from .access.guard import KEY

if TYPE_CHECKING:
    from typing import NoReturn

    from ..access.model import Key

# With one of these the peer is a proxy, and the client is anybody.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def require_loopback(request: Request) -> None:
    """Raise LoopbackOnly unless a request comes from this machine, directly, and to a name of this machine.

    The name is compared since a web page can make a browser send requests to an address that it renamed. For the same
    reason the body has to be declared as JSON, which a browser does not send elsewhere without permission: raises
    BadOption.
    """
    key: Key | None = request.scope.get(KEY)
    if key is not None and key.allows(Scope.ADMIN):
        return  # a browser sends no key by itself
    peer = None if request.client is None else request.client.host
    if not _is_loopback(peer):
        _refuse("this request comes from another machine")
    if any(name in request.headers for name in _FORWARDED):
        _refuse("this request comes through a proxy")
    if not _is_loopback(request.url.hostname):
        _refuse("this request is for another host name")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadOption("the body is not declared as JSON", hint="Send the header content-type: application/json.")


def _refuse(why: str) -> NoReturn:
    raise LoopbackOnly(
        f"marks can be reviewed only from the machine of the service: {why}",
        hint="Use http://127.0.0.1 on that machine, or `resolver nightly ack` and `dismiss` there.",
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
