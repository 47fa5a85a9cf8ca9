"""Opens a table file, whichever format it has. A format is recognized by its first bytes, not by the name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadOption, UnreadableTable
from .delimited import DelimitedTable
from .formats.layout import read_delimiter
from .workbook import WorkbookTable

if TYPE_CHECKING:
    from .table import Table

_ZIP = b"PK\x03\x04"
# A compound file: XLS of before 2007, and also an XLSX that a password protects.
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def open_table(path: Path, *, delimiter: str | None = None, sheet: str | None = None, has_header: bool = True) -> Table:
    """Return the table in a file: text with delimiters, packed by gzip or not, or a sheet of an XLSX workbook.

    Without a `delimiter` it is found from the first lines; without a `sheet` the first is taken. Raises UnreadableTable
    for what is no table, and BadOption for an option that does not fit the file.
    """
    try:
        with path.open("rb") as opened:
            begin = opened.read(4)
    except OSError as error:
        raise UnreadableTable(
            f"cannot be read: {error.strerror or error}", path=str(path), hint="Give the path of a table file."
        ) from error
    if begin == _OLD_OFFICE:
        raise UnreadableTable(
            "an XLS workbook, or one with a password",
            path=str(path),
            hint="Open it in the spreadsheet program and save it as XLSX without a password.",
        )
    if begin == _ZIP:
        if delimiter is not None:
            raise BadOption("a workbook has no delimiter", hint="Leave --delimiter out; choose a sheet with --sheet.")
        return WorkbookTable(path, sheet=sheet, has_header=has_header)
    if sheet is not None:
        raise BadOption(f"{path} is text and has no sheets", hint="Leave --sheet out.")
    return DelimitedTable(path, delimiter=read_delimiter(delimiter), has_header=has_header)


def mended_path(path: Path) -> Path:
    """Return where a mended copy goes: `genes.csv.gz` becomes `genes.mended.csv.gz`."""
    return _beside(path, "mended")


def freshened_path(path: Path) -> Path:
    """Return where a freshened copy goes: `genes.csv.gz` becomes `genes.fresh.csv.gz`."""
    return _beside(path, "fresh")


def _beside(path: Path, word: str) -> Path:
    packed = path.suffix if path.suffix.lower() == ".gz" else ""
    bare = Path(path.name.removesuffix(packed))
    return path.with_name(f"{bare.stem}.{word}{bare.suffix}{packed}")
