"""Render errors and misses as problems (RFC 9457), with their HTTP status."""

from __future__ import annotations

import errno
import logging
import os
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

import orjson
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ..errors import (
    AddressTooLong,
    DiskFull,
    HeadersTooLong,
    InputError,
    JobsFull,
    JobsUnavailable,
    KeyReused,
    LedgerError,
    LedgerFull,
    LiveOff,
    LoopbackOnly,
    MarkUnknown,
    NoResult,
    NotAcceptable,
    OutOfHandles,
    ReleaseError,
    ResolverError,
    RunUnknown,
    ServiceBusy,
    SeveralGenes,
    Stopping,
    StorageUnavailable,
    TooMany,
    TooManyConnections,
    TooSlow,
    UnknownJob,
    UnknownRelease,
    UnsupportedEncoding,
)
from ..resolve.encode import encode_members
from ..resolve.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI, Request

    from ..resolve.answer import Answer

_LOGGER = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"
_TYPE = "urn:gene-xref-resolver:problem:{}"  # docs/api.md has a heading for each


# The first match decides.
_STATUS: dict[type[ResolverError], int] = {
    SeveralGenes: 409, TooMany: 413, LiveOff: 403, LoopbackOnly: 403, NotAcceptable: 406, UnsupportedEncoding: 415,
    AddressTooLong: 414, HeadersTooLong: 431,
    InputError: 422,
    UnknownRelease: 404, ReleaseError: 503, RunUnknown: 404, MarkUnknown: 404, LedgerFull: 507,
    LedgerError: 503,
    TooManyConnections: 503, OutOfHandles: 503, Stopping: 503,
    ServiceBusy: 429, UnknownJob: 404, NoResult: 409, KeyReused: 422, DiskFull: 507, TooSlow: 408,
    JobsUnavailable: 503, StorageUnavailable: 503, JobsFull: 507,
}  # fmt: skip
_TITLES = {
    403: "Switched off",
    404: "Not found",
    406: "Not acceptable",
    408: "Too slow",
    409: "Several genes",
    413: "Too many at once",
    414: "Address too long",
    415: "Unsupported encoding",
    422: "Bad input",
    429: "Busy",
    431: "Headers too long",
    503: "Data store unavailable",
    507: "Insufficient storage",
}
_TITLES_BY_CODE = {NoResult.code: "No result", KeyReused.code: "Key reused", LoopbackOnly.code: "Not allowed"} | {
    error.code: "Busy" for error in (TooManyConnections, OutOfHandles, Stopping)
}
_FULL = {errno.ENOSPC, errno.EDQUOT}
_UNUSABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO}
_NO_HANDLE = {errno.EMFILE, errno.ENFILE, -1}  # -1: uvloop cannot start a process
_RETRY_AFTER_S = 5
_data_dirs: set[str] = set()
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


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
        detail=hide_folders(error["detail"]),
        hint=None if error["hint"] is None else hide_folders(error["hint"]),
        path=path,
        members=b"" if answer is None else orjson.dumps({**answer, "hint": error["hint"]})[1:-1],
    )


def render_error(error: ResolverError, path: str, app: Any = None) -> Response:  # noqa: ANN401  (FastAPI or Starlette)
    """Return the problem of an error; the folders of `app` are not named in it."""
    status = _status_of_error(type(error))
    problem = problem_response(
        status,
        code=error.code,
        title=_TITLES_BY_CODE.get(error.code, _TITLES.get(status, "Error")),
        detail=hide_folders(str(error), app),
        hint=None if error.hint is None else hide_folders(error.hint, app),
        path=path,
        members=encode_members(error.answer) if isinstance(error, SeveralGenes) else b"",
    )
    if isinstance(error, ServiceBusy):
        problem.headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, UnsupportedEncoding):
        problem.headers["accept-encoding"] = "gzip, zstd"
    return problem


def hide_folders(text: str, app: Any = None) -> str:  # noqa: ANN401  (as above)
    """Return a message without the folders of the service, which concern whoever runs it and are in the log."""
    if "/" not in text and "\\" not in text:
        return text
    state = getattr(app, "state", None)
    if state is not None and hasattr(state, "find_resolver"):
        remember_folder(state.find_resolver().release.folder.parent.parent)
    for folder, shown in _list_folders():
        text = text.replace(folder, shown)
    return text


def remember_folder(data_dir: Path) -> None:
    """Name a data folder in no message from now on."""
    _data_dirs.update(map(str, (data_dir, data_dir.absolute(), data_dir.resolve())))


def _list_folders() -> Iterator[tuple[str, str]]:
    for folder in sorted(_data_dirs, key=len, reverse=True):
        yield f"sqlite:///{folder}{os.sep}", ""
        yield folder, "<data folder>"
    yield f"{tempfile.gettempdir()}{os.sep}resolver-", f"<temporary folder>{os.sep}resolver-"


def describe_os_error(error: OSError) -> ResolverError | None:
    """Return the problem to report when a file cannot be opened or written; None for any other error."""
    if error.errno in _NO_HANDLE:
        return OutOfHandles(
            "the service has no file handle left",
            retry_after_s=_RETRY_AFTER_S,
            hint="Send the request again later. Whoever runs the service can raise its limit (ulimit -n).",
        )
    if error.errno in _FULL:
        return DiskFull("the disk of the service is full", hint="Try again later, or with a smaller table.")
    if error.errno in _UNUSABLE:
        return StorageUnavailable(
            f"the service cannot read or write its files: {error.strerror}",
            hint="Whoever runs the service can look at the data folder (RESOLVER_DATA_DIR) and at TMPDIR.",
        )
    return None


def _is_of_handles(error: ResolverError) -> bool:
    """Return whether an error is there because no file can be opened; SQLite does not report that."""
    if isinstance(error.__cause__, OSError):
        return error.__cause__.errno in _NO_HANDLE
    if not isinstance(error, ReleaseError | LedgerError):
        return False
    try:
        os.close(os.dup(2))
    except OSError as found:
        return found.errno in _NO_HANDLE
    return False


def add_problem_renderers(app: FastAPI) -> None:
    """Render our errors and those of the framework as problems."""

    @app.exception_handler(ResolverError)
    async def _render_ours(request: Request, error: ResolverError) -> Response:
        if _is_of_handles(error):
            error = describe_os_error(OSError(errno.EMFILE, "")) or error
        elif _status_of_error(type(error)) >= 500:
            _LOGGER.warning("%s %r: %s", request.method, request.url.path, error)
        return render_error(error, request.url.path, app)

    @app.exception_handler(OSError)
    async def _render_os_error(request: Request, error: OSError) -> Response:
        described = describe_os_error(error)
        if described is None:
            raise error
        _LOGGER.warning("%s %r: %s", request.method, request.url.path, error)
        return render_error(described, request.url.path, app)

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
        problem = problem_response(
            error.status_code,
            code="no_such_page" if error.status_code == 404 else "http_error",
            title=str(error.detail),
            detail=f"{request.method} {request.url.path}: {error.detail}",
            hint="Try /resolve/P13232, or see /docs for all requests.",
            path=request.url.path,
        )
        problem.headers.update(error.headers or {})
        if error.status_code == 405:
            problem.headers["allow"] = ", ".join(list_methods(request))
        return problem


def list_methods(request: Request) -> list[str]:
    """Return the methods that the path of a request takes, whatever its own is."""
    methods = [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
    return sorted({*methods, *(("HEAD",) if "GET" in methods else ())})
