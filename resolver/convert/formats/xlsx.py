"""Workbooks in and out of conversions: a sheet is read row by row, and a new workbook is written as it comes.

A new workbook holds text cells alone, so that no spreadsheet takes a cell for a number, a date or a formula. They are
written by hand: openpyxl takes a minute for two million cells, and makes formulas of texts that begin with `=`.
"""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import suppress
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any, BinaryIO

from ...errors import BadOption, InputError, UnreadableTable
from ..workbook import load_workbook_from, read_value
from .base import HEAD_ROWS, SMALL_ROWS, RowBatch, Sink, name_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..plan import Reading
    from .base import Added, Batch, SinkShape, Source

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767
# A workbook whose parts are larger than this unpacked, or packed more tightly than any table, is not opened.
_LARGEST, _LARGEST_RATIO, _SMALL = 4 << 30, 200, 64 << 20
_CHUNK_ROWS = 10_000
_HEAD_CELLS = 1 << 20
_PIECE = 1 << 20
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z0-9:]+)"')


def check_workbook(data: bytes, name: str) -> None:
    """Raise UnreadableTable for a zip that is no workbook, or that would be too large when it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableTable(
            "is no XLSX workbook, or a damaged one", path=name, hint="Save the table as XLSX or CSV again."
        ) from error
    size, on_disk = sum(part.file_size for part in parts), max(1, len(data))
    if size > _LARGEST or (size > _SMALL and size > _LARGEST_RATIO * on_disk):
        raise UnreadableTable(
            f"would be {size / 1e9:,.1f} GB when unpacked, {size // on_disk:,} times its size: it is not opened",
            path=name, hint="Save the sheet as CSV.",
        )  # fmt: skip
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(one.startswith("xl/") for one in names):
        raise UnreadableTable(
            "is a zip file that is no XLSX workbook", path=name,
            hint="Unpack it and give the table in it; a workbook of OpenOffice is saved as XLSX first.",
        )  # fmt: skip


class WorkbookSource:
    """One sheet of a workbook, read row by row: the values that it shows, as text; empty rows are no rows."""

    def __init__(self, data: bytes, name: str, *, sheet: str | None = None, has_header: bool = True,
                 keep_bad: bool = False) -> None:  # fmt: skip
        check_workbook(data, name)
        self.data, self.name = data, name
        self._keep_bad = keep_bad
        self._done = 0
        self.notes: list[str] = []
        self.sheet, self._sheets = self._open(sheet)
        self._without_value = 0
        self._rows = self._read_rows()
        first = next(self._rows, None)
        if first is None:
            raise UnreadableTable(f"the sheet {self.sheet} is empty", path=name, hint="Choose another with --sheet.")
        self.header_row = first[0] if has_header else None
        most = max(100, min(HEAD_ROWS, _HEAD_CELLS // max(1, len(first[1]))))
        begun = list(islice(self._rows, most))
        width = max(len(cells) for _, cells in (first, *begun))
        named = first[1] if has_header else []
        self.header = name_columns([*named, *[""] * (width - len(named))])
        self._begun = begun if has_header else [first, *begun]
        self.head = [self._fit(line, cells)[0] for line, cells in self._begun]
        is_whole = len(begun) < most
        self.rows: int | None = len(self._begun) if is_whole else None
        self.is_small = is_whole and len(begun) < SMALL_ROWS

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file were read so far: all at once."""
        return len(self.data) if self._done else 0

    def batches(self) -> Iterator[RowBatch]:
        """Yield all rows; raises UnreadableTable for one that is wider than the table, unless such rows are kept."""
        rows = chain(self._begun, self._rows)
        while taken := list(islice(rows, _CHUNK_ROWS)):
            chunk = RowBatch([], [line for line, _ in taken], "row")
            for line, cells in taken:
                fitted, what = self._fit(line, cells)
                chunk.rows.append(fitted)
                if what:
                    chunk.bad.append((line, what))
            self._done += len(taken)
            yield chunk
        if self._without_value:
            self.notes.append(
                f"{self._without_value:,} formulas have no value that was saved with them, and count as empty: "
                "open and save the workbook in a spreadsheet program"
            )

    def _open(self, sheet: str | None) -> tuple[str, tuple[Any, Any]]:
        """Return the name of the sheet, and the sheet with its values and, where it has some, with its formulas."""
        workbook, _ = load_workbook_from(io.BytesIO(self.data), self.name, read_only=True, data_only=True)
        names = [one.title for one in workbook.worksheets]
        if sheet is not None and sheet not in names:
            raise BadOption(f"{self.name} has no sheet {sheet!r}", hint=f"Its sheets are {', '.join(names)}.")
        if not names:
            raise UnreadableTable("has no sheet of cells", path=self.name, hint="Save the table as CSV or XLSX.")
        taken = sheet or names[0]
        others = ", ".join(name for name in names if name != taken)
        choice = f"; choose another with --sheet: {others}" if others else ""
        self.notes.append(f"read as a workbook, sheet {taken}{choice}")
        values = workbook[taken]
        formulas, merged = self._look_into(values._worksheet_path)
        if merged:
            shown = ", ".join(merged[:3]) + (" …" if len(merged) > 3 else "")
            self.notes.append(
                f"{len(merged):,} ranges of cells are merged ({shown}): only the first cell has the value"
            )
        if not formulas:
            return taken, (values, None)
        self.notes.append(f"{formulas:,} cells are formulas: their saved values are read")
        again, _ = load_workbook_from(io.BytesIO(self.data), self.name, read_only=True)
        return taken, (values, again[taken])

    def _look_into(self, part: str) -> tuple[int, list[str]]:
        """Return how many formulas the sheet holds, and which ranges of its cells are merged."""
        formulas, merged, rest = 0, [], b""
        with zipfile.ZipFile(io.BytesIO(self.data)) as packed, packed.open(part.lstrip("/")) as opened:
            while piece := opened.read(_PIECE):
                text = rest + piece
                end = text.rfind(b"<")  # an element that is cut goes on in the next piece
                rest = text[end:] if end >= 0 else b""
                whole = text[: len(text) - len(rest)]
                formulas += len(_FORMULA.findall(whole))
                merged += [match.decode() for match in _MERGED.findall(whole)]
        return formulas, merged

    def _read_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the texts of each row that has some, without the empty cells at its end."""
        values, formulas = self._sheets
        values.reset_dimensions()
        try:
            if formulas is None:
                for number, cells in enumerate(values.iter_rows(values_only=True), start=1):
                    if texts := _read_cells(cells):
                        yield number, texts
                return
            formulas.reset_dimensions()
            both = zip_longest(values.iter_rows(values_only=True), formulas.iter_rows(), fillvalue=())
            for number, (cells, written) in enumerate(both, start=1):
                for value, cell in zip(cells, written, strict=False):
                    self._without_value += value is None and cell.data_type == "f"
                if texts := _read_cells(cells):
                    yield number, texts
        except (zipfile.BadZipFile, ValueError, KeyError, TypeError, SyntaxError, OSError, EOFError) as error:
            raise UnreadableTable(
                f"the sheet {self.sheet} is damaged: {error}", path=self.name, hint="Save the workbook again."
            ) from error

    def _fit(self, line: int, cells: list[str]) -> tuple[list[str], str]:
        """Return a row with as many cells as there are columns, and what is wrong with it."""
        width = len(self.header)
        if len(cells) <= width:
            return cells + [""] * (width - len(cells)), ""
        what = f"{len(cells)} cells, where the table has {width} columns"
        if not self._keep_bad:
            raise UnreadableTable(
                what, path=self.name, line=line, hint="Name its columns, or keep such rows with --on-bad-row keep."
            )
        return [*cells[: width - 1], " ".join(filter(None, cells[width - 1 :]))], what


def _read_cells(cells: Sequence[object]) -> list[str]:
    texts = [read_value(value) for value in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


class WorkbookCopySink(Sink):
    """Writes the workbook that is read with new columns in its sheet, as text cells; all else in it stays."""

    copies_in_place = True

    def __init__(self, out: BinaryIO, shape: SinkShape, source: Source | None = None) -> None:
        super().__init__(out, shape, source)
        assert isinstance(source, WorkbookSource)  # noqa: S101  (chosen for it)
        self._source = source

    @classmethod
    def check_size(cls, columns: int, rows: int | None) -> None:
        """Raise InputError for more than a sheet takes."""
        check_size(columns, rows)

    def begin(self) -> None:
        """Open the workbook, and write the names of the new columns."""
        source = self._source
        self._workbook, lost = load_workbook_from(io.BytesIO(source.data), source.name, rich_text=True)
        source.notes += lost
        self._sheet = self._workbook[source.sheet]
        # Also a cell that stands beside the table stays as it is.
        filled = (cell.column for row in self._sheet.iter_rows() for cell in row if cell.value is not None)
        self._first_column = max(len(self.shape.header), max(filled, default=0)) + 1
        check_columns(self._first_column - 1 + len(self.shape.added))
        if source.header_row is not None:
            self._write_cells(source.header_row, self.shape.added)

    def write(self, chunk: Batch, added: Added) -> None:
        """Write the new cells of some rows beside them."""
        assert isinstance(chunk, RowBatch)  # noqa: S101  (of the same workbook)
        if added.origin is not None:
            raise BadOption(
                "the rows of a workbook cannot become several in place",
                hint="Convert it to another format, such as CSV, or leave several genes in one cell (--on-many list).",
            )
        for line, cells in zip(chunk.lines, added.list_rows(), strict=True):
            self._write_cells(line, cells)

    def end(self) -> None:
        """Write the workbook."""
        self._workbook.save(self.out)

    def _write_cells(self, row: int, texts: Sequence[str]) -> None:
        for column, text in enumerate(texts, start=self._first_column):
            if text:
                cell = self._sheet.cell(row, column)
                cell.value = escape_text(text)
                cell.data_type = "s"
                cell.number_format = "@"


class WorkbookSink(Sink):
    """Writes a new workbook of one sheet, whose cells are all text, with the format of text."""

    @classmethod
    def choose(cls, source: Source) -> type[Sink]:
        """Return what copies a workbook, or writes another table as a new one."""
        return WorkbookCopySink if isinstance(source, WorkbookSource) else cls

    @classmethod
    def check_size(cls, columns: int, rows: int | None) -> None:
        """Raise InputError for more than a sheet takes."""
        check_size(columns, rows)

    def begin(self) -> None:
        """Write what a workbook has besides its sheet, and the header."""
        check_columns(len(self.shape.header) + len(self.shape.added))
        self._packed = zipfile.ZipFile(self.out, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        for part, text in _PARTS.items():
            self._packed.writestr(zipfile.ZipInfo(part), text, zipfile.ZIP_DEFLATED)
        self._sheet = self._packed.open(zipfile.ZipInfo("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        self._sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
        self._row = 0
        if self.shape.has_header:
            self.write_rows([(*self.shape.header, *self.shape.added)])

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of text; raises InputError for more than a sheet takes, be it rows or the text of a cell."""
        if self._row + len(rows) > MOST_ROWS:
            raise too_many_rows(self._row + len(rows))
        parts = []
        for row in rows:
            self._row += 1
            if max(map(len, row)) > LONGEST_CELL:
                raise InputError(
                    f"row {self._row} has a cell of {max(map(len, row)):,} characters, and a workbook takes "
                    f"{LONGEST_CELL:,}", hint="Choose another format, such as CSV or Parquet.",
                )  # fmt: skip
            cells = "".join(
                [f'<c t="inlineStr" s="1"><is><t xml:space="preserve">{_to_xml(text)}</t></is></c>' if text else _EMPTY
                 for text in row]
            )  # fmt: skip
            parts.append(f'<row r="{self._row}">{cells}</row>')
        self._sheet.write("".join(parts).encode())

    def end(self) -> None:
        """Write the end of the sheet and of the file."""
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._packed.close()

    def abandon(self, error: BaseException) -> None:
        """Let go of the file, whose end is not written."""
        with suppress(OSError, ValueError):
            self._sheet.close()
            self._packed.close()


def open_source(stream: BinaryIO, name: str, reading: Reading) -> Source:
    """Return the table in a sheet of the workbook in a stream."""
    return WorkbookSource(
        stream.read(), name, sheet=reading.sheet, has_header=reading.has_header, keep_bad=reading.keep_bad_rows
    )


def check_size(columns: int, rows: int | None) -> None:
    """Raise InputError for more than a sheet takes."""
    check_columns(columns)
    if rows is not None and rows >= MOST_ROWS:
        raise too_many_rows(rows)


def check_columns(number: int) -> None:
    """Raise InputError for more columns than a sheet takes."""
    if number > MOST_COLUMNS:
        raise InputError(
            f"the table would have {number:,} columns, and a workbook takes {MOST_COLUMNS:,}",
            hint="Choose another format, such as CSV or Parquet.",
        )


def too_many_rows(number: int) -> InputError:
    """Return the error of a table that is too long for a sheet."""
    return InputError(
        f"the table has at least {number - 1:,} rows, and a workbook takes {MOST_ROWS - 1:,} below its header",
        hint="Choose another format, such as CSV or Parquet, or convert the table in parts.",
    )


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_"})


def escape_text(text: str) -> str:
    """Return a text as a workbook holds it: characters that XML lacks are written as `_x0007_`."""
    return _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def _to_xml(text: str) -> str:
    return text if text.isalnum() else escape_text(text).translate(_MARKUP)


_EMPTY = '<c s="1"/>'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FORMATS = "http://schemas.openxmlformats.org"
_MAIN = f"{_FORMATS}/spreadsheetml/2006/main"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATED = f"{_FORMATS}/officeDocument/2006/relationships"
# All that a workbook needs besides the sheet; 49 is the number of the format "text".
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_FORMATS}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_FORMATS}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">'
    '<sheets><sheet name="converted" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_FORMATS}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATED}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}  # fmt: skip
