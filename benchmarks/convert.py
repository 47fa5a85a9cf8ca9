"""Converting tables, CSV to CSV, beside what else one could do: each way a process of its own, in turns, in one run.

    python -m benchmarks.convert [--rounds 3] [--beside CHECKOUT] [usual|hard:ROWS ...]
        by default usual:1_000_000 usual:10_000_000 hard:10_000_000 usual:30_000_000 hard:30_000_000

The rows are those of `benchmarks.mixed_rows`, from the current release; the columns added are symbol, ensembl and
uniprot, and the five status columns. The ways:

    resolver convert   the product, as a command
    other checkout     the same command of another checkout of the product (--beside)
    copy the result    Polars reads what was converted and writes it
    polars join        versions cut off, then a left join with a table of all answers, made beforehand
    pandas merge       the same with pandas (up to 10 million rows: its memory grows with the table)

Printed are medians of wall time, of CPU time over all processes, the peak of the memory of all processes together, and
how many times as long as `resolver convert` each way takes. The order of the rows is checked by their content.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.mixed_rows import list_texts
from resolver.app.resolver import LocalResolver
from resolver.app.stores import open_current_release

TABLES = ("usual:1_000_000", "usual:10_000_000", "hard:10_000_000", "usual:30_000_000", "hard:30_000_000")
TO = "symbol,ensembl,uniprot"
_PANDAS_UP_TO = 10_000_000

_COPY = """
import sys, polars
polars.scan_csv(sys.argv[1], infer_schema=False).sink_csv(sys.argv[2])
"""
_POLARS = """
import sys, polars
table = polars.scan_csv(sys.argv[1], infer_schema=False)
keyed = table.with_columns(text=polars.col("gene_id").str.replace(r"[.][0-9]+$", ""))
answers = polars.scan_parquet(sys.argv[3])
keyed.join(answers, on="text", how="left", maintain_order="left").drop("text").sink_csv(sys.argv[2])
"""
_PANDAS = """
import sys, pandas
table = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
table["text"] = table["gene_id"].str.replace(r"[.][0-9]+$", "", regex=True)
merged = table.merge(pandas.read_parquet(sys.argv[3]), on="text", how="left").drop(columns=["text"])
merged.to_csv(sys.argv[2], index=False)
"""


class Run(NamedTuple):
    """One run of a way: seconds of wall time and of CPU, and the peak of its memory in MiB."""

    seconds: float
    cpu: float
    peak: float


def run(command: list[str], cwd: Path | None = None) -> Run:
    """Run a command to its end and return what it took."""
    os.sync()  # what the way before has written would be written to the disk meanwhile
    begun = time.perf_counter()
    peak = 0.0
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, cwd=cwd)
        done = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.2):
                peak = max(peak, _memory_of(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        done.set()
        watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode not in {0, 1}:
            raise SystemExit(f"{' '.join(command[:4])} ended with {process.returncode}: {errors.read()[-500:]!r}")
    return Run(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, peak)


def _memory_of(pid: int) -> float:
    """Return the memory of a process and its children in MiB; each counts its share of pages that they share."""
    total = 0.0
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += _memory_of(int(child))
    except (OSError, StopIteration):  # it ended
        return total
    return total


def write_answers(folder: Path) -> Path:
    """Write the table that others join with: all texts of the release and what they are converted to."""
    texts = list_texts(open_current_release())
    each = pl.Series("text", [*texts["accessions"], *texts["symbols"], *texts["retired"]]).unique(maintain_order=True)
    path = folder / "answers.parquet"
    LocalResolver().convert(each.to_frame(), column="text", to=TO).write_parquet(path)
    return path


def check_order(table: Path, result: Path) -> bool:
    """Return whether the columns of the table are in the result as they were, row for row."""
    columns = ["sample", "gene_id", "score", "note"]
    first, second = (
        pl.scan_csv(path, infer_schema=False)
        .select(pl.concat_str(columns, separator="|").hash())
        .collect(engine="streaming")
        .to_series()
        for path in (table, result)
    )
    return first.equals(second)


def measure(name: str, folder: Path, rounds: int, beside: Path | None) -> None:
    """Print what each way takes on a table."""
    kind, _, number = name.partition(":")
    rows, python = int(number.replace("_", "")), sys.executable
    table, result, other = (folder / f"{one}.csv" for one in ("table", "result", "other"))
    # In a process of its own: what starts others must stay small, since its memory is counted with theirs.
    run([python, "-m", "benchmarks.mixed_rows", kind, str(rows), str(table)])
    convert = [python, "-m", "resolver", "convert", str(table), "--to", TO, "--column", "gene_id", "--force", "-o"]
    ways = {"resolver convert": [*convert, str(result)], "copy the result": [python, "-c", _COPY, str(result)]}
    if beside is not None:
        ways["other checkout"] = [*convert, str(other)]
    joins = {"polars join": _POLARS} | ({"pandas merge": _PANDAS} if rows <= _PANDAS_UP_TO else {})
    ways |= {way: [python, "-c", script, str(table)] for way, script in joins.items()}
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for turn in range(rounds):
        for way, command in ways.items():
            if turn and way == "pandas merge":
                continue  # minutes, and no doubt about the ratio
            other.unlink(missing_ok=True)
            whole = command if command[1] == "-m" else [*command, str(other), str(folder / "answers.parquet")]
            runs[way].append(run(whole, beside if way == "other checkout" else None))
    print(f"\n{name}: {table.stat().st_size / 1e6:,.0f} MB to {result.stat().st_size / 1e6:,.0f} MB", flush=True)
    ours = statistics.median(one.seconds for one in runs["resolver convert"])
    for way, each in runs.items():
        seconds, cpu = (statistics.median(values) for values in ([e.seconds for e in each], [e.cpu for e in each]))
        peak = max(one.peak for one in each)
        print(
            f"  {way:<18}{seconds:>8.2f} s {cpu:>8.2f} CPU s {rows / seconds / 1e6:>6.2f} M rows/s {peak:>7,.0f} MiB "
            f"{seconds / ours:>6.2f} ×",
            flush=True,
        )
    print(f"  the order is kept: {check_order(table, result)}", flush=True)


def main() -> None:
    """Measure the tables that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", default=TABLES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--folder", type=Path)
    stated = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=stated.folder) as name:
        folder = Path(name)
        run([sys.executable, "-c", f"from benchmarks.convert import *; write_answers(Path({name!r}))"])
        for table in stated.tables:
            measure(table, folder, stated.rounds, stated.beside)


if __name__ == "__main__":
    main()
