"""The plan on a cluster: Apache Spark carries the column of identifiers to Python workers, which convert it.

convert_spark(frame, plan, tools)           a Spark frame in, the frame with the columns that were asked for out
SparkConversion(frame, plan, tools, …)      the same, looked at before it is done, and written with its counts

Only the identifiers leave the JVM, as Arrow arrays; each worker runs the one engine on them. What comes to the driver
is the head of the identifier columns, by which the plan is decided, and the counts.
"""

from __future__ import annotations

import hashlib
import pickle
import warnings
from typing import TYPE_CHECKING, Any

from ...errors import BadOption
from ...resolve.options import OnMany
from ..engine import preview
from ..formats.base import HEAD_ROWS
from ..plan import Reading
from ..profile import Prepared, choose_rules, find_column, take_cells
from ..report.summary import ColumnCounts, Summary
from .release import place_release
from .worker import ColumnTask, convert_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.accumulators import Accumulator
    from pyspark.sql import Column, DataFrame, SparkSession

    from ..engine import Tools
    from ..plan import Plan
    from .worker import ReleasePlace

_ANY_COLUMN_ROWS = 1_000  # of all columns, where the one that holds identifiers has to be found


def convert_spark(
    frame: DataFrame, plan: Plan, tools: Tools, reading: Reading | None = None, *, release_at: str | None = None
) -> DataFrame:
    """Return the frame with the columns that the plan adds; nothing is converted before an action of Spark's asks.

    Rows stay in their partitions and their order, one for one, or one for each gene with `on_many=explode`; the other
    columns keep their types. `reading.columns` names the identifier columns, else they are found. `release_at` is a
    folder that every executor has, or the address of a packed release; without it the driver's release is sent. Raises
    MissingColumn and BadOption as every engine does. What fails in a worker fails in the action, with Spark's errors.
    """
    return SparkConversion(frame, plan, tools, reading, release_at=release_at).convert()


class SparkConversion:
    """A conversion of a Spark frame. `prepared` tells what it will do; `convert` gives the new frame."""

    def __init__(
        self,
        frame: DataFrame,
        plan: Plan,
        tools: Tools,
        reading: Reading | None = None,
        *,
        release_at: str | None = None,
    ) -> None:
        self._tools = tools
        reading = reading or Reading()
        header = tuple(frame.columns)
        # Spark finds columns by name, as it sees names: dots, capitals and doubles are out of the way so.
        self._frame = frame.toDF(*_numbered(len(header)))
        self._spark = frame.sparkSession
        wanted = [find_column(header, name) for name in reading.columns]
        head = self._read_head(wanted, len(header))
        rules, profiles = choose_rules(header, take_cells(head), tools.resolver, plan, reading.columns, reading.split)
        plan = plan.with_columns(tuple(rules))
        self._added = plan.name_added(_taken_names(header, self._spark))
        self.prepared = Prepared(plan, header, self._added, profiles, head)
        self._release_at = release_at
        self._place: ReleasePlace | None = None

    def _read_head(self, wanted: Sequence[int], width: int) -> list[list[str]]:
        """Return the first rows; cells of columns that are not looked at are empty."""
        looked_at = sorted(set(wanted)) or range(width)
        head = self._frame.select(*[self._text_of(number) for number in looked_at])
        rows = head.head(HEAD_ROWS if wanted else _ANY_COLUMN_ROWS)
        cells: list[list[str]] = []
        for row in rows:
            full = [""] * width
            for number, cell in zip(looked_at, row, strict=True):
                full[number] = cell or ""
            cells.append(full)
        return cells

    def _text_of(self, number: int) -> Column:
        return self._frame[f"c{number}"].cast("string").alias(f"t{number}")

    def preview(self, rows: int = 5) -> list[list[str]]:
        """Return the first rows with their new cells, converted by the driver; cells that were not read are empty."""
        return preview(self.prepared, self._tools, rows)

    def convert(self, accumulators: Sequence[Accumulator[Any]] | None = None) -> DataFrame:
        """Return the converted frame; `accumulators`, one for each identifier column, take the counts."""
        from pyspark.sql import functions

        plan = self.prepared.plan
        frame = self._frame
        known = list(frame.columns)
        for place, rule in enumerate(plan.columns):
            count = None if accumulators is None else accumulators[place].add
            udf = make_udf(self._make_task(place), count)
            frame = frame.withColumn(f"f{place}", udf(self._text_of(rule.position)))
        if plan.options.on_many is OnMany.EXPLODE:  # which is of one column alone
            frame = frame.select(*known, functions.explode("f0").alias("f0"))
        cells = [
            functions.col(f"f{place}").getField(name).alias(f"f{place} {number}")
            for place in range(len(plan.columns))
            for number, name in enumerate(plan.added)
        ]
        return frame.select(*known, *cells).toDF(*self.prepared.header, *self._added)

    def make_accumulators(self) -> list[Accumulator[Any]]:
        """Return an accumulator of counts for each identifier column."""
        from .counts import SummaryParam

        return [
            self._spark.sparkContext.accumulator(Summary([ColumnCounts(rule.name)]), SummaryParam())
            for rule in self.prepared.plan.columns
        ]

    def _make_task(self, place: int) -> ColumnTask:
        if self._place is None:
            self._place = place_release(self._spark, self._tools.resolver.release, self._release_at)
        plan = self.prepared.plan
        marks = dict(self._tools.marks or {}) if plan.stale else None
        key = hashlib.sha256(pickle.dumps((self._place, plan, place, marks))).hexdigest()
        return ColumnTask(key, self._place, plan, place, marks)


def make_udf(task: ColumnTask, count: Callable[[Summary], None] | None = None) -> Callable[[Column], Column]:
    """Return the function of Spark's that converts a column of texts; its value is a struct, or a list of structs."""
    from pyspark.sql.pandas.functions import ArrowUDFType, arrow_udf

    def convert(arrays: Iterator[Any]) -> Iterator[Any]:
        return convert_arrays(arrays, task, count)

    names = ", ".join(f"`{name}`: string" for name in task.plan.added)
    is_exploding = task.plan.options.on_many is OnMany.EXPLODE
    returned = f"array<struct<{names}>>" if is_exploding else f"struct<{names}>"
    with warnings.catch_warnings():  # Spark would have the type told by annotations, which it reads when it likes
        warnings.filterwarnings("ignore", "It is preferred to specify type hints", UserWarning)
        made = arrow_udf(convert, returned, ArrowUDFType.SCALAR_ITER)
    # A row that is counted must not be converted twice, as Spark may do with what it takes for free of effects.
    return made.asNondeterministic() if count is not None else made


def _numbered(width: int) -> list[str]:
    if not width:
        raise BadOption("the frame has no columns", hint="Convert a frame with a column of identifiers.")
    return [f"c{number}" for number in range(width)]


def _taken_names(header: tuple[str, ...], spark: SparkSession) -> tuple[str, ...]:
    """Return the names that no new column may have: for most sessions Symbol and symbol are one."""
    if str(spark.conf.get("spark.sql.caseSensitive", "false")).lower() == "true":
        return header
    return (*header, *(name.lower() for name in header))
