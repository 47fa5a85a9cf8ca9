"""Conversion of a Spark frame: every partition runs the local engine over its Arrow batches.

convert_spark(frame, plan, tools)           returns the frame with the added columns
SparkConversion(frame, plan, tools, …)      the same, with a preview before and counts after

The driver receives the head of the identifier columns, which decides the plan, and the counts.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import BadOption
from ..choice import prepare
from ..engine import preview
from ..formats.base import HEAD_ROWS
from ..frames.base import show_cell
from ..head import find_columns, take_cells
from ..plan import Reading
from .release import place_release
from .worker import PartitionTask, convert_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from pyspark.accumulators import Accumulator
    from pyspark.sql import DataFrame

    from ..engine import Tools
    from ..frames.base import FrameRequest
    from ..plan import Plan
    from ..report.summary import Summary

_ANY_COLUMN_ROWS = 1_000  # of all columns, where the identifier column has to be found


def convert_spark(
    frame: DataFrame, plan: Plan, tools: Tools, reading: Reading | None = None, *, release_at: str | None = None
) -> DataFrame:
    """Return the frame with the columns that the plan adds; a Spark action converts the rows.

    Rows stay in their partitions and their order, one for one, or one for each gene with `on_many=explode`; the other
    columns keep their types. `reading.columns` names the identifier columns (default: detected). `release_at` is a
    folder that every executor has, or the address of a packed release (default: the driver sends its release). Raises
    MissingColumn and BadOption. What fails in a worker fails in the action, with Spark's errors.
    """
    return SparkConversion(frame, plan, tools, reading, release_at=release_at).convert()


def convert_frame(frame: Any, wanted: Sequence[object], request: FrameRequest) -> Any:  # noqa: ANN401  (either kind)
    """Return a frame, classic or of Connect, with new columns; a Spark action converts the rows."""
    if not hasattr(frame, "sparkSession"):
        raise BadOption("a Column is not a table", hint="Use a DataFrame.")
    if request.on_summary is not None:
        raise BadOption("a Spark frame has no summary before an action", hint="Count its outcome column instead.")
    reading = replace(request.reading, columns=tuple(map(str, wanted)))
    return convert_spark(frame, request.plan, request.tools, reading)


class SparkConversion:
    """A conversion of a Spark frame: `prepared` shows what it will do, `convert` returns the new frame."""

    def __init__(
        self,
        frame: DataFrame,
        plan: Plan,
        tools: Tools,
        reading: Reading | None = None,
        *,
        release_at: str | None = None,
    ) -> None:
        reading = reading or Reading()
        if plan.in_place or reading.header_row:
            raise BadOption(
                "Spark adds columns only", hint="Omit --in-place and --header-row, or use the local engine."
            )
        header = tuple(frame.columns)
        if not header:
            raise BadOption("the frame has no columns", hint="Convert a frame with a column of identifiers.")
        # Spark finds columns by name: numbered names avoid dots, case and duplicates.
        self._frame = frame.toDF(*[f"c{number}" for number in range(len(header))])
        self._tools = tools
        self._release_at = release_at
        wanted = sorted({place for name in reading.columns for place in find_columns(header, name)})
        head = self._read_head(wanted, len(header))
        self.prepared = prepare(header, take_cells(head), tools.resolver, plan, reading.columns, reading.split)
        if str(frame.sparkSession.conf.get("spark.sql.caseSensitive", "false")).lower() != "true":
            # In most sessions Symbol and symbol are the same name.
            taken = (*header, *(name.lower() for name in header))
            self.prepared.added = self.prepared.plan.name_added(taken)

    def _read_head(self, wanted: list[int], width: int) -> list[list[str]]:
        """Return the first rows; cells of columns that are not profiled are empty."""
        columns = wanted or list(range(width))
        rows = self._frame.select(*[f"c{number}" for number in columns])
        cells = []
        for row in rows.head(HEAD_ROWS if wanted else _ANY_COLUMN_ROWS):
            shown = dict(zip(columns, map(show_cell, row), strict=True))
            cells.append([shown.get(number, "") for number in range(width)])
        return cells

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows with their new cells, converted by the driver."""
        return preview(self.prepared, self._tools, rows)

    def convert(self, counts: Accumulator[Summary] | None = None) -> DataFrame:
        """Return the converted frame; its action adds the counts of each partition to `counts`."""
        from pyspark.sql.types import StringType, StructType

        prepared, release, marks = self.prepared, self._tools.resolver.release, self._tools.marks
        place = place_release(self._frame.sparkSession, release, self._release_at)
        schema = StructType(list(self._frame.schema.fields))
        names = [f"a{number}" for number in range(len(prepared.added))]
        for name in names:
            schema.add(name, StringType())
        known = tuple(sorted((marks or {}).items())) if prepared.plan.stale else ()
        task = PartitionTask(place, prepared.plan, known, tuple(names))

        def convert_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return convert_batches(batches, task, None if counts is None else counts.add)

        with warnings.catch_warnings():
            # `mapInArrow` checks the version of pandas, and uses nothing of it.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
            converted = self._frame.mapInArrow(convert_partition, schema)
        return converted.toDF(*prepared.header, *prepared.added)
