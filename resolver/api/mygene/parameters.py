"""Read the parameters of MyGene.info: of the query string, of a form, or of a JSON object."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from ...errors import BadOption, TooMany
from ..bodies import read_chunks
from .documents import DEFAULT_FIELDS, find_field
from .lookup import Taxa, read_taxa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

MAX_AT_ONCE = 1_000
MAX_SIZE = 1_000
MAX_BYTES = 4 * 1024 * 1024
_HINT = f"Send up to {MAX_AT_ONCE:,} identifiers in a call."
_ALIASES = {"limit": "size", "skip": "from", "filter": "fields", "_source": "fields"}
_REFUSED = {
    "fetch_all": "fetch_all: hits cannot be scrolled here",
    "scroll_id": "scroll_id: hits cannot be scrolled here",
    "facets": "facets: hits cannot be counted by field here",
    "aggs": "aggs: hits cannot be counted by field here",
    "callback": "callback: JSONP is not supported",
    "sort": "sort: hits are sorted by match tier only",
}
_REFUSED_HINTS = {
    "fetch_all": "Use size and from; for a whole list use querymany, for all genes the export of the release.",
    "scroll_id": "Use size and from.",
    "callback": "Read the JSON.",
}
_NO = {"", "0", "false", "no", "n", "none", "f"}


class Parameters(NamedTuple):
    """What a request wants to be returned."""

    fields: tuple[str, ...]
    taxa: Taxa | None
    size: int
    skip: int
    dotfield: bool
    always_list: tuple[str, ...]
    allow_null: tuple[str, ...]
    exists: tuple[str, ...]
    missing: tuple[str, ...]


async def read_raw(request: Request) -> dict[str, Any]:
    """Return the parameters by name, of the query string and of the body: a form or a JSON object.

    Raises BadOption for a body that is neither, and for what is refused.
    """
    raw: dict[str, Any] = dict(request.query_params.multi_items())
    read_taxa(read_list(raw.get("species")))  # refused also where the body has another, which is used
    if request.method == "POST":
        body = b"".join([chunk async for chunk in read_chunks(request, MAX_BYTES, _HINT)])
        raw |= _read_body(body, request.headers.get("content-type", ""))
    raw = {_ALIASES.get(name, name): value for name, value in raw.items()}
    for name, message in _REFUSED.items():
        if str(raw.get(name, "")).lower() not in _NO:
            raise BadOption(message, hint=_REFUSED_HINTS.get(name, "Leave it out."))
    return raw


def read_parameters(raw: Mapping[str, Any], default_fields: tuple[str, ...] = DEFAULT_FIELDS) -> Parameters:
    """Return the parameters that say what is returned. Raises BadOption for one that cannot be read."""
    fields = tuple(find_field(name) for name in read_list(raw.get("fields")))
    exists, missing = _read_fields(raw, "exists"), _read_fields(raw, "missing")
    exists += ("entrezgene",) if _is_true(raw, "entrezonly") else ()
    exists += ("ensembl.gene",) if _is_true(raw, "ensemblonly") else ()
    return Parameters(
        fields=fields or default_fields,
        taxa=read_taxa(read_list(raw.get("species"))),
        size=_read_number(raw, "size", 10, MAX_SIZE),
        skip=_read_number(raw, "from", 0, 10_000),
        dotfield=_is_true(raw, "dotfield"),
        always_list=_read_fields(raw, "always_list"),
        allow_null=_read_fields(raw, "allow_null"),
        exists=exists,
        missing=missing,
    )


def read_list(value: object) -> list[str]:
    """Return the elements of a list: of JSON, or of a text in which commas or lines separate them, quoted or not."""
    if value is None:
        return []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, bool) or not isinstance(one, str | int | float):
            raise BadOption(
                f"a list contains {str(one)[:80]}, which is neither a text nor a number",
                hint='Send ["1017"], or a text with commas.',
            )
    if isinstance(value, list):
        return [_write(one) for one in value]
    text = _write(value).strip()
    if text.startswith("["):
        try:
            decoded = orjson.loads(text)
        except orjson.JSONDecodeError:
            decoded = None
        if isinstance(decoded, list):
            return read_list(decoded)
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    try:
        is_quoted = text.startswith('"')  # as clients write lists, in which an empty element is one
        return [one.strip() for row in rows for one in row if is_quoted or one.strip()]
    except csv.Error as error:
        raise BadOption(f"a list cannot be read: {error}", hint="Separate identifiers by commas.") from error


def read_queries(raw: Mapping[str, Any], name: str) -> list[str]:
    """Return the identifiers of a batch. Raises BadOption without any, and TooMany for more than a call accepts."""
    queries = read_list(raw.get(name))
    if not queries:
        raise BadOption(f"{name} is missing", hint=f"Send {name}=1017,1018 as a form, or as a JSON object.")
    if len(queries) > MAX_AT_ONCE:
        raise TooMany(f"{name}: {len(queries):,} are more than {MAX_AT_ONCE:,}", hint=_HINT)
    return queries


def _read_body(body: bytes, content_type: str) -> dict[str, Any]:
    written = content_type.partition(";")[0].strip().lower()
    if written == "application/json":
        try:
            decoded = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadOption(f"the body is not JSON: {error}", hint='Send {"q": ["1017"]}.') from error
        if not isinstance(decoded, dict):
            raise BadOption("the body is not a JSON object", hint='Send {"q": ["1017"]}.')
        return decoded
    if written in {"application/x-www-form-urlencoded", ""}:
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1_000))
        except ValueError as error:
            raise BadOption(f"the form cannot be read: {error}", hint="Send it URL-encoded, in UTF-8.") from error
    raise BadOption(f"a body of {written[:80]!r} cannot be read", hint="Send a URL-encoded form or a JSON object.")


def _read_fields(raw: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(find_field(one) for one in read_list(raw.get(name)))


def _is_true(raw: Mapping[str, Any], name: str) -> bool:
    value = raw.get(name, "")
    if isinstance(value, dict | list):
        raise BadOption(f"{name} is neither true nor false", hint="Write true or false.")
    return str(value).strip().lower() not in _NO


def _read_number(raw: Mapping[str, Any], name: str, default: int, largest: int) -> int:
    value = raw.get(name)
    text = str(default) if value is None or value == "" else _write(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= largest):
        raise BadOption(f"{name}: {text[:20]!r} is not a number from 0 to {largest:,}", hint="Specify another number.")
    return int(text)


def _write(value: object) -> str:
    """Return a JSON value as a text. JSON has one kind of number: 9606.0 is 9606."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
