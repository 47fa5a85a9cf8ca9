"""Conversion of the names of columns, of a table whose header contains the genes (`--header-row`)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

from ..errors import BadOption
from .choice import prepare
from .engine import Conversion, Progress, Tools
from .formats.ndjson import NdjsonSink, NdjsonSource
from .head import Head
from .in_place import Replacing
from .profile import Prepared
from .report.assumed import list_assumptions
from .report.summary import ColumnCounts, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .formats.base import Sink, Source
    from .plan import Plan, Reading

_NAME = "column names"
_SHOWN = 5


class HeaderRowConversion(Conversion):
    """A conversion of the names of columns; rows are written as they are. A name that matches no single gene is kept.

    Raises BadOption where the table has no header, where no name matches a gene, and for options of columns.
    """

    def __init__(
        self, source: Source, sink: type[Sink], plan: Plan, tools: Tools, reading: Reading, written: str = ""
    ) -> None:
        if reading.columns or reading.has_header is False or not source.has_header or source.columns:
            raise BadOption(
                "--header-row converts the names of columns, of a table with a header",
                hint="Omit --column and --no-header.",
            )
        if sink is NdjsonSink and isinstance(source, NdjsonSource):
            raise BadOption("the names of NDJSON members are not replaced", hint="Write another format, such as CSV.")
        self._source, self._sink, self._tools, self.written = source, sink, tools, written
        plan = plan.replacing()
        names = [name for place, name in enumerate(source.header, start=1) if name != f"column {place}"]  # has a name
        of_names = prepare((_NAME,), Head(lambda _: names), tools.resolver, plan, (_NAME,), reading.split)
        plan = of_names.plan
        self._cells = tools.make_cells(plan)
        converted = self._cells[0].convert_all(names)
        replacing = Replacing(plan, self._cells)
        self._renamed = {
            place: new for place, name in enumerate(source.header) if (new := replacing.preview([name])[0]) != name
        }
        self._counts = ColumnCounts(_NAME)
        self._counts.add_cells(names, converted)
        if not self._counts.genes.total() - self._counts.genes[0]:
            raise BadOption(
                "no name of a column matches a gene", hint="Omit --header-row to convert a column of identifiers."
            )
        header = tuple(self._renamed.get(place, name) for place, name in enumerate(source.header))
        source.notes += _describe_collisions(header, self._renamed)
        self.prepared = Prepared(plan, header, (), of_names.profiles, source.head, source.notes)
        sink.check_size(len(header), source.rows)

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows, which do not change."""
        return [list(row) for row in self._source.head[:rows]]

    def run(self, out: BinaryIO, on_progress: Callable[[Progress], None] | None = None) -> Summary:
        """Write the table with its new names, and return what they came to."""
        source, summary = self._source, Summary([self._counts], notes=self.prepared.notes)
        with self._sink(out, source, renamed=self._renamed) as sink:
            for batch in source.batches():
                sink.write_replaced(batch, {})
                summary.rows += len(batch)
                summary.count_bad(batch)
                if on_progress is not None:
                    on_progress(Progress(summary.rows, source.bytes_read))
        summary.written = summary.rows
        summary.assumed = list_assumptions(self.prepared.plan)
        summary.explain(self._tools.resolver.reader)
        return summary


def _describe_collisions(header: tuple[str, ...], renamed: Mapping[int, str]) -> list[str]:
    """Return a note on names that several columns have now."""
    counts = Counter(header)
    several = [name for name in dict.fromkeys(renamed.values()) if counts[name] > 1]
    if not several:
        return []
    more = f" and {len(several) - _SHOWN:,} more" if len(several) > _SHOWN else ""
    return [f"several columns have the same name now: {', '.join(several[:_SHOWN])}{more}"]
