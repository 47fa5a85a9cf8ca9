"""Read the fields of a form that a page sends."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ..api.bodies import read_chunks
from ..api.threads import run_long
from ..errors import BadOption

if TYPE_CHECKING:
    from starlette.requests import Request

_MAX_BYTES = 4 << 20
_MAX_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form, the last value of each; raises TooMany over 4 MB, and BadOption."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise BadOption("this page takes the fields of a form", hint="Programs use the REST service: see /docs.")
    chunks = [chunk async for chunk in read_chunks(request, _MAX_BYTES, "Convert a long list as a table: /convert.")]
    return await run_long(_parse, chunks)


def _parse(chunks: list[bytes]) -> dict[str, str]:
    try:
        text = b"".join(chunks).decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        raise BadOption("the form has too many fields", hint=f"It can have {_MAX_FIELDS}.") from error
