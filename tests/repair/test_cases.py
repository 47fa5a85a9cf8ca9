"""Tables as people bring them, as text and as a workbook: both are repaired alike, and all other cells survive."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.errors import ResolverError
from resolver.resolve.resolver import Resolver
from tests.repair.tables import examine, find, open_table, read_table, repair, repairs

CASES = Path(__file__).parents[3] / "shared" / "cases" / "tables"


def _list_cases() -> list[Path]:
    return sorted(path for path in CASES.iterdir() if path.name != "expected.tsv") if CASES.is_dir() else []


def test_a_workbook_of_every_case_is_repaired_as_its_text_is(tmp_path: Path, resolver: Resolver) -> None:
    if not _list_cases():
        pytest.skip("the case tables are not beside this checkout: ../shared/cases/tables")
    compared = 0
    for path in _list_cases():
        try:
            text = examine(path, resolver)
            rows = read_table(path)
        except ResolverError:
            continue  # no table of equal rows, or one without a column of genes
        workbook, repaired = tmp_path / f"{path.name}.xlsx", tmp_path / f"{path.name}.repaired.xlsx"
        open_table(path).write_copy(workbook, lambda batch: {}, lambda rows: None)
        copied = [[*cells] for cells in rows if any(cells)]
        assert read_table(workbook) == copied, path.name
        found = repairs(repair(examine(workbook, resolver), repaired))
        assert found == repairs(find(text)), path.name
        changed = {(old, new) for before, after in zip(copied, read_table(repaired), strict=True)
                   for old, new in zip(before, after, strict=True) if old != new}  # fmt: skip
        assert changed <= set(found.items()), path.name
        compared += 1
    assert compared >= 10
