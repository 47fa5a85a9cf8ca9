"""What runs in Spark's Python workers: the one engine, over Arrow arrays of one column.

A worker makes its engine once, from a release that it finds on its own machine, and keeps it for all partitions
that it is given. Nothing heavy is imported before the first array comes: Spark forks its workers from a process that
must not have threads.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...resolve.options import OnMany
from ...resolve.resolver import Resolver
from ...store.gene_reader import GeneReader
from ...store.release import open_release
from ..engine import Engine, Tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from ..formats.base import Added
    from ..plan import Plan
    from ..report.summary import Summary

_ENGINES_KEPT = 2
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


class ColumnTask(NamedTuple):
    """Plain data that goes to every worker: which column of the plan to convert, and with which release.

    `key` is equal for equal tasks, and names the engine that a worker keeps. `marks` are the ledger's, by CURIE.
    """

    key: str
    release: ReleasePlace
    plan: Plan
    place: int
    marks: Mapping[str, tuple[str, str]] | None = None


_ENGINES: OrderedDict[str, Engine] = OrderedDict()


def get_engine(task: ColumnTask) -> Engine:
    """Return the worker's engine for a task; the first call opens the release."""
    engine = _ENGINES.get(task.key)
    if engine is None:
        # As many workers run as there are cores: more threads in each would only stand in each other's way.
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        keep = max(_ENGINES_KEPT, len(task.plan.columns))
        while len(_ENGINES) >= keep:
            _ENGINES.popitem(last=False)
        engine = _ENGINES[task.key] = _make_engine(task)
    _ENGINES.move_to_end(task.key)
    return engine


def _make_engine(task: ColumnTask) -> Engine:
    release = open_release(task.release.find_folder())
    plan = task.plan.with_columns((task.plan.columns[task.place],))
    return Engine("the frame", plan, Tools(Resolver(GeneReader(release)), task.marks), is_small=False, workers=1)


def convert_arrays(
    arrays: Iterator[pa.Array], task: ColumnTask, count: Callable[[Summary], None] | None = None
) -> Iterator[pa.Array]:
    """Yield for each array of texts one of as many structs: the columns that the plan adds.

    With `on_many=explode` it is one of as many lists of structs. `count` gets what each array came to.
    """
    import polars as pl

    engine = get_engine(task)
    is_exploding = task.plan.options.on_many is OnMany.EXPLODE
    for array in arrays:
        texts = pl.Series(pl.from_arrow(array), dtype=pl.String)
        added = engine.add([texts], lambda row: f"row {row + 1} of a batch")
        rows = _as_structs(added, task.plan)
        if count is not None:
            count(engine.take_summary())
        yield _as_lists(rows, added, len(array)) if is_exploding else rows


def _as_structs(added: Added, plan: Plan) -> pa.StructArray:
    import polars as pl
    import pyarrow as pa

    # Polars has texts with long offsets or as views; Spark takes those with short ones.
    cells = [pl.Series(column).to_arrow().cast(pa.string()) for column in added.columns]
    return pa.StructArray.from_arrays(cells, names=list(plan.added))


def _as_lists(rows: pa.StructArray, added: Added, texts: int) -> pa.ListArray:
    """Return the rows of each text as a list."""
    import polars as pl
    import pyarrow as pa

    origin = pl.Series(added.list_origin(texts), dtype=pl.UInt32)
    begins = origin.search_sorted(pl.int_range(texts + 1, dtype=pl.UInt32, eager=True))
    return pa.ListArray.from_arrays(begins.to_arrow().cast(pa.int32()), rows)
