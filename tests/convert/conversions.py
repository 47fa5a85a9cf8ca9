"""Conversions for tests: bytes in, bytes out, and the cells of any format as text."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import polars as pl
from openpyxl import load_workbook

from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Conversion, Tools
from resolver.convert.plan import Plan, Reading, make_plan
from resolver.convert.report.summary import Summary
from resolver.resolve.resolver import Resolver

# What people's tables contain besides identifiers, and what must come out as it went in.
ODD = [
    ["0012", "1e5"],
    ["TRUE", "NA"],
    ["nan", "2019-03-01"],
    ["", ""],
    ["a,b\tc", 'q"r'],
    ["two\nlines", "three\r\nlines"],
    ["é😀 α", " blanks "],
    ["=1+1", "-5"],
    ["@x", "+1"],
    ["x" * 30_000, "1,204"],
    ["3574.0", "1-Mar"],
]
GENES = ["ENSG00000104432.12", "IL7", "TP53", "", "nothing at all", "P04637", "BRCA1", "TP53", "KRAS", "EGFR", "CDKN2A"]
HEADER = ["gene id", "x", "y"]
ROWS = [[gene, *odd] for gene, odd in zip(GENES, ODD, strict=True)]
PLAN = make_plan("symbol,ensembl")


def write_csv(rows: list[list[str]], header: list[str] | None = None, delimiter: str = ",") -> bytes:
    """Return rows as a text table."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows([header or HEADER, *rows])
    return written.getvalue().encode()


def open_bytes(
    resolver: Resolver, data: bytes, to: str | None = None, *, plan: Plan = PLAN, name: str = "genes", **reading: Any
) -> Conversion:
    """Return the conversion of a table in memory, of its column `gene id` if nothing else is said."""
    how = Reading(**({"columns": ("gene id",)} | reading))
    return open_conversion(io.BytesIO(data), name, plan, Tools(resolver), how, to_format=to)


def convert(resolver: Resolver, data: bytes, to: str | None = None, **how: Any) -> tuple[bytes, Summary]:
    """Return a table in memory converted, and what it came to."""
    out = io.BytesIO()
    summary = open_bytes(resolver, data, to, **how).run(out)
    return out.getvalue(), summary


def read_cells(data: bytes, kind: str) -> list[list[str]]:
    """Return all cells of a table as text, header too, by a reader that is not ours."""
    if kind in {"csv", "tsv"}:
        return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter="," if kind == "csv" else "\t"))
    if kind == "parquet":
        frame = pl.read_parquet(io.BytesIO(data))
        return [frame.columns, *[["" if cell is None else str(cell) for cell in row] for row in frame.rows()]]
    if kind == "ndjson":
        objects = [json.loads(line) for line in data.decode().split("\n") if line]
        names = list(dict.fromkeys(name for one in objects for name in one))
        return [names, *[["" if one.get(name) is None else str(one[name]) for name in names] for one in objects]]
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
