"""The report on a table that is repaired or refreshed: one row for each finding, as TSV or JSON."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import orjson

from ..convert.files import new_file
from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


class Report(Protocol):
    """Writes findings one by one."""

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one more row."""
        ...


def check_report_path(path: Path) -> None:
    """Raise BadOption where the suffix is that of no report format."""
    if path.suffix.lower() not in {".tsv", ".json"}:
        raise BadOption(f"a report cannot be written as {path.name!r}", hint="End its name in .tsv or .json.")


@contextmanager
def open_report(
    path: Path, columns: Sequence[str], head: Mapping[str, Any], member: str, count: Callable[[], dict[str, int]] = dict
) -> Iterator[Report]:
    """Give a report that is complete at `path` when the block ends.

    JSON has the members of `head`, the rows as `member`, then what `count` returns at the end.
    """
    check_report_path(path)
    with new_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        if path.suffix.lower() == ".tsv":
            yield _TsvReport(out, columns)
            return
        out.write(f'{orjson.dumps(head).decode()[:-1]},"{member}":[')
        yield _JsonReport(out)
        counts = "".join(f',"{name}":{number}' for name, number in count().items())
        out.write(f"\n]{counts}}}\n")


class _TsvReport:
    def __init__(self, out: TextIO, columns: Sequence[str]) -> None:
        self._columns = columns
        self._writer = csv.writer(out, "excel-tab", lineterminator="\n")
        self._writer.writerow(columns)

    def add(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow([_flatten(row.get(column)) for column in self._columns])


class _JsonReport:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._separator = "\n"

    def add(self, row: Mapping[str, Any]) -> None:
        self._out.write(self._separator + orjson.dumps(row, default=_as_object).decode())
        self._separator = ",\n"


def _flatten(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return "; ".join(map(str, value))
    return str(value)


def _as_object(value: Any) -> dict[str, Any]:  # noqa: ANN401  (a named tuple of any class)
    members: dict[str, Any] = value._asdict()
    return members
