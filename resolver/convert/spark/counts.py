"""Counts of Spark's workers: each adds those of its partitions, and the driver receives the sum.

A conversion is an action without a shuffle, of which Spark counts each partition once, also where a task was repeated.
"""

from __future__ import annotations

import copy

from pyspark.accumulators import AccumulatorParam

from ..report.summary import Summary


class SummaryParam(AccumulatorParam[Summary]):
    """Adds summaries."""

    def zero(self, value: Summary) -> Summary:
        """Return a summary of nothing, for the same columns."""
        return copy.deepcopy(value)

    def addInPlace(self, value1: Summary, value2: Summary) -> Summary:  # noqa: N802  (Spark's name)
        """Return the sum of both."""
        value1.merge(value2)
        return value1
