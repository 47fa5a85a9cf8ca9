"""Gene sets: GMT has a set in each line (name, description, genes), GMX in each column.

Read as a table with a row for each gene of a set, so that other formats take it; written back as it is read, each gene
replaced in its place.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ..csv_rows import read_lines
from ..layouts.known import Sets
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, Batch, Sink
from .text_stream import TextStream, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..layouts.detect import Layout
    from .base import Added

_SET, _DESCRIPTION, _GENE = range(3)


class _Line(NamedTuple):
    """A line of a file of sets: its number, its text with its line end, its cells, and which of them are genes."""

    number: int
    raw: str
    cells: list[str]
    genes: list[int]


class SetBatch(Batch):
    """Some lines of sets; its rows are their genes."""

    def __init__(self, source: SetsSource, read: Sequence[_Line]) -> None:
        super().__init__([line.number for line in read for _ in line.genes])
        self.source = source
        self.read = read

    def list_texts(self, position: int) -> list[str]:
        """Return the genes, or for each gene the name or the description of its set."""
        if position == _GENE:
            return [line.cells[place] for line in self.read for place in line.genes]
        return [self.source.describe_set(line.cells, place)[position] for line in self.read for place in line.genes]

    def list_rows(self) -> list[list[str]]:
        """Return a row for each gene: set, description, gene."""
        describe = self.source.describe_set
        return [[*describe(line.cells, place), line.cells[place]] for line in self.read for place in line.genes]


class SetsSource(TextTable):
    """The genes of a file of sets."""

    header = ("set", "description", "gene")
    columns = ("gene",)

    def __init__(self, stream: TextStream, layout: Layout, *, keeps_bad: bool) -> None:
        assert layout.known is not None  # noqa: S101  (which says that they are sets)
        super().__init__(stream, layout.known.name, keeps_bad=keeps_bad)
        self.layout = layout
        self.sets = 0
        self._in_columns = layout.known.sets is Sets.IN_COLUMNS
        self._above: list[list[str]] = []  # of sets in columns the names and the descriptions
        head = read_lines(stream.head)
        genes = [row for line in self._read(head, 1) for row in SetBatch(self, [line]).list_rows()]
        self.head = list(islice(genes, HEAD_ROWS))
        self._above = []
        self.is_small = stream.is_whole and len(genes) <= SMALL_ROWS
        self.sets = 0

    def describe_set(self, cells: Sequence[str], place: int) -> tuple[str, str]:
        """Return the name and the description of the set that a cell of a line belongs to."""
        if not self._in_columns:
            return cells[_SET], cells[_DESCRIPTION]
        names, descriptions = self._above
        return tuple(row[place] if place < len(row) else "" for row in (names, descriptions))  # type: ignore[return-value]

    def batches(self) -> Iterator[SetBatch]:
        """Yield all lines."""
        batch: list[_Line] = []
        genes = 0
        for block in self.stream.blocks():
            for line in self._read(read_lines(self.stream.decode(block)), block.line):
                batch.append(line)
                genes += len(line.genes)
                if genes >= BATCH_ROWS:
                    yield SetBatch(self, batch)
                    batch, genes = [], 0
        if batch:
            yield SetBatch(self, batch)
        if self._in_columns:
            self.sets = len(self._above[0])
        self.notes.append(f"sets: {self.sets:,}")

    def _read(self, lines: Iterable[str], first: int) -> Iterator[_Line]:
        """Yield each line with the places of its genes: cells with content, but for those that describe a set."""
        for number, raw in enumerate(lines, start=first):
            cells = raw.rstrip("\r\n").split("\t")
            is_comment = raw.startswith("#") or not raw.strip()
            begin = 0 if self._in_columns else 2
            if self._in_columns and len(self._above) < 2 and not is_comment:
                self._above.append(cells)
                begin = len(cells)
            elif is_comment:
                begin = len(cells)
            else:
                self.sets += 1
            yield _Line(number, raw, cells, [place for place in range(begin, len(cells)) if cells[place].strip()])


class SetsSink(Sink):
    """Writes sets as they are read, with genes replaced."""

    replaces: ClassVar[bool] = True
    keeps_lines = True

    def begin(self) -> None:
        """Write the byte order mark of the file, if it has one."""
        if isinstance(self.source, SetsSource) and self.source.stream.encoding == "utf-8":
            self.out.write(self.source.stream.bom)

    def write_replaced(self, batch: Batch, replaced: Mapping[int, Mapping[int, str]]) -> None:
        """Write the lines of a batch with other genes."""
        assert isinstance(batch, SetBatch)  # noqa: S101  (of the same file)
        genes = replaced.get(_GENE, {})
        row = 0
        written = []
        for line in batch.read:
            changed = {place: genes[row + number] for number, place in enumerate(line.genes) if row + number in genes}
            row += len(line.genes)
            if not changed:
                written.append(line.raw)
                continue
            cells = [changed.get(place, cell) for place, cell in enumerate(line.cells)]
            end = line.raw[len(line.raw.rstrip("\r\n")) :]
            written.append("\t".join(cells) + end)
        self.out.write("".join(written).encode())

    def write(self, batch: Batch, added: Added) -> None:
        """Write the lines of a batch as they are."""
        del added
        self.write_replaced(batch, {})

    def write_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Raise NotImplementedError: sets are written by their lines alone."""
        raise NotImplementedError
