"""The conversion of a table as a piece of work: in a process of its own, or in a thread if the table is small."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from ..convert.conversion import open_conversion
from ..convert.engine import Tools
from ..convert.formats import BY_NAME
from ..convert.options import read_table_options
from ..convert.plan import describe_marks
from ..convert.report.advice import describe_warning
from ..convert.report.html import render_report
from ..errors import TooMany
from .work import SizeLimitedWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..convert.engine import Conversion, Progress
    from ..convert.options import ConversionRequest
    from ..convert.report.summary import Summary
    from ..resolve.resolver import Resolver
    from ..store.release import Release
    from .work import Report


KIND = "convert"
REPORT = "report.html"
_TEXT = "text/plain; charset=utf-8"


class Bounds(NamedTuple):
    """How many rows and bytes a conversion may write."""

    rows: int
    bytes: int


def convert_table(
    payload: dict[str, Any],
    source: BinaryIO,
    out: BinaryIO,
    report: Report,
    *,
    resolver: Resolver,
) -> dict[str, Any]:
    """Convert the table in `source` and return the summary; the work of kind `convert`.

    `payload` has the `options` as specified, the `name` of the table, the bounds `max_rows` and `max_output_bytes`, and
    whether to make a `report`. Raises what the table and the options raise, and TooMany.
    """
    started, begun = datetime.now(UTC), time.monotonic()
    options = read_table_options(payload["options"])
    plan = options.plan
    tools = Tools(resolver, describe_marks(resolver.marks, plan.separator) if plan.stale else None)
    conversion = open_conversion(source, payload["name"], plan, tools, options.reading, to_format=options.to_format)
    report("prepared", **describe_prepared(conversion, options, payload["name"], tools))
    if options.is_dry:
        return {}
    bounds = Bounds(payload["max_rows"], payload["max_output_bytes"])
    summary = run_bounded(conversion, out, bounds, lambda far: report("progress", rows=far.rows, bytes=far.bytes_read))
    if payload.get("report"):
        seconds = time.monotonic() - begun
        page = render_report(
            summary, conversion.prepared, resolver, name=payload["name"], started=started, seconds=seconds
        )
        report("file", name=REPORT, text=page)
    return describe_summary(summary, resolver.release)


def run_bounded(
    conversion: Conversion, out: BinaryIO, bounds: Bounds, on_progress: Callable[[Progress], None] | None = None
) -> Summary:
    """Run a conversion within bounds; raises TooMany beyond them."""

    def check(far: Progress) -> None:
        if far.rows > bounds.rows:
            raise TooMany(f"the table has over {bounds.rows:,} rows", hint="Send it in parts.")
        if on_progress is not None:
            on_progress(far)

    return conversion.run(cast("BinaryIO", SizeLimitedWriter(out, bounds.bytes)), check)


def describe_prepared(conversion: Conversion, options: ConversionRequest, name: str, tools: Tools) -> dict[str, Any]:
    """Return what is known before the first row is written: header, profiles, notes, a preview of a dry run."""
    prepared = conversion.prepared
    written = conversion.written
    taken = {one.position for rule in prepared.plan.columns for one in rule.all}
    described: dict[str, Any] = {
        "release": {"id": tools.resolver.release.id, "title": tools.resolver.release.title},
        "media_type": BY_NAME[written].media_type if written in BY_NAME else _TEXT,
        "file_name": converted_name(name, written),
        "plan": prepared.plan.describe(),
        "header": list(prepared.header),
        "added": list(prepared.added),
        "notes": prepared.notes,
        "profile": [
            {
                "column": profile.rule.name,
                "position": profile.rule.position + 1,
                "taken": profile.rule.position in taken,
                "found": round(profile.found, 4),
                "shares": {what: round(share, 4) for what, share in profile.shares},
                "description": profile.describe(),
            }
            for profile in prepared.profiles
            if options.is_dry or profile.rule.position in taken
        ],
    }
    if options.is_dry:
        described["preview"] = conversion.preview()
    return described


def converted_name(name: str, written: str) -> str:
    """Return a file name for the converted table: `genes.converted.csv` for `genes.csv.gz`."""
    path = PurePath(name)
    while path.suffix.lower() in {".gz", ".zst"}:
        path = path.with_suffix("")
    stem = path.stem if path.suffix else path.name
    return f"{stem or 'table'}.converted.{written}"


def describe_summary(summary: Summary, release: Release) -> dict[str, Any]:
    """Return the summary of a conversion as plain objects, with a warning if many cells match no gene."""
    return summary.describe() | {"warning": describe_warning(summary, release)}
