"""Tables in XLSX workbooks, by openpyxl, which is loaded when a workbook is opened.

A spreadsheet has done its damage to the value, not only to what is shown: a cell that was a symbol is of type date. So
each cell is read as the text of its value, and dates are told apart.
"""

from __future__ import annotations

import warnings
import zlib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from ..errors import BadOption, UnreadableTable
from .table import Row, name_columns, new_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from .table import Replace

_AS_TEXT = "@"  # the format in which a spreadsheet takes what is typed for text
_LARGEST_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number


class WorkbookTable:
    """One sheet of a workbook; the whole workbook is held in memory."""

    def __init__(self, path: Path, *, sheet: str | None = None, has_header: bool = True) -> None:
        self.path = path
        self._workbook, lost = _load(path)
        names = [each.title for each in self._workbook.worksheets]
        if sheet is not None and sheet not in names:
            raise BadOption(f"{path} has no sheet {sheet!r}", hint=f"Its sheets are {', '.join(names)}.")
        if not names:
            raise UnreadableTable("has no sheet of cells", path=str(path), hint="Save the table as CSV or XLSX.")
        taken = sheet or names[0]
        others = [name for name in names if name != taken]
        unseen = f"only the sheet {taken} is looked at; choose with --sheet: {', '.join(others)}"
        self.notes = (*([unseen] if others else []), *lost)
        self._sheet = self._workbook[taken]
        first = next((row for row in self._sheet.iter_rows() if any(cell.value is not None for cell in row)), None)
        if first is None:
            where = f"the sheet {taken} is empty"
            raise UnreadableTable(where, path=str(path), hint="Choose another with --sheet.")
        self._first_row = first[0].row + int(has_header)
        self.header = name_columns([_read_cell(cell) if has_header else "" for cell in first])

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header; empty ones are left out."""
        for cells in self._sheet.iter_rows(min_row=self._first_row):
            row = _read_row(cells)
            if any(row.cells):
                yield row

    def write_copy(self, target: Path, replace: Replace, text_columns: Collection[int] = ()) -> None:
        """Write the workbook with the texts that `replace` gives; this table then holds them too."""
        from openpyxl.cell import Cell

        for cells in self._sheet.iter_rows(min_row=self._first_row):
            row = _read_row(cells)
            if not any(row.cells):
                continue
            replaced = replace(row)
            for number in {*text_columns, *replaced}:
                cell = cells[number]
                if isinstance(cell, Cell) and (number in replaced or _can_be_text(cell)):
                    if number in replaced or cell.data_type != "s":  # a text may have formats inside
                        cell.value = replaced.get(number, row.cells[number])
                    cell.number_format = _AS_TEXT
        with new_file(target) as draft:
            self._workbook.save(draft)


def _load(path: Path) -> tuple[Any, list[str]]:
    try:
        with path.open("rb") as opened:
            return load_workbook_from(opened, str(path), rich_text=True)
    except OSError as error:
        raise UnreadableTable(
            f"cannot be read: {error.strerror or error}", path=str(path), hint="Give the path of a table file."
        ) from error


def load_workbook_from(stream: BinaryIO, name: str, **how: bool) -> tuple[Any, list[str]]:
    """Return the workbook in a stream, and what openpyxl says that a copy of it will lack; `how` is openpyxl's.

    Raises UnreadableTable, by `name`, for what is none.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            workbook = load_workbook(stream, keep_vba=name.lower().endswith(".xlsm"), **how)
    except (
        BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, OSError, EOFError, zlib.error,
    ) as error:  # fmt: skip
        raise UnreadableTable(
            "is no XLSX workbook, or a damaged one", path=name, hint="Save the table as XLSX or CSV again."
        ) from error
    return workbook, list(dict.fromkeys(f"{name}: {warning.message}" for warning in told))


def _read_row(cells: tuple[Any, ...]) -> Row:
    dates = frozenset(number for number, cell in enumerate(cells) if isinstance(cell.value, date))
    return Row(cells[0].row, [_read_cell(cell) for cell in cells], dates)


def _read_cell(cell: Any) -> str:  # noqa: ANN401  (openpyxl has several kinds of cells)
    return read_value(cell.value)


def read_value(value: object) -> str:
    """Return the value of a cell as text: a whole number without decimals, a date as in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return str(value if value.time() != time() else value.date())
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT:
        return str(int(value))
    return str(value)


def _can_be_text(cell: Any) -> bool:  # noqa: ANN401
    """Tell whether a cell loses nothing as text: it is no formula, no date, and no number with decimals."""
    if cell.data_type == "s":
        return True
    is_number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    return is_number and float(cell.value).is_integer() and abs(cell.value) < _LARGEST_EXACT
