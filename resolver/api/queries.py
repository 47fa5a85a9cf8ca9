"""Read queries and their options from a request, and describe the options in the API's documentation."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from starlette.datastructures import QueryParams

from ..errors import BadOption, InputError, TooMany
from ..resolve.options import DEFAULT, OPTIONS, Query, read_options

if TYPE_CHECKING:
    from fastapi import Request

    from ..resolve.options import Options

MAX_QUERIES = 100_000
MAX_BYTES = 64 * 1024 * 1024
_LISTED = {"to", "fields"}
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain")


def options_of(request: Request, ignored: frozenset[str] = frozenset(), only: tuple[str, ...] | None = None) -> Options:
    """Return the options of the query string; a repeated one becomes a list if it can be one.

    `ignored` parameters are skipped. Raises BadOption for an option that is not among `only`, if that is set.
    """
    query: bytes = request.scope["query_string"]
    return _options_of_query(query, ignored, only) if query else DEFAULT


@lru_cache(maxsize=1024)
def _options_of_query(query: bytes, ignored: frozenset[str], only: tuple[str, ...] | None) -> Options:
    # Most queries of one client specify the same options.
    specified: dict[str, str] = {}
    for name, value in QueryParams(query).multi_items():
        if name in ignored:
            continue
        if only is not None and name not in only:
            known = ", ".join(sorted({*ignored, *only})) or "none"
            raise BadOption(f"there is no option {name!r} here", hint=f"Options here are {known}.")
        if name in specified and name not in _LISTED:
            raise BadOption(f"{name} is specified twice", hint="Specify each option once.")
        specified[name] = f"{specified[name]},{value}" if name in specified else value
    return read_options(specified)


def option_parameters(*names: str) -> list[dict[str, Any]]:
    """Return the options (all, or those named) as OpenAPI parameters."""
    return [
        {"name": option.name, "in": "query", "required": False, "description": option.help, "schema": option.schema}
        for option in OPTIONS
        if not names or option.name in names
    ]


async def read_queries(request: Request, options: Options) -> tuple[list[Query], bool]:
    """Return the queries of the body, and whether it was written as lines.

    A JSON array, or a line each: strings, numbers, or objects with `id` and options of their own such as `from`.
    Raises BadOption with the number (from 1) of a query that cannot be read, and TooMany.
    """
    written = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await _read_body(request)
    is_lines = written in _LINES
    if is_lines:
        listed = [_line(line, number, written) for number, line in _numbered_lines(body)]
    else:
        try:
            listed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadOption(
                f"the body is not JSON: {error}",
                hint='Send ["P13232", "IL7"], or a line each with Content-Type: application/x-ndjson or text/plain.',
            ) from error
        if isinstance(listed, dict) and "ids" in listed:
            if set(listed) != {"ids"}:
                raise BadOption(
                    f"the body has members besides ids: {', '.join(sorted(set(listed) - {'ids'}))[:80]}",
                    hint="Specify options in the URL, such as /resolve?species=human.",
                )
            listed = listed["ids"]
        if not isinstance(listed, list):
            raise BadOption("the body is not a JSON array", hint='Send ["P13232", {"id": "146660", "from": "omim"}].')
    if len(listed) > MAX_QUERIES:
        raise TooMany(
            f"{len(listed):,} queries were sent; at most {MAX_QUERIES:,} are answered in one call",
            hint="Send them in several calls.",
        )
    alone = replace(options, receipt=False) if options.receipt else options  # the batch has one for all
    return [_query(one, place, alone) for place, one in enumerate(listed, start=1)], is_lines


def _numbered_lines(body: bytes) -> list[tuple[int, bytes]]:
    lines = body.splitlines()
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


async def _read_body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise TooMany(f"the body is over {MAX_BYTES // 2**20} MiB", hint="Send the queries in several calls.")
    return b"".join(parts)


def _line(line: bytes, number: int, written: str) -> Any:  # noqa: ANN401  (any JSON value)
    if written == "text/plain":
        return line.decode("utf-8", "replace").strip()
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadOption(
            f"line {number} is not JSON: {error}", hint='Write a line as "P13232" or {"id": "P13232"}.'
        ) from error


def _query(one: object, place: int, options: Options) -> Query:
    own: dict[str, object] = {}
    text = one
    if isinstance(one, dict) and "id" in one:
        text = one["id"]
        own = {name: value for name, value in one.items() if name != "id"}
    if text is None:  # an empty cell is a query too: the answers stay aligned
        text = ""
    if isinstance(text, str | int | float) and not isinstance(text, bool):
        try:
            return Query(str(text), read_options(own, options))
        except InputError as error:
            raise type(error)(f"query {place}: {error}", hint=error.hint) from error
    raise BadOption(
        f"query {place} is neither a string nor an object with an id: {orjson.dumps(one).decode()[:80]}",
        hint='Write it as "P13232", or as {"id": "146660", "from": "omim"}.',
    )
