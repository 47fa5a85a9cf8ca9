"""Tables that tests write: real genes, and what spreadsheets made of some."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from resolver.convert.layouts.delimiters import read_delimiter
from resolver.convert.plan import Reading
from resolver.repair.columns import choose_columns
from resolver.repair.spreadsheet import DamagedCell, SpreadsheetRepair
from resolver.repair.table import RepairedTable
from resolver.resolve.resolver import Resolver

# As of TCGA: two gene columns, a real date beside them, and numbers with decimals and separators that are no genes.
TUMORS = """\
Hugo_Symbol,Entrez_Gene_Id,collected,log2FC,price
TP53,7157.0,2019-03-01,-1.92,"1,204"
IL7,3574.0,2019-03-02,0.4,"8,105"
1-Mar,55016.0,2019-03-02,2.5,"3,574"
5-Mar,54708.0,2019-03-05,2.0,"1,956"
12-Sep,124404.0,2019-09-12,1.1,"7,157"
36951,55016.0,2019-09-12,0.02,"1,204"
EGFR,"1,956",2019-10-04,3.3,"5,290"
BRCA1,672.0,2019-12-01,-0.8,"2,064"
KRAS,3845,1-Mar,0.7,"4,609"
"""


class Examined(NamedTuple):
    """A table and what finds its damaged cells."""

    table: RepairedTable
    repair: SpreadsheetRepair


def write(path: Path, text: str) -> Path:
    """Write a text file as it is, line ends too."""
    path.write_bytes(text.encode())
    return path


def open_table(
    path: Path,
    *,
    delimiter: str | None = None,
    sheet: str | None = None,
    has_header: bool = True,
) -> RepairedTable:
    """Open a table, with the options as a person gives them."""
    return RepairedTable(
        path,
        Reading(delimiter=read_delimiter(delimiter), sheet=sheet, has_header=has_header),
    )


def read_table(path: Path) -> list[list[str]]:
    """Return the rows of a table."""
    return [row for batch in open_table(path).batches(lambda rows: None) for row in batch.list_rows()]


def examine(
    path: Path,
    resolver: Resolver,
    *columns: str,
    species: int | None = None,
    delimiter: str | None = None,
    has_header: bool = True,
) -> Examined:
    """Return a table before its examination."""
    table = open_table(path, delimiter=delimiter, has_header=has_header)
    return Examined(table, SpreadsheetRepair(choose_columns(table, resolver, columns).taken, resolver, species))


def find(examined: Examined) -> list[DamagedCell]:
    """Return all damaged cells."""
    return list(examined.repair.examine(examined.table.batches(lambda rows: None)))


def repair(examined: Examined, target: Path) -> list[DamagedCell]:
    """Write the repaired copy, and return the damaged cells."""
    found = find(examined)
    examined.table.write_copy(target, examined.repair.repair, lambda rows: None)
    return found


def repairs(found: list[DamagedCell]) -> dict[str, str | None]:
    """Return what each damaged text was."""
    return {cell.text: cell.diagnosis.repaired for cell in found}
