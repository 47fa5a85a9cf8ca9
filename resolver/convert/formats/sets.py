"""Gene sets: GMT has a set in each line (name, description, genes), GMX in each column.

Read as a table with a row for each gene of a set, so that other formats take it; written back as it is read, each gene
replaced in its place.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from ..csv_rows import read_lines
from ..layouts.known import Sets
from .base import BATCH_ROWS, HEAD_ROWS, SMALL_ROWS, RowBatch, Sink
from .text_stream import TextStream, TextTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..layouts.detect import Layout
    from .base import Added, Batch

_GENE = 2  # the column of genes, behind set and description


class _Line(NamedTuple):
    """A line of a file of sets: number, text with its line end, a row for each gene by place, how many sets begin."""

    number: int
    raw: str
    rows: dict[int, list[str]]
    sets: int


class SetBatch(RowBatch):
    """Some lines of sets; its rows are their genes."""

    def __init__(self, read: Sequence[_Line]) -> None:
        super().__init__(
            [row for line in read for row in line.rows.values()], [line.number for line in read for _ in line.rows]
        )
        self.read = read


class SetsSource(TextTable):
    """The genes of a file of sets."""

    header = ("set", "description", "gene")
    columns = ("gene",)

    def __init__(self, stream: TextStream, layout: Layout, *, keeps_bad: bool) -> None:
        assert layout.known is not None  # noqa: S101  (which says that they are sets)
        super().__init__(stream, layout.known.name, keeps_bad=keeps_bad)
        self.layout = layout
        self._in_columns = layout.known.sets is Sets.IN_COLUMNS
        genes = [row for line in self._read(read_lines(stream.head)) for row in line.rows.values()]
        self.head = genes[:HEAD_ROWS]
        self.is_small = stream.is_whole and len(genes) <= SMALL_ROWS

    def batches(self) -> Iterator[SetBatch]:
        """Yield all lines."""
        batch: list[_Line] = []
        genes = sets = 0
        texts = map(self.stream.decode, self.stream.blocks())
        for line in self._read(chain.from_iterable(map(read_lines, texts))):
            batch.append(line)
            genes += len(line.rows)
            sets += line.sets
            if genes >= BATCH_ROWS:
                yield SetBatch(batch)
                batch, genes = [], 0
        if batch:
            yield SetBatch(batch)
        self.notes.append(f"sets: {sets:,}")

    def _read(self, lines: Iterable[str]) -> Iterator[_Line]:
        """Yield each line; cells with content are genes, but for those that describe a set."""
        above: list[list[str]] = []  # of sets in columns the names and the descriptions
        for number, raw in enumerate(lines, start=1):
            cells = raw.rstrip("\r\n").split("\t")
            if raw.startswith("#") or not raw.strip():
                yield _Line(number, raw, {}, 0)
            elif not self._in_columns:
                yield _Line(number, raw, {place: [*cells[:2], gene] for place, gene in _list_genes(cells, 2)}, 1)
            elif len(above) < 2:
                above.append(cells)
                yield _Line(number, raw, {}, len(cells) if len(above) == 1 else 0)
            else:
                rows = {
                    place: [*(row[place] if place < len(row) else "" for row in above), gene]
                    for place, gene in _list_genes(cells, 0)
                }
                yield _Line(number, raw, rows, 0)


def _list_genes(cells: Sequence[str], begin: int) -> Iterator[tuple[int, str]]:
    """Yield the cells with content from a place on, with their places."""
    return ((place, cell) for place, cell in enumerate(cells[begin:], start=begin) if cell.strip())


class SetsSink(Sink):
    """Writes sets as they are read, with genes replaced."""

    replaces = True
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
            changed = {place: genes[number] for number, place in enumerate(line.rows, start=row) if number in genes}
            row += len(line.rows)
            if changed:
                body = line.raw.rstrip("\r\n")
                cells = [changed.get(place, cell) for place, cell in enumerate(body.split("\t"))]
                written.append("\t".join(cells) + line.raw[len(body) :])
            else:
                written.append(line.raw)
        self.out.write("".join(written).encode())

    def write(self, batch: Batch, added: Added) -> None:
        """Write the lines of a batch as they are."""
        del added
        self.write_replaced(batch, {})
