"""Counts that come back from Spark's workers: each adds what its rows came to, and the driver has the sum.

Of an action without a shuffle, as a conversion is, Spark counts each partition once, also where a task was repeated.
"""

from __future__ import annotations

import copy

from pyspark.accumulators import AccumulatorParam

from ..report.summary import Summary


class SummaryParam(AccumulatorParam[Summary]):
    """How summaries add up."""

    def zero(self, value: Summary) -> Summary:
        """Return a summary of nothing, for the same columns."""
        return copy.deepcopy(value)

    def addInPlace(self, value1: Summary, value2: Summary) -> Summary:  # noqa: N802  (Spark's name)
        """Return both together."""
        value1.merge(value2)
        return value1
