"""The same 60 inputs, and timings, beside peers that run without network access. It writes the page of the comparison.

    python -m benchmarks.compare_peers                                 only this program
    python -m benchmarks.compare_peers --peer-python ENV/bin/python    with gene-tidy in an environment of its own
    python -m benchmarks.compare_peers --rscript Rscript               with org.Hs.eg.db of Bioconductor
    python -m benchmarks.compare_peers --normalizer ENV/bin/python URL with gene-normalizer and its PostgreSQL database
    python -m benchmarks.compare_peers … --write                       writes docs/explanation/compared.md anew

The peers answer as their documentation recommends. For org.Hs.eg.db the caller has to name the type of each key: the
third column of `peer_inputs.tsv` does. gene-normalizer gets identifiers as CURIEs, by the same column; its database is
filled by `benchmarks/peer_gene_normalizer.py`.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docs.generate import ROOT, replace_block, table_lines
from resolver.app.resolver import LocalResolver

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "explanation" / "compared.md"
TIMED = 20_000
SYMBOLS = "SELECT symbol FROM gene WHERE taxon = 9606 AND gene_type = 'protein-coding'"
ENSEMBL = """
    SELECT accession FROM identifier JOIN gene ON gene.id = gene_id
    WHERE prefix = 'ensembl' AND relation = 'gene' AND taxon = 9606 AND gene_type = 'protein-coding'
"""
CURIES = {
    "CCDS": "ccds",
    "ENSEMBL": "ensembl",
    "ENTREZID": "ncbigene",
    "OMIM": "omim",
    "REFSEQ": "refseq",
    "UNIPROT": "uniprot",
    "VEGA": "vega",
}
VERDICTS = {"yes": "as expected", "among": "more or fewer genes", "other": "another gene", "none": "no answer"}


@dataclass(frozen=True)
class Case:
    """An input, the symbols that are right (none: nothing should match), and the type of key for org.Hs.eg.db.

    If `is_damaged`, an answer of nothing is right too, and so is a part of the symbols.
    """

    query: str
    expected: frozenset[str]
    is_damaged: bool
    keytype: str
    about: str


@dataclass(frozen=True)
class Run:
    """What a program answered: symbols and a status for each query; the seconds that loading and answering took."""

    title: str
    answers: list[tuple[frozenset[str], str]]
    loaded_s: float
    taken_s: float


def read_cases() -> list[Case]:
    """Return the inputs."""
    rows = (HERE / "peer_inputs.tsv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [row.split("\t") for row in rows]
    return [
        Case(query, _symbols(expected) - {"?"}, expected.startswith("?"), keytype, about)
        for query, expected, keytype, about in cells
    ]


def _symbols(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split("|") if part not in {"", "-"})


def run_peer(command: Sequence[str], lines: Sequence[str]) -> Run:
    """Answer with a program that reads lines and writes a head and a line for each."""
    printed = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout
    head, *rows = printed.splitlines()
    title, loaded, taken = head.split("\t")
    answers = [(_symbols(symbols), status) for symbols, _, status in (row.partition("\t") for row in rows)]
    assert len(answers) == len(lines), command
    return Run(title, answers, float(loaded), float(taken))


def run_often(command: Sequence[str], lines: Sequence[str], rounds: int) -> Run:
    """Return the fastest of some runs: other programs of the machine only add time."""
    return min((run_peer(command, lines) for _ in range(rounds)), key=lambda run: run.taken_s)


def judge(case: Case, found: frozenset[str]) -> str:
    """Return the verdict on an answer."""
    if found == case.expected or (case.is_damaged and found <= case.expected):
        return "yes"
    if not found:
        return "none"
    return "among" if case.expected and case.expected & found else "other"


def timed_inputs() -> tuple[list[str], list[str]]:
    """Return approved symbols and Ensembl identifiers of human genes, in a fixed random order."""
    database = LocalResolver().reader.release.database
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        symbols = [symbol for (symbol,) in connection.execute(SYMBOLS)]
        ensembl = [accession for (accession,) in connection.execute(ENSEMBL)]
    shuffle = random.Random(7)  # noqa: S311  (a sample, not a secret)
    return shuffle.sample(symbols, min(TIMED, len(symbols))), shuffle.sample(ensembl, min(TIMED, len(ensembl)))


def main() -> None:
    """Run all programs at hand and print the tables, or write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare_peers", description=__doc__.split("\n")[0])
    parser.add_argument("--peer-python", help="a Python that has gene-tidy")
    parser.add_argument("--rscript", help="Rscript of an R that has org.Hs.eg.db")
    parser.add_argument(
        "--normalizer", nargs=2, metavar=("PYTHON", "URL"), help="a Python that has gene-normalizer, and its database"
    )
    parser.add_argument("--write", action="store_true", help="write docs/explanation/compared.md anew")
    options = parser.parse_args()
    cases = read_cases()
    ours = [sys.executable, str(HERE / "peer_ours.py")]
    tidy = [options.peer_python, str(HERE / "peer_gene_tidy.py")] if options.peer_python else None
    org = [options.rscript, str(HERE / "peer_org_hs.R")] if options.rscript else None

    def run_all(queries: Sequence[str], keytypes: Sequence[str], rounds: int = 1) -> list[Run]:
        runs = [run_often(ours, queries, rounds)]
        if tidy:
            runs.append(run_often(tidy, queries, rounds))
        if org:
            keyed = [f"{keytype}\t{query}" for keytype, query in zip(keytypes, queries, strict=True)]
            runs.append(run_often(org, keyed, rounds))
        if options.normalizer:
            python, url = options.normalizer
            curies = [
                f"{CURIES[keytype]}:{query}" if keytype in CURIES else query
                for keytype, query in zip(keytypes, queries, strict=True)
            ]
            runs.append(run_often([python, str(HERE / "peer_gene_normalizer.py"), url], curies, rounds))
        return runs

    runs = run_all([case.query for case in cases], [case.keytype for case in cases])
    symbols, ensembl = timed_inputs()
    timings = [
        (f"{len(symbols):,} approved symbols", run_all(symbols, ["SYMBOL"] * len(symbols), 3)),
        (f"{len(ensembl):,} Ensembl genes", run_all(ensembl, ["ENSEMBL"] * len(ensembl), 3)),
    ]
    tables = {"verdicts": _verdicts(cases, runs), "inputs": _inputs(cases, runs), "timings": _timings(timings)}
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        for name, table in tables.items():
            text = replace_block(text, name, table)
        PAGE.write_text(text, encoding="utf-8")
    else:
        print("\n\n".join(tables.values()))


def _verdicts(cases: Sequence[Case], runs: Sequence[Run]) -> str:
    rows = []
    for run in runs:
        found = [judge(case, symbols) for case, (symbols, _) in zip(cases, run.answers, strict=True)]
        rows.append([run.title, *(str(found.count(verdict)) for verdict in VERDICTS)])
    return "\n".join(table_lines(["", *VERDICTS.values()], rows))


def _inputs(cases: Sequence[Case], runs: Sequence[Run]) -> str:
    rows = []
    for number, case in enumerate(cases):
        row = [f"`{case.query}`", case.about, _expected(case)]
        for run in runs:
            symbols, status = run.answers[number]
            shown = ", ".join(sorted(symbols)) if len(symbols) < 5 else f"{len(symbols)} genes"
            mark = "" if judge(case, symbols) == "yes" else "✗ "
            row.append(mark + (shown or "nothing") + (f" (`{status}`)" if status and not symbols else ""))
        rows.append(row)
    return "\n".join(table_lines(["input", "what is tested", "expected", *(run.title for run in runs)], rows))


def _expected(case: Case) -> str:
    shown = ", ".join(sorted(case.expected)) if len(case.expected) < 5 else f"{len(case.expected)} genes"
    return f"{shown}, or nothing" if case.is_damaged else shown or "nothing"


def _timings(timings: Sequence[tuple[str, Sequence[Run]]]) -> str:
    rows = [
        [run.title, what, f"{run.loaded_s:.2f} s", f"{run.taken_s:.2f} s"] for what, runs in timings for run in runs
    ]
    return "\n".join(table_lines(["", "inputs", "loading", "answering all"], rows))


if __name__ == "__main__":
    main()
