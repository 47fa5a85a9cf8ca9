"""Read the queries of a body as it arrives: a JSON array, or lines of JSON or of text.

A body is refused at its first query too many, whatever follows. Parsing takes place in threads, in small parts.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import orjson

from ..errors import BadOption, InputError, TooMany
from ..resolve.options import OPTIONS, Query, read_options
from .bodies import read_charset, read_chunks
from .threads import run_long

if TYPE_CHECKING:
    from fastapi import Request

    from ..resolve.options import Options

MAX_QUERIES = 100_000
MAX_BYTES = 64 * 1024 * 1024
# Far more than is read of a query, which is 256 characters, and than its options take.
MAX_QUERY_CHARACTERS = 64 * 1024
_TEXT = "text/plain"
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", _TEXT)
_AT_ONCE = 64 * 1024
_FEW = 8 * 1024  # parsed in less time than a thread takes to begin
_HINT = "Send the queries in several calls."

_FLAG: dict[str, Any] = {"enum": [False, True, 0, 1, "false", "true", "", None]}


def describe_body(example: list[Any], *only: str) -> dict[str, Any]:
    """Return a body of queries as OpenAPI has it; a query can have all options, or those named."""
    text = {"type": ["string", "number", "null"], "description": "null is an empty query"}
    options = {
        option.name: _FLAG if option.schema["type"] == "boolean" else {"anyOf": [option.schema, {"enum": ["", None]}]}
        for option in OPTIONS
        if not only or option.name in only
    }
    with_options = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": text, **options},
        "additionalProperties": False,
    }
    queries = {"type": "array", "maxItems": MAX_QUERIES, "items": {"anyOf": [text, with_options]}}
    wrapped = {"type": "object", "required": ["ids"], "properties": {"ids": queries}, "additionalProperties": False}
    lines = "".join(f"{orjson.dumps(one).decode()}\n" for one in example)
    texts = "".join(f"{one['id'] if isinstance(one, dict) else one}\n" for one in example)
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [queries, wrapped]}, "example": example},
            # As in OpenAPI 3.2, the schema is that of the lines as an array.
            "application/x-ndjson": {"schema": queries, "example": lines},
            _TEXT: {"schema": {"type": "string"}, "example": texts},
        },
    }


async def read_queries(request: Request, options: Options) -> tuple[list[str | Query], bool]:
    """Return the queries of the body, and whether it was written as lines.

    A JSON array, or a line each: strings, numbers, or objects with `id` and options of their own such as `from`, which
    are added to `options`. A query without options of its own is a string: a garbage collection does not visit it.
    Raises BadOption with the number (from 1) of a query that cannot be read, TooMany and TooSlow.
    """
    written = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    charset = read_charset(request) or "utf-8"
    queries = _Queries(options)
    parser: _Parser = _LineParser(queries, written, charset) if written in _LINES else _ArrayParser(queries, charset)
    waiting, size = [], 0
    async for chunk in read_chunks(request, MAX_BYTES, _HINT):
        waiting.append(chunk)
        size += len(chunk)
        if size >= _AT_ONCE:
            await run_long(parser.feed, b"".join(waiting))
            waiting, size = [], 0
    last = b"".join(waiting)
    if len(last) <= _FEW:
        parser.feed(last, is_last=True)
    else:
        await run_long(parser.feed, last, is_last=True)
    return queries.listed, isinstance(parser, _LineParser)


class _Queries:
    """The queries so far."""

    def __init__(self, options: Options) -> None:
        self.listed: list[str | Query] = []
        # The batch has one receipt for all.
        self._options = replace(options, receipt=False) if options.receipt else options

    def add(self, one: object) -> None:
        """Add a query as it was written; raises TooMany for the first one over the limit."""
        number = len(self.listed) + 1
        if number > MAX_QUERIES:
            raise TooMany(f"query {number:,} is one too many: a call answers {MAX_QUERIES:,}", hint=_HINT)
        self.listed.append(_read_query(one, number, self._options))

    def check_length(self, text: str) -> None:
        """Raise TooMany if the text of the next query is too long."""
        if len(text) > MAX_QUERY_CHARACTERS:
            raise TooMany(
                f"query {len(self.listed) + 1:,} is over {MAX_QUERY_CHARACTERS:,} characters",
                hint="Send an identifier, symbol or name as a query.",
            )


class _Parser(Protocol):
    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        """Read the next part of the body."""
        ...


class _LineParser:
    """Reads a query from each line; empty lines are skipped."""

    _LINE = re.compile(r"[^\r\n]+")

    def __init__(self, queries: _Queries, written: str, charset: str) -> None:
        self._queries = queries
        self._is_text = written == _TEXT
        # What is not UTF-8, or of the charset, is an error of its line in JSON, and a replacement character in text.
        errors = "replace" if self._is_text else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(charset)(errors)
        self._rest = ""
        self._lines_before = 0

    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        text = self._rest + self._decoder.decode(data, is_last)
        # A \r at the end may be half of a line's end.
        end = len(text) if is_last else _find_last_end(text[:-1] if text.endswith("\r") else text)
        done, self._rest = text[:end], text[end:]
        self._queries.check_length(self._rest)
        for found in self._LINE.finditer(done):
            self._queries.check_length(found[0])
            if text := found[0].strip():
                self._queries.add(text if self._is_text else self._load(found, done))
        self._lines_before += _count_ends(done)

    def _load(self, found: re.Match[str], text: str) -> Any:  # noqa: ANN401  (any JSON value)
        try:
            return orjson.loads(found[0])
        except orjson.JSONDecodeError as error:
            number = self._lines_before + _count_ends(text[: found.start()]) + 1
            raise BadOption(
                f"line {number:,} is not JSON: {error}", hint='Write a line as "P13232" or {"id": "P13232"}.'
            ) from error


def _find_last_end(text: str) -> int:
    """Return where the last line begins that has no end yet."""
    return max(text.rfind("\n"), text.rfind("\r")) + 1


def _count_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


class _ArrayParser:
    """Reads the elements of a JSON array, or of the array in `{"ids": […]}`.

    The standard library finds where an element ends; orjson reads it, which is stricter.
    """

    _SPACE = re.compile(r"[ \t\r\n]*")
    _OPENING = re.compile(r'[ \t\r\n]*(\[|\{[ \t\r\n]*"ids"[ \t\r\n]*:[ \t\r\n]*\[)')
    # Plain strings, each with its comma: most of a list, at a fifth of the time of finding each end.
    _PLAIN = re.compile(r'(?:[ \t\r\n]*"[^"\\\x00-\x1f]{0,256}"[ \t\r\n]*,){1,500}')
    _BEGINNINGS = frozenset(['"', "{", "[", "-", *"0123456789tfn", ""])
    _READ_AT_ONCE = 500

    def __init__(self, queries: _Queries, charset: str) -> None:
        self._queries = queries
        self._charset = charset
        self._decoder = codecs.getincrementaldecoder(charset)()
        self._find_end = json.JSONDecoder().raw_decode
        self._text = ""
        self._closing = ""  # what is to come after the last element
        self._is_open = self._is_closed = self._has_comma = False

    def feed(self, data: bytes, *, is_last: bool = False) -> None:
        try:
            self._text += self._decoder.decode(data, is_last)
        except UnicodeDecodeError as error:
            _refuse(f"it is not {'UTF-8' if self._charset == 'utf-8' else self._charset}: {error.reason}")
        at = 0 if self._is_open else self._open(is_last=is_last)
        if self._is_open and not self._is_closed:
            at = self._read_elements(at, is_last=is_last)
        self._text = self._text[at:]
        if self._is_closed:
            self._read_closing()
        if is_last and (not self._is_closed or self._closing):
            _refuse("it ends too soon")

    def _open(self, *, is_last: bool) -> int:
        found = self._OPENING.match(self._text)
        if found is not None:
            self._is_open = True
            self._closing = "}" if found[1].startswith("{") else ""
            return found.end()
        if is_last or len(self._text) > MAX_QUERY_CHARACTERS:
            self._explain_opening()
        return 0

    def _explain_opening(self) -> NoReturn:
        sent: object = {}
        if len(self._text) <= MAX_QUERY_CHARACTERS:
            try:
                sent = orjson.loads(self._text)
            except orjson.JSONDecodeError as error:
                _refuse(str(error))
        if isinstance(sent, dict) and "ids" in sent and len(sent) > 1:
            _refuse_members()
        raise BadOption("the body is not a JSON array", hint='Send ["P13232", {"id": "146660", "from": "omim"}].')

    def _read_elements(self, at: int, *, is_last: bool) -> int:
        """Read the elements that are complete, and return where the next one begins."""
        text = self._text
        waiting: list[str] = []
        while True:
            plain = self._PLAIN.match(text, at)
            if plain is not None:
                self._read(waiting)
                waiting = []
                for one in self._load(plain[0][:-1]):
                    self._queries.add(one)
                at, self._has_comma = plain.end(), True
            start = self._skip(at)
            if text[start : start + 1] == "]" and not self._has_comma:
                at, self._is_closed = start + 1, True
                break
            try:
                _, end = self._find_end(text, start)
            except (ValueError, RecursionError) as error:
                if is_last or isinstance(error, RecursionError) or text[start : start + 1] not in self._BEGINNINGS:
                    self._read(waiting)
                    _refuse(str(error))
                break  # it may be incomplete
            after = self._skip(end)
            following = text[after : after + 1]
            if following not in {",", "]"}:
                if following or is_last:
                    self._read(waiting)
                    _refuse(f"there is {following!r} after query {len(self._queries.listed) + 1:,}")
                break  # a number may go on
            waiting.append(text[start:end])
            if len(waiting) == self._READ_AT_ONCE:
                self._read(waiting)
                waiting = []
            at, self._has_comma = after + 1, following == ","
            if following == "]":
                self._is_closed = True
                break
        self._read(waiting)
        if not self._is_closed:
            self._queries.check_length(text[at:])
        return at

    def _skip(self, at: int) -> int:
        found = self._SPACE.match(self._text, at)
        return at if found is None else found.end()

    @staticmethod
    def _load(elements: str) -> list[object]:
        try:
            listed: list[object] = orjson.loads(f"[{elements}]")
        except orjson.JSONDecodeError as error:
            _refuse(str(error))
        return listed

    def _read(self, elements: list[str]) -> None:
        for one, written in zip(self._load(",".join(elements)), elements, strict=True):
            self._queries.check_length(written)
            self._queries.add(one)

    def _read_closing(self) -> None:
        rest = self._text.lstrip(" \t\r\n")
        if self._closing and rest.startswith(self._closing):
            rest, self._closing = rest[1:].lstrip(" \t\r\n"), ""
        if rest.startswith(",") and self._closing:
            _refuse_members()
        if rest:
            _refuse(f"there is {rest[0]!r} after its end")
        self._text = ""


def _refuse_members() -> NoReturn:
    raise BadOption(
        "the body has members besides ids", hint="Specify options in the URL, such as /resolve?species=human."
    )


def _refuse(why: str) -> NoReturn:
    raise BadOption(
        f"the body is not JSON: {why}",
        hint='Send ["P13232", "IL7"], or a line each with Content-Type: application/x-ndjson or text/plain.',
    )


def _read_query(one: object, number: int, options: Options) -> str | Query:
    own: dict[str, object] = {}
    text = one
    if isinstance(one, dict) and "id" in one:
        text = one["id"]
        own = {name: value for name, value in one.items() if name != "id"}
    if text is None:  # an empty cell is a query too: the answers stay aligned
        text = ""
    if isinstance(text, str | int | float) and not isinstance(text, bool):
        if not own:
            return str(text)
        try:
            return Query(str(text), read_options(own, options))
        except InputError as error:
            raise type(error)(f"query {number:,}: {error}", hint=error.hint) from error
    raise BadOption(
        f"query {number:,} is neither a string nor an object with an id: {orjson.dumps(one).decode()[:80]}",
        hint='Write it as "P13232", or as {"id": "146660", "from": "omim"}.',
    )
