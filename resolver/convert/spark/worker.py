"""What runs in Spark's Python workers: the local engine over the Arrow batches of a partition.

A worker opens the release once on its own machine and keeps its engines for later partitions. It imports Polars when
the first batch comes: Spark forks its workers from a process that must not have threads.
"""

from __future__ import annotations

import os
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...resolve.resolver import Resolver
from ...store.gene_reader import GeneReader
from ...store.release import MANIFEST, open_release
from ..engine import Engine, Tools
from ..frames.base import read_cells
from ..head import read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from ..formats.base import Texts
    from ..plan import Plan
    from ..report.summary import Summary


class ReleasePlace(NamedTuple):
    """Where a worker finds the release: a folder of its machine, or what Spark sent and unpacked."""

    where: str
    is_shipped: bool

    def find_folder(self) -> Path:
        """Return the release's folder on this machine: the place itself, or the only folder in it."""
        folder = Path(self.where)
        if self.is_shipped:
            from pyspark import SparkFiles

            folder = Path(SparkFiles.get(self.where))
        inside = [] if (folder / MANIFEST).is_file() else [path.parent for path in folder.glob(f"*/{MANIFEST}")]
        return inside[0] if len(inside) == 1 else folder


class PartitionTask(NamedTuple):
    """Plain data for every worker: the plan, the release, the ledger's marks by CURIE, and the names of new columns."""

    release: ReleasePlace
    plan: Plan
    marks: tuple[tuple[str, tuple[str, str]], ...]
    added: tuple[str, ...]


def _read_column(batch: pa.RecordBatch, place: int) -> Texts:
    column = batch.column(place)
    return read_cells(column, column.to_pylist)


@lru_cache(maxsize=2)
def open_engine(task: PartitionTask) -> Engine:
    """Return the worker's engine for a task; the first call opens the release."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # Spark runs one worker for each core
    resolver = Resolver(GeneReader(open_release(task.release.find_folder())))
    return Engine("the frame", task.plan, Tools(resolver, dict(task.marks)), is_small=False, workers=1)


def convert_batches(
    batches: Iterator[pa.RecordBatch], task: PartitionTask, count: Callable[[Summary], None] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield each batch with the new columns; `count` receives the counts of each."""
    import polars as pl
    import pyarrow as pa

    engine = open_engine(task)
    for batch in batches:
        read = partial(_read_column, batch)
        texts = [read_texts(rule, read) for rule in task.plan.columns]
        added = engine.add(texts, lambda row: f"row {row + 1} of a batch")
        kept = batch if added.origin is None else batch.take(pa.array(added.list_origin(0), pa.int64()))
        # Spark takes strings with short offsets only.
        cells = [pl.Series(column).to_arrow().cast(pa.string()) for column in added.columns]
        if count is not None:
            count(engine.take_summary())
        yield pa.RecordBatch.from_arrays([*kept.columns, *cells], names=[*batch.schema.names, *task.added])
