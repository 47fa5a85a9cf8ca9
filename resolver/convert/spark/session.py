"""The Spark session of a conversion: the running one, or a new one as Spark is configured."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ...errors import BadOption

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_EXTRA = "Install it beside the program: pip install 'gene-xref-resolver[spark]'. It also needs Java 17 or newer."


def open_session(name: str = "gene-xref-resolver") -> SparkSession:
    """Return the running session, or a new one on the cluster that Spark's own settings name.

    On this machine alone the workers run this Python. Raises BadOption where Spark or Java is missing.
    """
    try:
        from pyspark import SparkConf
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise BadOption("Spark is not installed", hint=_EXTRA) from error
    try:
        if str(SparkConf().get("spark.master", "local[*]")).partition("[")[0] == "local":
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        return SparkSession.getActiveSession() or SparkSession.builder.appName(name).getOrCreate()
    except PySparkException as error:
        raise BadOption(f"Spark does not start: {error}", hint=_EXTRA) from error
