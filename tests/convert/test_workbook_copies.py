"""A copy of a workbook is the workbook itself but for new cells: numbers, styles, formulas, charts, all else stays."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from resolver.convert.formats.base import Added
from resolver.convert.formats.xlsx import WorkbookCopySink, open_source
from resolver.convert.plan import Reading
from resolver.errors import UnreadableTable

SHEET = "xl/worksheets/sheet1.xml"
NUMBERS = ("0.30000000000000004", "1.0E10", "3574.0", "12345678901234567890", "5E-324", "-0.0", "1E+400", "007")


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    )


def build_rich() -> bytes:
    """Return a workbook with all that people put into one."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    sheet, other = workbook.add_worksheet("genes"), workbook.add_worksheet("other & more")
    dated = workbook.add_format({"num_format": "yyyy-mm-dd", "bold": True, "bg_color": "#ffcc00"})
    bold = workbook.add_format({"bold": True})
    sheet.write_row(1, 1, ["gene id", "when", "n", "twice"], bold)
    for row, (gene, number) in enumerate([("TP53", 0.5), (3574, 1e300), ("12-Sep", -2.25), ("KRAS", 7)], start=2):
        sheet.write(row, 1, gene)
        sheet.write_datetime(row, 2, datetime(2019, 3, row), dated)  # noqa: DTZ001  (as a cell has it)
        sheet.write_number(row, 3, number)
        sheet.write_formula(row, 4, f"=D{row + 1}*2", None, str(row))
    sheet.write_rich_string(7, 1, "IL", bold, "7")
    sheet.write_blank(3, 9, None, dated)  # beyond the table: a format and no value
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=genes!$D$3:$D$6"})
    sheet.insert_chart("L2", chart)
    sheet.insert_image("L20", "dot.png", {"image_data": io.BytesIO(_png())})
    sheet.insert_textbox("L30", "a note")
    sheet.conditional_format("D3:D6", {"type": "3_color_scale"})
    sheet.data_validation("C3", {"validate": "list", "source": ["a", "b"]})
    sheet.write_comment("B3", "a comment")
    sheet.freeze_panes(2, 0)
    sheet.autofilter("B2:E6")
    other.write("A1", "=genes!D3")
    workbook.define_name("twice", "=genes!$E$3:$E$6")
    workbook.close()
    return out.getvalue()


def change(data: bytes, part: str, *pairs: tuple[str, str]) -> bytes:
    """Return a workbook with other text in one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                text = content.decode()
                for before, after in pairs:
                    assert re.search(before, text), before
                    text = re.sub(before, after, text)
                content = text.encode()
            new.writestr(name, content)
    return out.getvalue()


def copy(data: bytes, added: dict[str, list[str]], sheet: str | None = None) -> tuple[bytes, list[str]]:
    """Return the copy with new columns, and the notes."""
    source = open_source(io.BytesIO(data), "t.xlsx", Reading(sheet=sheet))
    out = io.BytesIO()
    with WorkbookCopySink(out, source, tuple(added)) as sink:
        for batch in source.batches():
            sink.write(batch, Added([cells[: len(batch)] for cells in added.values()]))
    return out.getvalue(), source.notes


def replace(data: bytes, texts: dict[int, dict[int, str]]) -> bytes:
    """Return the copy with other texts in some cells."""
    source = open_source(io.BytesIO(data), "t.xlsx", Reading())
    out = io.BytesIO()
    with WorkbookCopySink(out, source) as sink:
        for batch in source.batches():
            sink.write_replaced(batch, texts)
    return out.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def cells(data: bytes, sheet: str = "genes") -> dict[str, tuple[Any, str, bool]]:
    workbook = load_workbook(io.BytesIO(data))
    listed = (cell for row in workbook[sheet].iter_rows() for cell in row)
    return {cell.coordinate: (cell.value, cell.number_format, bool(cell.font.b)) for cell in listed}


ADDED = {"symbol": ["TP53", "IL7", "", "KRAS", "<&>"], "reason": ["", "", "a\x07b", "_x0041_", " x "]}


def test_all_parts_but_the_sheet_and_the_styles_are_the_same_bytes() -> None:
    data = build_rich()
    written, notes = copy(data, ADDED)
    old, new = parts(data), parts(written)
    assert list(new) != []
    assert old.keys() == new.keys()
    assert {name for name in old if old[name] != new[name]} == {SHEET, "xl/styles.xml"}
    assert {"xl/charts/chart1.xml", "xl/media/image1.png", "xl/drawings/drawing1.xml"} <= new.keys()
    assert notes[0] == "read as a workbook, sheet genes; choose another with --sheet: other & more"


def test_without_the_new_cells_the_sheet_is_the_same_bytes() -> None:
    data = build_rich()
    old, new = parts(data)[SHEET], parts(copy(data, ADDED)[0])[SHEET]
    stripped = re.sub(rb'<c r="[FG]\d+" s="\d+" t="inlineStr">.*?</c>', b"", new)
    assert stripped == re.sub(rb'<dimension [^>]*/>| spans="[^"]*"', b"", old)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_keeps_every_digit(number: str) -> None:
    data = change(build_rich(), SHEET, (r'(<c r="D3">)<v>0.5</v>', rf"\g<1><v>{number}</v>"))
    for written in (copy(data, ADDED)[0], replace(data, {0: {}, 1: {0: "BRCA1"}})):
        assert f'<c r="D3"><v>{number}</v></c>'.encode() in parts(written)[SHEET]


def test_new_cells_are_text_beside_all_others() -> None:
    written = cells(copy(build_rich(), ADDED)[0])
    assert [written[f"F{row}"][:2] for row in (2, 3, 4, 6, 8)] == [
        ("symbol", "@"), ("TP53", "@"), ("IL7", "@"), ("KRAS", "@"), ("<&>", "@"),
    ]  # fmt: skip
    assert [written[place][0] for place in ("G2", "G5", "G6", "G8")] == ["reason", "a_x0007_b", "_x005F_x0041_", " x "]
    assert written["F5"][0] is None
    again = open_source(io.BytesIO(copy(build_rich(), ADDED)[0]), "t.xlsx", Reading())
    assert [row[-1] for row in again.head] == ["", "", "a\x07b", "_x0041_", " x "]


def test_a_formatted_cell_without_a_value_makes_room_and_one_with_a_value_does_not() -> None:
    data = build_rich()
    many = {f"c{number}": ["x"] * 5 for number in range(8)}
    written = parts(copy(data, many)[0])[SHEET]
    assert written.count(b'r="J4"') == 1
    places = re.findall(rb'<c r="([A-Z]+)4"', written)
    assert places == sorted(places, key=lambda place: (len(place), place))
    filled = change(data, SHEET, ('<c r="J4" s="2"/>', '<c r="J4" s="2"><f>1+1</f></c>'))
    assert cells(copy(filled, ADDED)[0])["K3"][0] == "TP53"


def test_replaced_cells_are_text_and_the_rest_of_the_column_too_where_it_loses_nothing() -> None:
    data = change(build_rich(), SHEET, (r'(<c r="B4")><v>3574</v>', r'\1 s="1"><v>3574</v>'))
    old, new = cells(data), cells(replace(data, {1: {2: "SEPT12"}, 2: {}, 3: {}, 4: {}}))
    assert new["B5"] == ("SEPT12", "@", False)
    assert new["B4"] == ("3574", "@", True)  # bold as before
    assert new["B8"][0] == "IL7"
    assert [new[f"D{row}"][0] for row in range(3, 7)] == [0.5, 1e300, -2.25, "7"]
    assert [new[f"C{row}"] for row in range(2, 7)][1:] == [old[f"C{row}"] for row in range(3, 7)]  # dates stay dates
    assert [new[f"E{row}"] for row in range(3, 7)] == [old[f"E{row}"] for row in range(3, 7)]  # formulas too
    rich = parts(replace(data, {1: {2: "SEPT12"}}))["xl/sharedStrings.xml"]
    assert rich == parts(data)["xl/sharedStrings.xml"]


def test_other_programs_write_sheets_otherwise() -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    rows: list[list[Any]] = [["gene id", "n"], ["TP53", 1], ["KRAS", 2]]
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    data = out.getvalue()
    bare = change(data, SHEET, (r' r="[A-Z]*\d+"', ""))
    prefixed = change(data, SHEET, (r"<(/?)([a-zA-Z])", r"<\1x:\2"), (r"<x:worksheet xmlns=", "<x:worksheet xmlns:x="))
    for one in (data, bare, prefixed):
        written = copy(one, {"symbol": ["a", "b"]})[0]
        assert open_source(io.BytesIO(written), "t.xlsx", Reading()).head == [["TP53", "1", "a"], ["KRAS", "2", "b"]]
        assert [cell.value for cell in load_workbook(io.BytesIO(written)).worksheets[0]["C"]] == ["symbol", "a", "b"]


def test_a_workbook_without_styles_gets_text_without_a_format() -> None:
    data = build_rich()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "xl/styles.xml":
                text = old.read(name)
                text = re.sub(rb'<Relationship [^>]*styles.xml"/>|<Override [^>]*styles.xml"[^>]*/>', b"", text)
                new.writestr(name, re.sub(rb' s="\d+"', b"", text) if name == SHEET else text)
    written = copy(out.getvalue(), ADDED)[0]
    assert open_source(io.BytesIO(written), "t.xlsx", Reading()).head[0][-2:] == ["TP53", ""]


def test_what_a_copy_cannot_keep_is_reported() -> None:
    data = build_rich()
    with zipfile.ZipFile(signed := io.BytesIO(data), "a") as packed:
        packed.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
    assert copy(signed.getvalue(), ADDED)[1][-1].startswith("the digital signature of the workbook does not fit")
    commented = change(data, SHEET, ("<sheetData>", "<sheetData><!-- made by hand -->"))
    with pytest.raises(UnreadableTable, match="comments or CDATA"):
        copy(commented, ADDED)


def test_another_sheet_is_copied_by_its_name() -> None:
    data = build_rich()
    written = copy(data, {"symbol": []}, "other & more")[0]
    assert parts(written)[SHEET] == parts(data)[SHEET]
    assert load_workbook(io.BytesIO(written))["other & more"]["B1"].value == "symbol"


def test_cells_far_apart_are_refused_before_they_take_memory() -> None:
    data = change(
        build_rich(), SHEET, (r"</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    )
    with pytest.raises(UnreadableTable, match=r"scattered over 1,048,576 rows and 16,384 columns"):
        open_source(io.BytesIO(data), "t.xlsx", Reading())


def test_errors_in_cells_are_reported() -> None:
    data = change(build_rich(), SHEET, (r'(<c r="D3")><v>0.5</v>', r'\1 t="e"><v>#N/A</v>'))
    source = open_source(io.BytesIO(data), "t.xlsx", Reading())
    assert source.head[0][3] == ""
    assert "1 cells are errors, such as #N/A, and count as empty" in source.notes
    assert b'<c r="D3" t="e"><v>#N/A</v></c>' in parts(copy(data, ADDED)[0])[SHEET]
