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
    from collections.abc import Callable, Iterable, Iterator

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

    `lines` keep their line ends. No line behind a row is taken before the next row is requested. Any number of blanks
    separates two cells, as in columns that are aligned.
    """
    try:
        yield from _PARSER.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ")
    except _PARSER.Error as error:
        is_long = "field larger" in str(error)  # no line is as long: the cell goes on over many
        what = f"a quote that is opened here is not closed within {LONGEST >> 20} MiB" if is_long else str(error)
        raise csv.Error(what) from error


def read_lines(text: str) -> Iterable[str]:
    """Return the lines of a text, each with its line end."""
    return io.StringIO(text, newline="")


def split_rows(
    lines: Iterable[str],
    delimiter: str,
    is_comment: Callable[[str], bool] | None = None,
    go_on: Callable[[], Iterable[str]] = tuple,
) -> Iterator[tuple[str, list[str]]]:
    """Yield each row of some lines as it is written, line end included, and its cells; raises as `read_rows` does.

    A line between rows of which `is_comment` is true has one cell, and no quotes. `go_on` returns the lines behind
    these, for a row that goes on there.
    """
    taken: list[str] = []
    comments: list[str] = []

    def remember() -> Iterator[str]:
        following = lines
        while following:
            for line in following:
                if is_comment is not None and not taken and is_comment(line):
                    comments.append(line)
                    continue
                taken.append(line)
                yield line
            following = go_on() if taken else ()

    for cells in read_rows(remember(), delimiter):
        yield from _list_comments(comments)
        yield "".join(taken), cells
        taken.clear()
    yield from _list_comments(comments)


def _list_comments(comments: list[str]) -> Iterator[tuple[str, list[str]]]:
    yield from [(line, [line.rstrip("\r\n")]) for line in comments]
    comments.clear()
