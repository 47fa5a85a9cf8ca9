"""Render the list of marks row by row: JSON, NDJSON, CSV, TSV, and SSSOM (stale identifier to successor)."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..errors import BadOption
from ..genes.verdicts import Verdict
from ..identifiers.sssom import (
    COLUMNS,
    CONSIDER,
    JUSTIFICATION,
    REPLACED_BY,
    describe_set,
    render_header,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Mark = dict[str, Any]  # as `describe_mark` returns it
    ReadMarks = Callable[[], Iterator[Mark]]

_AT_ONCE = 500
# If the version is behind, the mapping is between versions.
_REPLACED = {Verdict.REPLACED.value, Verdict.VERSION_BEHIND.value}
_COLUMNS = ("curie", "version", "symbol", "species", "verdict", "successors", "since", "seen_at", "source", "genes",
            "review", "page", "upstream_release", "url", "fields", "note")  # fmt: skip


class MarkFormat(NamedTuple):
    """A format: its media type, and what renders marks in it. `render` may read them twice."""

    media_type: str
    render: Callable[[ReadMarks], Iterator[bytes]]


def render_marks(to_format: str, read: ReadMarks) -> Iterator[bytes]:
    """Yield the marks in a format, some hundred at a time; the ledger is read before the first part is yielded.

    Raises BadOption at once for an unknown format; iterating raises LedgerError.
    """
    return get_format(to_format).render(read)


def get_format(name: str) -> MarkFormat:
    """Return a format by its name; raises BadOption, naming those that exist."""
    if name not in FORMATS:
        raise BadOption(f"there is no format {name!r}", hint=f"Choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def _parts(marks: Iterator[Mark]) -> Iterator[list[Mark]]:
    while part := list(islice(marks, _AT_ONCE)):
        yield part


def _as_json(read: ReadMarks) -> Iterator[bytes]:
    separator = b"["
    for part in _parts(read()):
        yield separator + b",\n".join([orjson.dumps(mark) for mark in part])
        separator = b",\n"
    yield b"[]\n" if separator == b"[" else b"]\n"


def _as_ndjson(read: ReadMarks) -> Iterator[bytes]:
    for part in _parts(read()):
        yield b"".join([orjson.dumps(mark) + b"\n" for mark in part])


def _as_delimited(delimiter: str) -> Callable[[ReadMarks], Iterator[bytes]]:
    def render(read: ReadMarks) -> Iterator[bytes]:
        above: list[Sequence[object]] = [_COLUMNS]
        for part in _parts(read()):
            yield _write([*above, *map(_list_cells, part)], delimiter)
            above = []
        if above:
            yield _write(above, delimiter)

    return render


def _write(rows: list[Sequence[object]], delimiter: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def _list_cells(mark: Mark) -> list[object]:
    evidence = mark["evidence"] or {"url": "", "fields": {}}
    shown = mark | {
        "successors": " ".join(mark["successors"]),
        "genes": " ".join(mark["genes"]),
        "url": evidence["url"],
        "fields": "; ".join(f"{name}: {value}" for name, value in evidence["fields"].items()),
    }
    return [shown[column] for column in _COLUMNS]


# --- SSSOM --------------------------------------------------------------------------------------------------------


def _as_sssom(read: ReadMarks) -> Iterator[bytes]:
    left_out, newest = 0, ""
    for mark in read():
        left_out += not _is_mapped(mark)
        newest = max(newest, mark["seen_at"])
    header = describe_set(
        f"stale/{newest[:10] or 'none'}",
        "Stale gene identifiers and their successors, human and mouse",
        f"{left_out:,} marked identifiers without a successor are left out.",
        date=newest,
    )
    above = "".join(f"#{line}\n" for line in render_header(header)).encode() + _write([COLUMNS], "\t")
    for part in _parts(mark for mark in read() if _is_mapped(mark)):
        yield above + _write([row for mark in part for row in _list_mappings(mark)], "\t")
        above = b""
    if above:
        yield above


def _is_mapped(mark: Mark) -> bool:
    return mark["verdict"] in _REPLACED and bool(mark["successors"])


def _list_mappings(mark: Mark) -> Iterator[Sequence[object]]:
    """Yield a row for each successor; with several successors, none replaces the identifier alone."""
    predicate = REPLACED_BY if len(mark["successors"]) == 1 else CONSIDER
    is_behind = mark["verdict"] == Verdict.VERSION_BEHIND.value and mark["version"] is not None
    subject = f"{mark['curie']}.{mark['version']}" if is_behind else mark["curie"]
    for successor in mark["successors"]:
        yield (
            subject, mark["symbol"] or "", predicate, successor, JUSTIFICATION, source_of(mark["curie"]),
            source_of(successor), f"{mark['verdict']}, reported by {mark['source']}",
        )  # fmt: skip


FORMATS: dict[str, MarkFormat] = {
    "json": MarkFormat("application/json", _as_json),
    "ndjson": MarkFormat("application/x-ndjson", _as_ndjson),
    "csv": MarkFormat("text/csv; charset=utf-8", _as_delimited(",")),
    "tsv": MarkFormat("text/tab-separated-values; charset=utf-8", _as_delimited("\t")),
    "sssom": MarkFormat("text/tab-separated-values; charset=utf-8; profile=sssom", _as_sssom),
}
