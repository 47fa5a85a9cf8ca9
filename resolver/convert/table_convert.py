"""One conversion between tables of any two formats: a source gives chunks of rows, a sink takes them with new cells.

Text to text has a faster way of its own (`text_convert`), and what comes from text is read by it (`TextToTable`).
"""

from __future__ import annotations

import codecs
import io
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

from .added import CellAdder
from .chunks import CHUNK_ROWS
from .csv_rows import read_rows
from .odds import choose_rules, take_cells
from .sinks import SinkShape
from .summary import ColumnCounts, Summary
from .text_convert import Prepared, Progress, TextConversion
from .text_source import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from .chunks import TableSource
    from .plan import Plan
    from .sinks import TableSink
    from .text_convert import Reading, Tools
    from .text_source import TextSource

    MakeSink = Callable[[BinaryIO, SinkShape], TableSink]


# Lines of fewer bytes are written row by row, without a table engine.
_LARGE = 1 << 17


class TableConversion:
    """One conversion from a source to a sink. `prepared` tells what it will do; `run` does it, once.

    `written` is the format, one of `FORMATS` of `resolver.convert.conversion`, that it writes.

    Raises MissingColumn and BadOption for columns that are not there or do not hold genes.
    """

    written = ""

    def __init__(self, source: TableSource, make_sink: MakeSink, plan: Plan, tools: Tools, reading: Reading) -> None:
        self._source = source
        self._make_sink = make_sink
        self._tools = tools
        self._has_header = reading.has_header
        rules, odds = choose_rules(
            source.header, take_cells(source.head), tools.resolver, plan, reading.columns, reading.split
        )
        plan = plan.with_columns(tuple(rules))
        added = plan.name_added(source.header)
        self.prepared = Prepared(plan, source.header, added, odds, source.head, source.notes)
        self._adder = CellAdder(source.name, plan, tools, is_small=source.is_small)

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows with their new cells; the table is not converted."""
        plan = self.prepared.plan
        converters = self._tools.make_cells(plan)
        return [
            [
                *row,
                *(
                    cell
                    for rule, converter in zip(plan.columns, converters, strict=True)
                    for cell in converter.convert(row[rule.position])[0].list_cells(plan)
                ),
            ]
            for row in self.prepared.head[:rows]
        ]

    def run(self, out: BinaryIO, on_progress: Callable[[Progress], None] | None = None) -> Summary:
        """Write the converted table, and return what it came to; raises what the table and the disk raise.

        `on_progress` is called after each chunk; an exception that it raises ends the conversion.
        """
        source, plan = self._source, self.prepared.plan
        summary = Summary([ColumnCounts(rule.name) for rule in plan.columns], notes=self.prepared.notes)
        shape = SinkShape(source.name, source.header, self.prepared.added, self._has_header)
        with self._make_sink(out, shape) as sink:
            for chunk in source.chunks():
                added = self._adder.add_to(chunk)
                sink.write(chunk, added)
                summary.merge(added.counted)
                summary.bad_rows += len(chunk.bad)
                summary.bad_lines = (summary.bad_lines + chunk.bad)[:100]
                if on_progress is not None:
                    on_progress(Progress(summary.rows, source.bytes_read))
        return summary


class TextToTable(TextConversion):
    """A conversion of a text table to another format: the rows that `TextConversion` writes go to a sink."""

    def __init__(self, source: TextSource, make_sink: MakeSink, plan: Plan, tools: Tools, reading: Reading) -> None:
        super().__init__(source, plan, tools, reading)
        self._make_sink = make_sink
        self._sink_shape = SinkShape(source.name, self.prepared.header, self.prepared.added, reading.has_header)

    def run(self, out: BinaryIO, on_progress: Callable[[Progress], None] | None = None) -> Summary:
        """Write the converted table, and return what it came to."""
        with self._make_sink(out, self._sink_shape) as sink:
            return super().run(cast("BinaryIO", _Rows(sink, self.shape.write)), on_progress)

    def _write_header(self, out: BinaryIO) -> None:
        """Write nothing: the sink knows the names of the columns."""


class _Rows:
    """A stream that takes whole lines of text, and gives their rows to a sink."""

    def __init__(self, sink: TableSink, delimiter: str) -> None:
        self._sink = sink
        self._delimiter = delimiter

    def write(self, data: bytes | memoryview) -> int:
        """Take some lines; a byte order mark alone is none."""
        lines = bytes(data)
        if len(lines) < _LARGE or not self._write_frame(lines):
            self._write_rows(lines)
        return len(data)

    def _write_rows(self, lines: bytes) -> None:
        text = io.StringIO(lines.removeprefix(codecs.BOM_UTF8).decode(), newline="")
        rows = (cells for cells in read_rows(text, self._delimiter, LONGEST) if cells)
        while taken := list(islice(rows, CHUNK_ROWS)):
            self._sink.write_rows(taken)

    def _write_frame(self, lines: bytes) -> bool:
        """Write the lines as a frame, which is faster; False where they are not plain enough for that."""
        import polars as pl

        from .parsed_blocks import read_cells

        number = lines.count(b"\n") + (not lines.endswith(b"\n"))
        returns = lines.count(b"\r")
        has_empty_lines = lines.startswith((b"\n", b"\r")) or b"\n\n" in lines or b"\n\r" in lines
        if has_empty_lines or returns not in {0, lines.count(b"\r\n")}:
            return False
        names = self._sink.shape.list_names()
        cells = read_cells(lines, number, "\r\n" if returns else "\n", len(names), self._delimiter)
        if cells is None:
            return False
        cells.columns = names
        self._sink.write_frame(cells.with_columns(pl.col(names[len(self._sink.shape.header) :]).replace("", None)))
        return True
