"""Check small tables of many shapes against a release: `python -m tests.case_tables FOLDER [data folder]`.

`FOLDER/expected.tsv` is tab-separated: file, options (of `resolver convert`, beside `--to symbol`), column (the
identifier columns that may be chosen, separated by ` or `; `none`: the conversion must stop with an error; a text in
parentheses is not checked), rows (of data that come out), symbols (the symbol cell of each row, separated by blanks,
`;` within a cell, `-` empty, `?` any). `?` and an empty cell are not checked. Lines that begin with `#` are left out.
"""

from __future__ import annotations

import csv
import io
import os
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from resolver.cli.app import make_app

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = 5
_ADDED = 6  # columns: symbol, and five that say how a row was resolved


class TableCase(NamedTuple):
    """One line of the table of cases."""

    file: str
    options: str
    column: str
    rows: str
    symbols: str


class Ran(NamedTuple):
    """What a conversion wrote, and its exit code."""

    code: int
    table: str
    messages: str


def read_cases(folder: Path) -> list[TableCase]:
    """Return the lines of `expected.tsv`."""
    lines = (folder / "expected.tsv").read_text(encoding="utf-8").splitlines()
    cells = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [TableCase(*one[:_COLUMNS], *[""] * (_COLUMNS - len(one))) for one in cells]


def convert(path: Path, options: str) -> Ran:
    """Run `resolver convert` in this process."""
    table, messages = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline=""), io.StringIO()
    code = 0
    with redirect_stdout(table), redirect_stderr(messages):
        try:
            arguments = ["convert", str(path), "--to", "symbol", *shlex.split(options)]
            code = int(make_app("convert")(arguments, standalone_mode=False) or 0)
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as error:  # noqa: BLE001  (a crash is a fault of the case, and the next one runs)
            code = getattr(error, "exit_code", 70)
            messages.write(f"{type(error).__name__}: {error}")
    table.flush()
    assert isinstance(table.buffer, io.BytesIO)
    return Ran(code, table.buffer.getvalue().decode(), messages.getvalue())


def find_faults(case: TableCase, ran: Ran) -> list[str]:
    """Return what is not as the case expects, in words; empty if all is."""
    if case.column == "none":
        return [] if ran.code not in {0, 1, 70} else [f"converted, with exit code {ran.code}"]
    if ran.code not in {0, 1}:
        return [f"exit code {ran.code}: {' '.join(ran.messages.split())[:200]}"]
    return list(_compare(case, ran))


def _compare(case: TableCase, ran: Ran) -> Iterator[str]:
    if case.column and not case.column.startswith(("(", "?")):
        lines = [line for line in ran.messages.splitlines() if line.startswith("column ")]
        taken = [line.removeprefix("column ").partition(": ")[0] for line in lines]
        if not set(taken) <= set(case.column.split(" or ")) or not taken:
            yield f"column {', '.join(taken) or 'unknown'}, not {case.column}"
    cells = list(_list_symbols(ran.table))
    if case.rows.isdigit() and len(cells) != int(case.rows):
        yield f"{len(cells)} rows, not {case.rows}"
    expected = case.symbols.split()
    if case.symbols in {"", "?"} or len(cells) != len(expected):
        return
    wrong = [f"{is_} for {want}" for is_, want in zip(cells, expected, strict=True) if want not in {"?", is_}]
    if wrong:
        yield f"symbols {', '.join(wrong)}"


def _list_symbols(table: str) -> Iterator[str]:
    """Yield the symbol cell of each row, the first of the added ones; `?` where identifiers were replaced in place.

    Empty lines and comments are no rows, and a table need not have a header.
    """
    lines = [line for line in table.splitlines(keepends=True) if line.strip()]
    for delimiter in "\t,; |":
        header = next(
            (n for n, line in enumerate(lines) if f"{delimiter}symbol{delimiter}outcome{delimiter}" in line), -1
        )
        if header >= 0 or any(f"{delimiter}resolved{delimiter}" in line for line in lines):
            rows = csv.reader(lines[header + 1 :], delimiter=delimiter, skipinitialspace=delimiter == " ")
            yield from (cells[-_ADDED] or "-" for cells in rows if len(cells) > _ADDED)
            return
    yield from ("?" for line in lines if not line.startswith("#"))


def main() -> int:
    """Print each table that fails, and the counts; return 1 if any fails."""
    if len(sys.argv) not in {2, 3}:
        sys.stdout.write(f"{__doc__}\n")
        return 2
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        os.environ["RESOLVER_DATA_DIR"] = sys.argv[2]
    cases = read_cases(folder)
    failed = 0
    for case in cases:
        faults = find_faults(case, convert(folder / case.file, case.options))
        failed += bool(faults)
        sys.stdout.write(f"{case.file} {case.options}: {'; '.join(faults) or 'as expected'}\n")
    sys.stdout.write(f"{len(cases) - failed} of {len(cases)} tables are as expected\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
