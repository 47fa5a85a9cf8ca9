"""Convert a table that came as text, or a file of the folder that the user opened to the server."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ..convert.files import check_target, create_table_file, open_table_file, target_format
from ..convert.options import rename_options
from ..errors import BadOption, InputError, TooMany
from ..jobs.conversion import convert_table
from . import shapes

if TYPE_CHECKING:
    from pathlib import Path

    from ..resolve.resolver import Resolver

# What fits into the context of a language model; more goes through files.
MAX_TEXT_BYTES, MAX_TEXT_ROWS, MAX_TEXT_OUTPUT = 256 << 10, 2_000, 1 << 20
MAX_FILE_BYTES, MAX_FILE_ROWS, MAX_FILE_OUTPUT = 512 << 20, 5_000_000, 4 << 30
TEXT_FORMATS = ("csv", "tsv", "ndjson")


def convert_text(resolver: Resolver, table: str, specified: dict[str, str]) -> shapes.Converted:
    """Convert a table of text; raises TooMany for one that is too large, and what the conversion raises."""
    data = table.encode("utf-8", "replace")
    lines = data.count(b"\n")
    if len(data) > MAX_TEXT_BYTES or lines > MAX_TEXT_ROWS + 1:
        raise TooMany(
            f"the table has {len(data):,} bytes and {lines:,} lines",
            hint=f"Up to {MAX_TEXT_BYTES >> 10} KiB and {MAX_TEXT_ROWS:,} rows are converted as text. Use a file, with "
            "the tool convert_file (resolver mcp --folder FOLDER), or `resolver convert` on a terminal.",
        )
    out = io.BytesIO()
    bounds = {"max_rows": MAX_TEXT_ROWS, "max_output_bytes": MAX_TEXT_OUTPUT}
    converted = _convert(resolver, io.BytesIO(data), out, "table", specified, bounds)
    converted.table = out.getvalue().decode("utf-8")
    return converted


def convert_path(
    resolver: Resolver, folder: Path, source: str, target: str, specified: dict[str, str]
) -> shapes.Converted:
    """Convert a file in `folder` to a new file in it.

    Raises BadOption for a path outside the folder and for a file that exists, and what the conversion raises.
    """
    read, written = (find_inside(folder, name) for name in (source, target))
    to_format = target_format(written.name, read.name)
    check_target(written, read, force=False, how="another name: files are never overwritten here")
    with open_table_file(read) as stream:
        if (size := read.stat().st_size) > MAX_FILE_BYTES:
            raise TooMany(
                f"{source} has {size:,} bytes",
                hint=f"Up to {MAX_FILE_BYTES:,} are converted here. Use resolver convert.",
            )
        with create_table_file(written, read) as out:
            bounds = {"max_rows": MAX_FILE_ROWS, "max_output_bytes": MAX_FILE_OUTPUT}
            options = specified if to_format is None else {**specified, "format": to_format}
            converted = _convert(resolver, stream, out, read.name, options, bounds)
    converted.output = str(written.relative_to(folder.resolve()))
    return converted


def find_inside(folder: Path, name: str) -> Path:
    """Return the path of a file in `folder`, links followed; raises BadOption where it is outside."""
    root = folder.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # a null byte, or links in a circle
        raise BadOption(f"{name[:200]!r} is not a path", hint="Give a path relative to the folder.") from error
    if path == root or not path.is_relative_to(root):
        raise BadOption(
            f"{name[:200]!r} is not in the folder that is open to this server",
            hint=f"Give a path relative to {root}. The user chooses the folder: resolver mcp --folder FOLDER.",
        )
    return path


def _convert(
    resolver: Resolver, source: BinaryIO, out: BinaryIO, name: str, specified: dict[str, str], bounds: dict[str, int]
) -> shapes.Converted:
    prepared: dict[str, Any] = {}

    def report(event: str, **members: Any) -> None:  # noqa: ANN401  (as in `Report`)
        if event == "prepared":
            prepared.update(members)

    payload = {"options": specified, "name": name, **bounds}
    try:
        summary = convert_table(payload, source, out, report, resolver=resolver)
    except InputError as error:
        error.hint = None if error.hint is None else _rename(error.hint)
        raise
    columns = cast("list[dict[str, Any]]", summary["columns"])
    next_step = summary["next_step"]
    return shapes.Converted(
        identifier_columns=[column["name"] for column in columns],
        added_columns=prepared["added"],
        rows=summary["rows"],
        outcomes=[{name: number for name, number in column["outcomes"].items() if number} for column in columns],
        notes=[_rename(note) for note in summary["notes"]],
        assumed=[_rename(note) for note in summary["assumed"]],
        warning=None if summary["warning"] is None else _rename(summary["warning"]),
        next_step=None if next_step is None else _rename(next_step),
        release=shapes.ReleaseId(id=resolver.release.id, title=resolver.release.title),
    )


def _rename(text: str) -> str:
    """Return a message with the names that parameters have here: `from` is a word of Python."""
    return re.sub(r"\b(with|and) from\b", r"\1 namespace", rename_options(text)).replace("from=", "namespace=")
