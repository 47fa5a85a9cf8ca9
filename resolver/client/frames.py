"""Frames through `POST /convert`: cells go out as texts, and new columns come back.

The frame itself stays here, with its index and its types: `resolver.convert.frames` reads and completes it.
"""

from __future__ import annotations

import csv
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from ..convert.converting import check_frame_options, find_library
from ..convert.frames import ANNOTATED, MODULES
from ..convert.frames.base import FrameAdded, warn
from ..convert.head import find_columns
from ..convert.options import rename_for_python
from ..errors import BadOption, InputError, ServiceUnreachable
from ..identifiers.names import make_encodable
from .problems import make_error
from .requests import NDJSON, Call, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

    from ..convert.converting import FrameOptions
    from ..convert.frames.base import FrameCells

Frame = TypeVar("Frame")
# The last column that is sent: the number of the row, which `on_many=explode` repeats; such numbers are never genes.
_ROW = "row of the frame"
_CSV = {"format": "csv", "header": "true", "delimiter": "comma"}
_LOCAL = (*ANNOTATED, "pyspark")


class ServiceRequest:
    """The requested conversion of a frame by a service; `send` returns the response to a request."""

    def __init__(self, options: FrameOptions, send: Callable[[Call], httpx.Response]) -> None:
        rest: dict[str, Any] = dict(options)
        column, self._on_summary = rest.pop("column", None), rest.pop("on_summary", None)
        self.wanted = column if isinstance(column, list) else [] if column is None else [column]
        if rest.pop("collisions", None) is not None:
            raise BadOption("collisions is for AnnData and MuData", hint="Omit it: a table keeps all of its rows.")
        if rest.pop("in_place", False):
            raise BadOption("in_place is for files", hint="Assign the added column to that of the identifiers.")
        corrections: Mapping[str, str] = rest.pop("correct", None) or {}
        self._params = {
            ("from" if name == "namespace" else name): spell(value) for name, value in rest.items() if value is not None
        }
        if corrections:
            self._params["correct"] = "\x1e".join(f"{cell}={identifier}" for cell, identifier in corrections.items())
        self._send = send

    def add(self, cells: FrameCells, wanted: Sequence[str]) -> FrameAdded:
        """Return the new columns of a frame, and report the summary."""
        for name in wanted:
            find_columns(cells.header, name)  # whose error lists the columns of the frame alone
        # A list is the only column, which has rules of its own: it goes without the numbers of its rows.
        is_list = len(cells.header) == 1 and cells.rows > 0 and self._params.get("on_many") != "explode"
        params = self._params | ({"format": "ndjson"} if is_list else _CSV)
        if wanted:
            params["column"] = "\n".join(wanted)
        try:
            body, kind = (_write_list(cells), NDJSON) if is_list else (_write(cells), "text/csv")
            response = self._send(Call("POST", "/convert", params, body, kind))
            added = _read_list(response, cells) if is_list else _read(response, len(cells.header), cells.rows)
        except InputError as error:
            if error.hint:
                lines = [line for line in error.hint.splitlines() if not line.startswith(_ROW)]
                error.hint = rename_for_python("\n".join(lines))
                error.__notes__ = [error.hint]
            raise
        if warning := response.headers.get("x-resolver-warning"):
            warn(rename_for_python(warning))
        if self._on_summary is not None:
            self._on_summary(orjson.loads(response.headers.get("x-resolver-summary", "{}")))
        return added


def convert_frame(frame: Frame, options: FrameOptions, send: Callable[[Call], httpx.Response]) -> Frame:
    """Return a frame of the same kind with more columns, by a service. Raises BadOption where it is no frame."""
    check_frame_options(options)
    request = ServiceRequest(options, send)
    library = find_library(frame)
    if library in _LOCAL:
        raise BadOption(
            f"{library} is not converted by a service", hint="Convert it with Resolver().convert on this machine."
        )
    module: Any = import_module(MODULES[library])
    table: Any = frame
    if library == "polars" and hasattr(table, "collect"):  # the service needs all rows
        return module.convert_frame(table.collect(), request.wanted, request).lazy()  # type: ignore[no-any-return]
    return module.convert_frame(table, request.wanted, request)  # type: ignore[no-any-return]


def _write_list(cells: FrameCells) -> bytes:
    texts = (make_encodable(text or "") for text in cells.read(0, cells.rows, 1))
    (name,) = map(make_encodable, cells.header)
    return b"\n".join(orjson.dumps({name: text}) for text in texts)


def _read_list(response: httpx.Response, cells: FrameCells) -> FrameAdded:
    if not response.is_success:
        raise make_error(response)
    rows = [orjson.loads(line) for line in response.content.splitlines()]
    if len(rows) != cells.rows:
        raise ServiceUnreachable(
            f"the service returned {len(rows)} of {cells.rows} rows", hint="Check the version of the service."
        )
    names = [name for name in rows[0] if name != make_encodable(cells.header[0])]
    return FrameAdded({name: [row[name] for row in rows] for name in names}, None)


def _write(cells: FrameCells) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*cells.header, _ROW])
    columns = [[text or "" for text in cells.read(place, cells.rows, 1)] for place in range(len(cells.header))]
    writer.writerows(zip(*columns, range(cells.rows), strict=True))
    return out.getvalue().encode("utf-8", "replace")


def _read(response: httpx.Response, labels: int, rows: int) -> FrameAdded:
    if not response.is_success:
        raise make_error(response)
    header, *lines = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    if header[labels : labels + 1] != [_ROW]:
        raise ServiceUnreachable("the service returned another table", hint="Check the version of the service.")
    origin = [int(line[labels]) for line in lines]
    if len(set(origin)) != rows:
        raise ServiceUnreachable(
            f"the service returned {len(set(origin))} of {rows} rows", hint="Check the version of the service."
        )
    names = header[labels + 1 :]
    columns = {name: [line[labels + 1 + place] or None for line in lines] for place, name in enumerate(names)}
    return FrameAdded(columns, None if len(origin) == rows else origin)
