"""Conversion of files by Spark, for `resolver convert --engine spark`.

Spark reads and writes files in parts, wherever it can (s3a, hdfs, gs, local folders); every column is read as text. The
delimiter of text is detected in the first lines, as the local engine detects it.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from ...errors import BadOption, ClusterFailed, InputError, UnreadableTable
from ...resolve.options import OnMany
from ..first_row import describe_first_row, is_data
from ..formats import BY_SUFFIX
from ..layouts.delimiters import split_lines
from ..layouts.detect import find_layout
from ..report.assumed import list_assumptions
from ..report.summary import ColumnCounts, Summary
from .engine import SparkConversion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from ..engine import Tools
    from ..plan import Plan, Reading

SPARK_FORMATS = ("csv", "tsv", "parquet", "ndjson")
_FORMAT_OF = {suffix: one.name for suffix, one in BY_SUFFIX.items() if one.name in SPARK_FORMATS} | {".json": "ndjson"}
_PACKED = {".gz", ".bz2", ".zst", ".snappy", ".lz4", ".deflate"}
_BAD_ROW = "bad_row"
_BATCH_ROWS = 65_536
_SNIFFED_LINES = 1_000
_EXTRA = "Install it beside the program: pip install 'gene-xref-resolver[spark]'. It also needs Java 17 or newer."
_BATCH_SETTING = "spark.sql.execution.arrow.maxRecordsPerBatch"


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


class PathsConversion(SparkConversion):
    """A conversion of files, which `write` runs."""

    def __init__(
        self,
        spark: SparkSession,
        paths: Sequence[str],
        plan: Plan,
        tools: Tools,
        reading: Reading,
        *,
        release_at: str | None = None,
    ) -> None:
        """Read the head of the files; raises UnreadableTable, MissingColumn, BadOption and ClusterFailed."""
        self._paths = paths
        self._format = format_of_paths(paths)
        with _translated_errors(paths, "", plan):
            spark = spark.newSession()  # the caller's session keeps its settings
            spark.conf.set("spark.sql.caseSensitive", value=True)  # Gene and gene are two columns of a file
            if spark.conf.get(_BATCH_SETTING) == "10000":
                spark.conf.set(_BATCH_SETTING, _BATCH_ROWS)
            notes: list[str] = []
            if self._format in {"csv", "tsv"}:
                reading, notes = _read_layout(spark, list(paths), reading, tools, plan)
            self._has_header = reading.has_header is not False
            frame = _read_paths(spark, list(paths), self._format, reading)
            super().__init__(frame, plan, tools, reading, release_at=release_at)
        self.prepared.notes += notes

    def write(self, output: str, to_format: str | None = None, *, overwrite: bool = False) -> Summary:
        """Write the converted rows to a folder of parts (default: in the format of the files); return the counts.

        The rows of a part are in the order of the input. Raises BadOption for an output that exists, UnreadableTable
        for rows that cannot be read, and ClusterFailed where a Spark job failed.
        """
        to_format = to_format or self._format
        if to_format not in SPARK_FORMATS:
            raise BadOption(f"Spark does not write {to_format}", hint=f"Choose one of {', '.join(SPARK_FORMATS)}.")
        plan = self.prepared.plan
        empty = Summary([ColumnCounts(rule.title, collisions=None, vote=rule.species) for rule in plan.columns])
        with _translated_errors(self._paths, output, plan):
            counts = self._frame.sparkSession.sparkContext.accumulator(empty, cast("Any", _SummaryParam()))
            writer = self.convert(counts).write.mode("overwrite" if overwrite else "errorifexists")
            if to_format == "parquet":
                writer.parquet(output)
            elif to_format == "ndjson":
                writer.option("ignoreNullFields", value=False).json(output)
            else:
                writer.options(header=self._has_header, **_text_options("\t" if to_format == "tsv" else ",")).csv(
                    output
                )
        summary: Summary = counts.value
        summary.notes = self.prepared.notes
        summary.assumed = list_assumptions(plan)
        summary.explain(self._tools.resolver.reader)
        return summary


class _SummaryParam:
    """Adds the counts of Spark's workers: each adds those of its partitions, and the driver receives the sum.

    A conversion is an action without a shuffle, of which Spark counts each partition once, also where a task was
    repeated.
    """

    def zero(self, value: Summary) -> Summary:
        """Return a summary of nothing, for the same columns."""
        return deepcopy(value)

    def addInPlace(self, value1: Summary, value2: Summary) -> Summary:  # noqa: N802  (Spark's name)
        """Return the sum of both."""
        value1.merge(value2)
        return value1


def format_of_paths(paths: Sequence[str]) -> str:
    """Return the format that all file names have; raises BadOption where they have none, or several."""
    if not paths:
        raise BadOption("no file is named", hint="Name the files, or a pattern such as 's3a://bucket/*.parquet'.")
    formats = set()
    for path in paths:
        suffixes = PurePosixPath(path.lower().removesuffix("/*").rstrip("/")).suffixes
        known = [suffix for suffix in suffixes if suffix not in _PACKED]
        formats.add(_FORMAT_OF.get(known[-1]) if known else None)
    if len(formats) != 1 or None in formats:
        raise BadOption(
            f"the file names have no common format: {', '.join(paths[:3])}",
            hint=f"All names must have the same suffix, one of {', '.join(_FORMAT_OF)} (and .gz).",
        )
    return str(formats.pop())


def _read_paths(spark: SparkSession, paths: list[str], read_format: str, reading: Reading) -> DataFrame:
    """Return the files as one frame; a text cell keeps its text, and an empty one is NULL."""
    mode = "PERMISSIVE" if reading.keep_bad_rows else "FAILFAST"
    if read_format == "parquet":
        return spark.read.parquet(*paths)
    if read_format == "ndjson":
        return spark.read.json(paths, primitivesAsString=True, mode=mode)
    # The header of every file must be that of the first: else cells would get into the wrong column.
    options = _text_options(str(reading.delimiter)) | {
        "header": reading.has_header, "enforceSchema": False, "inferSchema": False, "mode": mode,
    }  # fmt: skip
    if reading.encoding:
        options["encoding"] = reading.encoding
    frame = spark.read.options(**options).csv(paths)
    if not reading.keep_bad_rows:
        return frame
    schema = frame.schema.add(_BAD_ROW, "string")
    return spark.read.schema(schema).options(**options, columnNameOfCorruptRecord=_BAD_ROW).csv(paths)


def _text_options(delimiter: str) -> dict[str, Any]:
    """Return how text is read and written: quotes are doubled, and blanks belong to the cell."""
    return {
        "sep": delimiter, "quote": '"', "escape": '"', "ignoreLeadingWhiteSpace": False,
        "ignoreTrailingWhiteSpace": False, "emptyValue": "", "nullValue": "",
    }  # fmt: skip


def _read_layout(
    spark: SparkSession, paths: list[str], reading: Reading, tools: Tools, plan: Plan
) -> tuple[Reading, list[str]]:
    """Return how text is read, with the delimiter and whether there is a header, and notes on that."""
    lines = [f"{row[0]}\n" for row in spark.read.text(paths).head(_SNIFFED_LINES)]
    if not lines:
        raise UnreadableTable("contains no table", path=paths[0], hint="A table begins with a line of column names.")
    layout = find_layout(lines, reading.delimiter, paths[0])
    if layout.preamble or layout.unnamed is not None or (layout.known is not None and layout.known.sets):
        what = "lines above the header" if layout.preamble else "a column that the header does not name"
        raise UnreadableTable(
            f"has {what}, which Spark does not read", path=paths[0], hint="Convert it with the local engine."
        )
    has_header, notes = reading.has_header, []
    if has_header is None:
        first, *rows = [cells for _, cells in split_lines(lines, layout.delimiter) if cells]
        wanted = any(name in first for name in reading.columns)
        decided = False if wanted else is_data(first, rows, tools.resolver, plan.options)
        has_header = not decided
        if decided is not False:
            notes.append(describe_first_row(first, is_data=decided is True))
    return replace(reading, delimiter=layout.delimiter, has_header=has_header), notes


@contextmanager
def _translated_errors(paths: Sequence[str], output: str, plan: Plan) -> Iterator[None]:
    """Raise our errors in place of Spark's, by Spark's own names of them (`PySparkException.getCondition`)."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        raise _translate(error, paths, output, plan) from error


def _translate(error: Exception, paths: Sequence[str], output: str, plan: Plan) -> InputError | ClusterFailed:
    conditions = set(_list_conditions(error))
    if "PATH_NOT_FOUND" in conditions:
        return UnreadableTable("there is no such file", path=", ".join(paths), hint="Give paths as Spark reads them.")
    if "PATH_ALREADY_EXISTS" in conditions:
        return BadOption(f"{output} exists already", hint="Choose another name with -o, or overwrite it with --force.")
    if any(name.startswith("MALFORMED_RECORD_IN_PARSING") for name in conditions):
        return UnreadableTable(
            "contains a row of another width than the header, or one that cannot be read", path=", ".join(paths),
            hint="Repair it, or keep such rows, marked in a column bad_row, with --on-bad-row keep.",
        )  # fmt: skip
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no message"]
    ours = next((line for line in lines if line.startswith("resolver.errors.")), lines[0])
    hint = "The whole message is in Spark's log."
    if plan.options.on_many is OnMany.ERROR:
        hint = "With --on-many error a cell that matches several genes ends the job. " + hint
    return ClusterFailed(f"Spark ended the job: {ours.removeprefix('resolver.errors.')[:500]}", hint=hint)


def _list_conditions(error: Any) -> Iterator[str]:  # noqa: ANN401  (of Python or of Java)
    """Yield Spark's names of an error and of its causes, on both sides of the bridge to Java."""
    from py4j.protocol import Py4JError

    if hasattr(error, "getCondition"):
        yield str(error.getCondition())
    java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while java is not None:
        with suppress(Py4JError):  # Java's own have none
            yield str(java.getCondition())
        java = java.getCause()
