"""Workbooks that no library here writes: XLS (BIFF8 in a compound file) and ODS, each with a few sheets of cells."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

Cell = str | float
Sheets = dict[str, list[list[Cell]]]

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 512
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"


def _record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def _write_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    parts = [_begin(0x10), _record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                head = struct.pack("<HHHHB", row, column, 0, len(cell), 1)
                parts.append(_record(0x204, head + cell.encode("utf-16-le")))
            else:
                parts.append(_record(0x203, struct.pack("<HHHd", row, column, 0, cell)))
    return b"".join([*parts, _record(0x0A, b"")])


def write_xls(sheets: Sheets) -> bytes:
    """Return an XLS workbook: its stream is in consecutive sectors behind the table of sectors and the directory."""
    bodies = [_write_sheet(rows) for rows in sheets.values()]

    def write_globals(places: Sequence[int]) -> bytes:
        parts = [_begin(0x05), _record(0x42, struct.pack("<H", 1200))]
        for name, place in zip(sheets, places, strict=True):
            head = struct.pack("<IHBB", place, 0, len(name), 1)
            parts.append(_record(0x85, head + name.encode("utf-16-le")))
        return b"".join([*parts, _record(0x0A, b"")])

    place, places = len(write_globals([0] * len(bodies))), []
    for body in bodies:
        places.append(place)
        place += len(body)
    stream = write_globals(places) + b"".join(bodies)
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(stream) // _SECTOR
    chain = [_FAT, _END, *(number + 3 for number in range(sectors - 1)), _END]
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))

    def write_entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(text), kind, 1, _FREE, _FREE, child)
        return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)

    directory = write_entry("Root Entry", 5, _END, 0, 1) + write_entry("Workbook", 2, 2, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    return header + table + directory.ljust(_SECTOR, b"\0") + stream


def write_ods(sheets: Sheets) -> bytes:
    """Return an ODS workbook."""

    def write_cell(cell: Cell) -> str:
        kind = 'string"' if isinstance(cell, str) else f'float" office:value="{cell}"'
        return f'<table:table-cell office:value-type="{kind}><text:p>{escape(str(cell))}</text:p></table:table-cell>'

    tables = ""
    for name, rows in sheets.items():
        lines = "".join(f"<table:table-row>{''.join(map(write_cell, row))}</table:table-row>" for row in rows)
        tables += f'<table:table table:name="{name}">{lines}</table:table>'
    spaces = " ".join(f'xmlns:{one}="{_NAMES}:{one}:1.0"' for one in ("office", "table", "text"))
    content = f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}</office:spreadsheet>"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
    return zip_files({
        "mimetype": _ODS.encode(),
        "content.xml": f'<?xml version="1.0"?>{content}</office:body></office:document-content>'.encode(),
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0">{entry}'
                                 "</manifest:manifest>".encode(),
    })  # fmt: skip


def zip_files(files: dict[str, bytes]) -> bytes:
    """Return a zip file of these files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()
