"""Text in, text out: one pass over a table, row for row, in its order.

A table of under a thousand rows is converted without a table engine. A larger one goes in blocks of whole lines through
a few threads, while this one reads and writes, so that memory does not grow with the table.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..errors import UnreadableTable
from .cells import CellConverter
from .cores import count_workers
from .csv_rows import read_rows
from .layout import SNIFFED_LINES, find_layout, order_delimiters
from .odds import HEAD_ROWS, choose_rules, take_cells
from .summary import ColumnCounts, Summary
from .table import name_columns
from .text_rows import RowWriter, TextShape
from .text_source import BLOCK, LONGEST, Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from ..resolve.column import Column
    from ..resolve.resolver import Resolver
    from .local_engine import ColumnConverter
    from .odds import Odds
    from .plan import CellRule, Plan
    from .ready_answers import ReadyAnswers
    from .text_blocks import BlockWriter
    from .text_source import TextSource

    Writer = RowWriter | BlockWriter
    KeptAnswers = dict[tuple[Plan, Column | None], ReadyAnswers]

SMALL_ROWS = 1_000
_WAITING = 4  # blocks that wait to be written or converted, besides one for each thread
_LIST_DELIMITER = "\t"
# What stands between the cells of a CSV file where decimals have a comma: such a file stays one.
_ALSO_CSV = ";"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is to be read, as far as a person says so: None and empty are found out."""

    columns: tuple[str, ...] = ()
    delimiter: str | None = None
    has_header: bool = True
    keep_bad_rows: bool = False
    split: str | None = None
    sheet: str | None = None
    encoding: str | None = None


class Progress(NamedTuple):
    """How far a conversion is: rows written, and bytes of the file read."""

    rows: int
    bytes_read: int


@dataclass(slots=True)
class Prepared:
    """A table whose head was looked at: what is about to be done, told before it is done.

    `header` names the columns; `head` are the cells of its first rows; `odds` what the columns hold.
    """

    plan: Plan
    header: tuple[str, ...]
    added: tuple[str, ...]
    odds: list[Odds]
    head: list[list[str]]
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tools:
    """What a conversion works with: a resolver, and what the nightly job marked (verdict, what to use now) by CURIE.

    `answers` are those of the last plan, where they stay in memory from one conversion to the next.
    """

    resolver: Resolver
    marks: Mapping[str, tuple[str, str]] | None = None
    answers: KeptAnswers | None = None

    def make_cells(self, plan: Plan, *, counts_marks: bool = False) -> list[CellConverter]:
        """Return a converter for the cells of each column of the plan.

        It looks for marks where the plan shows them, or where they are only counted.
        """
        find_mark = self.marks.get if self.marks and (plan.stale or counts_marks) else None
        return [CellConverter(self.resolver, plan, rule, find_mark) for rule in plan.columns]

    def make_columns(self, plan: Plan, cells: Sequence[CellConverter]) -> list[ColumnConverter]:
        """Return converters of whole columns, each of which asks one of `cells` what is not ready."""
        from .local_engine import ColumnConverter

        marks = self.marks if plan.stale else None
        return [
            ColumnConverter(self._open_answers(plan, rule), plan, converter, marks)
            for rule, converter in zip(plan.columns, cells, strict=True)
        ]

    def _open_answers(self, plan: Plan, rule: CellRule) -> ReadyAnswers:
        from .ready_answers import ReadyAnswers

        if self.answers is None:
            return ReadyAnswers(self.resolver.release, plan, rule)
        asked = plan.with_columns(()), rule.numbers
        known = self.answers.get(asked)
        if known is None:
            too_many = max(0, len(self.answers) + 1 - len(plan.columns))
            for oldest in list(self.answers)[:too_many]:  # another thread may be at it too
                self.answers.pop(oldest, None)
            known = self.answers[asked] = ReadyAnswers(self.resolver.release, plan, rule)
        return known


class TextConversion:
    """One conversion of a text table. `prepared` tells what it will do; `run` does it, once.

    Tables of more than `small_rows` lines go by blocks of `block_size` bytes through `workers` threads (None: one for
    each core). Raises UnreadableTable for what is no table, MissingColumn and BadOption for columns that are not there
    or do not hold genes.
    """

    def __init__(
        self,
        source: TextSource,
        plan: Plan,
        tools: Tools,
        reading: Reading,
        *,
        write_delimiter: str | None = None,
        small_rows: int = SMALL_ROWS,
        block_size: int = BLOCK,
        workers: int | None = None,
    ) -> None:
        self._source = source
        self._workers = workers or count_workers()
        self._small_rows = small_rows
        self._block_size = block_size
        self._tools = tools
        self._reading = reading
        lines = list(islice(io.StringIO(source.head, newline=""), SNIFFED_LINES))
        self._layout = find_layout(lines, reading.delimiter, order_delimiters(source.name))
        if write_delimiter == "," and self._layout.delimiter == _ALSO_CSV:
            write_delimiter = None
        self._header_line, header, head = self._read_head()
        self.shape = TextShape(
            source.name,
            self._layout.delimiter,
            write_delimiter or (self._layout.delimiter if self._layout.delimiter.isprintable() or
                                self._layout.delimiter == "\t" else _LIST_DELIMITER),
            len(header),
            reading.keep_bad_rows,
        )  # fmt: skip
        rules, odds = choose_rules(header, take_cells(head), tools.resolver, plan, reading.columns, reading.split)
        plan = plan.with_columns(tuple(rules))
        self.prepared = Prepared(plan, header, plan.name_added(header), odds, head)
        self.prepared.notes += self._list_notes()

    def _read_head(self) -> tuple[list[str], tuple[str, ...], list[list[str]]]:
        """Return the cells of the header line, the names of the columns, and the first rows."""
        text = io.StringIO(self._source.head, newline="")
        above = [text.readline() for _ in self._layout.preamble]
        reader = read_rows(_remember(text, above), self._layout.delimiter, LONGEST)
        try:
            first = next((cells for cells in reader if cells), None)
            self._body_begin = len("".join(above).encode()), sum(line.count("\n") for line in above)
            records = [] if first is None else [first, *islice(reader, HEAD_ROWS)]
        except csv.Error as error:
            raise UnreadableTable(
                str(error), path=self._source.name, hint="Is a quote opened that is never closed?"
            ) from error
        if not self._source.is_whole and len(records) <= HEAD_ROWS and len(records) > 1:
            records.pop()  # it may go on below what was read
        records = [cells for cells in records if cells]
        if not records:
            raise UnreadableTable(
                "holds no table", path=self._source.name, hint="A table begins with a line of column names."
            )
        if len(records) == 1 and not self._source.is_whole and self._reading.has_header:
            header_end = self._body_begin[1]
            if (lines := self._source.head.count("\n") - header_end) != 1:  # else what is below that row is long
                self._source.refuse_long(header_end + 1, is_open=lines > 1)
        first = records[0]
        names = ["", *first] if self._reading.has_header and self._layout.has_row_names else first
        if not self._reading.has_header:
            return first, name_columns([""] * len(names)), records
        return first, name_columns(names), records[1:]

    def _list_notes(self) -> list[str]:
        notes = []
        source, delimiter = self._source, self._layout.delimiter
        shown = {"\t": "tab", "\x1f": "none, a plain list"}.get(delimiter, delimiter)
        packed = f", {source.packing}" if source.packing else ""
        notes.append(f"read as text with delimiter {shown}, {source.encoding}{packed}")
        if source.encoding not in {"utf-8", "ascii"}:
            notes.append(f"what is written is UTF-8, not {source.encoding}")
        rules = self.prepared.plan.columns
        if self._reading.has_header:
            resolver = self._tools.resolver
            texts = [self._header_line[rule.position] for rule in rules if rule.position < len(self._header_line)]
            like_data = [
                text for text in texts if text and resolver.resolve(text).genes and any(map(str.isdigit, text))
            ]
            if like_data:
                notes.append(f"the first line looks like data ({like_data[0]} names a gene): if it is, --no-header")
        return notes

    def run(self, out: BinaryIO, on_progress: Callable[[Progress], None] | None = None) -> Summary:
        """Write the converted table, and return what it came to; raises what the table and the disk raise.

        `on_progress` is called after each block; an exception that it raises ends the conversion.
        """
        plan = self.prepared.plan
        summary = Summary([ColumnCounts(rule.name) for rule in plan.columns], notes=self.prepared.notes)
        out.write(self._source.bom if self._source.encoding == "utf-8" else b"")
        self._write_header(out)
        writer, blocks = self._choose_writer()
        summary.is_stale_counted = plan.stale or isinstance(writer, RowWriter)
        for data, counted in _in_order(writer, blocks, self._workers):
            out.write(data)
            summary.merge(counted)
            if on_progress is not None:
                on_progress(Progress(summary.rows, self._source.bytes_read))
        return summary

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows with their new cells; the table is not converted."""
        plan = self.prepared.plan
        converters = self._tools.make_cells(plan)
        shown = []
        for row in self.prepared.head[:rows]:
            added = [
                cell
                for rule, converter in zip(plan.columns, converters, strict=True)
                for cell in converter.convert(row[rule.position] if rule.position < len(row) else "")[0].list_cells(
                    plan
                )
            ]
            shown.append([*row, *added])
        return shown

    def _write_header(self, out: BinaryIO) -> None:
        out.write("".join(self._layout.preamble).encode())
        if self._reading.has_header:
            end = "\r\n" if "\r\n" in self._source.head[: self._source.head.find("\n") + 1] else "\n"
            written = io.StringIO(newline="")
            names = csv.writer(written, delimiter=self.shape.write, lineterminator=end)
            names.writerow([*self._header_line, *self.prepared.added])
            out.write(written.getvalue().encode())

    def _choose_writer(self) -> tuple[Writer, Iterator[Block]]:
        """Return what writes the rows, and the blocks that it writes."""
        blocks = self._body_blocks()
        plan = self.prepared.plan
        is_small = self._source.is_whole and self._source.head.count("\n") <= self._small_rows
        cells = self._tools.make_cells(plan, counts_marks=is_small)
        rows = RowWriter(self.shape, plan, cells)
        if is_small:
            return rows, blocks
        from .text_blocks import BlockWriter

        columns = self._tools.make_columns(plan, cells)
        return BlockWriter(self.shape, plan, columns, rows), blocks

    def _body_blocks(self) -> Iterator[Block]:
        """Yield the blocks without the lines before the header and the header itself."""
        skipped, passed = self._body_begin if self._reading.has_header else self._preamble_size()
        for data, line in self._source.blocks(self._layout.delimiter, size=self._block_size):
            rest = data[skipped:]
            if rest:
                yield Block(rest, line + passed if skipped else line)
            passed -= data.count(b"\n") if skipped else 0
            skipped = max(0, skipped - len(data))

    def _preamble_size(self) -> tuple[int, int]:
        """Return the bytes and the line ends before the table."""
        text = "".join(self._layout.preamble)
        return len(text.encode()), text.count("\n")


def _remember(lines: Iterable[str], kept: list[str]) -> Iterator[str]:
    """Yield lines, and add each to those that are kept."""
    for line in lines:
        kept.append(line)
        yield line


def _in_order(writer: Writer, blocks: Iterator[Block], workers: int) -> Iterator[tuple[bytes | memoryview, Summary]]:
    """Yield what the writer makes of the blocks, in their order, some of them at the same time."""
    if isinstance(writer, RowWriter):
        yield from map(writer.convert, blocks)
        return
    waiting: deque[Future[tuple[bytes | memoryview, Summary]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="convert") as pool:
        try:
            for block in blocks:
                waiting.append(pool.submit(writer.convert, block))
                while waiting and (waiting[0].done() or len(waiting) > workers + _WAITING):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
