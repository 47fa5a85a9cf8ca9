"""A cell converts alike wherever it stands: first, last, and behind the rows by which the table is planned."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import polars as pl
import pytest

from resolver.app.resolver import LocalResolver
from resolver.convert.formats.base import HEAD_ROWS

# Cells as they are in few rows of a column of symbols, and what each must give.
CELLS = {
    "44440": ("", "not_found", "spreadsheet_damage"),
    "43891": ("", "not_found", "spreadsheet_damage"),
    "TP53;MDM2": ("TP53;MDM2", "resolved", ""),
    "TP53 /// MDM2": ("TP53;MDM2", "resolved", ""),
    "P04637, Q00987": ("TP53;MDM2", "resolved", ""),
    "TP53/MDM2": ("TP53;MDM2", "resolved", ""),
    "MYC (amp)": ("MYC", "resolved", "mark_set_aside"),
    "HLA-A": ("HLA-A", "resolved", ""),
    "GPR75-ASB3": ("GPR75-ASB3", "resolved", ""),
}


@pytest.fixture(scope="module")
def symbols(resolver: LocalResolver) -> list[str]:
    """Human symbols with letters first, more than the head of a table has."""
    with closing(sqlite3.connect(f"file:{resolver.release.database}?mode=ro&immutable=1", uri=True)) as connection:
        rows = connection.execute("SELECT symbol FROM gene WHERE taxon = 9606 ORDER BY id").fetchall()
    return [symbol for (symbol,) in rows if symbol[0].isalpha() and not symbol.startswith(("LOC", "ENSG"))]


@pytest.mark.parametrize("rows", [25, 400, 3_000, HEAD_ROWS + 500])
def test_a_cell_converts_alike_wherever_it_stands(resolver: LocalResolver, symbols: list[str], rows: int) -> None:
    others = symbols[:: max(1, len(symbols) // rows)][:rows]
    assert len(others) == rows
    for place in (0, rows // 2, rows):
        frame = pl.DataFrame({"gene": [*others[:place], *CELLS, *others[place:]]})
        converted = resolver.convert(frame, to="symbol", species="human")
        own = converted.select("symbol", "outcome", "reason").fill_null("")[place : place + len(CELLS)]
        assert dict(zip(CELLS, own.rows(), strict=True)) == CELLS


def test_a_note_names_the_other_column_that_could_be_meant(resolver: LocalResolver) -> None:
    frame = pl.DataFrame({"ligand": ["IL7", "CXCL12", "TGFB1"], "target": ["IL7R", "CXCR4", "TGFBR1"]})
    notes: list[str] = []
    resolver.convert(frame, to="symbol", on_summary=lambda summary: notes.extend(summary.notes))
    assert any("target" in note and "ligand" in note for note in notes), notes
