"""Tables of mixed identifiers as people have them, made of the live release: the same for the same seed.

    python -m benchmarks.mixed_rows ROWS FILE

Four columns: a number, the identifier, a measured value, a note. Of the identifiers 15 % are symbols, 2 % retired, 5 %
unknown (half of them accessions of the right shape, half old or private names, 20,000 different ones of each), the
rest accessions of all namespaces, half of the Ensembl genes and all RefSeq accessions with versions.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from resolver.app.stores import open_current_release

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.store.release import Release

AT_ONCE = 1_000_000
UNKNOWN = 20_000
_NUMBERED = {"hgnc": "HGNC:{}", "mgi": "MGI:{}", "ncbigene": "ncbigene:{}", "omim": "omim:{}"}


def list_identifiers(release: Release) -> dict[str, pl.Series]:
    """Return the pools that rows are drawn from: accessions, symbols, retired, unknown."""
    connection = sqlite3.connect(f"file:{release.database}?mode=ro&immutable=1", uri=True)
    accessions = []
    query = "SELECT prefix, accession, version, relation FROM identifier WHERE place = 0 AND relation <> 'phenotype'"
    for prefix, accession, version, relation in connection.execute(query):
        if prefix in _NUMBERED:
            accessions.append(_NUMBERED[prefix].format(accession))
        elif prefix == "refseq":
            accessions.append(f"{accession}.{version or 1}")
        elif prefix in {"ensembl", "uniprot"}:
            accessions.append(accession)
            if relation == "gene":
                accessions.append(f"{accession}.{version or 1}")
    symbols = [text for (text,) in connection.execute("SELECT text FROM name WHERE kind = 'symbol'")]
    retired = [text for (text,) in connection.execute("SELECT DISTINCT retired FROM retirement")]
    connection.close()
    unknown = [f"ENSG009{number:08d}" for number in range(UNKNOWN)] + [f"old{number}name" for number in range(UNKNOWN)]
    pools = {"accessions": accessions, "symbols": symbols, "retired": retired, "unknown": unknown}
    return {name: pl.Series(name, pool, dtype=pl.String) for name, pool in pools.items()}


def write_rows(release: Release, rows: int, path: Path, seed: int = 1) -> None:
    """Write a CSV file of `rows` rows."""
    pools = list_identifiers(release)
    dice = np.random.default_rng(seed)
    with path.open("wb") as out:
        out.write(b"sample,gene_id,score,note\n")
        for begin in range(0, rows, AT_ONCE):
            number = min(AT_ONCE, rows - begin)
            frame = pl.DataFrame(
                {
                    "sample": np.arange(begin, begin + number),
                    "gene_id": _draw(pools, dice, number),
                    "score": np.round(dice.random(number) * 100, 3),
                    "note": pl.Series(["control", "treated once", "x"]).gather(dice.integers(0, 3, number).tolist()),
                }
            )
            frame.write_csv(out, include_header=False)


def _draw(pools: dict[str, pl.Series], dice: np.random.Generator, number: int) -> pl.Series:
    shares = {"symbols": 0.15, "retired": 0.02, "unknown": 0.05}
    joined = pl.concat([pools["accessions"], *(pools[name] for name in shares)]).rechunk()
    places: NDArray[np.int64] = dice.integers(0, len(pools["accessions"]), number)
    drawn, begin, low = dice.random(number), len(pools["accessions"]), 0.0
    for name, share in shares.items():
        chosen = (drawn >= low) & (drawn < low + share)
        places[chosen] = begin + dice.integers(0, len(pools[name]), int(chosen.sum()))
        begin, low = begin + len(pools[name]), low + share
    return joined.gather(pl.Series(places))


if __name__ == "__main__":
    write_rows(open_current_release(), int(sys.argv[1].replace("_", "")), Path(sys.argv[2]))
