"""Files in, files out by Spark: what `resolver convert --engine spark` does.

Spark reads and writes them in parts, wherever it can (s3a, hdfs, gs, local folders); every column is read as text. The
layout of text is told from the first lines, as the local engine tells it, and what Spark cannot read so is said.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import BadOption, ClusterFailed, InputError, UnreadableTable
from ...resolve.options import OnMany
from ..formats.layout import SNIFFED_LINES, find_layout, order_delimiters
from ..report.summary import Summary
from .engine import SparkConversion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from ..engine import Tools
    from ..plan import Plan, Reading
    from ..profile import Prepared

SPARK_FORMATS = ("csv", "tsv", "parquet", "ndjson")
_FORMAT_OF = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
}  # fmt: skip
_PACKED = {".gz", ".bz2", ".zst", ".snappy", ".lz4", ".deflate"}
_BAD_ROW = "bad_row"
_BATCH_ROWS = 65_536
_BATCH_SETTING = "spark.sql.execution.arrow.maxRecordsPerBatch"
# Spark's own names of what went wrong (PySparkException.getCondition), and what that is to us.
_NO_FILE = {"PATH_NOT_FOUND"}
_IN_THE_WAY = {"PATH_ALREADY_EXISTS"}


class Wanted(NamedTuple):
    """Where the converted table goes: a folder of parts, in one of `SPARK_FORMATS` (None: that of the input)."""

    output: str
    to_format: str | None = None
    overwrite: bool = False


def convert_paths(
    spark: SparkSession,
    paths: Sequence[str],
    wanted: Wanted,
    plan: Plan,
    tools: Tools,
    reading: Reading,
    *,
    release_at: str | None = None,
    on_prepared: Callable[[Prepared], None] | None = None,
) -> Summary:
    """Convert files into a folder of parts, and return what it came to.

    The rows of a part are in the order in which they stood. `on_prepared` is told what will be done before it is done.
    Raises UnreadableTable for what cannot be read, BadOption for an output that is there, MissingColumn, and
    ClusterFailed where a job of Spark's failed.
    """
    with told_as_ours(paths, wanted.output, plan):
        conversion = open_paths(spark, paths, plan, tools, reading, release_at=release_at)
        if on_prepared is not None:
            on_prepared(conversion.prepared)
        return write_converted(conversion, wanted, format_of_paths(paths))


def open_paths(
    spark: SparkSession,
    paths: Sequence[str],
    plan: Plan,
    tools: Tools,
    reading: Reading,
    *,
    release_at: str | None = None,
) -> SparkConversion:
    """Return the conversion of files, ready to be looked at; raises as `convert_paths` does."""
    with told_as_ours(paths, "", plan):
        spark = spark.newSession()  # what is set here is not the caller's
        # Gene and gene are two columns of a file.
        spark.conf.set("spark.sql.caseSensitive", "true")
        if spark.conf.get(_BATCH_SETTING) == "10000":
            spark.conf.set(_BATCH_SETTING, str(_BATCH_ROWS))
        frame = read_paths(spark, paths, reading)
        return SparkConversion(frame, plan, tools, reading, release_at=release_at)


def write_converted(conversion: SparkConversion, wanted: Wanted, from_format: str) -> Summary:
    """Write the converted rows, once, and return what they came to."""
    to_format = wanted.to_format or from_format
    if to_format not in SPARK_FORMATS:
        raise BadOption(f"Spark does not write {to_format} here", hint=f"Choose one of {', '.join(SPARK_FORMATS)}.")
    counts = conversion.make_accumulators()
    writer = conversion.convert(counts).write.mode("overwrite" if wanted.overwrite else "errorifexists")
    if to_format == "parquet":
        writer.parquet(wanted.output)
    elif to_format == "ndjson":
        writer.option("ignoreNullFields", value=False).json(wanted.output)
    else:
        writer.options(header=True, **_text_options("\t" if to_format == "tsv" else ",")).csv(wanted.output)
    parts: list[Summary] = [count.value for count in counts]
    columns = [column for part in parts for column in part.columns]
    return Summary(columns, parts[0].rows, parts[0].written, notes=conversion.prepared.notes)


def format_of_paths(paths: Sequence[str]) -> str:
    """Return the one format that the names of the files tell; raises BadOption where they tell none, or several."""
    if not paths:
        raise BadOption("no file is named", hint="Name the files, or a pattern such as 's3a://bucket/*.parquet'.")
    formats = set()
    for path in paths:
        name = PurePosixPath(path.rstrip("/*").lower() if path.endswith("/*") else path.rstrip("/").lower())
        suffixes = [suffix for suffix in name.suffixes if suffix not in _PACKED]
        formats.add(_FORMAT_OF.get(suffixes[-1]) if suffixes else None)
    if len(formats) != 1 or None in formats:
        raise BadOption(
            f"the names have no common format: {', '.join(paths[:3])}",
            hint=f"All names must have the same suffix, one of {', '.join(_FORMAT_OF)} (and .gz).",
        )
    return str(formats.pop())


def read_paths(spark: SparkSession, paths: Sequence[str], reading: Reading) -> DataFrame:
    """Return the files as one frame; a cell of text keeps its very text, and an empty one is NULL."""
    read_format = format_of_paths(paths)
    if read_format == "parquet":
        return spark.read.parquet(*paths)
    if read_format == "ndjson":
        return spark.read.json(list(paths), primitivesAsString=True, mode=_mode_of(reading))
    return _read_text(spark, list(paths), reading)


def _read_text(spark: SparkSession, paths: list[str], reading: Reading) -> DataFrame:
    delimiter = _find_delimiter(spark, paths, reading)
    options: dict[str, Any] = {
        "header": reading.has_header,
        # The header of every file must be that of the first: else cells would get into the wrong column.
        "enforceSchema": False,
        "inferSchema": False,
        "mode": _mode_of(reading),
        **_text_options(delimiter),
    }
    if reading.encoding:
        options["encoding"] = reading.encoding
    frame = spark.read.options(**options).csv(paths)
    if not reading.keep_bad_rows:
        return frame
    from pyspark.sql.types import StructType

    schema = StructType(list(frame.schema.fields)).add(_BAD_ROW, "string")
    return spark.read.schema(schema).options(**options, columnNameOfCorruptRecord=_BAD_ROW).csv(paths)


def _mode_of(reading: Reading) -> str:
    return "PERMISSIVE" if reading.keep_bad_rows else "FAILFAST"


def _text_options(delimiter: str) -> dict[str, Any]:
    """Return how text is read and written: quotes are doubled, and blanks belong to the cell."""
    return {
        "sep": delimiter,
        "quote": '"',
        "escape": '"',
        "ignoreLeadingWhiteSpace": False,
        "ignoreTrailingWhiteSpace": False,
        "emptyValue": "",
        "nullValue": "",
    }


def _find_delimiter(spark: SparkSession, paths: list[str], reading: Reading) -> str:
    lines = [f"{row[0]}\n" for row in spark.read.text(paths).head(SNIFFED_LINES)]
    if not lines:
        raise UnreadableTable("contains no table", path=paths[0], hint="A table begins with a line of column names.")
    layout = find_layout(lines, reading.delimiter, order_delimiters(paths[0]))
    if layout.preamble or layout.has_row_names:
        what = "lines before the header" if layout.preamble else "names of rows without a column name"
        raise UnreadableTable(
            f"has {what}, which Spark does not read", path=paths[0], hint="Convert it with the local engine."
        )
    # A plain list has one column, whatever stands between: nothing does.
    return layout.delimiter


@contextmanager
def told_as_ours(paths: Sequence[str], output: str, plan: Plan) -> Iterator[None]:
    """Turn Spark's exceptions into ours, by Spark's own names for them."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        raise _translate(error, paths, output, plan) from error


def _translate(error: Exception, paths: Sequence[str], output: str, plan: Plan) -> InputError | ClusterFailed:
    conditions = _list_conditions(error)
    if conditions & _NO_FILE:
        return UnreadableTable("there is no such file", path=", ".join(paths), hint="Give paths as Spark reads them.")
    if conditions & _IN_THE_WAY:
        return BadOption(f"{output} exists already", hint="Choose another name with -o, or overwrite it with --force.")
    if any(name.startswith("MALFORMED_RECORD_IN_PARSING") for name in conditions):
        return UnreadableTable(
            "holds a row of another width than the header, or one that cannot be read",
            path=", ".join(paths),
            hint="Mend it, or keep such rows, marked in a column bad_row, with --on-bad-row keep.",
        )
    last = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in last if line.startswith("resolver.errors.")), last[0] if last else "no message")
    hint = "The whole message is in Spark's log."
    if plan.options.on_many is OnMany.ERROR:
        hint = "A cell that leads to several genes ends the job where --on-many error is asked. " + hint
    return ClusterFailed(f"Spark ended the job: {told.removeprefix('resolver.errors.')[:500]}", hint=hint)


def _list_conditions(error: BaseException) -> set[str]:
    """Return Spark's names of an error and of what caused it, on both sides of the bridge to Java."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    names: set[str | None] = set()
    if isinstance(error, PySparkException):
        names.add(error.getCondition())
    java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while java is not None:
        with suppress(Py4JError):  # Java's own have none
            names.add(str(java.getCondition()))
        java = java.getCause()
    return {name for name in names if name}
