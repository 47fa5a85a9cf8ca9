"""Workbooks: one sheet is read by calamine; a new workbook is written by XlsxWriter, a copy of XLSX by `xlsx_parts`.

A spreadsheet damages the value of a cell, not only what it shows: a cell that was a symbol has the type date. Each cell
is read as the text of its value, and dates are marked. A new workbook has text cells alone: no spreadsheet program
takes them for numbers, dates or formulas.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from itertools import chain, islice
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from ...errors import BadOption, InputError
from ..layouts.comments import count_titles
from . import LARGEST_EXACT
from .base import SMALL_ROWS, RowBatch, Sink, Source, TableSink, count_head, fit_row, name_columns
from .ods_parts import check_cells
from .text_table import TextSource
from .xlsx_parts import NewText, SheetEditor, Survey, damaged, survey_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..plan import Reading
    from .base import Added, Batch

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767
_BATCH_ROWS = 10_000
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # what a workbook with a password contains
_DAMAGES = (zipfile.BadZipFile, zlib.error, ValueError, LookupError, SyntaxError, StopIteration, EOFError)


def open_source(stream: BinaryIO, name: str, reading: Reading, kind: str = "xlsx") -> WorkbookSource:
    """Return the table in a workbook; raises UnreadableTable for what is no workbook, BadOption for a missing sheet."""
    return WorkbookSource(stream.read(), name, reading, kind)


class SheetBatch(RowBatch):
    """Rows of a sheet."""

    word = "row"

    def __init__(self, rows: list[list[str]], lines: list[int], formulas: set[str]) -> None:
        super().__init__(rows, lines)
        self.dates: set[tuple[int, int]] = set()
        self._formulas = formulas

    def describe_cell(self, row: int, position: int) -> str:
        """Return the address of a cell, such as B7."""
        return str(xl_rowcol_to_cell(self.lines[row] - 1, position))

    def is_formula(self, row: int, position: int) -> bool:
        """Return whether a cell is computed by a formula."""
        return bool(self._formulas) and xl_rowcol_to_cell(self.lines[row] - 1, position) in self._formulas


class WorkbookSource(Source):
    """One sheet of a workbook: the values that it shows, as text; blank rows are none.

    With `keeps_blank_rows` those among the rows are. `kind` is its format: xlsx, which is copied, or xls and ods, which
    are only read.
    """

    def __init__(self, data: bytes, name: str, reading: Reading, kind: str = "xlsx") -> None:
        super().__init__(name, keeps_bad=reading.keep_bad_rows)
        self.data = data
        self.kind = kind
        self._done = 0
        self.sheet, self._survey, self.width, self._rows = self._open(reading)
        most = count_head(self.width)
        begun = list(islice(self._rows, most + 1))
        titles = count_titles([list(map(_read_value, cells)) for _, cells in begun], is_padded=True)
        if titles:
            self.left_out = titles
            self.notes.append(f"rows above the table: {titles}")
        self._first_rows = begun[titles:]
        if not self._first_rows:
            raise self.error(f"the sheet {self.sheet} is empty", hint="Choose another with --sheet.")
        self._is_whole = len(begun) <= most
        self.settle(has_header=reading.has_header is not False)
        if reading.has_header is None:
            self.first_row = list(map(_read_value, self._first_rows[0][1]))

    def settle(self, *, has_header: bool) -> None:
        """Decide whether the first row names the columns, and which rows are data."""
        self.has_header = has_header
        first, *below = self._first_rows
        self.header_row = first[0] if has_header else None
        width = max(len(cells) for _, cells in self._first_rows)
        named = [_read_value(cell) for cell in first[1]] if has_header else []
        self.header = name_columns([*named, *[""] * (width - len(named))])
        self._begun = below if has_header else self._first_rows
        self.head = [self._fit(line, cells, []) for line, cells in self._begun]
        self.rows = len(self._begun) if self._is_whole else None
        self.is_small = self._is_whole and len(self._begun) < SMALL_ROWS

    @property
    def bytes_read(self) -> int:
        """The number of bytes of the file that were read so far: all at once."""
        return len(self.data) if self._done else 0

    def batches(self) -> Iterator[SheetBatch]:
        """Yield all rows; raises UnreadableTable for one that is wider than the table, unless such rows are kept."""
        rows: Iterator[tuple[int, list[Any]]] = chain(self._begun, self._rows)
        if self.keeps_blank_rows:
            rows = _with_blank_rows(rows, self._first_rows[0][0])
        while taken := list(islice(rows, _BATCH_ROWS)):
            batch = SheetBatch([], [line for line, _ in taken], self._survey.formulas)
            for number, (line, cells) in enumerate(taken):
                batch.rows.append(self._fit(line, cells, batch.bad))
                batch.dates.update((number, place) for place, cell in enumerate(cells) if isinstance(cell, date))
            self._done += len(taken)
            yield batch

    def _open(self, reading: Reading) -> tuple[str, Survey, int, Iterator[tuple[int, list[Any]]]]:
        """Return the name of the sheet, its survey, its last column with content, and its rows with their numbers."""
        try:
            if self.kind == "xls" and _ENCRYPTED in self.data:
                raise PasswordError
            if self.kind == "ods":
                check_cells(self.data, self.name)
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(self.data))
            names = [one.name for one in workbook.sheets_metadata if one.typ is SheetTypeEnum.WorkSheet]
            taken = self._choose(reading.sheet, names)
            survey = survey_sheet(self.data, taken, self.name) if self.kind == "xlsx" else Survey()
            opened = workbook.get_sheet_by_name(taken)
            merged = opened.merged_cell_ranges or []
        except PasswordError as error:
            hint = "Save it without a password."
            raise self.error("is a workbook that is protected by a password", hint=hint) from error
        except (CalamineError, OSError, *_DAMAGES) as error:
            raise damaged(self.name) from error
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # of Rust, which no class of Python's names
                raise damaged(self.name) from error
            raise
        open_sheet = partial(WorkbookSource, self.data, self.name, kind=self.kind)
        self.sheets = {one: partial(open_sheet, replace(reading, sheet=one)) for one in names}
        counted = {
            "merged ranges: only the first cell of each has a value": len(merged),
            "cells are formulas: their saved values are read": len(survey.formulas),
            "formulas have no saved value, and count as empty: open and save the workbook in a spreadsheet program":
                survey.without_value,
            "cells are errors, such as #N/A, and count as empty": survey.errors,
        }  # fmt: skip
        self.notes += [f"{number:,} {what}" for what, number in counted.items() if number]
        left = [""] * (opened.start[1] if opened.start else 0)
        last = [opened.end[1] if opened.end else -1, *(xl_cell_to_rowcol(place)[1] for place in survey.formulas)]
        rows = ((number, _strip([*left, *row])) for number, row in enumerate(opened.iter_rows(), start=1))
        return taken, survey, max(last) + 1, (row for row in rows if row[1])

    def _choose(self, sheet: str | None, names: list[str]) -> str:
        if sheet is not None and sheet not in names:
            raise BadOption(f"{self.name} has no sheet {sheet!r}", hint=f"Its sheets are {', '.join(names)}.")
        if not names:
            raise self.error("has no sheet of cells", hint="Save the table as CSV or XLSX.")
        taken = sheet or names[0]
        others = ", ".join(name for name in names if name != taken)
        choice = f"; choose another with --sheet: {others}" if others else ""
        kind = "a workbook" if self.kind == "xlsx" else f"a workbook ({self.kind.upper()})"
        self.notes.append(f"read as {kind}, sheet {taken}{choice}")
        return taken

    def _fit(self, line: int, values: list[Any], bad: list[tuple[int, str]]) -> list[str]:
        """Return a row with as many cells as there are columns; a wider one is bad."""
        fitted, what = fit_row(list(map(_read_value, values)), len(self.header), " ")
        if len(values) > len(self.header):
            self.keep_bad(bad, line, what, "Name its columns")
        return fitted


def _with_blank_rows(rows: Iterable[tuple[int, list[Any]]], first: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield rows with their numbers, and the blank ones among them below the row `first`."""
    last = first
    for line, cells in rows:
        yield from ((blank, []) for blank in range(last + 1, line))
        yield line, cells
        last = line


def _strip(cells: list[Any]) -> list[Any]:
    """Return cells without the empty ones at their end."""
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _read_value(value: object) -> str:
    """Return the value of a cell as text: a whole number without decimals, a date as in ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return str(value if value.time() != time() else value.date())
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT:
        return str(int(value))
    return str(value)


class WorkbookSink(TableSink):
    """Writes a new workbook of one sheet; its cells are text, and have the format of text."""

    @classmethod
    def choose(cls, source: Source) -> type[Sink]:
        """Return the class that writes a table that comes from this source: a workbook is copied."""
        return WorkbookCopySink if isinstance(source, WorkbookSource) and source.kind == "xlsx" else cls

    @classmethod
    def check_size(cls, columns: int, rows: int | None) -> None:
        """Raise InputError for more rows or columns than a sheet takes."""
        if columns > MOST_COLUMNS:
            raise InputError(
                f"the table would have {columns:,} columns, and a workbook takes {MOST_COLUMNS:,}",
                hint="Choose another format, such as CSV or Parquet.",
            )
        if rows is not None and rows >= MOST_ROWS:
            raise InputError(
                f"the table has at least {rows:,} rows, and a workbook takes {MOST_ROWS - 1:,} below its header",
                hint="Choose another format, such as CSV or Parquet, or convert the table in parts.",
            )

    def begin(self) -> None:
        """Write the header."""
        width = len(self.header) + len(self.added)
        rows = None
        if isinstance(self.source, TextSource):  # whose rows are counted before the work
            rows = self.source.stream.count_rows() - self.source.preamble.count("\n") - 1
        self.check_size(width, rows)
        self._folder = TemporaryDirectory(prefix="resolver-")
        self._workbook = Workbook(self.out, {"constant_memory": True, "tmpdir": self._folder.name, "use_zip64": True})
        self._sheet = self._workbook.add_worksheet("converted")
        self._format = self._workbook.add_format({"num_format": "@"})
        self._sheet.set_column(0, max(0, width - 1), None, self._format)
        self._row = 0
        if self.source.has_header:
            self.write_rows([(*self.header, *self.added)])

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text; raises InputError for more than a sheet takes, be it rows or the text of a cell."""
        self.check_size(0, self._row + len(rows) - 1)
        write, text_format = self._sheet.write_string, self._format
        for row in rows:
            if max(map(len, row)) > LONGEST_CELL:
                raise InputError(
                    f"row {self._row + 1} has a cell of {max(map(len, row)):,} characters, and a workbook takes "
                    f"{LONGEST_CELL:,}", hint="Choose another format, such as CSV or Parquet.",
                )  # fmt: skip
            for column, text in enumerate(row):
                if text:
                    write(self._row, column, text, text_format)
            self._row += 1

    def end(self) -> None:
        """Write the end of the sheet and of the file."""
        with self._folder:
            self._workbook.close()

    def abandon(self) -> None:
        """Release the file, whose end is not written."""
        self._sheet.row_data_fh.close()
        self._folder.cleanup()


class WorkbookCopySink(Sink):
    """Writes the workbook that is read with new columns in its sheet, as text cells; all else stays as it is."""

    copies_in_place = True
    keeps_lines = True
    check_size = WorkbookSink.check_size

    def begin(self) -> None:
        """Open the workbook, and write the names of the new columns."""
        source = self.source
        assert isinstance(source, WorkbookSource)  # noqa: S101  (the sink is chosen by it)
        try:
            self._editor = SheetEditor(source.data, source.sheet, self.out, source.name)
        except _DAMAGES as error:
            raise damaged(source.name) from error
        if self._editor.is_signed:
            source.notes.append("the digital signature of the workbook does not fit the copy: sign it again")
        # Cells beside the table stay as they are.
        self._first_column = max(len(self.header), source.width)
        self.check_size(self._first_column + len(self.added), None)
        if source.header_row is not None:
            renamed = {place: NewText(name) for place, name in self.renamed.items()}
            added = {place: NewText(name) for place, name in enumerate(self.added, start=self._first_column)}
            if new := renamed | added:
                self._editor.edit_row(source.header_row, new)

    def write(self, batch: Batch, added: Added) -> None:
        """Write the new cells of some rows beside them."""
        assert isinstance(batch, SheetBatch)  # noqa: S101  (of the same workbook)
        for line, texts in zip(batch.lines, added.list_rows(), strict=True):
            if cells := {place: NewText(text) for place, text in enumerate(texts, self._first_column) if text}:
                self._editor.edit_row(line, cells)

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write some rows with other texts in some cells: by column, then by row of the batch.

        The columns become text where a cell loses nothing by it: spreadsheet programs leave them alone from then on.
        """
        assert isinstance(batch, SheetBatch)  # noqa: S101
        for row, line in enumerate(batch.lines):
            texts = {
                position: NewText(cells.get(row, batch.rows[row][position]), row in cells)
                for position, cells in replaced.items()
                if row in cells or batch.rows[row][position]
            }
            self._editor.edit_row(line, texts)

    def end(self) -> None:
        """Write the workbook."""
        self._editor.close()

    def abandon(self) -> None:
        """Release the file, whose end is not written."""
        self._editor.abandon()
