"""Read the fields of a form that a page sends."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ..api.bodies import read_chunks
from ..errors import BadOption

if TYPE_CHECKING:
    from starlette.requests import Request

_MAX_BYTES = 4 << 20
_FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form, the last value of each; raises TooMany over 4 MB, and BadOption."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise BadOption("this page takes the fields of a form", hint="Programs use the REST service: see /docs.")
    body = b""
    async for chunk in read_chunks(request, _MAX_BYTES, "Convert a long list as a table: /convert."):
        body += chunk
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    return dict(pairs)
