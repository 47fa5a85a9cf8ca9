"""Zip files: workbooks are zip files themselves, and any other may contain one table."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple, cast

from ...errors import UnreadableTable

_MOST_SHOWN = 8
# A workbook whose parts are larger than this unpacked, or compressed more than any table, is not opened.
_LARGEST, _LARGEST_RATIO, _SMALL = 4 << 30, 200, 64 << 20
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
# Of what programs put beside a table.
_HIDDEN = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class Member(NamedTuple):
    """The one table in a zip file: its text, and its name for messages."""

    stream: BinaryIO
    name: str


def open_archive(stream: BinaryIO, name: str) -> str | Member:
    """Return which workbook a zip file is (`xlsx` or `ods`), else the one table in it.

    Raises UnreadableTable for a damaged file, for one of another program, and for one with several tables.
    """
    try:
        archive = zipfile.ZipFile(stream)
        parts = {part.filename: part for part in archive.infolist()}
        kind = "ods" if "mimetype" in parts and archive.read("mimetype").strip() == _ODS else ""
        if "[Content_Types].xml" in parts:
            kind = _name_office(parts, name)
        if kind:
            stream.seek(0, io.SEEK_END)
            _check_size(sum(part.file_size for part in archive.infolist()), stream.tell(), name)
            return kind
        files = [part for part in parts.values() if not part.is_dir() and not _is_hidden(part.filename)]
        if len(files) != 1:
            shown = ", ".join(part.filename for part in files[:_MOST_SHOWN])
            more = f" and {len(files) - _MOST_SHOWN:,} more" if len(files) > _MOST_SHOWN else ""
            raise UnreadableTable(
                f"is a zip file with {len(files):,} files{': ' if files else ''}{shown}{more}", path=name,
                hint="Unpack it, and give the file that is the table.",
            )  # fmt: skip
        if files[0].flag_bits & 1:
            raise UnreadableTable("is a zip file with a password", path=name, hint="Unpack it, and give the table.")
        return Member(cast("BinaryIO", archive.open(files[0])), f"{name}/{files[0].filename}")
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise UnreadableTable(
            f"is a damaged zip file or workbook: {error}", path=name, hint="Copy or save it again."
        ) from error


def _name_office(parts: dict[str, zipfile.ZipInfo], name: str) -> str:
    """Return `xlsx`; raises UnreadableTable for a file of another program of an office."""
    if "xl/workbook.bin" in parts:
        raise UnreadableTable("is an XLSB workbook", path=name, hint="Save it as XLSX.")
    if any(one.startswith("word/") for one in parts):
        raise UnreadableTable("is a Word document", path=name, hint="Save its table as CSV or XLSX.")
    if not any(one.startswith("xl/") for one in parts):
        raise UnreadableTable("is no workbook", path=name, hint="Save the table as CSV or XLSX.")
    return "xlsx"


def _check_size(size: int, on_disk: int, name: str) -> None:
    """Raise UnreadableTable for a workbook that would be too large when it is unpacked."""
    if size > _LARGEST or (size > _SMALL and size > _LARGEST_RATIO * on_disk):
        raise UnreadableTable(
            f"would be {size / 1e9:,.1f} GB when unpacked, {size // on_disk:,} times its size: it is not opened",
            path=name, hint="Save the sheet as CSV.",
        )  # fmt: skip


def _is_hidden(part: str) -> bool:
    return part.startswith(_HIDDEN) or PurePosixPath(part).name.startswith((".", *_HIDDEN))
