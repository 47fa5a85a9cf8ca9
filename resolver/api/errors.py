"""Render errors and misses as problems (RFC 9457), with their HTTP status."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ..errors import (
    DiskFull,
    InputError,
    JobsFull,
    JobsUnavailable,
    KeyReused,
    LedgerError,
    LiveOff,
    LoopbackOnly,
    MarkUnknown,
    NoResult,
    ReleaseError,
    ResolverError,
    RunUnknown,
    ServiceBusy,
    SeveralGenes,
    TooMany,
    TooSlow,
    UnknownJob,
    UnknownRelease,
)
from ..resolve.encode import encode_members
from ..resolve.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI, Request

    from ..resolve.answer import Answer

PROBLEM_JSON = "application/problem+json"
_TYPE = "urn:gene-xref-resolver:problem:{}"  # docs/api.md has a heading for each


# The first match decides.
_STATUS: dict[type[ResolverError], int] = {
    SeveralGenes: 409, TooMany: 413, LiveOff: 403, LoopbackOnly: 403, InputError: 422,
    UnknownRelease: 404, ReleaseError: 503, RunUnknown: 404, MarkUnknown: 404, LedgerError: 503,
    ServiceBusy: 429, UnknownJob: 404, NoResult: 409, KeyReused: 422, DiskFull: 507, TooSlow: 408,
    JobsUnavailable: 503, JobsFull: 507,
}  # fmt: skip
_TITLES = {
    403: "Switched off",
    404: "Not found",
    408: "Too slow",
    409: "Several genes",
    413: "Too many at once",
    422: "Bad input",
    429: "Busy",
    503: "Data store unavailable",
    507: "Insufficient storage",
}
_TITLES_BY_CODE = {NoResult.code: "No result", KeyReused.code: "Key reused", LoopbackOnly.code: "Not allowed"}


def status_of(outcome: Outcome) -> int:
    """Return the HTTP status of an answer."""
    match outcome:
        case Outcome.RESOLVED | Outcome.AMBIGUOUS | Outcome.RETIRED:
            return 200
        case Outcome.NOT_FOUND:
            return 404
        case Outcome.UNRECOGNIZED:
            return 422
        case _:
            assert_never(outcome)


def problem_response(
    status: int, *, code: str, title: str, detail: str, hint: str | None, path: str, members: bytes = b""
) -> Response:
    """Return a problem; `members` are further members of its JSON object, already encoded."""
    problem: dict[str, Any] = {
        "type": _TYPE.format(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": path,
    }
    if not members:
        problem["hint"] = hint
    body = orjson.dumps(problem)
    if members:
        body = b"%b,%b}" % (body[:-1], members)
    return Response(body, status_code=status, media_type=PROBLEM_JSON)


def answer_problem(answer: Answer, path: str, more: bytes = b"") -> Response:
    """Return a miss as a problem with all fields of the answer, and `more` members, encoded and with a comma.

    An answer without a gene, such as a retired one, is a miss too if a gene is needed.
    """
    status = status_of(answer.outcome)
    if status == 200:
        status = 404
    answer = answer._replace(options=replace(answer.options, fields=None))  # a problem has all its members
    what = "was not found" if status == 404 else "is not a readable identifier, symbol or name"
    return problem_response(
        status,
        code=answer.reason or answer.outcome,
        title="Not found" if status == 404 else "Not recognized",
        detail=f"{answer.query[:80]!r} {what}. {answer.hint or ''}".strip(),
        hint=answer.hint,
        path=path,
        members=encode_members(answer) + more,
    )


def _all_errors(kind: type[ResolverError] = ResolverError) -> Iterator[type[ResolverError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all_errors(child)


def _status_of_error(error: type[ResolverError]) -> int:
    return next((status for kind, status in _STATUS.items() if issubclass(error, kind)), 500)


def error_problem(error: dict[str, Any], path: str) -> Response:
    """Return the problem of an error that a work process reported (`resolver.jobs.work.describe_error`)."""
    code = error["code"]
    status = next((_status_of_error(kind) for kind in _all_errors() if kind.code == code), 500)
    answer = error.get("answer")
    return problem_response(
        status,
        code=code,
        title=_TITLES_BY_CODE.get(code, _TITLES.get(status, "Error")),
        detail=error["detail"],
        hint=error["hint"],
        path=path,
        members=b"" if answer is None else orjson.dumps({**answer, "hint": error["hint"]})[1:-1],
    )


def add_problem_renderers(app: FastAPI) -> None:
    """Render our errors and those of the framework as problems."""

    @app.exception_handler(ResolverError)
    async def _render_ours(request: Request, error: ResolverError) -> Response:
        status = _status_of_error(type(error))
        members = encode_members(error.answer) if isinstance(error, SeveralGenes) else b""
        problem = problem_response(
            status,
            code=error.code,
            title=_TITLES_BY_CODE.get(error.code, _TITLES.get(status, "Error")),
            detail=str(error),
            hint=error.hint,
            path=request.url.path,
            members=members,
        )
        if isinstance(error, ServiceBusy):
            problem.headers["retry-after"] = str(error.retry_after_s)
        return problem

    @app.exception_handler(RequestValidationError)
    async def _render_validation(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return problem_response(
            422,
            code="bad_input",
            title="Bad input",
            detail=f"{where}: {first['msg']}",
            hint="See /docs for all requests.",
            path=request.url.path,
        )

    @app.exception_handler(HTTPException)
    async def _render_http(request: Request, error: HTTPException) -> Response:
        return problem_response(
            error.status_code,
            code="no_such_page" if error.status_code == 404 else "http_error",
            title=str(error.detail),
            detail=f"{request.method} {request.url.path}: {error.detail}",
            hint="Try /resolve/P13232, or see /docs for all requests.",
            path=request.url.path,
        )
