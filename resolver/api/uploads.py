"""Read an uploaded table as it arrives: the body itself, or the one file of a form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from ..convert.options import LISTED
from ..errors import BadOption, DiskFull, InputError
from .bodies import read_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastapi import Request

TABLE_HINT = "Compress the table with gzip or zstd, or send it in parts."
_AT_ONCE = 1 << 20
_MAX_FIELD = 16 * 1024
_MAX_OPTIONS = 64 * 1024
_TABLE_NAMES = {
    "text/csv": "table.csv",
    "text/tab-separated-values": "table.tsv",
    "application/x-ndjson": "table.ndjson",
    "application/vnd.apache.parquet": "table.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "table.xlsx",
}


@dataclass(slots=True)
class Form:
    """The fields of a form, and the name of its file."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    name: str | None = None


def is_form(request: Request) -> bool:
    """Return whether the body is a form with a file instead of the table itself."""
    return request.headers.get("content-type", "").lower().startswith("multipart/")


def name_of_body(request: Request) -> str:
    """Return a name for a table that is the body itself, by its media type."""
    return _TABLE_NAMES.get(request.headers.get("content-type", "").partition(";")[0].strip().lower(), "table")


def join_options(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return options by name; repeated list options are joined.

    Raises BadOption for another repeated option, and for options that are too long.
    """
    specified: dict[str, str] = {}
    for name, text in pairs:
        if name in specified and name not in LISTED:
            raise BadOption(f"{name[:80]} is specified twice", hint="Specify each option once.")
        specified[name] = f"{specified[name]}{LISTED[name]}{text}" if name in specified else text
    if sum(len(name) + len(text) for name, text in specified.items()) > _MAX_OPTIONS:
        raise BadOption("the options are too long", hint="Send the table as the file, not as an option.")
    return specified


async def save_body(request: Request, write: Callable[[bytes], object], limit: int) -> Form:
    """Write the table of the body or form as it arrives, and return the fields of the form."""
    parser = _FormParser(request.headers["content-type"], write) if is_form(request) else None
    take = write if parser is None else parser.feed
    waiting, size = [], 0
    try:
        async for chunk in read_chunks(request, limit, TABLE_HINT):
            waiting.append(chunk)
            size += len(chunk)
            if size >= _AT_ONCE:
                await run_in_threadpool(take, b"".join(waiting))
                waiting, size = [], 0
        await run_in_threadpool(take, b"".join(waiting))
    except OSError as error:
        raise DiskFull(
            f"the table cannot be stored: {error.strerror or error}", hint="Try again later, or with a smaller table."
        ) from error
    return Form(name=name_of_body(request)) if parser is None else parser.end()


class _FormParser:
    """Read a form as it arrives: its one file goes to `write`, its fields are kept."""

    def __init__(self, content_type: str, write: Callable[[bytes], object]) -> None:
        self._options_of = parse_options_header
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise BadOption("the form has no boundary", hint="Let the program that sends the form set Content-Type.")
        self._write = write
        self._form = Form()
        self._is_over = False
        self._header: dict[str, bytes] = {}
        self._header_name = self._header_value = b""
        self._field: str | None = None
        self._text: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_header_name,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_end": self._end_form,
            },
        )

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise InputError(f"the form cannot be read: {error}", hint="Send it as multipart/form-data.") from error

    def end(self) -> Form:
        """Return the fields; raises InputError if the form is incomplete or has no file."""
        if not self._is_over:
            raise InputError("the form is incomplete", hint="Send it again.")
        if self._form.name is None:
            raise InputError("the form has no file", hint="Send the table as a file: curl -F file=@genes.csv …")
        return self._form

    def _begin(self) -> None:
        self._header, self._header_name, self._header_value = {}, b"", b""
        self._field, self._text = None, []

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._header[self._header_name.decode("latin-1").lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _end_headers(self) -> None:
        _, parameters = self._options_of(self._header.get("content-disposition", b""))
        if b"filename" not in parameters:
            self._field = parameters.get(b"name", b"").decode("utf-8", "replace")
            return
        if self._form.name is not None:
            raise BadOption("the form has several files", hint="Send one table at a time.")
        self._form.name = clean_name(parameters[b"filename"].decode("utf-8", "replace"))

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._write(data[start:end])
            return
        self._text.append(data[start:end])
        if sum(map(len, self._text)) > _MAX_FIELD:
            raise BadOption(
                f"the field {self._field[:80]!r} is too long",
                hint="Send the table as a file: curl -F file=@genes.csv …",
            )

    def _end_part(self) -> None:
        if self._field is not None:
            self._form.fields.append((self._field, b"".join(self._text).decode("utf-8", "replace")))
            if len(self._form.fields) > 200:
                raise BadOption("the form has too many fields", hint="Specify each option once.")

    def _end_form(self) -> None:
        self._is_over = True


def clean_name(name: str) -> str:
    """Return the name of a file without its folders, and without characters that a header or a disk does not allow."""
    bare = PurePath(name.replace("\\", "/")).name
    return re.sub(r"[^\w .()+-]", "_", bare).strip(" .")[-120:] or "table"
