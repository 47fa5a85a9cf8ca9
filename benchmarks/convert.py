"""Converting tables, CSV to CSV, beside what else one could do: each way a process of its own, in turns, in one run.

    python -m benchmarks.convert [ROWS ...]      by default 1_000_000 10_000_000 30_000_000

The rows are those of `benchmarks.mixed_rows`, from the live release; the columns asked for are symbol, ensembl and
uniprot, to which come the four status columns. The ways:

    copy the table     Polars reads it and writes it, without a join
    copy the result    Polars reads what was converted and writes it: the same bytes as a conversion writes
    resolver convert   the product, as a command
    running process    the product in Python, in a process that has converted before
    pandas merge       versions cut off, then a left join with a table of all answers, made beforehand
    one by one         Python's csv and a question to the resolver for each row (200,000 rows)
    mapIds             R's AnnotationDbi with org.Hs.eg.db, where they are installed: symbols of human Ensembl genes in
                       memory, different ones and as many as there are rows, beside the product on a frame in memory;
                       both are asked five times in one process that has asked before

Printed are medians of wall time, rows a second, peak memory, and ratios; the conversion before the first that is timed
prepares what is kept. That rows are in their order is checked by comparing the columns that were there with those of
the table.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from resolver.app.stores import open_current_release
from resolver.convert.plan import CellRule, make_plan
from resolver.convert.ready_answers import ReadyAnswers

SIZES = (1_000_000, 10_000_000, 30_000_000)
TO = "symbol,ensembl,uniprot"
ONE_BY_ONE = 200_000
_PANDAS_UP_TO = 10_000_000  # its memory grows with the rows
_ROUNDS = {1_000_000: 5, 10_000_000: 3, 30_000_000: 1}

_COPY = """
import sys, polars
polars.scan_csv(sys.argv[1], infer_schema=False).sink_csv(sys.argv[2])
"""
_PANDAS = """
import sys, pandas
table = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
table["key"] = table["gene_id"].str.replace(r"[.][0-9]+$", "", regex=True)
answers = pandas.read_parquet(sys.argv[3])
merged = table.merge(answers, left_on="key", right_on="text", how="left").drop(columns=["key", "text"])
merged.to_csv(sys.argv[2], index=False)
"""
_ONE_BY_ONE = """
import csv, sys, itertools
from resolver.app.resolver import LocalResolver
from resolver.convert.plan import CellRule, make_plan
from resolver.convert.cells import CellConverter
resolver, plan = LocalResolver(), make_plan(sys.argv[3])
cells = CellConverter(resolver, plan, CellRule(1, "gene_id"))
with open(sys.argv[1], newline="") as table, open(sys.argv[2], "w", newline="") as out:
    writer = csv.writer(out)
    for row in itertools.islice(csv.reader(table), 1, int(sys.argv[4]) + 1):
        writer.writerow([*row, *cells.render(resolver.resolve(row[1])).list_cells(plan)])
"""
_MAP_IDS = """
suppressMessages({library(AnnotationDbi); library(org.Hs.eg.db)})
ids <- readLines(commandArgs(TRUE)[1])
invisible(suppressMessages(mapIds(org.Hs.eg.db, keys = ids[1:10], keytype = "ENSEMBL", column = "SYMBOL")))
seconds <- replicate(5, system.time(suppressMessages(
  mapIds(org.Hs.eg.db, keys = ids, keytype = "ENSEMBL", column = "SYMBOL", multiVals = "first")))[["elapsed"]])
cat(length(ids) / median(seconds))
"""
_IN_MEMORY = """
import statistics, sys, time, polars
from resolver import Resolver
resolver, ids, seconds = Resolver(), polars.Series("id", open(sys.argv[1]).read().split()), []
for frame in (ids.head(2_000).to_frame(), *[ids.to_frame()] * 5):
    begun = time.perf_counter()
    resolver.convert(frame, column="id", to="symbol")
    seconds.append(time.perf_counter() - begun)
print(len(ids) / statistics.median(seconds[1:]))
"""
_AGAIN = """
import sys, time
from resolver import Resolver
resolver = Resolver()
with open(sys.argv[1]) as table, open(sys.argv[4], "w") as head:
    head.writelines(line for line, _ in zip(table, range(2_000)))
for source in (sys.argv[4], sys.argv[1]):
    begun = time.perf_counter()
    resolver.convert_file(source, sys.argv[2], column="gene_id", to=sys.argv[3], force=True)
print(time.perf_counter() - begun)
"""


class Run(NamedTuple):
    """One run of a way: wall seconds, and the peak of its memory in MiB."""

    seconds: float
    peak: float


def run(command: list[str], written: Path | None = None) -> Run:
    """Run a command to its end and return what it took; what it will write is removed before."""
    if written is not None:
        written.unlink(missing_ok=True)
    os.sync()  # what the way before has written would be written to the disk meanwhile
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{' '.join(command[:4])} ended with {process.returncode}: {told.decode()[-500:]}")
    return Run(seconds, usage.ru_maxrss / 1024)


def write_answers(folder: Path) -> Path:
    """Write the table that pandas joins with: all canonical texts and what they are converted to."""
    plan = make_plan(TO)
    ready = ReadyAnswers(open_current_release(), plan, CellRule(1, "gene_id"))
    answer = pl.Series(ready.answer_of)
    sets = pl.Series(ready.set_of.take(ready.answer_of))
    columns = {target.name: cells.gather(sets) for target, cells in zip(plan.targets, ready.values, strict=True)}
    told = ready.columns
    texts = told.text
    words = {"outcome": told.outcome.gather(answer), "reason": told.reason.gather(answer)}
    matched = told.matched_as(pl.int_range(len(answer), eager=True, dtype=pl.Int32).to_numpy())
    frame = pl.DataFrame({"text": texts, **columns, **words, "matched_as": matched})
    frame = frame.with_columns(retired_from=told.retired_from.gather(answer))
    path = folder / "answers.parquet"
    frame.write_parquet(path)
    return path


def check_order(table: Path, result: Path) -> bool:
    """Tell whether the columns of the table stand in the result as they were, row for row."""
    columns = ["sample", "gene_id", "score", "note"]
    first, second = (pl.scan_csv(path, infer_schema=False).select(columns) for path in (table, result))
    hashes = [
        frame.select(pl.concat_str(columns, separator="|").hash()).collect().to_series() for frame in (first, second)
    ]
    return bool((hashes[0] == hashes[1]).all()) and len(hashes[0]) == len(hashes[1])


def measure_size(rows: int, folder: Path, answers: Path) -> None:
    """Print what each way takes on a table of so many rows."""
    table, result, other = (folder / name for name in ("table.csv", "result.csv", "other.csv"))
    # In a process of its own: what starts others must stay small, since its memory is counted with theirs.
    run([sys.executable, "-m", "benchmarks.mixed_rows", str(rows), str(table)])
    python = sys.executable
    convert = [
        python,
        "-m",
        "resolver",
        "convert",
        str(table),
        "--to",
        TO,
        "--column",
        "gene_id",
        "-o",
        str(result),
        "--force",
    ]
    run(convert)
    print(f"\n{rows:,} rows, {table.stat().st_size / 1e6:,.0f} MB to {result.stat().st_size / 1e6:,.0f} MB", flush=True)
    ways = {
        "copy the table": [python, "-c", _COPY, str(table), str(other)],
        "copy the result": [python, "-c", _COPY, str(result), str(other)],
        "resolver convert": convert,
    }
    if rows <= _PANDAS_UP_TO:
        ways["pandas merge"] = [python, "-c", _PANDAS, str(table), str(other), str(answers)]
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for number in range(_ROUNDS.get(rows, 3)):
        for name, command in ways.items():
            if name == "pandas merge" and number and rows > min(SIZES):
                continue  # minutes, and no doubt about the ratio
            runs[name].append(run(command, result if command is convert else other))
    ours = statistics.median(one.seconds for one in runs["resolver convert"])
    for name, each in runs.items():
        seconds, peak = statistics.median(one.seconds for one in each), max(one.peak for one in each)
        ratio = f"resolver convert takes {ours / seconds:.2f} times as long" if name != "resolver convert" else ""
        print(
            f"  {name:<18}{seconds:>8.2f} s {rows / seconds / 1e6:>6.2f} M rows/s {peak:>7,.0f} MiB   {ratio}",
            flush=True,
        )
    print(f"  the order is kept: {check_order(table, result)}", flush=True)
    again = [python, "-c", _AGAIN, str(table), str(result), TO, str(folder / "head.csv")]
    seconds = statistics.median(ask(again) for _ in range(_ROUNDS.get(rows, 3)))
    print(f"  running process   {seconds:>8.2f} s {rows / seconds / 1e6:>6.2f} M rows/s", flush=True)
    if rows == min(SIZES):
        alone = run([python, "-c", _ONE_BY_ONE, str(table), str(other), TO, str(ONE_BY_ONE)])
        rate = ONE_BY_ONE / alone.seconds
        print(f"  one by one        {rate:>24,.0f} rows/s   resolver convert is {rows / ours / rate:.0f} times as fast")
        for number in (20_000, rows):
            _compare_with_r(folder, number)


def _compare_with_r(folder: Path, number: int) -> None:
    if shutil.which("Rscript") is None:
        print("  mapIds: skipped, R is not installed")
        return
    table = pl.read_csv(folder / "table.csv", infer_schema=False)
    genes = table["gene_id"].str.extract("^(ENSG[0-9]{11})(?:[.][0-9]+)?$").drop_nulls().unique(maintain_order=True)
    number = min(number, len(genes)) if number < len(table) else number
    ids, script = folder / "ids.txt", folder / "map_ids.R"
    drawn = genes.sample(number, seed=1, with_replacement=number > len(genes))
    ids.write_text("\n".join(drawn) + "\n", encoding="utf-8")
    script.write_text(_MAP_IDS, encoding="utf-8")
    theirs, ours = [], []
    for _ in range(3):
        theirs.append(ask(["Rscript", str(script), str(ids)]))
        ours.append(ask([sys.executable, "-c", _IN_MEMORY, str(ids)]))
    rate, other = statistics.median(ours), statistics.median(theirs)
    print(f"  {number:,} ids in memory, {drawn.n_unique():,} different: mapIds {other:,.0f} ids/s", flush=True)
    print(f"                    resolver {rate:,.0f} ids/s, {rate / other:.1f} times as many", flush=True)


def ask(command: list[str]) -> float:
    """Run a command to its end and return the number that it prints."""
    os.sync()
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise SystemExit(f"{' '.join(command[:2])} ended with {told.returncode}: {told.stderr[-500:]}")
    return float(told.stdout)


def main() -> None:
    """Run the sizes that are asked for."""
    sizes = [int(size.replace("_", "")) for size in sys.argv[1:]] or list(SIZES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run([sys.executable, "-c", f"from benchmarks.convert import *; write_answers(Path({name!r}))"])
        answers = folder / "answers.parquet"
        for rows in sizes:
            measure_size(rows, folder, answers)


if __name__ == "__main__":
    main()
