"""One Spark session for all tests of this folder, on two cores of this machine; without Java they skip, saying so."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

# Far less than the tables of the tests: who collects one on the driver fails.
DRIVER_TAKES = "1m"


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Return a session on local[2]."""
    if shutil.which("java") is None:
        pytest.skip("no Java here: apt-get install default-jre-headless")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        # PySpark 4.3 warns of pandas 3, of which we use nothing.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master("local[2]")
            .appName("tests")
            .config("spark.log.level", "OFF")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.maxResultSize", DRIVER_TAKES)
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
    yield session
    session.stop()
