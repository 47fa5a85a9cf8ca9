"""The cells of an ODS workbook, counted before a reader makes them: one may stand for millions."""

from __future__ import annotations

import io
import re
import zipfile

from ...errors import UnreadableTable
from .xlsx_parts import read_pieces

_MOST_CELLS = 50_000_000
_TO_LAST_ROW = re.compile(rb".*</table:table-row>", re.DOTALL)
_ROW = re.compile(rb"<table:table-row\b([^>]*)>(.*?)</table:table-row>", re.DOTALL)
_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*\boffice:value-type=[^>]*)>")
_ROWS = re.compile(rb'number-rows-repeated="(\d+)"')
_COLUMNS = re.compile(rb'number-columns-repeated="(\d+)"')


def check_cells(data: bytes, name: str) -> None:
    """Raise UnreadableTable where a workbook has more cells with content than a table, by repetitions."""
    cells = 0
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        for piece in read_pieces(packed, "content.xml", _TO_LAST_ROW):
            cells += _count(piece)
            if cells > _MOST_CELLS:
                raise UnreadableTable(
                    f"has over {_MOST_CELLS:,} cells: it is not opened", path=name, hint="Save the table as CSV."
                )


def _count(xml: bytes) -> int:
    return sum(_repeat(_ROWS, row) * sum(_repeat(_COLUMNS, cell) for cell in _CELL.findall(cells))
               for row, cells in _ROW.findall(xml))  # fmt: skip


def _repeat(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found[1]) if found else 1
