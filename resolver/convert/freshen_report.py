"""The report on a list that was freshened: every cell that is not current, as TSV or JSON."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import orjson

from .findings_report import check_report_path
from .table import new_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .freshen import StaleCell

COLUMNS = (
    "line", "column", "text", "identifier", "verdict", "use_now", "mended", "left_because", "obstacle", "note", "url",
    "upstream_release", "seen_at",
)  # fmt: skip


class Report(Protocol):
    """Takes cells one by one."""

    def add(self, cell: StaleCell) -> None:
        """Write one more cell."""
        ...


@contextmanager
def open_freshen_report(path: Path, head: Mapping[str, Any]) -> Iterator[Report]:
    """Give a report that is at `path` when the block ends; JSON begins with the members of `head`."""
    check_report_path(path)
    with new_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        if path.suffix.lower() == ".tsv":
            yield _TsvReport(out)
        else:
            out.write(orjson.dumps(head).decode()[:-1] + ',"cells":[')
            yield _JsonReport(out)
            out.write("\n]}\n")


class _TsvReport:
    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, "excel-tab", lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, cell: StaleCell) -> None:
        for row in describe_cell(cell):
            row["use_now"] = " ".join(row["use_now"])
            self._writer.writerow(["" if row[name] is None else row[name] for name in COLUMNS])


class _JsonReport:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._separator = "\n"

    def add(self, cell: StaleCell) -> None:
        for row in describe_cell(cell):
            self._out.write(self._separator + orjson.dumps(row).decode())
            self._separator = ",\n"


def describe_cell(cell: StaleCell) -> Iterator[dict[str, Any]]:
    """Yield the columns of the report, once for each identifier that the text is."""
    head = {"line": cell.line, "column": cell.column, "text": cell.text}
    decided = {"mended": cell.freshness.mended, "left_because": cell.freshness.left_because}
    for finding in cell.freshness.findings:
        shown = finding.to_dict()
        evidence = shown["evidence"] or dict.fromkeys(("url", "upstream_release", "seen_at"))
        told = {name: shown[name] for name in ("verdict", "use_now", "obstacle", "note")}
        seen = {name: evidence[name] for name in ("url", "upstream_release", "seen_at")}
        yield head | {"identifier": shown["curie"]} | decided | told | seen
    if not cell.freshness.findings:
        empty: dict[str, Any] = dict.fromkeys(COLUMNS)
        yield empty | head | {"verdict": "not_checked", "use_now": [], "note": "no identifier that can be read"}
