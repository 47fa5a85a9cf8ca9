"""What runs in Spark's Python workers: the column converter of this machine, over Arrow arrays of one column.

A worker makes its converter once, from a release that it finds on its own machine, and keeps it for all partitions
that it is given. Nothing heavy is imported before the first array comes: Spark forks its workers from a process that
must not have threads.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from .local_engine import ColumnConverter, Found
    from .plan import Plan
    from .spans import Spans
    from .summary import Summary

_CONVERTERS_KEPT = 2
_MANIFEST = "manifest.json"


class ReleasePlace(NamedTuple):
    """Where a worker finds the release: a folder that its machine has, or what Spark has brought and unpacked."""

    where: str
    is_shipped: bool

    def find_folder(self) -> Path:
        """Return the release's folder on this machine; a packed release holds it as its only folder."""
        folder = Path(self.where)
        if self.is_shipped:
            from pyspark import SparkFiles

            folder = Path(SparkFiles.get(self.where))
        if not (folder / _MANIFEST).is_file():
            inside = [path.parent for path in folder.glob(f"*/{_MANIFEST}")]
            folder = inside[0] if len(inside) == 1 else folder
        return folder


class WorkerTask(NamedTuple):
    """Plain data that goes to every worker: which column of the plan to convert, and with which release.

    `key` is equal for equal tasks, and names the converter that a worker keeps. `marks` are the ledger's, by CURIE.
    """

    key: str
    release: ReleasePlace
    plan: Plan
    place: int
    marks: Mapping[str, tuple[str, str]] | None = None


_CONVERTERS: OrderedDict[str, ColumnConverter] = OrderedDict()


def get_converter(task: WorkerTask) -> ColumnConverter:
    """Return the worker's converter for a task; the first call reads the release, which takes seconds."""
    converter = _CONVERTERS.get(task.key)
    if converter is None:
        # As many workers run as there are cores: more threads in each would only stand in each other's way.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        keep = max(_CONVERTERS_KEPT, len(task.plan.columns))
        while len(_CONVERTERS) >= keep:
            _CONVERTERS.popitem(last=False)
        converter = _CONVERTERS[task.key] = _make_converter(task)
    _CONVERTERS.move_to_end(task.key)
    return converter


def _make_converter(task: WorkerTask) -> ColumnConverter:
    from ..resolve.resolver import Resolver
    from ..store.gene_reader import GeneReader
    from ..store.release import open_release
    from .cells import CellConverter
    from .local_engine import ColumnConverter
    from .ready_answers import ReadyAnswers

    release = open_release(task.release.find_folder())
    marks = task.marks if task.plan.stale else None
    rule = task.plan.columns[task.place]
    find_mark = None if marks is None else marks.get
    cells = CellConverter(Resolver(GeneReader(release)), task.plan, rule, find_mark)
    return ColumnConverter(ReadyAnswers(release, task.plan, rule), task.plan, cells, marks)


def convert_arrays(
    arrays: Iterator[pa.Array], task: WorkerTask, count: Callable[[Summary], None] | None = None
) -> Iterator[pa.Array]:
    """Yield for each array of texts one of as many structs: the columns that the plan adds.

    With `on_many=explode` it is one of as many lists of structs. `count` is given what each array came to.
    """
    import polars as pl

    from ..resolve.options import OnMany
    from .spans import Spans

    converter = get_converter(task)
    is_exploding = task.plan.options.on_many is OnMany.EXPLODE
    for array in arrays:
        texts = Spans.of_column(pl.Series(pl.from_arrow(array), dtype=pl.String).fill_null(""))
        found = converter.find(texts)
        rows = _as_structs(converter, found)
        if count is not None:
            count(_count(converter, found, texts, task))
        yield _as_lists(rows, found, len(array)) if is_exploding else rows


def _as_structs(converter: ColumnConverter, found: Found) -> pa.StructArray:
    import pyarrow as pa

    from .listed_columns import list_columns

    columns = list_columns(converter, found)
    # Polars has texts with long offsets or as views; Spark takes those with short ones.
    cells = [column.to_arrow().cast(pa.string()) for column in columns]
    return pa.StructArray.from_arrays(cells, names=[column.name for column in columns])


def _as_lists(rows: pa.StructArray, found: Found, texts: int) -> pa.ListArray:
    """Return the rows of each text as a list."""
    import numpy as np
    import pyarrow as pa

    origin = np.arange(texts) if found.text is None else found.text
    begins = np.searchsorted(origin, np.arange(texts + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(begins), rows)


def _count(converter: ColumnConverter, found: Found, texts: Spans, task: WorkerTask) -> Summary:
    from .column_counts import count_column
    from .summary import Summary

    counts = count_column(converter, found, texts, task.plan.columns[task.place].name)
    return Summary([counts], rows=len(texts.sizes), written=len(found.code))
