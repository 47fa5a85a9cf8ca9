"""The report on a table that is repaired or refreshed: one row for each finding, as TSV or JSON."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..convert.files import new_file
from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    # Adds a row to a report.
    AddRow = Callable[[Mapping[str, Any]], object]


def check_report_path(path: Path) -> None:
    """Raise BadOption where the suffix is that of no report format."""
    if path.suffix.lower() not in {".tsv", ".json"}:
        raise BadOption(f"cannot write a report as {path.name!r}", hint="Use a name that ends in .tsv or .json.")


class Findings(NamedTuple):
    """What a report has: as TSV these columns; as JSON members first, the rows as one member, then counts."""

    columns: Sequence[str]
    head: Mapping[str, Any]
    member: str
    describe_counts: Callable[[], dict[str, int]] = dict


@contextmanager
def open_report(path: Path, findings: Findings) -> Iterator[AddRow]:
    """Give what adds a row to a report, which is complete at `path` when the block ends."""
    check_report_path(path)
    with new_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        if path.suffix.lower() == ".tsv":
            writer = csv.writer(out, "excel-tab", lineterminator="\n")
            writer.writerow(findings.columns)
            yield lambda row: writer.writerow([_flatten(row.get(column)) for column in findings.columns])
            return
        before = chain(["\n"], repeat(",\n"))
        out.write(f'{orjson.dumps(findings.head).decode()[:-1]},"{findings.member}":[')
        yield lambda row: out.write(next(before) + orjson.dumps(row, default=_as_object).decode())
        counts = "".join(f',"{name}":{number}' for name, number in findings.describe_counts().items())
        out.write(f"\n]{counts}}}\n")


def _flatten(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _as_object(value: Any) -> dict[str, Any]:  # noqa: ANN401  (a named tuple of any class)
    members: dict[str, Any] = value._asdict()
    return members
