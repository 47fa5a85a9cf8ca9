"""Tables of mixed identifiers as people have them, made of the current release: the same for the same seed.

    python -m benchmarks.mixed_rows usual|hard ROWS FILE

Four columns: a number, the identifier, a measured value, a note. `usual` has 100,000 different identifiers: 15% are
symbols, 2% retired, 5% unknown and the rest accessions. `hard` has every accession of the release, half of them with
versions, and 5% unknown. Half of the unknown ones are accessions of the right shape, half are private names.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from resolver.app.stores import open_current_release

if TYPE_CHECKING:
    from resolver.store.release import Release

AT_ONCE = 1_000_000
DIFFERENT = 100_000
_NUMBERED = {"hgnc": "HGNC:{}", "mgi": "MGI:{}", "ncbigene": "ncbigene:{}", "omim": "omim:{}"}
_VERSIONED = frozenset({"ensembl", "refseq"})


def list_texts(release: Release) -> dict[str, list[str]]:
    """Return the texts of a release: accessions, accessions with versions, symbols, retired identifiers."""
    with closing(sqlite3.connect(f"file:{release.database}?mode=ro&immutable=1", uri=True)) as connection:
        accessions, versions = [], []
        query = (
            "SELECT prefix, accession, version FROM identifier WHERE assignment_rank = 0 AND relation <> 'phenotype'"
        )
        for prefix, accession, version in connection.execute(query):
            if prefix != "homologene":
                accessions.append(_NUMBERED.get(prefix, "{}").format(accession))
                versions.append(f"{accession}.{version or 1}" if prefix in _VERSIONED else accessions[-1])
        symbols = [text for (text,) in connection.execute("SELECT text FROM name WHERE kind = 'symbol' ORDER BY text")]
        retired = [text for (text,) in connection.execute("SELECT DISTINCT retired FROM retirement ORDER BY retired")]
    return {"accessions": accessions, "versions": versions, "symbols": symbols, "retired": retired}


def make_pool(release: Release, kind: str) -> pl.Series:
    """Return the different identifiers of a table."""
    texts = list_texts(release)
    # Every other accession has its version.
    accessions = [
        pair[place % 2] for place, pair in enumerate(zip(texts["accessions"], texts["versions"], strict=True))
    ]
    size = DIFFERENT if kind == "usual" else int(len(accessions) / 0.95)
    unknown = size // 40
    parts = [f"ENSG009{number:08d}" for number in range(unknown)] + [f"old{number}name" for number in range(unknown)]
    if kind == "usual":
        parts += _draw(texts["symbols"], size * 15 // 100) + _draw(texts["retired"], size * 2 // 100)
        accessions = _draw(accessions, size - len(parts))
    return pl.Series("gene_id", parts + accessions)


def write_rows(release: Release, kind: str, rows: int, path: Path) -> None:
    """Write a CSV file of so many rows."""
    pool = make_pool(release, kind)
    notes = pl.Series("note", ["control", "treated once", "x"])
    with path.open("wb") as out:
        out.write(b"sample,gene_id,score,note\n")
        for begin in range(0, rows, AT_ONCE):
            number = min(AT_ONCE, rows - begin)
            frame = pl.DataFrame(
                [
                    pl.int_range(begin, begin + number, eager=True).alias("sample"),
                    pool.sample(number, with_replacement=True, seed=begin + 1),
                    pl.int_range(100_000, eager=True).sample(number, with_replacement=True, seed=begin + 2) / 1_000,
                    notes.sample(number, with_replacement=True, seed=begin + 3),
                ]
            )
            frame.write_csv(out, include_header=False)


def _draw(texts: list[str], number: int) -> list[str]:
    return pl.Series(texts).sample(min(number, len(texts)), seed=1).to_list()


if __name__ == "__main__":
    write_rows(open_current_release(), sys.argv[1], int(sys.argv[2].replace("_", "")), Path(sys.argv[3]))
