"""The report on a table that is repaired or refreshed: one row for each finding, as TSV or JSON."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from ..convert.files import new_file
from ..errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


class Report:
    """Writes findings to `out` one by one: as TSV with these columns, or as the elements of a JSON array."""

    def __init__(self, out: TextIO, columns: Sequence[str], *, is_json: bool) -> None:
        self._out, self._columns = out, columns
        self._separator = "\n"
        self._tsv = None if is_json else csv.writer(out, "excel-tab", lineterminator="\n")
        if self._tsv is not None:
            self._tsv.writerow(columns)

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one more row."""
        if self._tsv is not None:
            self._tsv.writerow([_flatten(row.get(column)) for column in self._columns])
            return
        self._out.write(self._separator + orjson.dumps(row, default=_as_object).decode())
        self._separator = ",\n"


def check_report_path(path: Path) -> None:
    """Raise BadOption where the suffix is that of no report format."""
    if path.suffix.lower() not in {".tsv", ".json"}:
        raise BadOption(f"cannot write a report as {path.name!r}", hint="Use a name that ends in .tsv or .json.")


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
            yield Report(out, columns, is_json=False)
            return
        out.write(f'{orjson.dumps(head).decode()[:-1]},"{member}":[')
        yield Report(out, columns, is_json=True)
        counts = "".join(f',"{name}":{number}' for name, number in count().items())
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
