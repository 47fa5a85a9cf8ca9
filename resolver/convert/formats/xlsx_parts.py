"""The parts inside an XLSX file: find a sheet, survey it, and edit its cells in place.

A copy of a workbook is the same bytes except for the cells that change: numbers keep all digits, and formulas, styles,
charts, pictures, macros and other sheets stay. Libraries load a workbook into a model of their own, and lose the rest.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name

from ...errors import UnreadableTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LARGEST_AREA, _EMPTY_SHARE = 20_000_000, 4  # places of a sheet, in all or for each cell
_PIECE = 1 << 20
_LONGEST_TAG = 100  # of the end of a row
_VALUE = rb"""\s*=\s*(?:"[^"]*"|'[^']*')"""
_ATTRIBUTES = rb"(?:\s+[\w:.-]+" + _VALUE + rb")*\s*"
_ROW = re.compile(rb"(<((?:\w+:)?)row(?=[\s/>])" + _ATTRIBUTES + rb")(?:/>|>(.*?)</\2row>)", re.DOTALL)
_TO_LAST_ROW = re.compile(rb".*</(?:\w+:)?row>", re.DOTALL)
_CELL = re.compile(rb"<((?:\w+:)?)c(?=[\s/>])(" + _ATTRIBUTES + rb")(?:/>|>(.*?)</\1c>)", re.DOTALL)
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"'](\d+)[\"']")
_COLUMN = re.compile(rb"\sr\s*=\s*[\"']([A-Z]+)\d+[\"']")
_STYLE = re.compile(rb"\ss\s*=\s*[\"'](\d+)[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_SPANS = re.compile(rb"\sspans" + _VALUE)
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^<>]*/>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_FORMULA_CELL = re.compile(rb"\sr\s*=\s*[\"']([A-Z]+\d+)[\"'][^<>]*>\s*" + _FORMULA.pattern)
_NO_VALUE = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?: [^<>]*)?/>)(?:<(?:\w+:)?v ?/>|<((?:\w+:)?v)></\1>)?</(?:\w+:)?c>"
)
# Cells beyond column Z, and beyond row 99,999.
_FAR_COLUMN = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{2,3})\d")
_FAR_ROW = re.compile(rb"\sr\s*=\s*[\"'][A-Za-z]{1,3}(\d{6,})")
_STYLES = re.compile(rb"(<(?:\w+:)?cellXfs)\b([^<>]*)>(.*?)(</(?:\w+:)?cellXfs>)", re.DOTALL)
_XF = re.compile(rb"<((?:\w+:)?)xf\b" + _ATTRIBUTES + rb"(?:/>|>.*?</\1xf>)", re.DOTALL)
_COUNT = re.compile(rb"\scount" + _VALUE)
_NUMBER_FORMAT = re.compile(rb"\s(?:numFmtId|applyNumberFormat)" + _VALUE)
_STYLES_PART = "xl/styles.xml"
_TEXT_STYLE = b'xf numFmtId="49" applyNumberFormat="1"'  # the number format "text"
_WHOLE_NUMBER = re.compile(r"-?\d+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class Survey:
    """What a sheet contains besides values; `formulas` are the places of its formulas, such as B12."""

    def __init__(self) -> None:
        self.formulas: set[str] = set()
        self.without_value = self.errors = self.cells = 0
        self.columns, self.rows = 26, 99_999  # at most, unless a cell lies beyond

    def add(self, xml: bytes) -> None:
        """Survey one more piece of the sheet, which ends between two rows."""
        if found := _FORMULA_CELL.findall(xml):
            self.formulas.update(place.decode() for place in found)
            self.without_value += sum(1 for _ in _NO_VALUE.finditer(xml))
        self.errors += xml.count(b' t="e"')
        self.cells += xml.count(b"<c ") + xml.count(b":c ")
        far = {_column_of(one.upper()) + 1 for one in set(_FAR_COLUMN.findall(xml))}
        self.columns = max({self.columns, *far})
        self.rows = max([self.rows, *map(int, set(_FAR_ROW.findall(xml)))])


class NewText(NamedTuple):
    """The text of a cell; without `is_replaced` it is its own text, and the cell becomes text if it loses nothing."""

    text: str
    is_replaced: bool = True


def damaged(name: str) -> UnreadableTable:
    """Return the error for a workbook that cannot be read."""
    return UnreadableTable("is no workbook, or a damaged one", path=name, hint="Save the table as XLSX or CSV again.")


def find_sheet(packed: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that contains a sheet, empty where there is none."""
    links = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  (expat limits entities)
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in ElementTree.fromstring(packed.read("xl/workbook.xml")).iter():  # noqa: S314
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            number = next(value for key, value in element.items() if key.endswith("}id"))
            return posixpath.normpath(posixpath.join("/xl", targets[number]))[1:]
    return ""


def survey_sheet(data: bytes, sheet: str, name: str) -> Survey:
    """Return what a sheet contains besides values; raises UnreadableTable where its cells lie absurdly far apart.

    A reader of the sheet takes memory for each place between them.
    """
    survey = Survey()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for piece in read_pieces(packed, find_sheet(packed, sheet)):
            survey.add(piece)
    if survey.columns * survey.rows > max(_LARGEST_AREA, _EMPTY_SHARE * survey.cells):
        raise UnreadableTable(
            f"has {survey.cells:,} cells scattered over {survey.rows:,} rows and {survey.columns:,} columns: "
            "it is not opened", path=name,
            hint=f"Delete what is far from the table in the sheet {sheet}, or save the table as CSV.",
        )  # fmt: skip
    return survey


def read_pieces(packed: zipfile.ZipFile, part: str, to_last_row: re.Pattern[bytes] = _TO_LAST_ROW) -> Iterator[bytes]:
    """Yield the XML of a sheet in pieces, each of which ends behind a row."""
    rest = b""
    with packed.open(part) as opened:
        while piece := opened.read(_PIECE):
            searched = max(0, len(rest) - _LONGEST_TAG)
            rest += piece
            if found := to_last_row.match(rest, searched):
                yield rest[: found.end()]
                rest = rest[found.end() :]
    yield rest


@cache
def _column_of(letters: bytes) -> int:
    """Return the number of a column, from 0: 1 for B."""
    column: int = xl_cell_to_rowcol(f"{letters.decode()}1")[1]
    return column


class SheetEditor:
    """Copies a workbook to `out` with other texts in some cells of one sheet, row by row from top to bottom."""

    def __init__(self, data: bytes, sheet: str, out: BinaryIO, name: str) -> None:
        self._name = name
        self._old = zipfile.ZipFile(io.BytesIO(data))
        self._new = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._part = find_sheet(self._old, sheet)
        parts = self._old.namelist()
        self._styles = _Styles(self._old.read(_STYLES_PART) if _STYLES_PART in parts else b"")
        for part in self._old.infolist():
            if part.filename not in {self._part, _STYLES_PART}:
                self._new.writestr(part, self._old.read(part), zipfile.ZIP_DEFLATED)
        self.is_signed = any(part.startswith("_xmlsignatures/") for part in parts)
        self._out = self._new.open(self._part, "w", force_zip64=True)
        self._rows = self._read_rows()

    def edit_row(self, number: int, texts: Mapping[int, NewText]) -> None:
        """Write the sheet up to a row, and the row with new texts, by column from 0; rows come in order."""
        for found, xml, row in self._rows:
            if row is not None and found == number:
                self._out.write(self._edit(row, number, texts))
                return
            self._out.write(xml)

    def close(self) -> None:
        """Write the rest of the sheet and of the workbook."""
        for _, xml, _ in self._rows:
            self._out.write(xml)
        self._out.close()
        if _STYLES_PART in self._old.namelist():
            self._new.writestr(_STYLES_PART, self._styles.render(), zipfile.ZIP_DEFLATED)
        self.abandon()

    def abandon(self) -> None:
        """Release the files."""
        self._out.close()
        self._new.close()
        self._old.close()

    def _read_rows(self) -> Iterator[tuple[int, bytes, re.Match[bytes] | None]]:
        """Yield the XML of the sheet in pieces: each row with its number and its match, and what is between rows."""
        number = 0
        for xml in read_pieces(self._old, self._part):
            if b"<!--" in xml or b"<![CDATA[" in xml:
                raise UnreadableTable(
                    f"has comments or CDATA in the XML of {self._part}", path=self._name,
                    hint="Save the workbook again in a spreadsheet program.",
                )  # fmt: skip
            place = 0
            for row in _ROW.finditer(xml):
                # The dimension is optional, and wrong once there are more columns.
                yield 0, _DIMENSION.sub(b"", xml[place : row.start()]), None
                found = _ROW_NUMBER.search(row[1])
                number = int(found[1]) if found else number + 1
                yield number, row[0], row
                place = row.end()
            yield 0, xml[place:], None

    def _edit(self, row: re.Match[bytes], number: int, texts: Mapping[int, NewText]) -> bytes:
        head, prefix, body = row.groups(b"")
        cells: dict[int, bytes] = {}
        column = -1
        for cell in _CELL.finditer(body):
            found = _COLUMN.search(cell[2])
            column = _column_of(found[1]) if found else column + 1
            new = texts.get(column)
            cells[column] = cell[0] if new is None else self._edit_cell(cell, column, number, new)
        for added in texts.keys() - cells.keys():
            cells[added] = self._write_cell(prefix, added, number, texts[added].text, 0)
        head = _SPANS.sub(b"", head).rstrip()
        return b"%b>%b</%brow>" % (head, b"".join(cells[column] for column in sorted(cells)), prefix)

    def _edit_cell(self, cell: re.Match[bytes], column: int, number: int, new: NewText) -> bytes:
        """Return a cell with its new text; a formula, a date and a number with decimals stay unless replaced."""
        prefix, attributes, content = cell[1], cell[2], cell[3] or b""
        style = int(found[1]) if (found := _STYLE.search(attributes)) else 0
        kind = found[1] if (found := _TYPE.search(attributes)) else b"n"
        if _FORMULA.search(content):
            return cell[0]
        is_text = kind in {b"s", b"inlineStr", b"str"}
        if not new.is_replaced and is_text:
            rest = _STYLE.sub(b"", attributes).rstrip()
            return b"<%bc%b%b>%b</%bc>" % (prefix, rest, self._styles.as_text(style), content, prefix)
        if new.is_replaced or (kind == b"n" and content and _WHOLE_NUMBER.fullmatch(new.text)):
            return self._write_cell(prefix, column, number, new.text, style)
        return cell[0]

    def _write_cell(self, prefix: bytes, column: int, number: int, text: str, style: int) -> bytes:
        place = f"{xl_col_to_name(column)}{number}".encode()
        xml = escape(escape_text(text), {"\r": "_x000D_"}).encode()
        return b'<%bc r="%b"%b t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>' % (
            prefix, place, self._styles.as_text(style), prefix, prefix, xml, prefix, prefix, prefix,
        )  # fmt: skip


class _Styles:
    """The cell formats of a workbook, with variants of them that are text."""

    def __init__(self, xml: bytes) -> None:
        self._xml = xml
        self._found = _STYLES.search(xml)
        self._known = [match[0] for match in _XF.finditer(self._found[3])] if self._found else []
        self._added: dict[int, tuple[int, bytes]] = {}

    def as_text(self, style: int) -> bytes:
        """Return the attribute for the format of text that is otherwise like a style."""
        if not self._known:
            return b""
        if style not in self._added:
            old = self._known[style if style < len(self._known) else 0]
            xf = re.sub(rb"xf\b", _TEXT_STYLE, _NUMBER_FORMAT.sub(b"", old), count=1)
            self._added[style] = len(self._known) + len(self._added), xf
        return b' s="%d"' % self._added[style][0]

    def render(self) -> bytes:
        """Return the XML with the variants that were used."""
        if self._found is None or not self._added:
            return self._xml
        before, attributes, listed, after = self._found.groups()
        added = b"".join(xf for _, xf in self._added.values())
        count = len(self._known) + len(self._added)
        whole = b'%b%b count="%d">%b%b%b' % (before, _COUNT.sub(b"", attributes), count, listed, added, after)
        return self._xml[: self._found.start()] + whole + self._xml[self._found.end() :]


def escape_text(text: str) -> str:
    """Return a text as a workbook stores it: characters that XML lacks are written as `_x0007_`."""
    return _CONTROL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
