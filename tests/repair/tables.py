"""Tables that tests write: real genes of the starter, and what spreadsheets made of some."""

from __future__ import annotations

from pathlib import Path

from resolver.convert.columns import choose_columns
from resolver.convert.doctor import Doctor, Finding
from resolver.convert.tables_io import open_table
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


def write(path: Path, text: str) -> Path:
    """Write a text file as it is, line ends too."""
    path.write_bytes(text.encode())
    return path


def examine(path: Path, resolver: Resolver, *columns: str, species: int | None = None, **how: str | bool) -> Doctor:
    """Return the doctor of a table, before the examination."""
    delimiter, sheet, has_header = how.get("delimiter"), how.get("sheet"), how.get("has_header", True)
    assert not isinstance(delimiter, bool)
    assert not isinstance(sheet, bool)
    table = open_table(path, delimiter=delimiter, sheet=sheet, has_header=bool(has_header))
    return Doctor(table, choose_columns(table, resolver, columns).taken, resolver, species)


def find(doctor: Doctor) -> list[Finding]:
    """Return all findings."""
    return list(doctor.examine(lambda rows: None))


def mend(doctor: Doctor, target: Path) -> list[Finding]:
    """Write the mended copy, and return the findings."""
    findings = find(doctor)
    doctor.write_copy(target, lambda rows: None)
    return findings


def repairs(findings: list[Finding]) -> dict[str, str | None]:
    """Return what each damaged text was."""
    return {finding.text: finding.diagnosis.repaired for finding in findings}
