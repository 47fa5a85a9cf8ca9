"""Spark on this machine beside the local engine, on the same file, in one run: rows a second and their ratio.

python -m benchmarks.spark FILE.csv [COLUMN] [ROUNDS]

Wall and processor seconds are both printed; on a shared machine the latter compare better. Spark's first round starts
its workers, each of which reads the release; it is printed apart from the median of the others. For comparison, the
table has what people write in Spark: versions cut off, then a join with a broadcast table of all answers.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.convert import TO, write_answers
from resolver.app.resolver import LocalResolver
from resolver.convert.conversion import open_conversion
from resolver.convert.engine import Tools
from resolver.convert.files import create_table_file
from resolver.convert.plan import Reading, make_plan
from resolver.convert.spark.paths import PathsConversion, open_session

if TYPE_CHECKING:
    from collections.abc import Callable


class Taken(NamedTuple):
    """What a round took, in seconds."""

    wall: float
    processor: float


def _processor_seconds() -> float:
    """Return what this process and all below it have used, the dead ones that were waited for too."""
    used: dict[int, float] = {}
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue  # it has just ended
            fields = text[text.rindex(")") + 2 :].split()
            parents[int(folder.name)] = int(fields[1])
            used[int(folder.name)] = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def below(number: int) -> float:
        return used[number] + sum(below(child) for child, parent in parents.items() if parent == number)

    return below(os.getpid())


def _worker_memory() -> list[int]:
    """Return the most memory, in MiB, that each of Spark's workers has used."""
    peaks = []
    for folder in Path("/proc").iterdir():
        try:
            if b"pyspark.worker" in (folder / "cmdline").read_bytes():
                text = (folder / "status").read_text().partition("VmHWM:")[2].split()
                peaks.append(int(text[0]) // 1024)
        except (OSError, IndexError):
            continue
    return sorted(peaks, reverse=True)


def _time(way: Callable[[], int]) -> tuple[int, Taken]:
    begun, used = time.perf_counter(), _processor_seconds()
    rows = way()
    return rows, Taken(time.perf_counter() - begun, _processor_seconds() - used)


def main() -> None:
    """Measure on the file that is named."""
    path = Path(sys.argv[1])
    reading = Reading((sys.argv[2] if len(sys.argv) > 2 else "gene_id",))
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", "--master local[2] --driver-memory 6g pyspark-shell")
    tools = Tools(LocalResolver())
    began = time.perf_counter()
    spark = open_session("benchmark")
    spark.sparkContext.setLogLevel("OFF")
    print(f"session of Spark started in {time.perf_counter() - began:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        answers = str(write_answers(out))

        def local() -> int:
            with path.open("rb") as stream, create_table_file(out / "local.csv") as written:
                return open_conversion(stream, path.name, make_plan(TO), tools, reading).run(written).rows

        def on_spark() -> int:
            conversion = PathsConversion(spark, [str(path)], make_plan(TO), tools, reading)
            return conversion.write(str(out / "spark"), overwrite=True).rows

        def spark_floor() -> int:
            frame = spark.read.csv(str(path), header=True, escape='"')
            frame.write.mode("overwrite").csv(str(out / "floor"), header=True)
            return 0

        def spark_join() -> int:
            from pyspark.sql import functions

            frame = spark.read.csv(str(path), header=True, escape='"')
            keyed = frame.withColumn("key", functions.regexp_replace(reading.columns[0], "[.][0-9]+$", ""))
            known = functions.broadcast(spark.read.parquet(answers))
            joined = keyed.join(known, keyed["key"] == known["text"], "left").drop("key", "text")
            joined.write.mode("overwrite").csv(str(out / "joined"), header=True)
            return 0

        rows, first = _time(on_spark)
        print(f"Spark, first round: {first.wall:.1f} s wall, {first.processor:.1f} s of processors")
        taken: dict[str, list[Taken]] = {}
        peaks: list[int] = []
        ways = {
            "local engine": local,
            "Spark": on_spark,
            "Spark reads and writes, converts nothing": spark_floor,
            "a broadcast join in Spark": spark_join,  # last: meanwhile Spark ends workers that have nothing to do
        }
        for _ in range(rounds):
            for name, way in ways.items():
                taken.setdefault(name, []).append(_time(way)[1])
                peaks = _worker_memory() if way is on_spark else peaks
        base = statistics.median(one.processor for one in taken["local engine"])
        base_wall = statistics.median(one.wall for one in taken["local engine"])
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, targets {TO}, median of {rounds}")
        for name, each in taken.items():
            wall = statistics.median(one.wall for one in each)
            processor = statistics.median(one.processor for one in each)
            print(
                f"  {name:<42} {wall:7.1f} s {rows / wall:>11,.0f} rows/s  {wall / base_wall:5.2f}×   "
                f"{processor:7.1f} s of processors {rows / processor:>11,.0f} rows/s and core {processor / base:5.2f}×"
            )
        print(f"most memory of each worker of Python: {', '.join(f'{mib:,} MiB' for mib in peaks)}")
        shutil.rmtree(out / "spark", ignore_errors=True)
    spark.stop()


if __name__ == "__main__":
    main()
