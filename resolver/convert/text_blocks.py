"""Converting text a block at a time: the lines stay as they are, and only the identifier columns are parsed.

That every row has as many cells as the header is not assumed: without quotes the delimiters of each line are counted;
with quotes every byte of the block must be accounted for by the cells that were read. A block that does not add up
is left to the rows (`text_rows`), which read it one by one and say what is wrong and where.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ..errors import SeveralGenes
from ..resolve.outcome import Outcome
from .ready_answers import MATCHES
from .summary import ColumnCounts, Summary
from .text_cells import TextCells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .local_engine import ColumnConverter, Found
    from .plan import Plan
    from .text_rows import RowWriter, TextShape
    from .text_source import Block

_ONE_CELL = "\x01"  # no text holds it; one that does is left to the rows
_MISSES_A_BLOCK = 1_000


class BlockWriter:
    """Writes blocks with their new cells; safe to share between threads."""

    def __init__(self, shape: TextShape, plan: Plan, columns: Sequence[ColumnConverter], rows: RowWriter) -> None:
        self._shape = shape
        self._plan = plan
        self._columns = columns
        self._cells = [TextCells(column, shape.write) for column in columns]
        self._rows = rows
        self._schema = dict.fromkeys((f"column {number}" for number in range(shape.width)), pl.String)

    def convert(self, block: Block) -> tuple[bytes, Summary]:
        """Return the block with its new cells, and what it came to."""
        parsed = self._parse(block.data)
        if parsed is None:
            return self._rows.convert(block)
        lines, texts, end = parsed
        try:
            found = [column.find(cells) for column, cells in zip(self._columns, texts, strict=True)]
        except SeveralGenes:
            return self._rows.convert(block)  # which says in which line
        summary = self._count(found, texts)
        origin = found[0].text
        if origin is not None:
            lines = lines.gather(pl.Series(origin))
        pieces = [piece for cells, one in zip(self._cells, found, strict=True) for piece in cells.render(one)]
        written = io.BytesIO()
        rows = pl.select(pl.concat_str([lines, *pieces]))
        rows.write_csv(written, include_header=False, separator=_ONE_CELL, quote_style="never", line_terminator=end)
        data = written.getvalue()
        # The last line of a file may have no end.
        return data if block.data.endswith(b"\n") else data[: -len(end)], summary

    def _parse(self, data: bytes) -> tuple[pl.Series, list[pl.Series], str] | None:
        """Return the lines without their ends, the cells of each identifier column, and the end; None if in doubt."""
        number = data.count(b"\n") + (not data.endswith(b"\n"))
        end = "\n"
        if b"\r" in data:
            if data.count(b"\r") != data.count(b"\r\n") or data.count(b"\r") != data.count(b"\n"):
                return None
            end = "\r\n"
        if _ONE_CELL.encode() in data:
            return None
        try:
            parsed = self._parse_plain(data, number, end) if b'"' not in data else None
            parsed = parsed or self._parse_quoted(data, number, end)
        except pl.exceptions.PolarsError:
            return None
        return None if parsed is None else (*parsed, end)

    def _parse_plain(self, data: bytes, number: int, end: str) -> tuple[pl.Series, list[pl.Series]] | None:
        """Return the lines, and the identifiers' cells, of a block without quotes; the other cells are not read."""
        shape = self._shape
        if shape.read != shape.write and (shape.width > 1 or shape.write.encode() in data):
            return None
        lines = _read_lines(data, end)
        if len(lines) != number or lines.null_count():
            return None
        if shape.read != shape.write:  # a plain list, whose lines are its cells
            return lines, [lines for _ in self._columns]
        delimiters = lines.str.count_matches(shape.read, literal=True)
        if delimiters.min() != shape.width - 1 or delimiters.max() != shape.width - 1:
            return None
        wanted = sorted({rule.position for rule in self._plan.columns})
        cells = pl.read_csv(
            data, has_header=False, schema=self._schema, columns=wanted, separator=shape.read, quote_char=None
        )
        return (lines, self._pick(cells, wanted)) if cells.height == number else None

    def _parse_quoted(self, data: bytes, number: int, end: str) -> tuple[pl.Series, list[pl.Series]] | None:
        """Return the same of a block with quotes, or for another delimiter; every byte must be accounted for."""
        shape = self._shape
        cells = pl.read_csv(data, has_header=False, schema=self._schema, separator=shape.read)
        if cells.height != number:
            return None
        if end == "\r\n":
            cells = cells.with_columns(cells.to_series(-1).str.strip_suffix("\r"))
        sizes = cells.select(
            size=pl.sum_horizontal(pl.all().str.len_bytes().sum()),
            quotes=pl.sum_horizontal(pl.all().str.count_matches('"', literal=True).sum()),
        ).row(0)
        size, inside = (int(value or 0) for value in sizes)
        around = data.count(b'"') - 2 * inside  # a quote inside is doubled
        ends = len(end) * (number - (not data.endswith(b"\n")))
        told = size + inside + around + number * (shape.width - 1) * len(shape.read.encode()) + ends
        if around % 2 or told != len(data):
            return None
        if shape.read == shape.write:
            lines = _read_lines(data, end)
            if len(lines) != number:  # cells that hold line ends
                return None
        else:
            written = [self._cells[0].quote_all(column.fill_null("")) for column in cells]
            lines = pl.select(pl.concat_str(written, separator=shape.write)).to_series()
        return lines, self._pick(cells, list(range(shape.width)))

    def _pick(self, cells: pl.DataFrame, wanted: list[int]) -> list[pl.Series]:
        columns = [cells.to_series(wanted.index(rule.position)) for rule in self._plan.columns]
        # Where it is the last one, a line's end of two characters leaves its first.
        return [column.str.strip_suffix("\r") for column in columns]

    def _count(self, found: Sequence[Found], texts: Sequence[pl.Series]) -> Summary:
        summary = Summary(
            [
                count_column(column, one, cells, rule.name)
                for column, one, cells, rule in zip(self._columns, found, texts, self._plan.columns, strict=True)
            ]
        )
        summary.rows = len(texts[0])
        summary.written = len(found[0].code)
        return summary


def _read_lines(data: bytes, end: str) -> pl.Series:
    schema = {"line": pl.String}
    lines = pl.read_csv(data, has_header=False, schema=schema, separator=_ONE_CELL, quote_char=None).to_series()
    return lines.str.strip_suffix("\r") if end == "\r\n" else lines


def count_column(column: ColumnConverter, found: Found, texts: pl.Series, name: str) -> ColumnCounts:
    """Return the counts of one column of a block."""
    counts = ColumnCounts(name)
    ready = column.ready
    is_ready = found.code >= 0
    answers = found.answer[is_ready]
    for number, many in enumerate(np.bincount(ready.outcome_of[answers], minlength=len(Outcome))):
        counts.outcomes[tuple(Outcome)[number].value] += int(many)
    for number, many in enumerate(np.bincount(ready.reason_of[answers], minlength=len(ready.reasons))):
        if many and ready.reasons[number]:
            counts.reasons[ready.reasons[number]] += int(many)
    for number, many in enumerate(np.bincount(ready.match_of[found.code[is_ready]], minlength=len(MATCHES))):
        if many and MATCHES[number]:
            counts.matched[MATCHES[number]] += int(many)
    for number, many in enumerate(np.bincount(ready.genes_of[answers])):
        if many:
            counts.genes[number] += int(many)
    counts.stale = column.count_marked(found)
    times = np.bincount(found.row[~is_ready], minlength=len(found.asked))
    for one, many in zip(found.asked, times, strict=True):
        if many:  # one row stands for unknown accessions, be there any or not
            counts.add_cell("-", [one], int(many))
    counts.misses.clear()
    filled = texts.fill_null("")
    if column.plan.missing:
        is_missing = filled.is_in(list(column.plan.missing))
        filled = filled.set(is_missing, "")
    by_row = filled if found.text is None else filled.gather(pl.Series(found.text))
    asked = by_row.gather(pl.Series(np.flatnonzero(~is_ready)))  # no text that stands ready is blank
    counts.empty = int((asked.str.strip_chars() == "").sum())
    _count_misses(counts, column, found, by_row)
    return counts


def _count_misses(counts: ColumnCounts, column: ColumnConverter, found: Found, texts: pl.Series) -> None:
    resolved = list(Outcome).index(Outcome.RESOLVED)
    is_ready = found.code >= 0
    told = [(one.outcome, one.reason) for one in found.asked] or [("", "")]
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(told), start=1)}
    asked = np.array([0 if kind[0] == Outcome.RESOLVED else kinds[kind] for kind in told])
    answer = np.maximum(found.answer, 0)
    # The rows of one exploded cell may have come to different things; those of a ready text have not.
    kind = np.where(
        is_ready, -(column.ready.outcome_of[answer] != resolved).astype(np.int64), asked[np.maximum(found.row, 0)]
    )
    places = np.flatnonzero(kind)
    if not len(places):
        return
    rows = pl.DataFrame({"text": texts.gather(pl.Series(places)), "kind": kind[places], "place": places})
    often = rows.group_by("text", "kind").agg(pl.len(), pl.col("place").first()).top_k(_MISSES_A_BLOCK, by="len")
    for text, _, number, place in often.select("text", "kind", "len", "place").iter_rows():
        if text.strip():
            outcome, reason = column.tell(found, place)
            counts.misses[text, outcome, reason] += number
