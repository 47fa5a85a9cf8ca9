"""Workbooks in conversions: the values that are shown, a copy that keeps all else, and new ones of text alone."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from resolver.app.resolver import LocalResolver
from resolver.convert.conversion import open_source
from resolver.convert.formats.xlsx import WorkbookSink
from resolver.convert.plan import Reading, make_plan
from resolver.errors import BadOption, InputError, UnreadableTable
from resolver.resolve.options import read_options
from tests.convert.conversions import ROWS, convert, open_bytes, read_cells, write_csv

PLAN = make_plan("symbol", read_options({"species": "human"}))


def _save(workbook: Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _workbook() -> tuple[Workbook, Any]:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "genes"
    sheet["B2"], sheet["C2"], sheet["D2"] = "gene id", "when", "n"
    sheet["B2"].font = Font(bold=True)
    sheet["B3"], sheet["C3"], sheet["D3"] = "TP53", date(2019, 3, 1), 3574
    sheet["B5"], sheet["C5"], sheet["D5"] = 3574, datetime(2019, 3, 1, 12, 30), 0.5  # noqa: DTZ001  (as a cell has it)
    sheet["B6"], sheet["C6"], sheet["D6"] = "KRAS", True, "=D3*2"
    sheet["D3"].number_format = "0.00"
    workbook.create_sheet("other")["A1"] = "=genes!D3"
    return workbook, sheet


def _with_saved_value(data: bytes, value: str) -> bytes:
    """Return a workbook in which the formula of D6 has a value, as spreadsheet programs save it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                assert b"<v></v>" in text or b"<v />" in text or b"<v/>" in text
                for empty in (b"<v></v>", b"<v />", b"<v/>"):
                    text = text.replace(empty, f"<v>{value}</v>".encode())
            new.writestr(part, text)
    return out.getvalue()


def test_cells_come_out_as_they_are_shown(resolver: LocalResolver) -> None:
    data = _with_saved_value(_save(_workbook()[0]), "7148")
    written, summary = convert(resolver, data, "csv", plan=PLAN)
    header, *rows = read_cells(written, "csv")
    assert header[:4] == ["column 1", "gene id", "when", "n"]
    assert [row[1:5] for row in rows] == [
        ["TP53", "2019-03-01", "3574", "TP53"],
        ["", "", "", ""],
        ["3574", "2019-03-01 12:30:00", "0.5", rows[2][4]],
        ["KRAS", "TRUE", "7148", "KRAS"],
    ]
    assert summary.rows == 4
    notes = "; ".join(summary.notes)
    assert "sheet genes; choose another with --sheet: other" in notes
    assert "1 cells are formulas: their saved values are read" in notes


def test_formulas_without_saved_values_and_merged_cells_are_told(resolver: LocalResolver) -> None:
    workbook, sheet = _workbook()
    sheet.merge_cells("B9:D10")
    written, summary = convert(resolver, _save(workbook), "csv", plan=PLAN)
    assert read_cells(written, "csv")[4][3] == ""
    notes = "; ".join(summary.notes)
    assert "1 formulas have no saved value" in notes
    assert "1 merged ranges: only the first" in notes


def test_a_copy_keeps_sheets_formats_and_formulas(resolver: LocalResolver) -> None:
    workbook, sheet = _workbook()
    sheet.merge_cells("B9:D10")
    data = _with_saved_value(_save(workbook), "7148")
    written, summary = convert(resolver, data, plan=PLAN)
    copy = load_workbook(io.BytesIO(written))
    assert copy.sheetnames == ["genes", "other"]
    assert copy["other"]["A1"].value == "=genes!D3"
    new, old = copy["genes"], load_workbook(io.BytesIO(data))["genes"]
    for row in old.iter_rows():
        for cell in row:
            other = new[cell.coordinate]
            assert (other.value, other.number_format, other.font.b) == (cell.value, cell.number_format, cell.font.b)
    assert new["D6"].value == "=D3*2"
    assert [str(each) for each in new.merged_cells.ranges] == ["B9:D10"]
    assert [new.cell(2, column).value for column in range(5, 11)] == [
        "symbol", "outcome", "reason", "matched_as", "retired_from", "also",
    ]  # fmt: skip
    assert [new.cell(row, 5).value for row in (3, 4, 6)] == ["TP53", None, "KRAS"]
    assert (new["E3"].data_type, new["E3"].number_format) == ("s", "@")
    assert summary.rows == 3


def test_another_sheet_is_chosen_by_name(resolver: LocalResolver) -> None:
    workbook, _ = _workbook()
    workbook["other"]["A1"] = "gene id"
    workbook["other"]["A2"] = "BRCA1"
    written, _ = convert(resolver, _save(workbook), "csv", plan=PLAN, sheet="other")
    assert read_cells(written, "csv")[1][:2] == ["BRCA1", "BRCA1"]
    with pytest.raises(BadOption, match="no sheet 'third'") as raised:
        open_bytes(resolver, _save(workbook), sheet="third")
    assert "genes, other" in str(raised.value.hint)


def test_a_new_workbook_holds_text_alone(resolver: LocalResolver) -> None:
    rows = [*ROWS, ["TP53", "bell\x07", "_x0041_"]]
    written, _ = convert(resolver, write_csv(rows), "xlsx", plan=PLAN)
    sheet = load_workbook(io.BytesIO(written)).worksheets[0]
    filled = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in filled} <= {("s", "@"), ("inlineStr", "@")}
    values = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert values[8][1:3] == ["=1+1", "-5"]
    assert values[12][1] == "bell_x0007_"
    assert read_cells(convert(resolver, written, "csv", plan=PLAN)[0], "csv")[8][1:3] == ["=1+1", "-5"]


def test_without_a_header_there_is_none_in_the_result(resolver: LocalResolver) -> None:
    table = b"TP53,1\nKRAS,2\n"
    written, _ = convert(resolver, table, "xlsx", plan=PLAN, columns=("#1",), has_header=False)
    assert read_cells(written, "xlsx")[0][:3] == ["TP53", "1", "TP53"]
    again, _ = convert(resolver, written, "csv", plan=PLAN, columns=("#1",), has_header=False)
    assert read_cells(again, "csv")[1][:3] == ["KRAS", "2", "KRAS"]
    copy, _ = convert(resolver, written, plan=PLAN, columns=("#1",), has_header=False)
    assert read_cells(copy, "xlsx")[1][6] == "KRAS"


def test_a_row_that_is_wider_than_the_table_is_a_bad_one(resolver: LocalResolver) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["gene id", "x"])
    for _ in range(10_050):
        sheet.append(["TP53", "1"])
    sheet.append(["KRAS", "1", "2", "3"])
    data = _save(workbook)
    with pytest.raises(UnreadableTable, match="line 10052: 4 cells, where the table has 2 columns"):
        convert(resolver, data, "csv", plan=PLAN)
    written, summary = convert(resolver, data, "csv", plan=PLAN, keep_bad_rows=True)
    assert read_cells(written, "csv")[-1][:3] == ["KRAS", "1 2 3", "KRAS"]
    copy, _ = convert(resolver, data, plan=PLAN, keep_bad_rows=True)
    assert read_cells(copy, "xlsx")[-1][:5] == ["KRAS", "1", "2", "3", "KRAS"]
    assert summary.bad_lines == [(10052, "4 cells, where the table has 2 columns")]


def test_what_a_workbook_cannot_take_is_told_before_the_work(resolver: LocalResolver) -> None:
    wide = write_csv([["TP53", *["1"] * 16_400]], ["gene id", *(f"c{number}" for number in range(16_400))])
    with pytest.raises(InputError, match=r"16,407 columns, and a workbook takes 16,384"):
        open_bytes(resolver, wide, "xlsx", plan=PLAN)
    parquet = io.BytesIO()
    pl.DataFrame({"gene id": ["TP53"] * 1_048_576}).write_parquet(parquet)
    with pytest.raises(
        InputError, match="has at least 1,048,576 rows, and a workbook takes 1,048,575 below its header"
    ):
        open_bytes(resolver, parquet.getvalue(), "xlsx", plan=PLAN)
    source, _ = open_source(io.BytesIO(b"gene id\nTP53\n"), "t.csv", Reading())
    sink = WorkbookSink(io.BytesIO(), source)
    with pytest.raises(InputError, match="a workbook takes 1,048,575 below its header"), sink:
        sink.write_rows([["TP53"]] * 1_048_576)
    long = b"gene id\n" + b"TP53\n" * 1_048_577
    conversion = open_bytes(resolver, long, "xlsx", plan=PLAN)
    with pytest.raises(InputError, match="has at least 1,048,577 rows"):
        conversion.run(io.BytesIO(), lambda progress: pytest.fail(f"{progress.rows} rows were converted"))
    text = write_csv([["TP53", "x" * 32_768]], ["gene id", "x"])
    with pytest.raises(InputError, match="row 2 has a cell of 32,768 characters"):
        convert(resolver, text, "xlsx", plan=PLAN)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(resolver: LocalResolver) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        with packed.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(200):
                part.write(bytes(1 << 20))
    assert len(out.getvalue()) < 1 << 20
    with pytest.raises(UnreadableTable, match=r"would be 0\.2 GB when unpacked, [0-9,]+ times its size"):
        open_bytes(resolver, out.getvalue())


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
def test_a_workbook_that_ends_early_is_told(resolver: LocalResolver, keep: float) -> None:
    data = _save(_workbook()[0])
    with pytest.raises(UnreadableTable, match="a damaged zip file or workbook"):
        open_bytes(resolver, data[: int(len(data) * keep)])


def test_a_damaged_sheet_is_told(resolver: LocalResolver) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_save(_workbook()[0]))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(part.filename, text[: len(text) // 2] if "sheet1" in part.filename else text)
    with pytest.raises(UnreadableTable):
        open_bytes(resolver, out.getvalue())


def test_an_empty_sheet_is_told(resolver: LocalResolver) -> None:
    with pytest.raises(UnreadableTable, match="the sheet Sheet is empty"):
        open_bytes(resolver, _save(Workbook()))
