"""Workbooks, in which the damage is in the type of a cell and not only in its text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from resolver.errors import BadOption, UnreadableTable
from resolver.resolve.resolver import Resolver
from tests.repair.tables import examine, find, open_table, repair, repairs

ROWS: list[list[Any]] = [
    ["Gene", "Entrez", "collected", "score"],
    ["TP53", 7157, date(2019, 3, 1), 0.5],
    ["IL7", 3574, date(2019, 9, 2), 2.0],
    [date(2026, 3, 1), 55016, date(2019, 9, 2), "=D2*2"],
    [datetime(2026, 9, 12, tzinfo=UTC).replace(tzinfo=None), 124404, date(2019, 9, 2), 1],
    ["EGFR", "1956.0", None, True],
    ["KRAS", 3845.0, None, None],
    [date(2026, 7, 5), 672, None, None],
    [36951, 672, None, None],
]


def _write(path: Path, rows: list[list[Any]] = ROWS, *more: str) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name in more:
        workbook.create_sheet(name).append(["nothing"])
    workbook.save(path)
    return path


def test_cells_that_are_dates_are_found(tmp_path: Path, resolver: Resolver) -> None:
    findings = find(examine(_write(tmp_path / "t.xlsx"), resolver))
    assert [(each.line, each.column, each.text, each.diagnosis.repaired) for each in findings] == [
        (4, "Gene", "2026-03-01", None),
        (5, "Gene", "2026-09-12", "SEPT12"),
        (6, "Entrez", "1956.0", "1956"),
        (8, "Gene", "2026-07-05", None),
        (9, "Gene", "36951", None),
    ]
    kinds = [each.diagnosis.kind for each in findings]
    assert kinds == ["date", "date", "decimal", "date", "date_serial"]
    assert {each.text for each in findings[3].diagnosis.candidates} == {"LIP5"}  # a Polish July


def test_repaired_columns_are_text_from_then_on(tmp_path: Path, resolver: Resolver) -> None:
    target = tmp_path / "out.xlsx"
    repair(examine(_write(tmp_path / "t.xlsx"), resolver), target)
    sheet: Any = load_workbook(target).active
    genes = [str(cell.value).removesuffix(" 00:00:00") for cell in sheet["A"]]
    assert genes == ["Gene", "TP53", "IL7", "2026-03-01", "SEPT12", "EGFR", "KRAS", "2026-07-05", "36951"]
    assert [cell.is_date for cell in sheet["A"]].count(True) == 2
    assert [cell.value for cell in sheet["B"]][1:] == [
        "7157", "3574", "55016", "124404", "1956", "3845", "672", "672",
    ]  # fmt: skip
    assert {cell.number_format for cell in sheet["B"][1:]} == {"@"}
    assert sheet["A5"].number_format == "@"
    assert [sheet[f"D{row}"].value for row in range(2, 7)] == [0.5, 2, "=D2*2", 1, True]
    assert sheet["C2"].is_date
    assert repairs(find(examine(target, resolver))) == {"2026-03-01": None, "2026-07-05": None, "36951": None}


def test_other_sheets_are_kept_and_named(tmp_path: Path, resolver: Resolver) -> None:
    path = _write(tmp_path / "t.xlsx", ROWS, "More")
    examined = examine(path, resolver)
    assert examined.table.notes[0] == "read as a workbook, sheet Sheet; choose another with --sheet: More"
    repair(examined, tmp_path / "out.xlsx")
    assert load_workbook(tmp_path / "out.xlsx").sheetnames == ["Sheet", "More"]
    assert open_table(path, sheet="More").header == ("nothing",)
    with pytest.raises(BadOption, match="no sheet 'Nope'") as raised:
        open_table(path, sheet="Nope")
    assert raised.value.hint == "Its sheets are Sheet, More."
    with pytest.raises(BadOption, match="no delimiter"):
        open_table(path, delimiter=",")


def test_rows_have_the_numbers_of_the_sheet_and_empty_ones_are_skipped(tmp_path: Path) -> None:
    table = open_table(_write(tmp_path / "t.xlsx", [[], ["gene", None], ["IL7", 1e5], [], ["TP53", time(1, 30)]]))
    assert table.header == ("gene", "column 2")
    (batch,) = table.batches(lambda rows: None)
    assert [batch.lines[row] for row in range(len(batch))] == [3, 5]
    assert batch.list_rows() == [["IL7", "100000"], ["TP53", "01:30:00"]]


def test_a_workbook_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="the sheet Sheet is empty"):
        open_table(_write(tmp_path / "t.xlsx", []))
