"""Files of other programs: old workbooks and zip files are read, and what is not read is refused with what to do."""

from __future__ import annotations

import gzip
import io
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from resolver.app.resolver import LocalResolver
from resolver.convert.formats.refused import REFUSED
from resolver.convert.plan import make_plan
from resolver.errors import BadOption, UnreadableTable
from resolver.resolve.options import read_options
from tests.convert.conversions import open_bytes
from tests.convert.old_workbooks import Sheets, write_ods, write_xls, zip_files

PLAN = make_plan("symbol", read_options({"species": "human"}))
README: Sheets = {"README": [["This workbook lists what we found"], ["p: from the first test"]]}
FOUND: Sheets = {"Found": [["Table S1. What we found"], ["gene", "p"], ["ENSG00000141510", 0.5], ["IL7", 2]]}
EXPECTED = ["gene,p,symbol,outcome", "ENSG00000141510,0.5,TP53,resolved", "IL7,2,IL7,resolved"]


def _convert(resolver: LocalResolver, data: bytes, to: str | None = None, name: str = "table", **how: Any) -> bytes:
    out = io.BytesIO()
    open_bytes(resolver, data, to, plan=PLAN, name=name, **{"columns": ()} | how).run(out)
    return out.getvalue()


def _begins(table: bytes) -> list[str]:
    return [",".join(line.split(",")[:4]) for line in table.decode().splitlines()]


def _write_xlsx(sheets: Sheets) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


@pytest.mark.parametrize("write", [write_xls, write_ods, _write_xlsx])
def test_workbooks_of_three_kinds_are_read_alike(resolver: LocalResolver, write: Any) -> None:
    assert _begins(_convert(resolver, write(FOUND), "csv")) == EXPECTED
    again = _convert(resolver, write(FOUND))  # XLS and ODS become XLSX
    rows = list(load_workbook(io.BytesIO(again)).worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows[-2:]] == ["TP53", "IL7"]


@pytest.mark.parametrize("write", [write_xls, write_ods, _write_xlsx])
@pytest.mark.parametrize("columns", [(), ("gene",)])
def test_the_sheet_that_contains_genes_is_suggested(
    resolver: LocalResolver, write: Any, columns: tuple[str, ...]
) -> None:
    data = write(README | FOUND)
    with pytest.raises(BadOption, match="the sheet README of table cannot be converted") as raised:
        _convert(resolver, data, columns=columns)
    assert raised.value.hint == "Its sheets are README, Found. Convert Found (column gene): --sheet 'Found'."
    assert _begins(_convert(resolver, data, "csv", sheet="Found", columns=columns)) == EXPECTED


def test_rows_above_the_table_stay_in_the_copy_of_a_workbook(resolver: LocalResolver) -> None:
    copy = load_workbook(io.BytesIO(_convert(resolver, _write_xlsx(FOUND)))).worksheets[0]
    assert [row[:4] for row in copy.iter_rows(values_only=True)][:3] == [
        ("Table S1. What we found", None, None, None),
        ("gene", "p", "symbol", "outcome"),
        ("ENSG00000141510", 0.5, "TP53", "resolved"),
    ]


def test_a_header_of_one_name_is_no_title(resolver: LocalResolver) -> None:
    table = _convert(resolver, _write_xlsx({"a": [["Gene symbol"], ["TP53", 5], ["IL7", 6]]}), "csv")
    assert _begins(table) == ["Gene symbol,column 2,symbol,outcome", "TP53,5,TP53,resolved", "IL7,6,IL7,resolved"]


def test_a_workbook_with_a_password_is_described_as_one(resolver: LocalResolver) -> None:
    data = write_xls(FOUND)[:1024] + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableTable, match="protected by a password"):
        _convert(resolver, data)


def test_a_damaged_old_workbook_is_no_workbook(resolver: LocalResolver) -> None:
    with pytest.raises(UnreadableTable, match="is no workbook, or a damaged one"):
        _convert(resolver, write_xls(FOUND)[:1024])


def test_cells_that_stand_for_more_than_a_table_are_not_opened(resolver: LocalResolver) -> None:
    data = write_ods(FOUND)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    row, many = b"<table:table-row>", b'<table:table-row table:number-rows-repeated="%d">'
    files["content.xml"] = files["content.xml"].replace(row, many % 30_000_000)
    with pytest.raises(UnreadableTable, match="has over 50,000,000 cells"):
        _convert(resolver, zip_files(files))


# --- Zip files ----------------------------------------------------------------------------------------------------

TABLE = b"gene,p\nENSG00000141510,0.5\nIL7,2\n"


@pytest.mark.parametrize(
    "files",
    [
        {"genes.csv": TABLE},
        {"data/genes.csv": TABLE, "data/": b"", "__MACOSX/data/._genes.csv": b"\0\1", ".DS_Store": b"\0"},
        {"genes.csv.gz": gzip.compress(TABLE)},
        {"genes.xlsx": _write_xlsx(FOUND)},
    ],
)
@pytest.mark.parametrize("is_pipe", [False, True])
def test_the_one_table_in_a_zip_file_is_read(resolver: LocalResolver, files: dict[str, bytes], is_pipe: bool) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return not is_pipe

    from resolver.convert.conversion import open_conversion
    from resolver.convert.engine import Tools
    from resolver.convert.plan import Reading

    out = io.BytesIO()
    data = Pipe(zip_files(files))
    summary = open_conversion(data, "a.zip", PLAN, Tools(resolver), Reading(), to_format="csv").run(out)
    assert _begins(out.getvalue()) == EXPECTED
    assert any("zip file" in note for note in summary.notes)


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"a.csv": TABLE, "b.csv": TABLE}, "a zip file with 2 files: a.csv, b.csv"),
        ({}, "a zip file with 0 files"),
        ({"a.zip": zip_files({"a.csv": TABLE})}, "a zip file in a zip file"),
        ({"[Content_Types].xml": b"", "word/document.xml": b""}, "a Word document"),
        ({"[Content_Types].xml": b"", "xl/workbook.bin": b""}, "an XLSB workbook"),
    ],
)
def test_other_zip_files_are_refused(resolver: LocalResolver, files: dict[str, bytes], what: str) -> None:
    with pytest.raises(UnreadableTable, match=what) as raised:
        _convert(resolver, zip_files(files))
    assert raised.value.hint


def test_a_damaged_zip_file_is_no_table(resolver: LocalResolver) -> None:
    data = bytearray(zip_files({"a.csv": b"gene,p\n" + b"".join(b"IL7,%d\n" % number for number in range(200_000))}))
    data[5_000:5_008] = b"damaged!"
    with pytest.raises(UnreadableTable, match="cannot be read to its end"):
        _convert(resolver, bytes(data))


# --- What is refused ----------------------------------------------------------------------------------------------

GTF = (
    b'#!genome\n1\tx\tgene\t1\t9\t.\t+\t.\tgene_id "ENSG00000141510"; gene_version "1";\n'
    b'1\tx\texon\t1\t9\t.\t+\t.\tgene_id "ENSG00000141510";\n1\tx\tgene\t1\t9\t.\t+\t.\tgene_id "ENSG00000104432";\n'
)
GFF = (
    b"##gff-version 3\n1\tx\tgene\t1\t9\t.\t+\t.\tID=gene:ENSG00000141510;Name=TP53\n"
    b"1\tx\texon\t1\t9\t.\t+\t.\tParent=gene:ENSG00000141510\n1\tx\tgene\t1\t9\t.\t+\t.\tID=gene:ENSG00000104432\n"
)
FASTA = b">sp|P04637|P53_HUMAN Cellular\nMEEPQSDPSVEPP\nLSQ\n>sp|P13232|IL7_HUMAN Interleukin\nMFHVSFRYIFGLP\n"
FILES = {
    "a.h5ad": (b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file"),
    "a.h5mu": (b"MuData (format-version=0.1.0;".ljust(512, b"\0") + b"\x89HDF", "an HDF5 file of MuData"),
    "a.rds": (gzip.compress(b"X\n\0\0\0\3" + bytes(99)), "a file of R objects"),
    "a.RData": (gzip.compress(b"RDX3\nX\n\0\0\0\3" + bytes(99)), "a file of R objects"),
    "a.sas7bdat": (bytes(12) + b"\xc2\xea\x81\x60" + bytes(99), "a SAS table"),
    "a.xpt": (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "a SAS transport file"),
    "a.sav": (b"$FL2@(#) SPSS" + bytes(99), "an SPSS table"),
    "a.dta": (b"<stata_dta><header>", "a Stata table"),
    "old.dta": (b"\x72\x02\x01\0" + bytes(99), "a Stata table"),
    "a.feather": (b"ARROW1\0\0" + bytes(99), "an Arrow"),
    "a.db": (b"SQLite format 3\0", "an SQLite database"),
    "a.csv.bz2": (b"BZh91AY&SY" + bytes(99), "compressed by bzip2"),
    "a.csv.xz": (b"\xfd7zXZ\0" + bytes(99), "compressed by xz"),
    "a.7z": (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    "a.rar": (b"Rar!\x1a\x07\0", "a RAR archive"),
    "a.tar.gz": (gzip.compress(b"genes.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(300)), "a tar archive"),
    "a.pdf": (b"%PDF-1.7\n%\xe2", "a PDF document"),
    "a.png": (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
    "a.html": (b"\n<!DOCTYPE html>\n<html>", "a web page"),
    "a.xml": (b'<?xml version="1.0"?><Workbook>', "XML"),
    "a.vcf.gz": (gzip.compress(b"##fileformat=VCFv4.3\n#CHROM\tPOS\n"), "a VCF file"),
    "a.gtf": (GTF, "a GTF file"),
    "a.gff3.gz": (gzip.compress(GFF), "a GFF3 file"),
    "no pragma.gff": (GFF.partition(b"\n")[2], "a GFF3 file"),
    "a.fasta": (FASTA, "a FASTA file"),
    "a.sam": (b"@HD\tVN:1.6\n@SQ\tSN:1\n", "an alignment"),
    "a.mtx": (b"%%MatrixMarket matrix coordinate\n3 3 3\n", "a matrix without identifiers"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_read_are_refused_with_what_to_do(resolver: LocalResolver, name: str) -> None:
    data, what = FILES[name]
    with pytest.raises(UnreadableTable, match=what) as raised:
        _convert(resolver, data, name=name)
    assert raised.value.hint
    assert "{" not in raised.value.hint.replace("{print", "")


def test_every_refused_kind_is_tried() -> None:
    whats = [what for _, what in FILES.values()]
    assert all(any(what in kind.what for what in whats) for kind in REFUSED)


@pytest.mark.parametrize("name", ["a.gtf", "a.gff3.gz", "no pragma.gff", "a.fasta"])
def test_the_command_of_a_hint_makes_a_table(resolver: LocalResolver, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name][0])
    with pytest.raises(UnreadableTable) as raised:
        _convert(resolver, FILES[name][0], name=name)
    command = str(raised.value.hint).partition(": ")[2]
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    (made,) = tmp_path.glob("*.txt")
    written = _convert(resolver, made.read_bytes(), "csv", name=made.name).decode().splitlines()
    assert [line.split(",")[1] for line in written] == ["TP53", "IL7"]


@pytest.mark.parametrize("text", ["ORC1\nTP53\n", ">sp|P04637|P53_HUMAN\n>sp|P13232|IL7_HUMAN\n", "RDX\nTP53\nIL7\n"])
def test_lists_that_begin_like_such_files_are_read(resolver: LocalResolver, text: str) -> None:
    assert _convert(resolver, text.encode()).count(b"\n") == text.count("\n")
