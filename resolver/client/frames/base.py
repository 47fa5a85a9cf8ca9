"""Frames of pandas, Polars and pyarrow through `POST /convert`: cells go out as texts, and new columns come back.

The frame itself stays here, with its index and its types.
"""

from __future__ import annotations

import csv
import io
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ...convert.frames.base import name_wanted
from ...errors import BadOption, ServiceUnreachable
from ..problems import make_error
from ..requests import Call, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

# The last column that is sent: it names the row, which `on_many=explode` repeats, and matches no gene.
_ROW = "row of the frame"
# The module that reads and writes the frames of a library, by the name of the library's package.
MODULES = {
    "pandas": "resolver.client.frames.pandas",
    "polars": "resolver.client.frames.polars",
    "pyarrow": "resolver.client.frames.arrow",
}


class Cells(NamedTuple):
    """The labels of a frame, and the texts of each column."""

    labels: list[object]
    columns: list[list[str]]


class Added(NamedTuple):
    """The new columns, null for nothing, and the row of the frame that each new row comes from."""

    columns: dict[str, list[str | None]]
    origin: list[int]
    is_row_for_row: bool


class Conversion(NamedTuple):
    """The request for a frame; `finish` returns the converted frame from the response."""

    call: Call
    finish: Callable[[httpx.Response], Any]


def open_conversion(frame: object, options: dict[str, Any]) -> Conversion:
    """Return the request that converts a frame. Raises BadOption where it is no frame, and for options of files."""
    rest = dict(options)
    column, on_summary = rest.pop("column", None), rest.pop("on_summary", None)
    correct: Mapping[str, str] = rest.pop("correct", None) or {}
    wanted = column if isinstance(column, list) else [] if column is None else [column]
    if rest.pop("in_place", False):
        raise BadOption("in_place is for files", hint="Assign the added column to that of the identifiers.")
    module: Any = import_module(_find_module(frame))
    cells: Cells = module.read_frame(frame)
    params = {
        ("from" if name == "namespace" else name): spell(value) for name, value in rest.items() if value is not None
    }
    if wanted:
        params["column"] = "\n".join(name_wanted(cells.labels, wanted))
    if correct:
        params["correct"] = "\x1e".join(f"{cell}={identifier}" for cell, identifier in correct.items())
    params |= {"format": "csv", "header": "true", "delimiter": "comma"}
    call = Call("POST", "/convert", params, _write(cells), "text/csv")

    def finish(response: httpx.Response) -> Any:  # noqa: ANN401  (a frame of any library)
        added = _read(response, len(cells.labels), len(cells.columns[0]) if cells.columns else 0)
        if warning := response.headers.get("x-resolver-warning"):
            warnings.warn(warning, stacklevel=4)
        if on_summary is not None:
            on_summary(orjson.loads(response.headers.get("x-resolver-summary", "{}")))
        return module.add_columns(frame, added)

    return Conversion(call, finish)


def _find_module(frame: object) -> str:
    for kind in type(frame).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in MODULES:
            return MODULES[library]
    raise BadOption(f"a {type(frame).__name__} is not a table", hint=f"Give a frame of {', '.join(MODULES)}.")


def _write(cells: Cells) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*map(str, cells.labels), _ROW])
    rows = len(cells.columns[0]) if cells.columns else 0
    writer.writerows(zip(*cells.columns, (f"row {number}" for number in range(rows)), strict=True))
    return out.getvalue().encode("utf-8", "replace")


def _read(response: httpx.Response, labels: int, rows: int) -> Added:
    if not response.is_success:
        raise make_error(response)
    header, *lines = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    if header[labels : labels + 1] != [_ROW]:
        raise ServiceUnreachable("the service returned another table", hint="Check the version of the service.")
    origin = [int(line[labels].removeprefix("row ")) for line in lines]
    if len(set(origin)) != rows:
        raise ServiceUnreachable(
            f"the service returned {len(set(origin))} of {rows} rows", hint="Check the version of the service."
        )
    names = header[labels + 1 :]
    columns = {name: [line[labels + 1 + place] or None for line in lines] for place, name in enumerate(names)}
    return Added(columns, origin, len(origin) == rows)
