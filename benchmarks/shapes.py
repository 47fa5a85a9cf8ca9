"""Tables of the shapes that people have, as commands: wall time, CPU time and peak memory.

    python -m benchmarks.shapes [--rounds 3] [--beside CHECKOUT] [NAME ...]

    wide       77 columns of 5,000 rows, which are measured values but for the symbols
    long       10,000,000 rows of 100,000 different identifiers
    workbook   an XLSX workbook of 200,000 rows, to a workbook
    sets       a GMT file of 10,000 gene sets of 100 genes, converted in place
    frame      the first conversion of a pandas table of 5,000 human symbols in a process, without the import of pandas
    ids        the same of 5,000 Ensembl ids
    columns    the choice among 100 columns of 10,000 rows, all of which contain symbols
    lists      the same, where each cell is a list of three symbols
    annotated  an AnnData file of 30,000 genes and 5,000 cells, 5% of the counts not zero, collisions summed

The names and identifiers are those of the current release, drawn with a seed. With `--beside`, another checkout of the
product runs the same commands in turns.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.convert import Run, run
from benchmarks.mixed_rows import list_texts
from resolver.app.stores import open_current_release

if TYPE_CHECKING:
    from collections.abc import Callable

_CONVERT = [sys.executable, "-m", "resolver", "convert"]
_FRAME = """
import sys, time
import pandas
table = pandas.read_csv(sys.argv[1], dtype=str, sep="\\t")
begun, cpu = time.perf_counter(), time.process_time()
from resolver import Resolver
Resolver().convert(table, to=sys.argv[3])
print(time.perf_counter() - begun, time.process_time() - cpu, file=open(sys.argv[2], "w"))
"""
_CHOICE = """
import sys, time
from resolver import Resolver
from resolver.convert.choice import prepare
from resolver.convert.head import take_cells
from resolver.convert.plan import make_plan
from resolver.resolve.options import LIST_DEFAULT
resolver = Resolver()
header, *rows = [line.split("\\t") for line in open(sys.argv[1]).read().splitlines()]
begun, cpu = time.perf_counter(), time.process_time()
prepare(header, take_cells(rows), resolver, make_plan("ensembl", LIST_DEFAULT))
print(time.perf_counter() - begun, time.process_time() - cpu, file=open(sys.argv[2], "w"))
"""
# What these take is what their scripts write.
_IN_PROCESS = ("frame", "ids", "columns", "lists")
_SYMBOLS = "SELECT DISTINCT text FROM name WHERE kind = 'symbol' AND taxon = 9606 ORDER BY 1"
_IDS = "SELECT DISTINCT accession FROM identifier WHERE prefix = 'ensembl' AND accession LIKE 'ENSG0%' ORDER BY 1"


def _list_human(statement: str) -> list[str]:
    database = open_current_release().database
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
        return [text for (text,) in connection.execute(statement)]


def _list_symbols() -> list[str]:
    return list_texts(open_current_release())["symbols"]


def _write_wide(folder: Path) -> list[str]:
    draw = random.Random(1)  # noqa: S311  (a seed for a table, not a secret)
    names = draw.sample(_list_symbols(), 5_000)
    with (folder / "wide.tsv").open("w") as out:
        print("gene", *(f"s{number}" for number in range(76)), sep="\t", file=out)
        for name in names:
            print(name, *(f"{draw.lognormvariate(2, 1):.3f}" for _ in range(76)), sep="\t", file=out)
    return [*_CONVERT, f"{folder}/wide.tsv", "--to", "ensembl", "--force", "-o", f"{folder}/wide.out.tsv"]


def _write_long(folder: Path) -> list[str]:
    run([sys.executable, "-m", "benchmarks.mixed_rows", "usual", "10000000", f"{folder}/long.csv"])
    return [*_CONVERT, f"{folder}/long.csv", "--column", "gene_id", "--to", "symbol,ensembl", "--force",
            "-o", f"{folder}/long.out.csv"]  # fmt: skip


def _write_workbook(folder: Path) -> list[str]:
    import xlsxwriter

    draw = random.Random(2)  # noqa: S311
    names = _list_symbols()
    with xlsxwriter.Workbook(f"{folder}/book.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet("genes")
        sheet.write_row(0, 0, ["gene", "log2FoldChange", "padj"])
        for row in range(200_000):
            sheet.write_row(row + 1, 0, [draw.choice(names), draw.gauss(0, 2), draw.random()])
    return [*_CONVERT, f"{folder}/book.xlsx", "--to", "ensembl", "--force", "-o", f"{folder}/book.out.xlsx"]


def _write_sets(folder: Path) -> list[str]:
    draw = random.Random(3)  # noqa: S311
    names = [name for name in _list_symbols() if name.isupper()]
    with (folder / "sets.gmt").open("w") as out:
        for number in range(10_000):
            print(f"SET_{number}", "made up", *draw.sample(names, 100), sep="\t", file=out)
    return [*_CONVERT, f"{folder}/sets.gmt", "--to", "ncbigene", "--force", "-o", f"{folder}/sets.out.gmt"]


def _write_frame(folder: Path, name: str = "frame", statement: str = _SYMBOLS, to: str = "ensembl") -> list[str]:
    texts = random.Random(4).sample(_list_human(statement), 5_000)  # noqa: S311
    (folder / f"{name}.tsv").write_text("\n".join(["gene", *texts]) + "\n")
    return [sys.executable, "-c", _FRAME, f"{folder}/{name}.tsv", f"{folder}/{name}.seconds", to]


def _write_ids(folder: Path) -> list[str]:
    return _write_frame(folder, "ids", _IDS, "symbol")


def _write_columns(folder: Path, name: str = "columns", parts: int = 1) -> list[str]:
    draw, symbols = random.Random(6), _list_human(_SYMBOLS)  # noqa: S311
    with (folder / f"{name}.tsv").open("w") as out:
        print(*(f"c{number}" for number in range(100)), sep="\t", file=out)
        for _ in range(10_000):
            print(*(";".join(draw.choices(symbols, k=parts)) for _ in range(100)), sep="\t", file=out)
    return [sys.executable, "-c", _CHOICE, f"{folder}/{name}.tsv", f"{folder}/{name}.seconds"]


def _write_lists(folder: Path) -> list[str]:
    return _write_columns(folder, "lists", 3)


def _write_annotated(folder: Path) -> list[str]:
    import anndata
    import numpy as np
    import pandas as pd
    import scipy.sparse

    symbols = sorted(set(_list_symbols()))
    names = random.Random(5).sample(symbols, 30_000)  # noqa: S311
    counts = scipy.sparse.random(5_000, 30_000, 0.05, "csr", np.float32, np.random.default_rng(5))
    counts.data = np.ceil(counts.data * 10)
    anndata.AnnData(counts, var=pd.DataFrame(index=names)).write_h5ad(f"{folder}/cells.h5ad")
    return [*_CONVERT, f"{folder}/cells.h5ad", "--to", "ensembl", "--collisions", "sum", "--force",
            "-o", f"{folder}/cells.out.h5ad"]  # fmt: skip


SHAPES: dict[str, Callable[[Path], list[str]]] = {
    "wide": _write_wide,
    "long": _write_long,
    "workbook": _write_workbook,
    "sets": _write_sets,
    "frame": _write_frame,
    "ids": _write_ids,
    "columns": _write_columns,
    "lists": _write_lists,
    "annotated": _write_annotated,
}


def _run(name: str, command: list[str], folder: Path, checkout: Path | None) -> Run:
    """Return what a command took; of some, only what their scripts measure."""
    one = run(command, checkout)
    if name not in _IN_PROCESS:
        return one
    seconds, cpu = map(float, (folder / f"{name}.seconds").read_text().split())
    return one._replace(seconds=seconds, cpu=cpu)


def measure(name: str, folder: Path, rounds: int, beside: Path | None) -> None:
    """Print what the conversion of a shape takes, here and in the other checkout."""
    command = SHAPES[name](folder)
    checkouts = {"here": None} | ({"beside": beside} if beside is not None else {})
    runs: dict[str, list[Run]] = {where: [] for where in checkouts}
    for _ in range(rounds):
        for where, checkout in checkouts.items():
            runs[where].append(_run(name, command, folder, checkout))
    for where, each in runs.items():
        seconds, cpu = (statistics.median(values) for values in ([e.seconds for e in each], [e.cpu for e in each]))
        peak = max(one.peak for one in each)
        print(f"{name:<10} {where:<7}{seconds:>8.2f} s {cpu:>8.2f} CPU s {peak:>7,.0f} MiB", flush=True)


def main() -> None:
    """Measure the shapes that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(SHAPES), choices=[*SHAPES, []])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--folder", type=Path)
    stated = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=stated.folder) as name:
        for shape in stated.names:
            measure(shape, Path(name), stated.rounds, stated.beside)


if __name__ == "__main__":
    main()
