"""Rows of CSV as the standard library's `csv` reads them, with a limit of its own for the length of a cell.

The limit of `csv` belongs to the whole process and stays as the caller has it: this module loads a second copy of the
parser, which has a limit for itself.
"""

from __future__ import annotations

import csv
import io
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST = 64 << 20  # characters of a cell, and bytes of a line: more is no table, or a quote that is not closed


def _load_parser() -> Any:  # noqa: ANN401  (a module)
    spec = find_spec("_csv")
    assert spec is not None  # noqa: S101  (it is part of Python)
    assert spec.loader is not None  # noqa: S101
    parser = module_from_spec(spec)
    spec.loader.exec_module(parser)
    parser.field_size_limit(LONGEST)
    return parser


_PARSER = _load_parser()


def read_rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the cells of each row; raises csv.Error for a cell that is too long, or has a bare carriage return.

    `lines` keep their line ends. No line behind a row is taken before the next row is requested.
    """
    try:
        yield from _PARSER.reader(lines, delimiter=delimiter)
    except _PARSER.Error as error:
        raise csv.Error(str(error)) from error


def split_rows(text: str, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each row of a text as it is written, line end included, and its cells; raises as `read_rows` does."""
    taken: list[str] = []

    def remember() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for cells in read_rows(remember(), delimiter):
        yield "".join(taken), cells
        taken.clear()


def is_open(row: str, delimiter: str) -> bool:
    """Return whether a row ends within a quote that is not closed: then a line end does not end it."""
    return '"' in row and len(list(read_rows(io.StringIO(f"{row}\n.", newline=""), delimiter))) == 1
