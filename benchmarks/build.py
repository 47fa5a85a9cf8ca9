"""How the cost of building a release grows: the same build on made-up facts of two sizes, ten times apart.

python -m benchmarks.build [GENES]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from resolver.sources.base import SCHEMAS, Facts
from seed.join import join_facts
from seed.load import write_database
from seed.packed import write_packed
from seed.pipeline import silent, with_statements

# About what the official files state of a gene: sources that repeat one another, transcripts, names.
TRANSCRIPTS = 9
NAMES = 5
TEN = 10


def make_facts(genes: int) -> Facts:
    """Return facts of `genes` human genes and as many mouse genes, in the proportions of the real files."""
    number = pl.int_range(1, genes + 1, eager=True).alias("n")
    base = pl.LazyFrame(number)
    facts = Facts()
    for prefix, taxon, source, offset in (("hgnc", 9606, "hgnc.complete_set", 0), ("mgi", 10090, "mgi.marker_list", 1)):
        subject = pl.format("{}:{}", pl.lit(prefix), pl.col("n"))
        entrez = (pl.col("n") * 2 + offset).cast(pl.String)
        gene = pl.format("ENS{}G{}", pl.lit("MUS" if offset else ""), pl.col("n").cast(pl.String).str.zfill(11))
        facts.genes.append(
            _complete(
                base, "genes", subject=subject, taxon=pl.lit(taxon), symbol=pl.format("S{}", pl.col("n")), source=source
            )
        )
        for key, accessions in (
            (source, {"ncbigene": entrez, "ensembl": gene}),
            ("ncbi.gene2ensembl", {"ensembl": gene}),
        ):
            for namespace, accession in accessions.items():
                subjects = subject if key == source else pl.lit("ncbigene:") + entrez
                facts.identifiers.append(
                    _complete(
                        base, "identifiers", subject=subjects, prefix=pl.lit(namespace), accession=accession, source=key
                    )
                )
        copies = base.join(pl.LazyFrame({"t": range(TRANSCRIPTS)}), how="cross")
        digits = (pl.col("n") * TRANSCRIPTS + pl.col("t")).cast(pl.String)
        transcript = pl.lit("ENSMUST" if offset else "ENST") + digits.str.zfill(11)
        refseq = pl.lit("NM_") + (digits.cast(pl.Int64) * 2 + offset).cast(pl.String).str.zfill(9)
        for key in ("ensembl.entrez.human", "ncbi.gene2ensembl"):
            for namespace, accession in (("ensembl", transcript), ("refseq", refseq)):
                owner = pl.lit("ncbigene:") + entrez if key == "ncbi.gene2ensembl" else pl.lit("ensembl:") + gene
                facts.identifiers.append(
                    _complete(
                        copies, "identifiers", subject=owner, prefix=pl.lit(namespace), accession=accession, source=key
                    )
                )
        named = base.join(pl.LazyFrame({"t": range(NAMES)}), how="cross")
        facts.names.append(
            _complete(
                named, "names", subject=subject, kind=pl.lit("alias"), text=pl.format("N{} {}", "n", "t"), source=source
            )
        )
    return facts


def _complete(rows: pl.LazyFrame, table: str, *, source: str, **columns: pl.Expr) -> pl.LazyFrame:
    empty = {name: pl.lit(None) for name in SCHEMAS[table] if name not in columns}
    return (
        rows.select(**(empty | columns | {"source": pl.lit(source)})).select(list(SCHEMAS[table])).cast(SCHEMAS[table])
    )


def build(genes: int) -> None:
    """Build a database of so many genes of each species; print seconds of each stage, memory and size."""
    facts = make_facts(genes)
    statements = sum(facts.frame(kind).select(pl.len()).collect().item() for kind in SCHEMAS)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        joined, sources = join_facts(facts), with_statements([], facts)
        times.append(time.perf_counter())
        packed = write_packed(Path(folder), joined, name="made", sources=sources)
        times.append(time.perf_counter())
        database = Path(folder) / "reference.db"
        write_database(database, packed, silent)
        times.append(time.perf_counter())
        join_s, pack_s, write_s = (after - before for before, after in zip([begun, *times], times, strict=False))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        size = database.stat().st_size / 1e6
    print(f"{statements} {join_s:.2f} {pack_s:.2f} {write_s:.2f} {times[-1] - begun:.2f} {memory:.2f} {size:.0f}")


def main() -> None:
    """Build the small and the large one in processes of their own, and print the ratios."""
    if len(sys.argv) > 2:
        build(int(sys.argv[2]))
        return
    genes = int(sys.argv[1]) if len(sys.argv) > 1 else 6_000
    columns = ("statements", "join s", "pack s", "write s", "all s", "peak GB", "database MB")
    measured = []
    for size in (genes, TEN * genes):
        command = [sys.executable, "-m", "benchmarks.build", "only", str(size)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        measured.append([float(cell) for cell in ended.stdout.split()])
    print(f"{'':<14}{2 * genes:>14,} genes {2 * TEN * genes:>14,} genes   ratio (rows: {TEN})")
    for name, small, large in zip(columns, *measured, strict=True):
        print(f"{name:<14}{small:>20,.2f}{large:>21,.2f}{large / small:>8.2f}")


if __name__ == "__main__":
    main()
