"""The report on a table: every damaged cell, as TSV or JSON, written as the cells are found."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import orjson

from ..errors import BadOption
from .table import new_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .doctor import Candidate, Finding

COLUMNS = ("line", "column", "text", "kind", "certain", "repaired", "candidates", "explanation")


class Report(Protocol):
    """Takes findings one by one."""

    def add(self, finding: Finding) -> None:
        """Write one more damaged cell."""
        ...


def check_report_path(path: Path) -> None:
    """Raise BadOption where the suffix names no format."""
    if path.suffix.lower() not in {".tsv", ".json"}:
        raise BadOption(f"a report cannot be written as {path.name!r}", hint="End its name in .tsv or .json.")


@contextmanager
def open_report(path: Path, head: Mapping[str, Any]) -> Iterator[Report]:
    """Give a report that is at `path` when the block ends; JSON begins with the members of `head`."""
    check_report_path(path)
    with new_file(path) as draft, draft.open("w", encoding="utf-8", newline="") as out:
        if path.suffix.lower() == ".tsv":
            yield _TsvReport(out)
        else:
            out.write(orjson.dumps(head).decode()[:-1] + ',"findings":[')
            report = _JsonReport(out)
            yield report
            out.write(f'\n],"certain":{report.certain},"to_decide":{report.to_decide}}}\n')


class _TsvReport:
    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, "excel-tab", lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, finding: Finding) -> None:
        line, column, text, diagnosis = finding
        candidates = "; ".join(describe_candidate(each) for each in diagnosis.candidates)
        certain = "yes" if diagnosis.repaired is not None else "no"
        self._writer.writerow(
            (line, column, text, diagnosis.kind, certain, diagnosis.repaired or "", candidates, diagnosis.explanation)
        )


class _JsonReport:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._separator = "\n"
        self.certain = self.to_decide = 0

    def add(self, finding: Finding) -> None:
        line, column, text, diagnosis = finding
        shown = {
            "line": line,
            "column": column,
            "text": text,
            "kind": diagnosis.kind,
            "certain": diagnosis.repaired is not None,
            "repaired": diagnosis.repaired,
            "candidates": [candidate._asdict() for candidate in diagnosis.candidates],
            "explanation": diagnosis.explanation,
        }
        self._out.write(self._separator + orjson.dumps(shown).decode())
        self._separator = ",\n"
        self.certain += diagnosis.repaired is not None
        self.to_decide += diagnosis.repaired is None


def describe_candidate(candidate: Candidate) -> str:
    """Return a candidate in a few words, with the gene's symbol of today where that is another."""
    if candidate.symbol is None:
        return candidate.text
    today = "" if candidate.symbol == candidate.text else f"{candidate.symbol}, "
    return f"{candidate.text} ({today}{candidate.gene})"
