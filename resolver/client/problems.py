"""Problems of a service as the exceptions of this package, chosen by their `code`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from .. import errors
from ..errors import ResolverError, ServiceUnreachable, SeveralGenes
from .answers import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


class Unavailable(Exception):
    """A response after which the same request may succeed; `retry_after_s` is None if the service names no time."""

    def __init__(self, response: httpx.Response, retry_after_s: float | None) -> None:
        super().__init__(f"status {response.status_code}")
        self.response = response
        self.retry_after_s = retry_after_s


def read_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a response that was read; an empty one if it is none."""
    try:
        decoded = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def make_error(response: httpx.Response) -> ResolverError:
    """Return the exception that a problem stands for; ServiceUnreachable for a response that is not of a service."""
    problem = read_object(response)
    code, hint = problem.get("code"), problem.get("hint")
    detail = str(problem.get("detail") or f"the service answered with the status {response.status_code}")
    if code == SeveralGenes.code:
        return SeveralGenes(detail, answer=read_answer(problem), hint=hint)
    kind = next((kind for kind in _all_errors(ResolverError) if kind.code == code), None)
    if kind is None:
        return ServiceUnreachable(
            f"{response.url.copy_with(query=None)}: {detail}",
            hint=hint or "Check the address of the service.",
        )
    return _make(kind, detail, hint, problem)


def not_reached(address: str, error: Exception) -> ServiceUnreachable:
    """Return the exception for a service that does not reply."""
    reason = str(error) or type(error).__name__
    return ServiceUnreachable(
        f"no reply from {address}: {reason}", hint="Check the address, and that `resolver serve` runs there."
    )


def _make(kind: type[ResolverError], detail: str, hint: str | None, problem: dict[str, Any]) -> ResolverError:
    error = kind.__new__(kind, detail)
    ResolverError.__init__(error, detail, hint=hint)
    if kind is errors.MissingColumn:
        error.available = tuple(problem.get("available", ()))  # type: ignore[attr-defined]
    return error


def _all_errors(kind: type[ResolverError]) -> Iterator[type[ResolverError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_errors(child)
